import { reservedIdentities } from '../universe/identity.js'
import { objectKey } from '../universe/input.js'
import { storeOf, type Universe, viewOf } from '../universe/universe.js'

/**
 * Tables are made for what lives on one node; a change is looked at in the whole cluster. So the universe is taken as if all of its
 * endpoints lived here. There can be one local node only: see `rule-set.ts` for the others.
 */
export interface WholeCluster {
  /** every endpoint is local, and so is one for each identity that is known without any */
  readonly everybody: Universe
  /** identity → the endpoint that stands for it */
  readonly standIns: ReadonlyMap<number, string>
  /** nobody is local but the node */
  readonly nodeAlone: Universe
  /** what the local node is called in `nodeAlone` */
  readonly localNode: string
  /** whether the universe itself has that node */
  readonly localNodeKnown: boolean
}

/** Undefined for a universe that was not made by `createUniverse`. */
export function wholeCluster(universe: Universe): WholeCluster | undefined {
  const store = storeOf.get(universe)
  if (store === undefined) return undefined
  const endpoints = [...store.endpoints()]
  const everybody = store.clone()
  const nodeAlone = store.clone()
  for (const { endpoint } of endpoints) {
    if (!endpoint.local) everybody.setEndpoint({ ...endpoint, local: true }).unwrap()
    if (endpoint.local) nodeAlone.setEndpoint({ ...endpoint, local: false }).unwrap()
  }

  const standIns = new Map<number, string>()
  const lived = new Set(endpoints.map(({ identity }) => identity))
  for (const number of store.identityNumbers()) {
    const known = lived.has(number) ? undefined : store.known(number)
    if (known === undefined) continue
    const standIn = { ...known, name: `\0identity ${number}`, addresses: [], audit: false, local: true }
    everybody.setEndpoint(standIn).unwrap()
    standIns.set(number, objectKey(standIn))
  }

  const local = [...store.nodes()].find(({ identity }) => identity === reservedIdentities.host)?.node.name
  const localNode = local ?? '\0host'
  // without labels and addresses: what everybody knows of a host that is no object
  if (local === undefined) nodeAlone.setNode({ name: localNode, labels: {}, addresses: [], local: true, kubeApiserver: false }).unwrap()
  return { everybody: viewOf(everybody), standIns, nodeAlone: viewOf(nodeAlone), localNode, localNodeKnown: local !== undefined }
}
