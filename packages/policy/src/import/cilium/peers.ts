import type { Entity } from '../../rule/peer.js'
import type { LabelSelector } from '../../rule/selector.js'
import type { PeerInput } from '../node-inputs.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import { endpointsPeer } from './endpoint-selector.js'
import type { CidrRuleDocument, FqdnDocument, ServiceDocument } from './peer-document.js'
import type { EgressDocument, IngressDocument } from './rule-document.js'

/** A rule's other end, whichever direction calls its fields. */
interface Far {
  readonly endpoints?: LabelSelector[] | undefined
  readonly cidrs?: string[] | undefined
  readonly cidrSet?: CidrRuleDocument[] | undefined
  readonly entities?: Entity[] | undefined
  readonly nodes?: LabelSelector[] | undefined
  readonly services?: ServiceDocument[] | undefined
  readonly fqdns?: FqdnDocument[] | undefined
}

const FIELDS = {
  endpoints: 'Endpoints',
  cidrs: 'CIDR',
  cidrSet: 'CIDRSet',
  entities: 'Entities',
  nodes: 'Nodes',
  services: 'Services',
  fqdns: 'FQDNs',
} as const satisfies Record<keyof Far, string>

export function ingressPeers(
  rule: IngressDocument,
  namespace: string | undefined,
  path: DocumentPath,
  reading: Reading,
): PeerInput[] | undefined {
  const { fromEndpoints: endpoints, fromCIDR: cidrs, fromCIDRSet: cidrSet, fromEntities: entities, fromNodes: nodes } = rule
  return peersOf({ endpoints, cidrs, cidrSet, entities, nodes }, 'from', namespace, path, reading)
}

export function egressPeers(
  rule: EgressDocument,
  namespace: string | undefined,
  path: DocumentPath,
  reading: Reading,
): PeerInput[] | undefined {
  const { toEndpoints: endpoints, toCIDR: cidrs, toCIDRSet: cidrSet, toEntities: entities, toNodes: nodes } = rule
  const { toServices: services, toFQDNs: fqdns } = rule
  return peersOf({ endpoints, cidrs, cidrSet, entities, nodes, services, fqdns }, 'to', namespace, path, reading)
}

/** Undefined where no field is given; an empty list is given, and is nobody. */
function peersOf(
  far: Far,
  side: 'from' | 'to',
  namespace: string | undefined,
  path: DocumentPath,
  reading: Reading,
): PeerInput[] | undefined {
  if (Object.values(far).every((list) => list === undefined)) return undefined
  const each = <T>(field: keyof Far, list: readonly T[] | undefined, peers: (item: T) => PeerInput[]): PeerInput[] =>
    (list ?? []).flatMap((item, at) => peers(item).map((peer) => reading.from([...path, `${side}${FIELDS[field]}`, at], peer)))
  return [
    ...each('endpoints', far.endpoints, (selector) => [endpointsPeer(selector, namespace)]),
    ...each('cidrs', far.cidrs, (prefix) => [{ kind: 'cidr', prefix, scope: 'external' }]),
    ...each('cidrSet', far.cidrSet, (rule) => [cidrPeer(rule)]),
    ...each('entities', far.entities, (entity) => [{ kind: 'entity', entity }]),
    ...each('nodes', far.nodes, (selector) => [{ kind: 'nodes', selector, scope: 'remote' }]),
    ...each('services', far.services, servicePeers),
    ...each('fqdns', far.fqdns, (fqdn) => [{ kind: 'fqdn', ...fqdn }]),
  ]
}

function cidrPeer({ cidr, cidrGroupRef, cidrGroupSelector, except }: CidrRuleDocument): PeerInput {
  if (cidr !== undefined) return { kind: 'cidr', prefix: cidr, except, scope: 'external' }
  return { kind: 'cidr-group', name: cidrGroupRef, selector: cidrGroupSelector, except }
}

function servicePeers({ k8sService, k8sServiceSelector }: ServiceDocument): PeerInput[] {
  return [
    ...(k8sService ? [{ kind: 'service' as const, name: k8sService.serviceName, namespace: k8sService.namespace }] : []),
    ...(k8sServiceSelector
      ? [{ kind: 'service' as const, selector: k8sServiceSelector.selector, namespace: k8sServiceSelector.namespace }]
      : []),
  ]
}
