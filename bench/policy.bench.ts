import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  type Change,
  createResolver,
  createUniverse,
  type NetworkPolicy,
  type Resolver,
  type Universe,
  type UniverseInput,
} from '@axoneme/policy'
import { type Row, rows } from './harness.js'
import { blocksPolicy, clusterOf, identityAt, policyAt, sequence } from './policy-cluster.js'

/**
 * Policies resolved into tables. `full-N`: N identities and a thousand policies at once, with an endpoint here for every identity: each has
 * its tables. `-node`: the same cluster as one node sees it, which has 250 of the endpoints. The peer of these is the plain way: every rule's
 * selectors asked of every identity, and nothing made of it. Single changes are made on tables of that size; their peer is resolving all anew.
 */
const POLICIES = 1_000
/** single changes that a sample is the mean of */
const CHANGES = 20

interface Cluster {
  readonly identities: number
  readonly input: UniverseInput
  readonly universe: Universe
  readonly policies: readonly NetworkPolicy[]
  /** with tables of all: made when a row first needs them */
  readonly resolver: () => Resolver
}

const clusters = new Map<string, Cluster>()

function cluster(identities: number, local: number): Cluster {
  const key = `${identities} ${local}`
  const there = clusters.get(key)
  if (there !== undefined) return there
  const input = clusterOf(identities, local)
  const universe = createUniverse(input).unwrap()
  const policies = Array.from({ length: POLICIES }, (_, at) => policyAt(at, identities))
  let resolver: Resolver | undefined
  const made: Cluster = {
    identities,
    input,
    universe,
    policies,
    resolver: () => (resolver ??= createResolver({ universe, policies }).unwrap()),
  }
  clusters.set(key, made)
  return made
}

function timed(work: () => unknown): number {
  const begun = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - begun) / 1e6
}

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

/** What collecting leaves over: so that garbage of one sample is not another's time. */
function clean<T>(work: () => T): T {
  collect()
  return work()
}

const whole = ({ universe, policies }: Cluster): number => clean(() => timed(() => createResolver({ universe, policies }).unwrap()))

/** Every selector of every rule asked of every identity, as plainly as it can be written. */
function plainly({ input, policies }: Cluster): number {
  const all = [...(input.endpoints ?? []), ...(input.identities ?? [])]
  const teams = new Map((input.namespaces ?? []).map(({ name, labels = {} }) => [name, labels]))
  const has = (labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>> = {}): boolean => {
    for (const key in wanted) if (labels[key] !== wanted[key]) return false
    return true
  }
  let selected = 0
  const ms = timed(() => {
    for (const { subject, rules } of policies)
      for (const { namespace = '', labels = {} } of all) {
        if (
          subject.kind === 'endpoints' &&
          subject.namespaces?.names?.includes(namespace) === true &&
          has(labels, subject.selector.matchLabels)
        )
          selected++
        for (const { peers = [] } of rules)
          for (const peer of peers) {
            if (peer.kind !== 'endpoints') continue
            const { names, selector } = peer.namespaces ?? {}
            if (names !== undefined && !names.includes(namespace)) continue
            if (selector !== undefined && !has(teams.get(namespace) ?? {}, selector.matchLabels)) continue
            if (!has(labels, peer.selector.matchLabels)) continue
            if ((peer.selector.matchExpressions ?? []).every(({ key, values = [] }) => values.includes(labels[key] ?? ''))) selected++
          }
      }
  })
  if (selected === 0) throw new Error('nothing was selected')
  return ms
}

/** One change, and its undoing out of the time. */
function change(
  of: () => Cluster,
  make: (round: number, cluster: Cluster) => readonly [change: Change, undo: Change],
): () => Promise<number> {
  let round = 0
  return async () => {
    const where = of()
    const resolver = where.resolver()
    // several in a row: what a peer that resolves all anew left of the caches is not in the figure
    let ms = 0
    for (let at = 0; at < CHANGES; at++) {
      const [forth, back] = make(round++, where)
      ms += timed(() => resolver.apply([forth]).unwrap())
      resolver.apply([back]).unwrap()
    }
    return ms / CHANGES
  }
}

