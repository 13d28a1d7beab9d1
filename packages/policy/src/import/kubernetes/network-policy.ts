import type { NetworkPolicyInput } from '../../rule/policy.js'
import type { Direction } from '../../rule/rule.js'
import { finishPolicy } from '../finish-policy.js'
import { type Kind, NAME_PATH } from '../kind.js'
import type { PeerInput, PortInput, RuleInput } from '../node-inputs.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import { checkShape } from '../shape/check-shape.js'
import { podLabels } from './label-keys.js'
import {
  type NetworkPolicyDocument,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  networkPolicyDocument,
} from './network-policy-document.js'

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const

/** A policy of Kubernetes itself: it isolates the pods that it selects, and its rules allow. */
export const networkPolicy: Kind = {
  apiVersions: ['networking.k8s.io/v1'],
  kind: 'NetworkPolicy',
  namespaced: true,
  identity: NAME_PATH,
  read(value, base, reading) {
    const document = checkShape(networkPolicyDocument, value, base, reading)
    if (document === undefined) return []
    const policy = finishPolicy(policyOf(document, base, reading), base, reading)
    return policy === undefined ? [] : [policy]
  },
}

function policyOf({ metadata, spec }: NetworkPolicyDocument, base: DocumentPath, reading: Reading): NetworkPolicyInput {
  const { name, namespace = reading.settings.namespace } = metadata
  const isolates = isolatedDirections(spec, base, reading)
  const rules = (['ingress', 'egress'] as const).flatMap((direction) => {
    const given = (direction === 'ingress' ? spec.ingress : spec.egress) ?? []
    if (isolates[direction]) return given.map((rule, at) => ruleOf(rule, direction, namespace, [...base, 'spec', direction, at], reading))
    if (given.length > 0) reading.warn([...base, 'spec', direction], `no effect: policyTypes leaves out ${direction}`)
    return []
  })
  return {
    kind: 'network-policy',
    key: `NetworkPolicy ${namespace}/${name}`,
    subject: reading.from([...base, 'spec', 'podSelector'], {
      kind: 'endpoints',
      namespaces: { names: [namespace] },
      selector: podLabels(spec.podSelector),
    }),
    defaultDeny: isolates,
    rules,
    source: reading.source(base),
  }
}

/**
 * Without policyTypes: ingress always, egress where there are rules of it.
 * Source: Kubernetes, pkg/apis/networking/v1: SetDefaults_NetworkPolicy.
 */
function isolatedDirections(
  { policyTypes, egress }: NetworkPolicyDocument['spec'],
  base: DocumentPath,
  reading: Reading,
): Record<Direction, boolean> {
  if (policyTypes !== undefined && policyTypes.length > 0)
    return { ingress: policyTypes.includes('Ingress'), egress: policyTypes.includes('Egress') }
  // the API's words count an empty section; its server's defaulting, which decides what a cluster does, does not
  if (egress?.length === 0)
    reading.warn([...base, 'spec', 'egress'], 'an empty section closes nothing: say Egress in policyTypes if it is meant to')
  return { ingress: true, egress: (egress?.length ?? 0) > 0 }
}

function ruleOf(
  rule: { ports?: NetworkPolicyPort[] | undefined; from?: NetworkPolicyPeer[] | undefined; to?: NetworkPolicyPeer[] | undefined },
  direction: Direction,
  namespace: string,
  path: DocumentPath,
  reading: Reading,
): RuleInput {
  const field = direction === 'ingress' ? 'from' : 'to'
  const peers = rule[field]?.map((peer, at) => peerOf(peer, namespace, [...path, field, at], reading))
  const ports = rule.ports?.map((port, at) => reading.from([...path, 'ports', at], portOf(port)))
  // an empty list restricts nothing, as an absent one
  return reading.from(path, {
    direction,
    peers: peers?.length === 0 ? undefined : peers,
    ports: ports?.length === 0 ? undefined : ports,
    source: reading.source(path),
  })
}

function peerOf(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  namespace: string,
  path: DocumentPath,
  reading: Reading,
): PeerInput {
  if (ipBlock !== undefined)
    return reading.from([...path, 'ipBlock'], { kind: 'cidr', prefix: ipBlock.cidr, except: ipBlock.except, scope: 'external' })
  return reading.from(path, {
    kind: 'endpoints',
    namespaces: namespaceSelector === undefined ? { names: [namespace] } : { selector: namespaceSelector },
    selector: podLabels(podSelector),
  })
}

function portOf({ protocol, port, endPort }: NetworkPolicyPort): PortInput {
  return { protocol: PROTOCOLS[protocol], port, endPort }
}
