/** Why a party is not the peer that a rule names: the counterpart of `isPeer`, which answers whether it is. */
import { Prefix } from '@axoneme/sys/values'
import { blocksOf, isBehind, isEntity, isInBlock, isService, isSubject, type Surroundings } from '../evaluate/match.js'
import { formatPeer, formatSelector } from '../normalise/print.js'
import type { CidrPeer, FqdnPeer, Peer, ServicePeer } from '../rule/peer.js'
import { isSingle, prefixOf } from '../rule/prefix.js'
import type { LabelSelector } from '../rule/selector.js'
import type { NamespaceMatch, Subject } from '../rule/subject.js'
import { canonicalName, matchesPattern } from '../universe/fqdn.js'
import { objectKey } from '../universe/input.js'
import { describeParty, type Party } from '../universe/party.js'
import type { Failing } from './explanation.js'
import { type Distant, failing, failingLabels, kindOf } from './failing-words.js'

/** What an endpoint lacks to be among those; nothing when it is. */
function failingAmong(
  about: Failing['about'],
  of: {
    readonly namespaces?: NamespaceMatch | undefined
    readonly selector: LabelSelector
    readonly serviceAccounts?: readonly string[] | undefined
  },
  party: Party,
): Distant[] {
  const whose = about === 'subject' ? 'the subject' : 'the peer'
  const { namespaces, selector, serviceAccounts } = of
  const found: Distant[] = []
  if (namespaces !== undefined) {
    const has = party.namespace === undefined ? 'no namespace' : `namespace ${party.namespace}`
    const { names } = namespaces
    if (names !== undefined && !names.includes(party.namespace ?? '')) {
      const wanted = names.length === 0 ? 'no namespace at all' : `namespace ${names.join(' or ')}`
      found.push(failing(about, 'namespace', wanted, has, `${wanted}; ${whose} is in ${has}`, 0.4))
    } else if (party.namespace === undefined)
      found.push(failing(about, 'namespace', 'a namespace', has, `a namespace; ${whose} is in none`, 0.4))
    if (namespaces.selector !== undefined && party.namespace !== undefined)
      found.push(...failingLabels(about, 'namespace', namespaces.selector, party.namespaceLabels, `namespace ${party.namespace}`))
  }
  if (serviceAccounts !== undefined && !serviceAccounts.includes(party.serviceAccount ?? '')) {
    const wanted = serviceAccounts.length === 0 ? 'no service account at all' : `service account ${serviceAccounts.join(' or ')}`
    const has = party.serviceAccount === undefined ? 'no service account' : `service account ${party.serviceAccount}`
    found.push(failing(about, 'service-account', wanted, has, `${wanted}; ${whose} has ${has}`, 0.4))
  }
  return [...found, ...failingLabels(about, 'label', selector, party.labels, whose)]
}

function wrongKind(about: Failing['about'], wanted: string, party: Party): Distant[] {
  const found = kindOf(party)
  return [failing(about, 'kind', wanted, found, `${wanted}; ${describeParty(party)} is ${found}`, 0.9, 2)]
}

/** Why a policy is not about a party; nothing when it is. */
export function failingSubject(subject: Subject, party: Party): Distant[] {
  if (isSubject(subject, party)) return []
  if (subject.kind === 'nodes')
    return party.category === 'node'
      ? failingLabels('subject', 'label', subject.selector, party.nodeLabels, 'the node')
      : wrongKind('subject', 'a node', party)
  return party.category === 'endpoint' ? failingAmong('subject', subject, party) : wrongKind('subject', 'a pod', party)
}

/** Why a party is not that peer; nothing when it is. */
export function failingPeer(
  peer: Peer,
  party: Party,
  around: Surroundings,
  requires: readonly LabelSelector[],
  boundTo: (name: string) => readonly string[],
): Distant[] {
  switch (peer.kind) {
    case 'endpoints':
      if (peer.scope === 'managed' && party.category !== 'endpoint') return wrongKind('peer', formatPeer({ ...peer, selector: {} }), party)
      return [
        ...failingAmong('peer', peer, party),
        ...requires.flatMap((selector) => failingLabels('peer', 'required', selector, party.labels, 'the peer, as is required')),
      ]
    case 'nodes':
      if (party.category !== 'node') return wrongKind('peer', 'a node', party)
      if (peer.scope === 'remote' && party.host) return wrongKind('peer', formatPeer(peer), party)
      return failingLabels('peer', 'label', peer.selector, party.nodeLabels, 'the node')
    case 'entity':
      if (isEntity(peer.entity, party)) return []
      return [
        failing(
          'peer',
          'entity',
          `entity ${peer.entity}`,
          kindOf(party),
          `entity ${peer.entity}; ${describeParty(party)} is ${kindOf(party)}`,
          0.8,
        ),
      ]
    case 'cidr':
      return failingBlock(peer, party, around)
    case 'cidr-group':
      return failingGroup(peer, party, around)
    case 'fqdn':
      return failingName(peer, party, boundTo)
    case 'service':
      return failingService(peer, party, around)
  }
}