const identity = (round: number, { identities }: Cluster): readonly [Change, Change] => {
  const { namespace, labels } = identityAt((round * 7_919) % identities)
  const number = 900_000 + round
  return [
    { kind: 'identity', identity: { identity: number, namespace, labels: { ...labels, release: `new-${round}` } } },
    { kind: 'identity-removed', identity: number },
  ]
}

const endpoint = (round: number, { identities }: Cluster): readonly [Change, Change] => {
  const { namespace, labels } = identityAt((round * 7_919) % identities)
  return [
    {
      kind: 'endpoint',
      endpoint: { name: `new-${round}`, namespace, labels: { ...labels, release: `new-${round}` }, addresses: ['10.250.0.1'] },
    },
    { kind: 'endpoint-removed', key: `${namespace}/new-${round}` },
  ]
}

/** Another wording of a policy that is there: other apps, ports and blocks. */
const policy = (round: number, { identities, policies }: Cluster): readonly [Change, Change] => {
  const at = (round * 37) % POLICIES
  return [
    { kind: 'policy', policy: policyAt(at, identities, sequence(round * 31 + 7)) },
    { kind: 'policy', policy: policies[at] as NetworkPolicy },
  ]
}

const binding = (round: number): readonly [Change, Change] => {
  const name = `host-${(round * 13) % 500}.example.com`
  const address = `203.0.113.${round % 250}`
  return [
    { kind: 'binding', binding: { name, addresses: [address] } },
    { kind: 'binding-removed', name, addresses: [address] },
  ]
}

const [thousand, ten, sixtyFour] = [() => cluster(1_000, 1_000), () => cluster(10_000, 10_000), () => cluster(64_000, 64_000)]
const node = (): Cluster => cluster(10_000, 250)

const full = (name: string, of: () => Cluster, rounds: number): Row => ({
  name,
  unit: 'ms',
  rounds,
  ours: async () => whole(of()),
  // that takes half a minute for the largest
  ...(of === sixtyFour ? {} : { peer: { name: 'every selector asked of every identity', run: async () => plainly(of()) } }),
})

const single = (name: string, of: () => Cluster, make: Parameters<typeof change>[1], rounds = 15): Row => ({
  name,
  unit: 'ms',
  rounds,
  ours: change(of, make),
})

/** A thousand allowed and a thousand denied blocks in one policy, of which most lie in each other. */
function blocks(allowed: number, denied: number): () => Promise<number> {
  return async () => {
    const resolver = createResolver({ universe: createUniverse(clusterOf(100, 100)).unwrap() }).unwrap()
    const wanted = blocksPolicy(allowed, denied)
    return clean(() => timed(() => resolver.apply([{ kind: 'policy', policy: wanted }]).unwrap()))
  }
}

/** What the tables and all that keeps them up to date take, the universe and policies that were given not counted. */
async function memory(of: Cluster): Promise<number> {
  collect()
  const before = process.memoryUsage().heapUsed
  const resolver = createResolver({ universe: of.universe, policies: of.policies }).unwrap()
  collect()
  const after = process.memoryUsage().heapUsed
  if (resolver.tables().sets.size === 0) throw new Error('no tables')
  return (after - before) / 1e6
}

const suite: Row[] = [
  full('full-1k', thousand, 7),
  single('identity-add-1k', thousand, identity),
  single('policy-change-1k', thousand, policy),
  full('full-10k', ten, 7),
  full('full-10k-node', node, 7),
  { ...single('identity-add-10k', ten, identity), peer: { name: 'all anew', run: async () => whole(ten()) }, rounds: 15 },
  single('identity-add-10k-node', node, identity),
  single('endpoint-add-10k', ten, endpoint),
  single('policy-change-10k', ten, policy),
  single('policy-change-10k-node', node, policy),
  single('binding-add-10k', ten, binding),
  { name: 'tables-memory-10k', unit: 'megabytes', rounds: 3, ours: () => memory(ten()) },
  { name: 'tables-memory-10k-node', unit: 'megabytes', rounds: 3, ours: () => memory(node()) },
  { name: 'blocks-1k-1k', unit: 'ms', rounds: 11, ours: blocks(1_000, 1_000), peer: { name: 'a tenth of them', run: blocks(100, 100) } },
  full('full-64k', sixtyFour, 3),
  single('identity-add-64k', sixtyFour, identity, 7),
  single('policy-change-64k', sixtyFour, policy, 7),
]

export default rows(suite, () => clusters.clear())
