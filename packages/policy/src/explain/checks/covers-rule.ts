import type { Prefix } from '@axoneme/sys/values'
import { entitiesWithin } from '../../normalise/peers.js'
import type { CidrPeer, FqdnPeer, Peer } from '../../rule/peer.js'
import { type PortMatch, protocolNumber, transportNumbers } from '../../rule/port.js'
import { prefixOf } from '../../rule/prefix.js'
import { canonicalName, matchesPattern } from '../../universe/fqdn.js'
import type { LintRule } from './context.js'
import { amongCovers, selectorCovers, subjectCovers } from './covers-selector.js'

/** What must be known to compare: whether blocks may mean nodes, and whether something is required of peers besides. */
export interface Comparing {
  readonly blocksAreOutside: boolean
  readonly nothingRequired: boolean
}

/** Whether one rule is about all that another is about: subjects, peers, traffic, of one direction. */
export function ruleCovers(wide: LintRule, narrow: LintRule, comparing: Comparing): boolean {
  return (
    wide.rule.direction === narrow.rule.direction &&
    subjectCovers(wide.subject, narrow.subject) &&
    portsCover(wide.normal.ports, narrow.normal.ports) &&
    peersCover(wide.normal.peers, narrow.normal.peers, comparing)
  )
}

export function peersCover(wide: readonly Peer[] | undefined, narrow: readonly Peer[] | undefined, comparing: Comparing): boolean {
  if (wide === undefined) return true
  return narrow?.every((peer) => wide.some((one) => peerCovers(one, peer, comparing))) ?? false
}

export function peerCovers(wide: Peer, narrow: Peer, { blocksAreOutside, nothingRequired }: Comparing): boolean {
  if (wide.kind === 'entity') {
    const { entity } = wide
    if (entity === 'all') return true
    if (narrow.kind === 'entity') return narrow.entity === entity || (entitiesWithin[entity]?.includes(narrow.entity) ?? false)
    if (entity === 'cluster') return narrow.kind === 'nodes' || (narrow.kind === 'endpoints' && narrow.scope === 'managed')
    if (narrow.kind === 'fqdn') return entity === 'world'
    if (narrow.kind !== 'cidr' || narrow.scope === 'any' || !blocksAreOutside) return false
    return entity === 'world' || entity === `world-ipv${prefixOf(narrow.prefix).family}`
  }
  if (wide.kind === 'endpoints')
    return (
      narrow.kind === 'endpoints' && nothingRequired && (wide.scope === 'any' || narrow.scope === 'managed') && amongCovers(wide, narrow)
    )
  if (wide.kind === 'nodes')
    return narrow.kind === 'nodes' && (wide.scope === 'all' || narrow.scope === 'remote') && selectorCovers(wide.selector, narrow.selector)
  if (wide.kind === 'cidr') return narrow.kind === 'cidr' && blockCovers(wide, narrow)
  if (wide.kind === 'fqdn') return narrow.kind === 'fqdn' && nameCovers(wide, narrow)
  return JSON.stringify(wide) === JSON.stringify(narrow)
}

function blockCovers(wide: CidrPeer, narrow: CidrPeer): boolean {
  if (wide.scope !== narrow.scope && wide.scope !== 'any') return false
  const inner = prefixOf(narrow.prefix)
  const spared = (carved: Prefix): boolean => !carved.overlaps(inner) || narrow.except.some((one) => prefixOf(one).contains(carved))
  return prefixOf(wide.prefix).contains(inner) && wide.except.every((one) => spared(prefixOf(one)))
}

function nameCovers(wide: FqdnPeer, narrow: FqdnPeer): boolean {
  if (wide.matchPattern === '*') return true
  if (narrow.matchPattern !== undefined) return narrow.matchPattern === wide.matchPattern
  const name = narrow.matchName ?? ''
  return wide.matchName === undefined ? matchesPattern(wide.matchPattern ?? '', name) : wide.matchName === canonicalName(name)
}

export function portsCover(wide: readonly PortMatch[] | undefined, narrow: readonly PortMatch[] | undefined): boolean {
  if (wide === undefined) return true
  const numbersOf = ({ protocol }: PortMatch): readonly number[] =>
    protocol === 'transport' ? transportNumbers : [protocolNumber(protocol)]
  return (
    narrow?.every((port) =>
      numbersOf(port).every((number) => wide.some((one) => numbersOf(one).includes(number) && portCovers(one, port))),
    ) ?? false
  )
}

/** Of one protocol. */
function portCovers(wide: PortMatch, narrow: PortMatch): boolean {
  if (wide.port === undefined && wide.icmpType === undefined) return true
  if (wide.icmpType !== undefined) return wide.icmpType === narrow.icmpType
  if (typeof wide.port === 'string') return wide.port === narrow.port
  const [first, last] = [wide.port ?? 0, wide.endPort ?? wide.port ?? 0]
  // a name is some number
  if (typeof narrow.port === 'string') return first <= 1 && last === 65535
  return narrow.port !== undefined && first <= narrow.port && (narrow.endPort ?? narrow.port) <= last
}