/** The words on blocks, and how many bits of the block an address agrees with. */
export function failingBlock(peer: CidrPeer, party: Party, { settings }: Surroundings): Distant[] {
  if (isInBlock(peer, party, settings)) return []
  const outer = prefixOf(peer.prefix)
  const wanted = formatPeer(peer)
  const inside = party.prefixes.find((address) => outer.contains(address))
  const one = (found: string, text: string, distance: number): Distant[] => [failing('peer', 'block', wanted, found, text, distance)]
  if (inside === undefined) {
    const found = party.prefixes.length === 0 ? 'no address' : party.prefixes.map((address) => bare(address)).join(', ')
    return one(
      found,
      `${wanted}; ${describeParty(party)} is not in it`,
      Math.min(0.9, ...party.prefixes.map((address) => distanceTo(outer, address))),
    )
  }
  const address = bare(inside)
  const carved = peer.except.find((inner) => prefixOf(inner).contains(inside))
  if (party.category === 'external' || peer.scope === 'any' || carved !== undefined)
    return one(address, `${wanted}; ${address} is in ${carved ?? 'what is carved out'}`, 0.1)
  const whose =
    party.category === 'node'
      ? `node ${describeParty(party)}: blocks don’t select nodes here`
      : `${kindOf(party)}, ${describeParty(party)}: blocks don’t select endpoints`
  return one(`${address} of ${describeParty(party)}`, `${wanted}; ${address} is the address of ${whose}`, 0.1)
}

function failingGroup(peer: Extract<Peer, { kind: 'cidr-group' }>, party: Party, around: Surroundings): Distant[] {
  const blocks = blocksOf(peer, around.groups)
  const wanted = formatPeer(peer)
  if (blocks.length === 0) return [failing('peer', 'group', wanted, 'no blocks', `${wanted}, which has no blocks`, 0.3)]
  const each = blocks.map((block) => failingBlock(block, party, around))
  if (each.some((one) => one.length === 0)) return []
  const nearest = each.flat().sort((a, b) => a.distance - b.distance)[0] as Distant
  return [{ ...nearest, what: 'group', wanted, text: `${wanted}: ${nearest.text}` }]
}

function failingName(peer: FqdnPeer, party: Party, boundTo: (name: string) => readonly string[]): Distant[] {
  const { matchName, matchPattern = '' } = peer
  const wanted = formatPeer(peer)
  if (party.category !== 'external') return wrongKind('peer', `an address outside with ${wanted}`, party)
  const fits = (name: string): boolean => (matchName === undefined ? matchesPattern(matchPattern, name) : canonicalName(matchName) === name)
  if (party.names.some(fits)) return []
  const found = party.names.length === 0 ? 'no live name' : `names ${party.names.join(', ')}`
  const addresses = matchName === undefined ? [] : boundTo(matchName)
  const bound =
    matchName === undefined
      ? ''
      : addresses.length === 0
        ? `; ${matchName} has no live binding`
        : `; ${matchName} stands for ${addresses.join(', ')}`
  return [failing('peer', 'name', wanted, found, `${wanted}; ${describeParty(party)} has ${found}${bound}`, 0.2)]
}

function failingService(peer: ServicePeer, party: Party, around: Surroundings): Distant[] {
  const wanted = formatPeer(peer)
  const meant = [...around.services()].filter((service) => isService(peer, service))
  if (meant.some((service) => isBehind(service, party, around.settings))) return []
  if (meant.length === 0) return [failing('peer', 'service', wanted, 'no such service', `${wanted}, which is not there`, 0.4)]
  const behind = meant.map(
    ({ selector = {}, ...service }) =>
      `${objectKey(service)} ${Object.keys(selector).length === 0 ? 'by addresses' : formatSelector({ matchLabels: selector })}`,
  )
  return [
    failing('peer', 'service', wanted, describeParty(party), `${wanted}; ${describeParty(party)} is not behind ${behind.join(', ')}`, 0.5),
  ]
}

/** A block that is one address as that. */
function bare(block: Prefix): string {
  return isSingle(block) ? `${block.address}` : `${block}`
}

/** How far an address is from a block of its family: 0.2 where all but the last bits agree. */
function distanceTo(outer: Prefix, address: Prefix): number {
  if (address.family !== outer.family) return 0.8
  let agreed = outer.length
  while (agreed > 0 && !Prefix.of(outer.address, agreed).contains(address.address)) agreed--
  return 0.2 + (0.4 * (outer.length - agreed)) / Math.max(outer.length, 1)
}
