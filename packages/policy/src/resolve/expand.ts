import { blocksOf, isService } from '../evaluate/match.js'
import type { CidrPeer, EndpointsPeer, FqdnPeer, NodesPeer, Peer } from '../rule/peer.js'
import type { CidrGroup } from '../rule/policy.js'
import type { Service } from '../universe/input.js'

/** Peers that speak of identities directly. */
export type DirectPeer = EndpointsPeer | CidrPeer | FqdnPeer | NodesPeer | Extract<Peer, { kind: 'entity' }>

/** A peer as the selector cache knows it. */
export interface ExpandedPeer {
  readonly peer: DirectPeer
  /** equal peers have equal keys */
  readonly key: string
  /** whether what rules require besides is asked of it: of endpoints that were named as such */
  readonly takesRequires: boolean
}

function expanded(peer: DirectPeer, takesRequires = false): ExpandedPeer {
  return { peer, key: JSON.stringify(peer), takesRequires }
}

/** The peer with groups and services replaced by what they stand for now. */
export function expandPeer(peer: Peer, groups: readonly CidrGroup[], services: Iterable<Service>): ExpandedPeer[] {
  switch (peer.kind) {
    case 'cidr-group':
      return blocksOf(peer, groups).map((block) => expanded(block))
    case 'service': {
      const all: ExpandedPeer[] = []
      for (const service of services) if (isService(peer, service)) all.push(...backends(service))
      return all
    }
    default:
      return [expanded(peer, peer.kind === 'endpoints')]
  }
}

function backends({ namespace, selector, addresses }: Service): ExpandedPeer[] {
  if (selector === undefined || Object.keys(selector).length === 0)
    return addresses.map((prefix) => expanded({ kind: 'cidr', scope: 'external', prefix, except: [] }))
  return [
    expanded({
      kind: 'endpoints',
      scope: 'managed',
      selector: Object.freeze({ matchLabels: selector }),
      ...(namespace === undefined ? {} : { namespaces: { names: [namespace] } }),
    }),
  ]
}
