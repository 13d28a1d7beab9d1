/** Rules that allow more, or other, than they seem to. */

import { blocksOf } from '../../evaluate/match.js'
import { normaliseBlocks } from '../../normalise/blocks.js'
import { formatPeer, formatPort, formatSelector } from '../../normalise/print.js'
import type { Peer } from '../../rule/peer.js'
import { type LabelSelector, requirementsOf } from '../../rule/selector.js'
import type { Finding } from '../finding.js'
import { aboutRule, type Check, type LintContext, type LintRule } from './context.js'
import { peerCovers } from './covers-rule.js'

export const opening: Check = function* (context) {
  for (const rule of context.rules) {
    for (const peer of rule.rule.peers ?? []) yield* emptyBlock(rule, peer, context)
    yield* numberedNames(rule)
    if (rule.rule.action !== 'allow') continue
    yield* everyone(rule)
    yield* protocols(rule)
    yield* oneFamily(rule, context)
    for (const peer of rule.rule.peers ?? []) {
      yield* namespaces(rule, peer)
      yield* negatives(rule, peer)
      yield* wideBesideNarrow(rule, peer)
    }
  }
}

function* everyone(rule: LintRule): Iterable<Finding> {
  if (rule.rule.peers !== undefined) return
  const [whom, other] = rule.rule.direction === 'ingress' ? ['from', 'comes'] : ['to', 'goes']
  yield aboutRule(
    'open-to-everyone',
    rule,
    `names no peers: it allows traffic ${whom} the whole world too`,
    `Name the peers, if not everything ${other} there.`,
  )
}

function* protocols(rule: LintRule): Iterable<Finding> {
  for (const port of rule.rule.ports ?? [])
    if (port.protocol === 'transport' && port.port !== undefined)
      yield aboutRule(
        'any-protocol',
        rule,
        `${port.port} stands for ${formatPort(port)}: three protocols, and not ICMP`,
        'Name the protocol.',
      )
}

function* numberedNames(rule: LintRule): Iterable<Finding> {
  for (const { port } of rule.rule.ports ?? [])
    if (typeof port === 'string' && /^\d+$/.test(port))
      yield aboutRule('port-name-is-number', rule, `"${port}" is the name of a port here, not its number`, `Write ${port} without quotes.`)
}

/** `0.0.0.0/0` leaves IPv6 closed, and the other way round. */
function* oneFamily(rule: LintRule, { byPolicy }: LintContext): Iterable<Finding> {
  for (const peer of rule.rule.peers ?? []) {
    if (peer.kind !== 'cidr' || (peer.prefix !== '0.0.0.0/0' && peer.prefix !== '::/0')) continue
    const [other, entity, name] = peer.prefix === '::/0' ? ['0.0.0.0/0', 'world-ipv4', 'IPv4'] : ['::/0', 'world-ipv6', 'IPv6']
    const opensOther = (one: Peer): boolean =>
      (one.kind === 'cidr' && one.prefix === other) || (one.kind === 'entity' && [entity, 'world', 'all'].includes(one.entity))
    const beside = (byPolicy.get(rule.policy) ?? []).filter(
      ({ rule: { action, direction } }) => action === 'allow' && direction === rule.rule.direction,
    )
    if (!beside.some(({ rule: { peers } }) => peers === undefined || peers.some(opensOther)))
      yield aboutRule(
        'one-family',
        rule,
        `${peer.prefix} is not the whole world: ${name} stays closed`,
        `Add ${other}, or name the entity world.`,
      )
  }
}

function* emptyBlock(rule: LintRule, peer: Peer, { groups }: LintContext): Iterable<Finding> {
  const blocks = peer.kind === 'cidr' ? [peer] : peer.kind === 'cidr-group' ? blocksOf(peer, groups) : []
  if (blocks.length > 0 && normaliseBlocks(blocks).length === 0)
    yield aboutRule('empty-block', rule, `${formatPeer(peer)} leaves no address`, 'Carve out less than the whole.')
}

/** Pods of every namespace, for a selector that asks nothing. */
function* namespaces(rule: LintRule, peer: Peer): Iterable<Finding> {
  if (peer.kind !== 'endpoints' || peer.namespaces?.names !== undefined) return
  const asked = requirementsOf(peer.namespaces?.selector ?? {}).length > 0
  // a selector of a cluster's policy that asks labels may be meant for all namespaces
  if (asked || (peer.namespaces === undefined && requirementsOf(peer.selector).length > 0)) return
  if (requirementsOf(peer.selector).some(({ key }) => key.endsWith('io.kubernetes.pod.namespace'))) return
  yield aboutRule(
    'every-namespace',
    rule,
    `${formatPeer(peer)}: of every namespace there is`,
    'Name namespaces or their labels, if not all are meant.',
  )
}

/** What asks only that a label be not so is true of all who have no such label. */
function* negatives(rule: LintRule, peer: Peer): Iterable<Finding> {
  if (peer.kind !== 'endpoints' && peer.kind !== 'nodes') return
  const selectors: [string, LabelSelector][] = [['', peer.selector]]
  if (peer.kind === 'endpoints' && peer.namespaces?.selector !== undefined) selectors.push(['namespaces ', peer.namespaces.selector])
  for (const [whose, selector] of selectors) {
    const all = requirementsOf(selector)
    const negative = all.find(
      ({ key, operator }) =>
        operator === 'NotIn' && !all.some((one) => one.key === key && (one.operator === 'In' || one.operator === 'Exists')),
    )
    if (negative !== undefined)
      yield aboutRule(
        'lets-unlabelled-in',
        rule,
        `${whose}${formatSelector(selector)} holds for all without a label ${negative.key} too`,
        `Add that ${negative.key} exists, or name the values that are meant.`,
      )
  }
}

function* wideBesideNarrow(rule: LintRule, peer: Peer): Iterable<Finding> {
  if (peer.kind !== 'entity' || (peer.entity !== 'all' && peer.entity !== 'world')) return
  const comparing = { blocksAreOutside: true, nothingRequired: true }
  const inside = (rule.rule.peers ?? []).filter(
    (other) => other !== peer && JSON.stringify(other) !== JSON.stringify(peer) && peerCovers(peer, other, comparing),
  )
  const wider = peer.entity === 'world' && (rule.rule.peers ?? []).some((other) => other.kind === 'entity' && other.entity === 'all')
  if (inside.length > 0 && !wider)
    yield aboutRule(
      'wide-beside-narrow',
      rule,
      `${formatPeer(peer)} takes in ${inside.map(formatPeer).join(', ')}`,
      'Remove the wide one, if the narrow ones are meant.',
    )
}
