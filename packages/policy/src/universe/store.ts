import { Err, type InputInvalid, type Ip, inputInvalid, Ok, Prefix, type Result } from '@axoneme/sys/values'
import type { RelevantLabels } from '../relevant/relevant.js'
import { LabelSet } from '../rule/label.js'
import { isSingle, prefixOf } from '../rule/prefix.js'
import { EndpointIdentities, type IdentityRecord, type Trait } from './endpoint-identities.js'
import { FqdnBindings } from './fqdn.js'
import { IdentityNumbers, reservedIdentities, reservedName } from './identity.js'
import {
  type Binding,
  type Endpoint,
  type KnownIdentity,
  type Namespace,
  type Node,
  objectKey,
  type Service,
  type Settings,
} from './input.js'
import { Namespaces } from './namespaces.js'
import { nobody, type Party, prefixesOf } from './party.js'

/** What a change did to the identities and objects that rules look at. */
export type Effect =
  | { readonly kind: 'identity'; readonly identity: number; readonly how: 'added' | 'removed' | 'changed' }
  | { readonly kind: 'subject'; readonly object: string; readonly how: 'set' | 'removed' }
  | { readonly kind: 'service'; readonly service: Service }
  | { readonly kind: 'address'; readonly address: string }

/** The universe's objects, changed in place: the resolver's. What users hold is a view that never changes. */
export class UniverseStore {
  readonly #namespaces: Namespaces
  readonly #identities: EndpointIdentities
  readonly #endpoints = new Map<string, { readonly endpoint: Endpoint; readonly identity: number }>()
  readonly #byAddress = new Map<string, string>()
  readonly #nodes = new Map<string, { readonly node: Node; readonly identity: number }>()
  readonly #services = new Map<string, Service>()
  readonly #kubeApiserver = new Set<string>()
  readonly #made = new WeakMap<Trait, { readonly namespaceLabels: LabelSet; readonly labels: LabelSet }>()
  readonly #nodeNumbers: IdentityNumbers
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
    this.#namespaces = from === undefined ? new Namespaces(settings.clusterName) : from.#namespaces.clone()
    this.#identities = from === undefined ? new EndpointIdentities(relevant) : from.#identities.clone()
    this.#nodeNumbers = from === undefined ? new IdentityNumbers('node') : from.#nodeNumbers.clone()
    this.bindings = from === undefined ? new FqdnBindings() : from.bindings.clone()
    if (from === undefined) return
    this.nowMs = from.nowMs
    for (const [key, value] of from.#endpoints) this.#endpoints.set(key, value)
    for (const [key, value] of from.#byAddress) this.#byAddress.set(key, value)
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
    return this.#identities.declared(identity)
  }

  /** Numbers of endpoints and nodes that are there; reserved ones always are. */
  *identityNumbers(): IterableIterator<number> {
    for (const [number] of this.#identities.records()) yield number
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
    if (name === 'world-ipv4') return this.#external(prefixOf('0.0.0.0/0'), identity)
    if (name === 'world-ipv6') return this.#external(prefixOf('::/0'), identity)
    const labels = new LabelSet([[`reserved:${name}`, ''], ...(name === 'kube-apiserver' ? [['reserved:remote-node', ''] as const] : [])])
    const node = name === 'host' || name === 'remote-node' || name === 'kube-apiserver'
    return { ...nobody, category: node ? 'node' : name === 'world' ? 'external' : 'reserved', identity, labels, host: name === 'host' }
  }

  /** An endpoint that is not there, by its labels. */
  partyOfLabels(labels: Readonly<Record<string, string>>, namespace: string | undefined, serviceAccount: string | undefined): Party {
    const trait = this.#identities.traitOf({ namespace, serviceAccount, labels, namedPorts: [], addresses: [] })
    return { ...this.#partyOfTrait(trait, 0), labels: this.#namespaces.endpointLabels(Object.entries(labels), namespace, serviceAccount) }
  }

  #partyOfTrait(trait: Trait, identity: number): Party {
    const { namespace, serviceAccount, namedPorts } = trait
    return {
      ...nobody,
      category: 'endpoint',
      identity,
      labels: this.#labelsOf(trait),
      ...(namespace === undefined ? {} : { namespace }),
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      namespaceLabels: this.#namespaces.labelsOf(namespace),
      namedPorts,
    }
  }

  /** Of all that are alike one set, as long as their namespace is as it was. */
  #labelsOf(trait: Trait): LabelSet {
    const namespaceLabels = this.#namespaces.labelsOf(trait.namespace)
    const there = this.#made.get(trait)
    if (there?.namespaceLabels === namespaceLabels) return there.labels
    const labels = this.#namespaces.endpointLabels(trait.labels, trait.namespace, trait.serviceAccount)
    this.#made.set(trait, { namespaceLabels, labels })
    return labels
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
    // where identities are allotted on all labels, an endpoint's are its identity's
    const trait = this.relevant === undefined ? this.#identities.get(identity)?.trait : undefined
    return {
      ...nobody,
      category: 'endpoint',
      identity,
      labels:
        trait === undefined ? this.#namespaces.endpointLabels(Object.entries(labels), namespace, serviceAccount) : this.#labelsOf(trait),
      ...(namespace === undefined ? {} : { namespace }),
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      namespaceLabels: this.#namespaces.labelsOf(namespace),
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
    const address = isSingle(block) ? `${block.address}` : undefined
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

  // ── changes: all or nothing, each ──

  setNamespace(namespace: Namespace): Effect[] {
    return this.#namespaces.set(namespace) ? this.#inNamespace(namespace.name) : []
  }

  removeNamespace(name: string): Effect[] {
    return this.#namespaces.remove(name) ? this.#inNamespace(name) : []
  }

  namespaceInput(name: string): Namespace | undefined {
    return this.#namespaces.input(name)
  }

  #inNamespace(name: string): Effect[] {
    const effects: Effect[] = []
    for (const [identity, { trait, members }] of this.#identities.records()) {
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
    const identity: Result<number, InputInvalid> =
      endpoint.reserved === undefined ? this.#identities.numberFor(endpoint) : Ok(reservedIdentities[endpoint.reserved])
    if (identity.isErr()) return identity
    const effects: Effect[] = []
    if (before !== undefined) this.#forgetAddresses(before.endpoint.addresses)
    this.#endpoints.set(object, { endpoint, identity: identity.value })
    for (const address of endpoint.addresses) this.#byAddress.set(address, object)
    const had = before?.endpoint.reserved === undefined ? before : undefined
    if (endpoint.reserved === undefined) {
      const joined = this.#join(identity.value, object, endpoint)
      const addresses = had?.identity === identity.value ? had.endpoint.addresses : []
      effects.push(...(joined.length > 0 ? joined : this.#moved(identity.value, addresses, endpoint.addresses)))
    }
    if (had !== undefined && (endpoint.reserved !== undefined || had.identity !== identity.value)) effects.push(...this.#leave(had, object))
    effects.push({ kind: 'subject', object, how: 'set' })
    return Ok(effects)
  }

  removeEndpoint(object: string): Effect[] {
    const there = this.#endpoints.get(object)
    if (there === undefined) return []
    this.#endpoints.delete(object)
    this.#forgetAddresses(there.endpoint.addresses)
    return [{ kind: 'subject', object, how: 'removed' }, ...(there.endpoint.reserved === undefined ? this.#leave(there, object) : [])]
  }

  setIdentity(known: KnownIdentity): Result<Effect[], InputInvalid> {
    const done = this.#identities.declare(known)
    if (done.isErr()) return Err(done.error)
    return Ok(done.value === 'same' ? [] : [{ kind: 'identity', identity: known.identity, how: done.value }])
  }

  removeIdentity(identity: number): Effect[] {
    return this.#identities.withdraw(identity) ? [{ kind: 'identity', identity, how: 'removed' }] : []
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
    this.#identities.settle()
  }

  #join(identity: number, object: string, endpoint: Endpoint): Effect[] {
    return this.#identities.join(identity, object, endpoint) ? [{ kind: 'identity', identity, how: 'added' }] : []
  }

  #leave({ endpoint, identity }: { readonly endpoint: Endpoint; readonly identity: number }, object: string): Effect[] {
    return this.#identities.leave(identity, object)
      ? [{ kind: 'identity', identity, how: 'removed' }]
      : this.#moved(identity, endpoint.addresses, [])
  }

  /** An identity's endpoints have other addresses now: that matters where blocks may select endpoints by them. */
  #moved(identity: number, before: readonly string[], after: readonly string[]): Effect[] {
    const matters = this.relevant?.prefixes.size !== 0 && `${before}` !== `${after}` && this.#identities.get(identity) !== undefined
    return matters ? [{ kind: 'identity', identity, how: 'changed' }] : []
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
