/** What single words of a rule mean, asked of one end of one flow. */
import { LabelSet } from '../rule/label.js'
import type { CidrPeer, Entity, Peer, ServicePeer } from '../rule/peer.js'
import type { CidrGroup } from '../rule/policy.js'
import { hasPorts, isIcmp, type PortMatch, protocolName, protocolNumber, transportNumbers } from '../rule/port.js'
import { prefixOf } from '../rule/prefix.js'
import { type LabelSelector, selects } from '../rule/selector.js'
import type { NamespaceMatch, Subject } from '../rule/subject.js'
import { canonicalName, matchesPattern } from '../universe/fqdn.js'
import { reservedIdentities } from '../universe/identity.js'
import type { NamedPort, Service, Settings } from '../universe/input.js'
import type { Party } from '../universe/party.js'
import type { Traffic } from './flow.js'

/** What peers are looked up in. */
export interface Surroundings {
  readonly settings: Settings
  readonly groups: readonly CidrGroup[]
  services(): Iterable<Service>
}

/** Whether an endpoint (of that namespace, those labels, that account) is one of those. */
function isAmong(
  of: {
    readonly namespaces?: NamespaceMatch | undefined
    readonly selector: LabelSelector
    readonly serviceAccounts?: readonly string[] | undefined
  },
  party: Party,
): boolean {
  const { namespaces, selector, serviceAccounts } = of
  if (namespaces !== undefined) {
    if (party.namespace === undefined) return false
    if (namespaces.names !== undefined && !namespaces.names.includes(party.namespace)) return false
    if (namespaces.selector !== undefined && !selects(namespaces.selector, party.namespaceLabels)) return false
  }
  if (serviceAccounts !== undefined && !serviceAccounts.includes(party.serviceAccount ?? '')) return false
  return selects(selector, party.labels)
}

/** Whether a policy is about that party. */
export function isSubject(subject: Subject, party: Party): boolean {
  if (subject.kind === 'nodes') return party.category === 'node' && selects(subject.selector, party.nodeLabels)
  if (party.category === 'endpoint') return isAmong(subject, party)
  // the node's own endpoints are meant when their reserved label is
  return party.category === 'reserved' && party.object !== undefined && namesReserved(subject.selector) && isAmong(subject, party)
}

function namesReserved({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)].some((key) => key.startsWith('reserved:'))
}

/** Whether a party is one of the peers that a rule names. `requires`: what endpoints must have besides. */
export function isPeer(peer: Peer, party: Party, around: Surroundings, requires: readonly LabelSelector[] = []): boolean {
  switch (peer.kind) {
    case 'endpoints':
      if (peer.scope === 'managed' && party.category !== 'endpoint') return false
      return isAmong(peer, party) && requires.every((selector) => selects(selector, party.labels))
    case 'entity':
      return isEntity(peer.entity, party)
    case 'cidr':
      return isInBlock(peer, party, around.settings)
    case 'cidr-group':
      return blocksOf(peer, around.groups).some((block) => isInBlock(block, party, around.settings))
    case 'fqdn':
      return (
        party.category === 'external' &&
        party.names.some((name) =>
          peer.matchName === undefined ? matchesPattern(peer.matchPattern ?? '', name) : canonicalName(peer.matchName) === name,
        )
      )
    case 'service':
      return [...around.services()].some((service) => isService(peer, service) && isBehind(service, party, around.settings))
    case 'nodes':
      return party.category === 'node' && !(peer.scope === 'remote' && party.host) && selects(peer.selector, party.nodeLabels)
  }
}

