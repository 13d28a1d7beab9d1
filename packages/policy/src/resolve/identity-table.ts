import type { Traffic } from '../evaluate/flow.js'
import { protocolNumber } from '../rule/port.js'
import { type Scope, scopeOf } from '../universe/identity.js'
import type { Party } from '../universe/party.js'
import type { AddressIdentities } from './addresses.js'
import { PartyIndex } from './label-index.js'
import type { SelectorState } from './selector-state.js'

/** An identity that is there. */
export interface IdentityState {
  readonly number: number
  readonly scope: Scope
  readonly party: Party
  /** selectors that say something of it in particular */
  readonly listed: Set<SelectorState>
  /** scratch of the table that is being built: which build it is, and which rules name this identity */
  build: number
  mask: number
}

const KUBE_APISERVER = { source: 'reserved', key: 'kube-apiserver' }

/** The identities that are there, found in the ways that selectors look for them. */
export class IdentityTable {
  readonly endpoints = new PartyIndex()
  readonly #states = new Map<number, IdentityState>()
  readonly #nodes = new Set<number>()
  readonly #special = new Set<number>()
  readonly #named = new Set<number>()
  readonly #withAddresses = new Set<number>()
  /** port name → `protocol/number` → how many identities */
  readonly #portNames = new Map<string, Map<string, number>>()
  readonly #withPort = new Map<string, Set<number>>()

  constructor(readonly addresses: AddressIdentities) {}

  get(number: number): IdentityState | undefined {
    return this.#states.get(number)
  }
  nodes(): Iterable<number> {
    return this.#nodes
  }
  /** reserved ones, and whatever else an entity means in particular */
  special(): Iterable<number> {
    return this.#special
  }
  /** addresses with names */
  named(): Iterable<number> {
    return this.#named
  }
  endpointsWithAddresses(): Iterable<number> {
    return this.#withAddresses
  }
  /** all that are not endpoints */
  *others(): IterableIterator<number> {
    for (const { number, party } of this.#states.values()) if (party.category !== 'endpoint') yield number
  }

  add(number: number, party: Party): { readonly state: IdentityState; readonly newPortNames: readonly string[] } {
    const scope = scopeOf(number)
    if (scope === undefined) throw new Error(`a bug in axoneme: ${number} is no identity`)
    const state: IdentityState = { number, scope, party, listed: new Set(), build: 0, mask: 0 }
    this.#states.set(number, state)
    if (party.category === 'endpoint') {
      this.endpoints.add(number, party)
      if (party.prefixes.length > 0) this.#withAddresses.add(number)
    }
    if (party.category === 'node') this.#nodes.add(number)
    if (scope === 'reserved' || party.labels.has(KUBE_APISERVER)) this.#special.add(number)
    if (party.names.length > 0) this.#named.add(number)
    const newPortNames: string[] = []
    for (const { name, protocol, port } of party.namedPorts) {
      const ports = this.#portNames.get(name) ?? new Map<string, number>()
      this.#portNames.set(name, ports)
      const key = `${protocolNumber(protocol)}/${port}`
      if (!ports.has(key)) newPortNames.push(name)
      ports.set(key, (ports.get(key) ?? 0) + 1)
      const holders = this.#withPort.get(name) ?? new Set()
      this.#withPort.set(name, holders.add(number))
    }
    return { state, newPortNames }
  }

  remove({ number, party }: IdentityState): { readonly gonePortNames: readonly string[] } {
    this.#states.delete(number)
    if (party.category === 'endpoint') this.endpoints.remove(number, party)
    for (const set of [this.#nodes, this.#special, this.#named, this.#withAddresses]) set.delete(number)
    const gonePortNames: string[] = []
    for (const { name, protocol, port } of party.namedPorts) {
      const ports = this.#portNames.get(name)
      const key = `${protocolNumber(protocol)}/${port}`
      const left = (ports?.get(key) ?? 1) - 1
      if (left > 0) ports?.set(key, left)
      else {
        ports?.delete(key)
        gonePortNames.push(name)
      }
      this.#withPort.get(name)?.delete(number)
    }
    return { gonePortNames }
  }

  /** What endpoints call by that name, in order. */
  portsNamed(name: string): Traffic[] {
    return [...(this.#portNames.get(name)?.keys() ?? [])]
      .map((key) => {
        const [protocol = 0, number = 0] = key.split('/').map(Number)
        return { protocol, number }
      })
      .sort((a, b) => a.protocol - b.protocol || a.number - b.number)
  }

  /** Identities whose endpoints have a port of that name. */
  withPort(name: string): Iterable<number> {
    return this.#withPort.get(name) ?? []
  }
}
