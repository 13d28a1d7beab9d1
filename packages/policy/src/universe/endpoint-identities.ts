import { Err, type InputInvalid, inputInvalid, Ok, type Result } from '@axoneme/sys/values'
import type { RelevantLabels } from '../relevant/relevant.js'
import { byText } from '../rule/by-text.js'
import { parseLabelKey } from '../rule/label.js'
import { prefixOf } from '../rule/prefix.js'
import { IdentityNumbers } from './identity.js'
import type { Endpoint, KnownIdentity, NamedPort } from './input.js'
import { prefixesOf } from './party.js'

/** What endpoints of one identity have in common. */
export interface Trait {
  readonly key: string
  readonly namespace: string | undefined
  readonly serviceAccount: string | undefined
  readonly labels: readonly (readonly [string, string])[]
  readonly namedPorts: readonly NamedPort[]
}

export interface IdentityRecord {
  readonly trait: Trait
  /** endpoints that have it */
  readonly members: Set<string>
  /** declared without an endpoint */
  known: boolean
}

type Traits = Pick<Endpoint, 'namespace' | 'serviceAccount' | 'labels' | 'namedPorts' | 'addresses'>

/** Numbers of endpoints by what policies can see of them: alike endpoints have one. */
export class EndpointIdentities {
  readonly #records = new Map<number, IdentityRecord>()
  #numbers = new IdentityNumbers('endpoint')
  /** numbers that are given back when the change is through, with the keys that they were of */
  readonly #retired = new Map<number, string>()

  constructor(private readonly relevant: RelevantLabels | undefined) {}

  clone(): EndpointIdentities {
    const copy = new EndpointIdentities(this.relevant)
    copy.#numbers = this.#numbers.clone()
    for (const [number, record] of this.#records) copy.#records.set(number, { ...record, members: new Set(record.members) })
    return copy
  }

  get(number: number): IdentityRecord | undefined {
    return this.#records.get(number)
  }

  records(): IterableIterator<[number, IdentityRecord]> {
    return this.#records.entries()
  }

  /** What of an endpoint its identity is made of. */
  traitOf(of: Traits): Trait {
    const { relevant } = this
    const labels = Object.entries(of.labels)
      .filter(([key]) => relevant === undefined || relevant.keys.has(parseLabelKey(key, 'k8s').key))
      .sort(([a], [b]) => byText(a, b))
    const namedPorts = of.namedPorts
      .filter(({ name }) => relevant === undefined || relevant.namedPorts.has(name))
      .sort((a, b) => byText(a.name, b.name) || byText(a.protocol, b.protocol) || a.port - b.port)
    const serviceAccount = relevant === undefined || relevant.serviceAccounts ? of.serviceAccount : undefined
    const blocks = [...(relevant?.prefixes ?? [])]
      .filter((text) => prefixesOf(of.addresses).some((address) => prefixOf(text).contains(address)))
      .sort(byText)
    const key = JSON.stringify([of.namespace ?? null, serviceAccount ?? null, labels, namedPorts, blocks])
    return { key, namespace: of.namespace, serviceAccount, labels, namedPorts }
  }

  /** The number of an endpoint: the one that it asks for, that alike ones have, or a new one. */
  numberFor(endpoint: Endpoint): Result<number, InputInvalid> {
    const trait = this.traitOf(endpoint)
    const there = this.#numbers.get(trait.key)
    if (endpoint.identity === undefined) {
      const number = this.#numbers.allocate(trait.key)
      if (number !== undefined) return Ok(number)
      return Err(inputInvalid('identity', 'no identity is left', 'Allot identities on the labels that policies look at: relevantLabels.'))
    }
    if (there === endpoint.identity) return Ok(there)
    if (there === undefined && this.#numbers.claim(trait.key, endpoint.identity)) return Ok(endpoint.identity)
    const problem =
      there === undefined ? `identity ${endpoint.identity} is that of other labels` : `endpoints of these labels have the identity ${there}`
    return Err(inputInvalid('identity', problem, 'One set of labels, namespace, service account and named ports has one number.'))
  }

  /** Answers whether the identity is new. */
  join(number: number, object: string, endpoint: Endpoint): boolean {
    this.#retired.delete(number)
    const there = this.#records.get(number)
    if (there !== undefined) {
      there.members.add(object)
      return false
    }
    this.#records.set(number, { trait: this.traitOf(endpoint), members: new Set([object]), known: false })
    return true
  }

  /** Answers whether nobody has the identity any more. */
  leave(number: number, object: string): boolean {
    const record = this.#records.get(number)
    record?.members.delete(object)
    return record !== undefined && this.#vanish(number, record)
  }

  /** Declares an identity without an endpoint. */
  declare(known: KnownIdentity): Result<'added' | 'changed' | 'same', InputInvalid> {
    const number = known.identity
    const trait = this.traitOf({ ...known, addresses: [] })
    const there = this.#records.get(number)
    const holder = this.#numbers.get(trait.key)
    if (holder !== undefined && holder !== number)
      return Err(inputInvalid('identity', `these labels have the identity ${holder}`, 'One set of labels has one number.'))
    if (there !== undefined && there.trait.key !== trait.key) {
      const [member] = there.members
      if (member !== undefined)
        return Err(
          inputInvalid(
            'identity',
            `identity ${number} is that of other labels: ${member}`,
            'Remove the endpoints first, or take another number.',
          ),
        )
      this.#numbers.release(there.trait.key)
    }
    if (!this.#numbers.claim(trait.key, number))
      return Err(
        inputInvalid('identity', `identity ${number} is that of other labels`, 'Take another number, or this one in a later change.'),
      )
    this.#retired.delete(number)
    this.#records.set(number, { trait, members: there?.members ?? new Set(), known: true })
    return Ok(there === undefined ? 'added' : there.trait.key === trait.key ? 'same' : 'changed')
  }

  /** Answers whether nobody has the identity any more. */
  withdraw(number: number): boolean {
    const there = this.#records.get(number)
    if (there?.known !== true) return false
    there.known = false
    return this.#vanish(number, there)
  }

  /** A declared identity, as it was given. */
  declared(number: number): KnownIdentity | undefined {
    const record = this.#records.get(number)
    if (record?.known !== true) return undefined
    const { namespace, serviceAccount, labels, namedPorts } = record.trait
    return { identity: number, namespace, serviceAccount, labels: Object.fromEntries(labels), namedPorts: [...namedPorts] }
  }

  /** Numbers that nobody has any more are free again. */
  settle(): void {
    for (const [number, key] of this.#retired) if (!this.#records.has(number)) this.#numbers.release(key)
    this.#retired.clear()
  }

  #vanish(number: number, record: IdentityRecord): boolean {
    if (record.known || record.members.size > 0) return false
    this.#records.delete(number)
    this.#retired.set(number, record.trait.key)
    return true
  }
}
