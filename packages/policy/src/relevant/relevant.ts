import { NAMESPACE_LABELS_PREFIX, parseLabelKey } from '../rule/label.js'
import type { Peer } from '../rule/peer.js'
import type { Policy } from '../rule/policy.js'
import { type LabelSelector, requirementsOf } from '../rule/selector.js'
import type { NamespaceMatch } from '../rule/subject.js'

/** What of endpoints any policy can see: identities that differ in nothing of this are one. */
export interface RelevantLabels {
  /** keys without their source, of endpoints' own labels */
  readonly keys: ReadonlySet<string>
  /** keys of namespaces' labels */
  readonly namespaceKeys: ReadonlySet<string>
  readonly nodeKeys: ReadonlySet<string>
  readonly serviceAccounts: boolean
  /** names of ports */
  readonly namedPorts: ReadonlySet<string>
  /** blocks that select endpoints by their addresses */
  readonly prefixes: ReadonlySet<string>
}

const NAMESPACE_KEY = parseLabelKey(NAMESPACE_LABELS_PREFIX, 'k8s').key
const SERVICE_ACCOUNT_KEY = 'io.cilium.k8s.policy.serviceaccount'

/**
 * Which labels, named ports and blocks the policies look at. Identities that are allotted on these alone (`createUniverse(input, {
 * relevant })`) give the same verdicts, and do not multiply with labels that no policy mentions.
 *
 * @param services selectors of services that `service` peers can mean; their keys are looked at too
 */
export function relevantLabels(
  policies: readonly Policy[],
  services: readonly { readonly selector?: Readonly<Record<string, string>> | undefined }[] = [],
): RelevantLabels {
  const found = {
    keys: new Set<string>(),
    namespaceKeys: new Set<string>(),
    nodeKeys: new Set<string>(),
    serviceAccounts: false,
    namedPorts: new Set<string>(),
    prefixes: new Set<string>(),
  }
  const ofEndpoints = (selector: LabelSelector): void => {
    for (const requirement of requirementsOf(selector)) {
      const { key } = parseLabelKey(requirement.key, 'any')
      if (key.startsWith(NAMESPACE_KEY)) found.namespaceKeys.add(key.slice(NAMESPACE_KEY.length))
      else if (key === SERVICE_ACCOUNT_KEY) found.serviceAccounts = true
      else found.keys.add(key)
    }
  }
  const keysOf = (selector: LabelSelector, into: Set<string>): void => {
    for (const { key } of requirementsOf(selector)) into.add(parseLabelKey(key, 'any').key)
  }
  const ofNamespaces = (namespaces: NamespaceMatch | undefined): void => {
    if (namespaces?.selector !== undefined) keysOf(namespaces.selector, found.namespaceKeys)
  }
  const ofPeer = (peer: Peer): void => {
    if (peer.kind === 'endpoints') {
      ofEndpoints(peer.selector)
      ofNamespaces(peer.namespaces)
      if (peer.serviceAccounts !== undefined) found.serviceAccounts = true
    } else if (peer.kind === 'nodes') keysOf(peer.selector, found.nodeKeys)
    else if (peer.kind === 'cidr' && peer.scope === 'any') {
      found.prefixes.add(peer.prefix)
      for (const except of peer.except) found.prefixes.add(except)
    }
  }
  let servicesMeant = false
  for (const policy of policies) {
    if (policy.kind === 'cidr-group') continue
    if (policy.subject.kind === 'nodes') keysOf(policy.subject.selector, found.nodeKeys)
    else {
      ofEndpoints(policy.subject.selector)
      ofNamespaces(policy.subject.namespaces)
      if (policy.subject.serviceAccounts !== undefined) found.serviceAccounts = true
    }
    for (const rule of policy.rules) {
      for (const peer of rule.peers ?? []) {
        ofPeer(peer)
        servicesMeant ||= peer.kind === 'service'
      }
      for (const selector of rule.requires ?? []) ofEndpoints(selector)
      for (const { port } of rule.ports ?? []) if (typeof port === 'string') found.namedPorts.add(port)
    }
  }
  if (servicesMeant)
    for (const { selector = {} } of services) for (const key of Object.keys(selector)) found.keys.add(parseLabelKey(key, 'any').key)
  return found
}

/** What the policies look at and the identities were not allotted on: those could not be told apart. Empty when nothing. */
export function notRelevant(needed: RelevantLabels, given: RelevantLabels): string[] {
  const missing = (kind: string, left: ReadonlySet<string>, right: ReadonlySet<string>): string[] =>
    [...left].filter((key) => !right.has(key)).map((key) => `${kind} ${key}`)
  return [
    ...missing('label', needed.keys, given.keys),
    ...missing('port name', needed.namedPorts, given.namedPorts),
    ...missing('block', needed.prefixes, given.prefixes),
    ...(needed.serviceAccounts && !given.serviceAccounts ? ['service accounts'] : []),
  ]
}
