import { Err, type InputInvalid, type Ip, inputInvalid, Ok, Prefix, parseIp, type Result } from '@axoneme/sys/values'
import type { RelevantLabels } from '../relevant/relevant.js'
import {
  CLUSTER_LABEL,
  LabelSet,
  NAMESPACE_LABEL,
  NAMESPACE_LABELS_PREFIX,
  NAMESPACE_NAME_LABEL,
  parseLabelKey,
  SERVICE_ACCOUNT_LABEL,
} from '../rule/label.js'
import { FqdnBindings } from './fqdn.js'
import { IdentityNumbers, reservedIdentities, reservedName } from './identity.js'
import {
  type Binding,
  type Endpoint,
  type KnownIdentity,
  type NamedPort,
  type Namespace,
  type Node,
  objectKey,
  type Service,
  type Settings,
} from './input.js'
import { nobody, type Party } from './party.js'

/** What a change did to the identities and objects that rules look at. */
export type Effect =
  | { readonly kind: 'identity'; readonly identity: number; readonly how: 'added' | 'removed' | 'changed' }
  | { readonly kind: 'subject'; readonly object: string; readonly how: 'set' | 'removed' }
  | { readonly kind: 'service'; readonly service: Service }
  | { readonly kind: 'address'; readonly address: string }

/** What endpoints of one identity have in common. */
interface Trait {
  readonly key: string
  readonly namespace: string | undefined
  readonly serviceAccount: string | undefined
  readonly labels: readonly (readonly [string, string])[]
  readonly namedPorts: readonly NamedPort[]
}

interface IdentityRecord {
  readonly trait: Trait
  /** endpoints that have it */
  readonly members: Set<string>
  /** declared without an endpoint */
  known: boolean
}

/** The universe's objects, changed in place: the resolver's. What users hold is a view that never changes. */
export class UniverseStore {
  readonly #namespaces = new Map<string, LabelSet>()
  readonly #endpoints = new Map<string, { readonly endpoint: Endpoint; readonly identity: number }>()
  readonly #byAddress = new Map<string, string>()
  readonly #identities = new Map<number, IdentityRecord>()
  readonly #nodes = new Map<string, { readonly node: Node; readonly identity: number }>()
  readonly #services = new Map<string, Service>()
  readonly #derivedOf = new Map<string, { readonly labels: LabelSet; readonly derived: readonly (readonly [string, string])[] }>()
  readonly #kubeApiserver = new Set<string>()
  readonly #numbers: IdentityNumbers
  readonly #nodeNumbers: IdentityNumbers
  /** numbers that are given back when the change is through */
  readonly #retired = new Map<number, string>()
  readonly bindings: FqdnBindings
  /** identity of what is outside, when somebody allots them */
  addressIdentity: ((address: Ip) => number) | undefined
  addressBlock: ((identity: number) => Prefix | undefined) | undefined
  nowMs = 0