/** Source of the meanings: Cilium, pkg/policy/api: EntitySelectorMapping. */
export function isEntity(entity: Entity, party: Party): boolean {
  const reserved = (name: keyof typeof reservedIdentities): boolean => party.identity === reservedIdentities[name]
  const family = party.category === 'external' ? party.prefixes[0]?.family : undefined
  switch (entity) {
    case 'all':
      return true
    case 'none':
      return false
    case 'world':
      return party.category === 'external'
    case 'world-ipv4':
      return family === 4
    case 'world-ipv6':
      return family === 6
    case 'cluster':
      return party.category !== 'external' || party.labels.has({ source: 'reserved', key: 'kube-apiserver' })
    case 'host':
      return party.host
    case 'remote-node':
      return party.category === 'node' && !party.host
    case 'kube-apiserver':
      return party.labels.has({ source: 'reserved', key: 'kube-apiserver' })
    case 'ingress':
    case 'init':
    case 'health':
    case 'unmanaged':
      return reserved(entity)
  }
}

/** Address blocks mean what is outside; nodes and endpoints only where that is said. */
export function isInBlock(
  { prefix, except, scope }: Pick<CidrPeer, 'prefix' | 'except' | 'scope'>,
  party: Party,
  settings: Settings,
): boolean {
  const reachable = party.category === 'external' || scope === 'any' || (party.category === 'node' && settings.cidrMatchesNodes)
  if (!reachable) return false
  const outer = prefixOf(prefix)
  return party.prefixes.some((address) => outer.contains(address) && !except.some((inner) => prefixOf(inner).contains(address)))
}

/** The blocks that a group peer stands for; a group that is not there has none. */
export function blocksOf(
  {
    name,
    selector,
    except,
  }: { readonly name?: string | undefined; readonly selector?: LabelSelector | undefined; readonly except: readonly string[] },
  groups: readonly CidrGroup[],
): CidrPeer[] {
  return groups
    .filter((group) => (selector === undefined ? group.name === name : selects(selector, new LabelSet(Object.entries(group.labels)))))
    .flatMap(({ cidrs }) =>
      cidrs.map((cidr): CidrPeer => ({ kind: 'cidr', scope: 'external', prefix: cidr.prefix, except: [...cidr.except, ...except] })),
    )
}

/** Whether that is a service which the peer names. */
export function isService({ name, namespace, selector }: ServicePeer, service: Service): boolean {
  if (namespace !== undefined && namespace !== service.namespace) return false
  return selector === undefined ? name === service.name : selects(selector, new LabelSet(Object.entries(service.labels)))
}

/**
 * Whether a party is a backend of a service: of one with a selector an endpoint, of any other an outside address that it lists. An empty
 * selector is none, not everyone. Source: Kubernetes API, ServiceSpec.selector.
 */
export function isBehind({ namespace, selector = {}, addresses }: Service, party: Party, settings: Settings): boolean {
  if (Object.keys(selector).length === 0)
    return addresses.some((address) => isInBlock({ prefix: address, except: [], scope: 'external' }, party, settings))
  return (
    party.category === 'endpoint' &&
    (namespace === undefined || party.namespace === namespace) &&
    selects({ matchLabels: selector }, party.labels)
  )
}

/** The ports that a name stands for, for traffic of a protocol: those of the party that is reached. */
export function portsNamed(name: string, protocol: number, ports: readonly NamedPort[]): number[] {
  return ports.filter((port) => port.name === name && protocolNumber(port.protocol) === protocol).map(({ port }) => port)
}

/** Whether traffic is what a rule's ports name. `reached`: the named ports of the flow's destination. */
export function isPort({ protocol, port, endPort, icmpType }: PortMatch, traffic: Traffic, reached: readonly NamedPort[]): boolean {
  if (protocol === 'transport' ? !transportNumbers.includes(traffic.protocol) : protocolNumber(protocol) !== traffic.protocol) return false
  if (icmpType !== undefined) return traffic.number === icmpType
  if (port === undefined) return true
  if (typeof port === 'string') return portsNamed(port, traffic.protocol, reached).includes(traffic.number)
  return traffic.number >= port && traffic.number <= (endPort ?? port)
}

/** `tcp 80`, `icmp type 8`, `protocol 47`: traffic as a reader knows it. */
export function formatTraffic({ protocol, number }: Traffic): string {
  const name = protocolName(protocol)
  return hasPorts(protocol) ? `${name} ${number}` : isIcmp(protocol) ? `${name} type ${number}` : name
}
