import { objectKey } from '../universe/input.js'
import type { FlowEnd, Universe } from '../universe/universe.js'
import { type Region, regionsOf } from './outside.js'
import type { WholeCluster } from './whole-cluster.js'

/** Whom flows come from and go to. */
export type End = { readonly flowEnd: FlowEnd } & (
  | { readonly sort: 'endpoint'; readonly object: string; readonly number: number }
  | { readonly sort: 'node'; readonly object: string; readonly number: number }
  /** known without an endpoint */
  | { readonly sort: 'identity'; readonly number: number }
  /** this node, when it is no object */
  | { readonly sort: 'host'; readonly number: number }
  | { readonly sort: 'outside'; readonly region: Region; readonly address: string }
)

/** Everybody who is there. */
export function endsInside(universe: Universe, cluster: WholeCluster): End[] {
  const ends: End[] = []
  for (const { endpoint, identity } of universe.endpoints()) {
    const object = objectKey(endpoint)
    ends.push({ sort: 'endpoint', object, number: identity, flowEnd: { object } })
  }
  for (const number of cluster.standIns.keys()) ends.push({ sort: 'identity', number, flowEnd: { identity: number } })
  for (const { node, identity } of universe.nodes())
    ends.push({ sort: 'node', object: node.name, number: identity, flowEnd: { object: node.name } })
  if (!cluster.localNodeKnown) ends.push({ sort: 'host', number: 1, flowEnd: { identity: 1 } })
  return ends
}

export function endsOutside(roots: readonly Region[]): End[] {
  return regionsOf(roots).map((region) => {
    const address = `${region.sample}`
    return { sort: 'outside', region, address, flowEnd: { ip: address } }
  })
}
