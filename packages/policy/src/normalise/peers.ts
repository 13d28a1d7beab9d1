import { byText } from '../rule/by-text.js'
import type { CidrPeer, Entity, Peer } from '../rule/peer.js'
import { canonicalName } from '../universe/fqdn.js'
import { normaliseBlocks, normalisePrefixes } from './blocks.js'
import { distinct } from './order.js'
import { normaliseNames, normaliseNamespaces, normaliseSelector } from './selectors.js'

/** What an entity means besides itself. */
export const entitiesWithin: Partial<Record<Entity, readonly Entity[]>> = {
  world: ['world-ipv4', 'world-ipv6'],
  cluster: ['host', 'remote-node', 'kube-apiserver', 'ingress', 'init', 'health', 'unmanaged'],
}

/** Peers in order, once each, without those that another means already. Undefined: everyone, as when no peers are given. */
export function normalisePeers(peers: readonly Peer[]): Peer[] | undefined {
  const entities = new Set(peers.flatMap((peer) => (peer.kind === 'entity' ? peer.entity : [])))
  // who is not outside is of the cluster
  if (entities.has('all') || (entities.has('world') && entities.has('cluster'))) return undefined
  for (const entity of [...entities]) for (const inner of entitiesWithin[entity] ?? []) entities.delete(inner)
  entities.delete('none')
  const others = peers.filter((peer) => peer.kind !== 'entity' && peer.kind !== 'cidr').map(normalisePeer)
  const blocks = peers.filter((peer): peer is CidrPeer => peer.kind === 'cidr')
  return [
    ...[...entities].sort(byText).map((entity): Peer => ({ kind: 'entity', entity })),
    ...distinct(others).sort((a, b) => byText(a.kind, b.kind) || byText(JSON.stringify(a), JSON.stringify(b))),
    ...normaliseBlocks(blocks, (wide, narrow) => wide.scope === narrow.scope || wide.scope === 'any').map(
      ({ prefix, except, scope }): Peer => ({ kind: 'cidr', prefix, except, scope }),
    ),
  ]
}

/** The same peer, written one way. */
export function normalisePeer(peer: Peer): Peer {
  switch (peer.kind) {
    case 'endpoints':
      return {
        kind: peer.kind,
        ...(peer.namespaces === undefined ? {} : { namespaces: normaliseNamespaces(peer.namespaces) }),
        selector: normaliseSelector(peer.selector),
        ...(peer.serviceAccounts === undefined ? {} : { serviceAccounts: normaliseNames(peer.serviceAccounts) }),
        scope: peer.scope,
      }
    case 'cidr-group':
      return {
        kind: peer.kind,
        ...(peer.name === undefined ? {} : { name: peer.name }),
        ...(peer.selector === undefined ? {} : { selector: normaliseSelector(peer.selector) }),
        except: normalisePrefixes(peer.except),
      }
    case 'service':
      return {
        kind: peer.kind,
        ...(peer.name === undefined ? {} : { name: peer.name }),
        ...(peer.selector === undefined ? {} : { selector: normaliseSelector(peer.selector) }),
        ...(peer.namespace === undefined ? {} : { namespace: peer.namespace }),
      }
    case 'fqdn':
      return {
        kind: peer.kind,
        ...(peer.matchName === undefined ? {} : { matchName: canonicalName(peer.matchName) }),
        ...(peer.matchPattern === undefined ? {} : { matchPattern: canonicalName(peer.matchPattern) }),
      }
    case 'nodes':
      return { kind: peer.kind, selector: normaliseSelector(peer.selector), scope: peer.scope }
    case 'cidr':
      return { kind: peer.kind, prefix: peer.prefix, except: normalisePrefixes(peer.except), scope: peer.scope }
    case 'entity':
      return { kind: peer.kind, entity: peer.entity }
  }
}
