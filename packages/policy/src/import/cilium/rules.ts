import type { Direction } from '../../rule/rule.js'
import type { PortInput, RuleInput } from '../node-inputs.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import { requirement } from './endpoint-selector.js'
import { l7Of } from './l7.js'
import { egressPeers, ingressPeers } from './peers.js'
import type { EgressDocument, IngressDocument } from './rule-document.js'
import { looksIntoRequests, type ToPortsDocument } from './to-ports-document.js'

type Common = Pick<RuleInput, 'direction' | 'action' | 'peers' | 'requires' | 'auth'>
type Action = 'allow' | 'deny'

export function ingressRules(
  rule: IngressDocument,
  action: Action,
  namespace: string | undefined,
  path: DocumentPath,
  reading: Reading,
): RuleInput[] {
  return rulesOf(
    rule,
    { direction: 'ingress', action, peers: ingressPeers(rule, namespace, path, reading) },
    rule.fromRequires,
    namespace,
    path,
    reading,
  )
}

export function egressRules(
  rule: EgressDocument,
  action: Action,
  namespace: string | undefined,
  path: DocumentPath,
  reading: Reading,
): RuleInput[] {
  return rulesOf(
    rule,
    { direction: 'egress', action, peers: egressPeers(rule, namespace, path, reading) },
    rule.toRequires,
    namespace,
    path,
    reading,
  )
}

/** One rule for each entry of toPorts, since each may have a proxy of its own; else one. */
function rulesOf(
  { toPorts = [], icmps = [], authentication }: IngressDocument | EgressDocument,
  far: { direction: Direction; action: Action; peers: RuleInput['peers'] },
  requires: IngressDocument['fromRequires'],
  namespace: string | undefined,
  path: DocumentPath,
  reading: Reading,
): RuleInput[] {
  const narrowed = toPorts.length > 0 || icmps.length > 0
  const common: Common = {
    ...far,
    // with ports alone everyone is meant; without anything, nobody: such a rule only closes the subject
    peers: far.peers ?? (narrowed ? undefined : []),
    requires: requires?.map((selector) => requirement(selector, namespace)),
    auth: authentication?.mode,
  }
  if (toPorts.length > 0) return toPorts.map((entry, at) => portsRule(entry, common, namespace, [...path, 'toPorts', at], reading))
  const ports =
    icmps.length === 0
      ? undefined
      : icmps.flatMap(({ fields }, at) => fields.map((field, of) => reading.from([...path, 'icmps', at, 'fields', of], { ...field })))
  if (ports?.length === 0) reading.warn([...path, 'icmps'], 'no effect: a list without fields matches nothing')
  return [reading.from(path, { ...common, ports, source: reading.source(path) })]
}

function portsRule(entry: ToPortsDocument, common: Common, namespace: string | undefined, path: DocumentPath, reading: Reading): RuleInput {
  if (entry.ports.length === 0) reading.warn(path, 'no effect: an entry without ports matches nothing')
  else if (entry.rules !== undefined && !looksIntoRequests(entry.rules))
    reading.warn([...path, 'rules'], 'no effect: without a rule in it every request passes')
  const l7 = l7Of(entry, namespace)
  return reading.from(path, {
    ...common,
    ports: entry.ports.map((port, at): PortInput => reading.from([...path, 'ports', at], { ...port })),
    l7: l7 && reading.from([...path, 'rules'], l7),
    source: reading.source(path),
  })
}