  constructor(
    readonly settings: Settings,
    readonly relevant: RelevantLabels | undefined,
    from?: UniverseStore,
  ) {
    this.#numbers = from === undefined ? new IdentityNumbers('endpoint') : from.#numbers.clone()
    this.#nodeNumbers = from === undefined ? new IdentityNumbers('node') : from.#nodeNumbers.clone()
    this.bindings = from === undefined ? new FqdnBindings() : from.bindings.clone()
    if (from === undefined) return
    this.nowMs = from.nowMs
    for (const [key, value] of from.#namespaces) this.#namespaces.set(key, value)
    for (const [key, value] of from.#endpoints) this.#endpoints.set(key, value)
    for (const [key, value] of from.#byAddress) this.#byAddress.set(key, value)
    for (const [key, value] of from.#identities) this.#identities.set(key, { ...value, members: new Set(value.members) })
    for (const [key, value] of from.#nodes) this.#nodes.set(key, value)
    for (const [key, value] of from.#services) this.#services.set(key, value)
    for (const value of from.#kubeApiserver) this.#kubeApiserver.add(value)
  }

  clone(): UniverseStore {
    return new UniverseStore(this.settings, this.relevant, this)
  }

  // ── what is there ──

  endpoint(key: string): Endpoint | undefined {
    return this.#endpoints.get(key)?.endpoint
  }
  endpoints(): IterableIterator<{ readonly endpoint: Endpoint; readonly identity: number }> {
    return this.#endpoints.values()
  }
  identityOf(key: string): number | undefined {
    return this.#endpoints.get(key)?.identity ?? this.#nodes.get(key)?.identity
  }
  namespace(name: string): LabelSet | undefined {
    return this.#namespaces.get(name)
  }
  node(name: string): Node | undefined {
    return this.#nodes.get(name)?.node
  }
  nodes(): IterableIterator<{ readonly node: Node; readonly identity: number }> {
    return this.#nodes.values()
  }
  services(): IterableIterator<Service> {
    return this.#services.values()
  }
  service(key: string): Service | undefined {
    return this.#services.get(key)
  }
  kubeApiserver(): ReadonlySet<string> {
    return this.#kubeApiserver
  }
  known(identity: number): KnownIdentity | undefined {
    const record = this.#identities.get(identity)
    if (record?.known !== true) return undefined
    const { namespace, serviceAccount, labels, namedPorts } = record.trait
    return { identity, namespace, serviceAccount, labels: Object.fromEntries(labels), namedPorts: [...namedPorts] }
  }

  /** Numbers of endpoints and nodes that are there; reserved ones always are. */
  *identityNumbers(): IterableIterator<number> {
    yield* this.#identities.keys()
    for (const { identity } of this.#nodes.values()) if (identity > 255) yield identity
  }

  // ── ends of flows ──

  partyOfObject(key: string): Party | undefined {
    const there = this.#endpoints.get(key)
    if (there !== undefined) return this.#partyOfEndpoint(key, there.endpoint, there.identity)
    const node = this.#nodes.get(key)
    return node === undefined ? undefined : this.#partyOfNode(node.node, node.identity)
  }

  partyOfAddress(address: Ip): Party {
    const object = this.#byAddress.get(`${address}`)
    const party = object === undefined ? undefined : this.partyOfObject(object)
    return party ?? this.#external(Prefix.of(address, 128), this.addressIdentity?.(address))
  }

  partyOfIdentity(identity: number): Party | undefined {
    const record = this.#identities.get(identity)
    if (record !== undefined) return this.#partyOfRecord(identity, record)
    for (const { node, identity: own } of this.#nodes.values())
      if (own === identity && (own === 1 || own > 255)) return this.#partyOfNode(node, own)
    const name = reservedName(identity)
    if (name === undefined) {
      const block = this.addressBlock?.(identity)
      return block === undefined ? undefined : this.#external(block, identity)
    }
    if (name === 'world-ipv4') return this.#external(Prefix.parse('0.0.0.0/0').unwrap(), identity)
    if (name === 'world-ipv6') return this.#external(Prefix.parse('::/0').unwrap(), identity)
    const labels = new LabelSet([[`reserved:${name}`, ''], ...(name === 'kube-apiserver' ? [['reserved:remote-node', ''] as const] : [])])
    const node = name === 'host' || name === 'remote-node' || name === 'kube-apiserver'
    return { ...nobody, category: node ? 'node' : name === 'world' ? 'external' : 'reserved', identity, labels, host: name === 'host' }
  }

  /** An endpoint that is not there, by its labels. */
  partyOfLabels(labels: Readonly<Record<string, string>>, namespace: string | undefined, serviceAccount: string | undefined): Party {
    const trait = this.#trait({ namespace, serviceAccount, labels, namedPorts: [], addresses: [] })
    return { ...this.#partyOfTrait(trait, 0), labels: this.#labels(Object.entries(labels), namespace, serviceAccount) }
  }

  #partyOfTrait({ namespace, serviceAccount, labels, namedPorts }: Trait, identity: number): Party {
    return {
      ...nobody,
      category: 'endpoint',
      identity,
      labels: this.#labels(labels, namespace, serviceAccount),
      ...(namespace === undefined ? {} : { namespace }),
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      namespaceLabels: this.#namespaceLabels(namespace),
      namedPorts,
    }
  }

  #partyOfRecord(identity: number, { trait, members }: IdentityRecord): Party {
    const prefixes =
      this.relevant?.prefixes.size === 0 ? [] : [...members].flatMap((key) => prefixesOf(this.#endpoints.get(key)?.endpoint.addresses))
    return { ...this.#partyOfTrait(trait, identity), prefixes }
  }

  #partyOfEndpoint(object: string, endpoint: Endpoint, identity: number): Party {
    const { namespace, serviceAccount, labels, namedPorts, reserved, audit, addresses } = endpoint
    // a reserved identity is all that is known of its holder: others cannot tell two of them apart
    if (reserved !== undefined)
      return { ...nobody, category: 'reserved', identity, labels: new LabelSet([[`reserved:${reserved}`, '']]), audit, object }
    return {
      ...nobody,
      category: 'endpoint',
      identity,
      labels: this.#labels(Object.entries(labels), namespace, serviceAccount),
      ...(namespace === undefined ? {} : { namespace }),
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      namespaceLabels: this.#namespaceLabels(namespace),
      namedPorts,
      prefixes: prefixesOf(addresses),
      audit,
      object,
    }
  }

  #partyOfNode(node: Node, identity: number): Party {
    const own: [string, string][] = [[node.local ? 'reserved:host' : 'reserved:remote-node', '']]
    if (node.kubeApiserver) own.push(['reserved:kube-apiserver', ''])
    return {
      ...nobody,
      category: 'node',
      identity,
      labels: new LabelSet(own),
      nodeLabels: new LabelSet(Object.entries(node.labels)),
      prefixes: prefixesOf(node.addresses),
      host: node.local,
      object: node.name,
    }
  }

  #external(block: Prefix, identity: number | undefined): Party {
    const address = block.length === (block.family === 4 ? 32 : 128) ? `${block.address}` : undefined
    const labels: [string, string][] = [[`reserved:world-ipv${block.family}`, '']]
    if (address !== undefined && this.#kubeApiserver.has(address)) labels.push(['reserved:kube-apiserver', ''])
    return {
      ...nobody,
      category: 'external',
      identity: identity ?? (block.family === 4 ? reservedIdentities['world-ipv4'] : reservedIdentities['world-ipv6']),
      labels: new LabelSet(labels),
      prefixes: [block],
      names: address === undefined ? [] : this.bindings.names(address),
    }
  }

  #namespaceLabels(namespace: string | undefined): LabelSet {
    if (namespace === undefined) return LabelSet.EMPTY
    return this.#namespaces.get(namespace) ?? new LabelSet([[NAMESPACE_NAME_LABEL, namespace]])
  }

  #labels(own: Iterable<readonly [string, string]>, namespace: string | undefined, serviceAccount: string | undefined): LabelSet {
    const derived: (readonly [string, string])[] = [[CLUSTER_LABEL, this.settings.clusterName]]
    if (namespace !== undefined) derived.push(...this.#derived(namespace))
    if (serviceAccount !== undefined) derived.push([SERVICE_ACCOUNT_LABEL, serviceAccount])
    return new LabelSet([...own, ...derived])
  }

  /** What endpoints have of their namespace. */
  #derived(namespace: string): readonly (readonly [string, string])[] {
    const labels = this.#namespaceLabels(namespace)
    const there = this.#derivedOf.get(namespace)
    if (there?.labels === labels) return there.derived
    const derived: [string, string][] = [[NAMESPACE_LABEL, namespace]]
    for (const [key, value] of labels.entries()) derived.push([`${NAMESPACE_LABELS_PREFIX}${parseLabelKey(key, 'k8s').key}`, value])
    this.#derivedOf.set(namespace, { labels, derived })
    return derived
  }

  /** What of an endpoint its identity is made of. */
  #trait(of: {
    namespace?: string | undefined
    serviceAccount?: string | undefined
    labels: Readonly<Record<string, string>>
    namedPorts: readonly NamedPort[]
    addresses: readonly string[]
  }): Trait {
    const { relevant } = this
    const labels = Object.entries(of.labels)
      .filter(([key]) => relevant === undefined || relevant.keys.has(parseLabelKey(key, 'k8s').key))
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    const namedPorts = of.namedPorts
      .filter(({ name }) => relevant === undefined || relevant.namedPorts.has(name))
      .sort((a, b) => compare(a.name, b.name) || compare(a.protocol, b.protocol) || a.port - b.port)
    const serviceAccount = relevant === undefined || relevant.serviceAccounts ? of.serviceAccount : undefined
    const blocks = [...(relevant?.prefixes ?? [])]
      .filter((text) => prefixesOf(of.addresses).some((address) => Prefix.parse(text).unwrap().contains(address)))
      .sort()
    const key = JSON.stringify([of.namespace ?? null, serviceAccount ?? null, labels, namedPorts, blocks])
    return { key, namespace: of.namespace, serviceAccount, labels, namedPorts }
  }

  // ── changes: all or nothing, each ──

  setNamespace({ name, labels }: Namespace): Effect[] {
    const own = new LabelSet([[NAMESPACE_NAME_LABEL, name], ...Object.entries(labels)])
    const before = this.#namespaceLabels(name)
    this.#namespaces.set(name, own)
    return `${before}` === `${own}` ? [] : this.#inNamespace(name)
  }

  removeNamespace(name: string): Effect[] {
    return this.#namespaces.delete(name) ? this.#inNamespace(name) : []
  }

  namespaceInput(name: string): Namespace | undefined {
    const labels = this.#namespaces.get(name)
    return labels === undefined ? undefined : { name, labels: Object.fromEntries(labels.entries()) }
  }

  #inNamespace(name: string): Effect[] {
    const effects: Effect[] = []
    for (const [identity, { trait, members }] of this.#identities) {
      if (trait.namespace !== name) continue
      effects.push({ kind: 'identity', identity, how: 'changed' })
      for (const object of members) effects.push({ kind: 'subject', object, how: 'set' })
    }
    for (const [object, { endpoint }] of this.#endpoints)
      if (endpoint.namespace === name && endpoint.reserved !== undefined) effects.push({ kind: 'subject', object, how: 'set' })
    return effects
  }

  setEndpoint(endpoint: Endpoint): Result<Effect[], InputInvalid> {
    const object = objectKey(endpoint)
    const taken = this.#addressesTaken(endpoint.addresses, object)
    if (taken !== undefined) return Err(taken)
    if (this.#nodes.has(object))
      return Err(inputInvalid('name', `a node is called ${object} already`, 'Give the endpoint a namespace or another name.'))
    const before = this.#endpoints.get(object)
    const identity = this.#identityFor(endpoint)
    if (identity.isErr()) return identity
    const effects: Effect[] = []
    if (before !== undefined) this.#forgetAddresses(before.endpoint.addresses)
    this.#endpoints.set(object, { endpoint, identity: identity.value })
    for (const address of endpoint.addresses) this.#byAddress.set(address, object)
    if (endpoint.reserved === undefined) effects.push(...this.#join(identity.value, object, endpoint))
    if (before !== undefined && before.endpoint.reserved === undefined && before.identity !== identity.value)
      effects.push(...this.#leave(before.identity, object))
    effects.push({ kind: 'subject', object, how: 'set' })
    return Ok(effects)
  }

  removeEndpoint(object: string): Effect[] {
    const there = this.#endpoints.get(object)
    if (there === undefined) return []
    this.#endpoints.delete(object)
    this.#forgetAddresses(there.endpoint.addresses)
    return [
      { kind: 'subject', object, how: 'removed' },
      ...(there.endpoint.reserved === undefined ? this.#leave(there.identity, object) : []),
    ]
  }

  setIdentity(known: KnownIdentity): Result<Effect[], InputInvalid> {
    const trait = this.#trait({ ...known, addresses: [] })
    const there = this.#identities.get(known.identity)
    if (there !== undefined && there.trait.key !== trait.key) {
      if (there.members.size > 0)
        return Err(
          inputInvalid(
            'identity',
            `identity ${known.identity} is that of other labels: ${[...there.members][0]}`,
            'Remove the endpoints first, or take another number.',
          ),
        )
      this.#numbers.release(there.trait.key)
    }
    if (!this.#numbers.claim(trait.key, known.identity)) {
      if (there !== undefined) this.#numbers.claim(there.trait.key, known.identity)
      return Err(
        inputInvalid(
          'identity',
          `the labels of identity ${known.identity} have the number ${this.#numbers.get(trait.key) ?? 'of another'}`,
          'One set of labels has one number.',
        ),
      )
    }
    this.#retired.delete(known.identity)
    this.#identities.set(known.identity, { trait, members: there?.members ?? new Set(), known: true })
    if (there?.trait.key === trait.key) return Ok([])
    return Ok([{ kind: 'identity', identity: known.identity, how: there === undefined ? 'added' : 'changed' }])
  }

  removeIdentity(identity: number): Effect[] {
    const there = this.#identities.get(identity)
    if (there?.known !== true) return []
    there.known = false
    return this.#vanish(identity, there)
  }

  setNode(node: Node): Result<Effect[], InputInvalid> {
    const taken = this.#addressesTaken(node.addresses, node.name)
    if (taken !== undefined) return Err(taken)
    if (this.#endpoints.has(node.name))
      return Err(inputInvalid('name', `an endpoint is called ${node.name} already`, 'Give the endpoint a namespace.'))
    const local = [...this.#nodes.values()].find((other) => other.node.local && other.node.name !== node.name)
    if (node.local && local !== undefined)
      return Err(inputInvalid('local', `${local.node.name} is the local node already`, 'One node is this one.'))
    const effects = this.removeNode(node.name)
    const own = Object.keys(node.labels).length > 0 || this.settings.cidrMatchesNodes || this.settings.nodeIdentities
    const shared = node.kubeApiserver ? reservedIdentities['kube-apiserver'] : reservedIdentities['remote-node']
    const identity = node.local ? reservedIdentities.host : own ? (this.#nodeNumbers.allocate(node.name) ?? shared) : shared
    this.#nodes.set(node.name, { node, identity })
    for (const address of node.addresses) this.#byAddress.set(address, node.name)
    if (identity === 1) effects.push({ kind: 'identity', identity, how: 'changed' })
    else if (identity > 255) effects.push({ kind: 'identity', identity, how: 'added' })
    return Ok([...effects, { kind: 'subject', object: node.name, how: 'set' }])
  }

  removeNode(name: string): Effect[] {
    const there = this.#nodes.get(name)
    if (there === undefined) return []
    this.#nodes.delete(name)
    this.#forgetAddresses(there.node.addresses)
    const effects: Effect[] = [{ kind: 'subject', object: name, how: 'removed' }]
    if (there.identity === 1) effects.push({ kind: 'identity', identity: 1, how: 'changed' })
    else if (there.identity > 255) effects.push({ kind: 'identity', identity: there.identity, how: 'removed' })
    return effects
  }

  setService(service: Service): Effect[] {
    const before = this.#services.get(objectKey(service))
    this.#services.set(objectKey(service), service)
    return [...(before === undefined ? [] : [{ kind: 'service' as const, service: before }]), { kind: 'service', service }]
  }

  removeService(key: string): Effect[] {
    const service = this.#services.get(key)
    this.#services.delete(key)
    return service === undefined ? [] : [{ kind: 'service', service }]
  }

  setKubeApiserver(addresses: readonly string[]): Effect[] {
    const touched = new Set([...this.#kubeApiserver, ...addresses])
    const before = new Set(this.#kubeApiserver)
    this.#kubeApiserver.clear()
    for (const address of addresses) this.#kubeApiserver.add(address)
    return [...touched]
      .filter((address) => before.has(address) !== this.#kubeApiserver.has(address))
      .map((address) => ({ kind: 'address', address }))
  }

  bind({ name, addresses, expiresAtMs }: Binding): Effect[] {
    if (expiresAtMs !== undefined && expiresAtMs <= this.nowMs) return []
    return addresses.filter((address) => this.bindings.bind(name, address, expiresAtMs)).map((address) => ({ kind: 'address', address }))
  }

  unbind(name: string, addresses?: readonly string[]): Effect[] {
    return (addresses ?? this.bindings.addressesOf(name))
      .filter((address) => this.bindings.unbind(name, address))
      .map((address) => ({ kind: 'address', address }))
  }

  /** Moves the clock; names that ended are gone. A clock does not go back. */
  advance(nowMs: number): Effect[] {
    if (nowMs <= this.nowMs) return []
    this.nowMs = nowMs
    return this.bindings.expire(nowMs).map((address) => ({ kind: 'address', address }))
  }

  /** Numbers that nobody has any more are free again. */
  settle(): void {
    for (const [number, key] of this.#retired) if (!this.#identities.has(number)) this.#numbers.release(key)
    this.#retired.clear()
  }

  #identityFor(endpoint: Endpoint): Result<number, InputInvalid> {
    if (endpoint.reserved !== undefined) return Ok(reservedIdentities[endpoint.reserved])
    const trait = this.#trait(endpoint)
    const there = this.#numbers.get(trait.key)
    if (endpoint.identity === undefined) {
      const number = this.#numbers.allocate(trait.key)
      return number === undefined
        ? Err(inputInvalid('identity', 'no identity is left', 'Allot identities on the labels that policies look at: relevantLabels.'))
        : Ok(number)
    }
    if (there === endpoint.identity) return Ok(there)
    if (there !== undefined || !this.#numbers.claim(trait.key, endpoint.identity))
      return Err(
        inputInvalid(
          'identity',
          there === undefined
            ? `identity ${endpoint.identity} is that of other labels`
            : `endpoints of these labels have the identity ${there}`,
          'One set of labels, namespace, service account and named ports has one number.',
        ),
      )
    return Ok(endpoint.identity)
  }

  #join(identity: number, object: string, endpoint: Endpoint): Effect[] {
    this.#retired.delete(identity)
    const there = this.#identities.get(identity)
    if (there !== undefined) {
      there.members.add(object)
      return []
    }
    this.#identities.set(identity, { trait: this.#trait(endpoint), members: new Set([object]), known: false })
    return [{ kind: 'identity', identity, how: 'added' }]
  }

  #leave(identity: number, object: string): Effect[] {
    const record = this.#identities.get(identity)
    if (record === undefined) return []
    record.members.delete(object)
    return this.#vanish(identity, record)
  }

  #vanish(identity: number, record: IdentityRecord): Effect[] {
    if (record.known || record.members.size > 0) return []
    this.#identities.delete(identity)
    this.#retired.set(identity, record.trait.key)
    return [{ kind: 'identity', identity, how: 'removed' }]
  }

  #addressesTaken(addresses: readonly string[], object: string): InputInvalid | undefined {
    for (const [at, address] of addresses.entries()) {
      const other = this.#byAddress.get(address)
      if (other !== undefined && other !== object)
        return inputInvalid(
          `addresses[${at}]`,
          `${address} is the address of ${other}`,
          'An address is one object’s; remove the other first.',
        )
    }
    return undefined
  }

  #forgetAddresses(addresses: readonly string[]): void {
    for (const address of addresses) this.#byAddress.delete(address)
  }
}

function prefixesOf(addresses: readonly string[] = []): Prefix[] {
  return addresses.map((text) => Prefix.of(parseIp(text).unwrap(), 128))
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)
