import type { Direction } from '../../rule/rule.js'
import type { PortInput, RuleInput } from '../node-inputs.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import type { AdminPeerDocument } from './peer-document.js'
import { adminPeers } from './peers.js'

const ACTIONS = { Allow: 'allow', Accept: 'allow', Deny: 'deny', Pass: 'pass' } as const

export interface AdminRuleDocument {
  readonly name?: string | undefined
  readonly action: keyof typeof ACTIONS
  readonly from?: AdminPeerDocument[]
  readonly to?: AdminPeerDocument[]
}

/** The rules of one direction, in the order in which they are asked. `portsField` is what the documents call the list of ports. */
export function adminRules<T extends AdminRuleDocument>(
  rules: readonly T[],
  direction: Direction,
  portsField: 'ports' | 'protocols',
  portsOf: (rule: T) => PortInput[] | undefined,
  base: DocumentPath,
  reading: Reading,
): RuleInput[] {
  const side = direction === 'ingress' ? 'from' : 'to'
  return rules.map((rule, at) => {
    const path = [...base, 'spec', direction, at]
    return reading.from(path, {
      name: rule.name === '' ? undefined : rule.name,
      direction,
      action: ACTIONS[rule.action],
      peers: (rule[side] ?? []).flatMap((peer, of) => adminPeers(peer).map((one) => reading.from([...path, side, of], one))),
      ports: portsOf(rule)?.map((port, of) => reading.from([...path, portsField, of], port)),
      source: reading.source(path),
    })
  })
}
