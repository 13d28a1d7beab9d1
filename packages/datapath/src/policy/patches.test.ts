import {
  type Change,
  createResolver,
  createUniverse,
  type Delta,
  type DirectionTable,
  definePolicy,
  type EndpointEntry,
  type Resolver,
} from '@axoneme/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryHistory } from '../../../policy/src/testing/random-change.js'
import { runs } from '../../../policy/src/testing/runs.js'
import { PolicyTables } from './policy-tables.js'
import { expectAgreement, identitiesOf, trafficOf } from './testing/agree.js'
import { MemoryMaps } from './testing/memory-maps.js'

const RUNS = 50
const GRACE = 1_000

/** What follows a resolver as a node does: its tables in the maps, endpoints' words, and the indexes that are written down. */
class Node {
  readonly memory = new MemoryMaps()
  now = 0
  readonly tables = new PolicyTables(this.memory, { graceMs: GRACE, now: () => this.now })
  readonly indexes = new Map<number, number>()
  readonly #endpoints = new Map<string, EndpointEntry>()
  inPlace = 0
  replaced = 0

  constructor(resolver: Resolver) {
    for (const table of tablesOf(resolver)) this.tables.write(table).unwrap()
    for (const [object, entry] of resolver.tables().endpoints) this.#endpoints.set(object, entry)
    this.#writeIndexes()
  }

  apply({ tables, endpoints }: Delta): void {
    const after = new Map(this.#endpoints)
    for (const entry of endpoints.set) after.set(entry.object, entry)
    for (const object of endpoints.removed) after.delete(object)
    const kept = new Set<string>()
    for (const patch of tables.patched) {
      const direction = patch.table.direction
      const users = [...this.#endpoints.values()].filter((entry) => entry[direction] === patch.from && after.has(entry.object))
      const together = users.every(({ object }) => after.get(object)?.[direction] === patch.to) && tables.removed.includes(patch.from)
      const { replaced } = this.tables.patch(patch, together).unwrap()
      if (replaced) this.replaced++
      else {
        this.inPlace++
        kept.add(patch.from)
      }
    }
    for (const table of tables.added) this.tables.write(table).unwrap()
    this.#writeIndexes()
    // here words move, with another revision
    this.#endpoints.clear()
    for (const [object, entry] of after) this.#endpoints.set(object, entry)
    for (const id of tables.removed) if (!kept.has(id)) this.tables.release(this.tables.numberOf(id) as number).unwrap()
    this.#writeIndexes()
  }

  /** That the maps say what the tables say, by the indexes that were told. Answers how much was asked. */
  compare(resolver: Resolver): void {
    const all = tablesOf(resolver)
    const known = new Set(all.flatMap(({ peers }) => [...peers.keys()]))
    for (const table of all) {
      const number = this.tables.numberOf(table.id)
      expect(number, 'a table that is there is written').toBeDefined()
      const identities = identitiesOf(table, [...known, ...this.indexes.keys()])
      expectAgreement(this.memory, this.tables, number as number, table, identities, trafficOf(table), (of) => this.indexes.get(of) ?? 0)
    }
    for (const [identity, index] of this.indexes) if (index !== 0) expect(this.memory.identities.lookup(identity)).toBe(index)
    const used = [...this.indexes.values()].filter((index) => index !== 0)
    expect(new Set(used).size, 'an index is one identity’s').toBe(used.length)
  }

  #writeIndexes(): void {
    for (const [identity, index] of this.tables.indexNews()) this.indexes.set(identity, index)
  }
}

function tablesOf(resolver: Resolver): DirectionTable[] {
  const all = new Map<string, DirectionTable>()
  for (const { ingress, egress } of resolver.tables().sets.values()) for (const table of [ingress, egress]) all.set(table.id, table)
  return [...all.values()]
}

const APPS = ['a', 'b', 'c', 'd']
const pods = (app: string) => ({ kind: 'endpoints' as const, selector: { matchLabels: { app } } })

/** Each app is let in by the next two, by one of them to two ports alone, and not by those of stage `old`; and reaches what names stand for. */
const policies = APPS.map((app, at) =>
  definePolicy({
    kind: 'network-policy',
    key: `policy ${app}`,
    subject: { kind: 'endpoints', selector: { matchLabels: { app } } },
    rules: [
      { direction: 'ingress', peers: [pods(APPS[(at + 1) % 4] as string)] },
      {
        direction: 'ingress',
        peers: [pods(APPS[(at + 2) % 4] as string)],
        ports: [
          { protocol: 'tcp', port: 80 + at },
          { protocol: 'udp', port: 53 },
        ],
      },
      { direction: 'ingress', action: 'deny', peers: [{ kind: 'endpoints', selector: { matchLabels: { stage: 'old' } } }] },
      { direction: 'egress', peers: [{ kind: 'fqdn', matchPattern: `*.${app}.example` }], ports: [{ protocol: 'tcp', port: 443 }] },
      { direction: 'egress', peers: [pods(app), { kind: 'entity', entity: 'kube-apiserver' }] },
    ],
  }).unwrap(),
)
const universe = createUniverse({ endpoints: APPS.map((app) => ({ name: app, labels: { app } })) }).unwrap()

/** Pods of other nodes come and go, and names get addresses: what most changes of a cluster are. */
const arbitraryComing: fc.Arbitrary<Change> = fc.oneof(
  fc
    .record({ number: fc.integer({ min: 7_000, max: 7_060 }), app: fc.constantFrom(...APPS, 'e'), stage: fc.constantFrom('old', 'new') })
    .map(
      ({ number, app, stage }): Change => ({
        kind: 'identity',
        identity: { identity: number, labels: { app, stage, number: `${number}` } },
      }),
    ),
  fc.integer({ min: 7_000, max: 7_060 }).map((identity): Change => ({ kind: 'identity-removed', identity })),
  fc
    .tuple(fc.constantFrom(...APPS), fc.nat(3), fc.subarray(['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2'], { minLength: 1 }))
    .map(([app, name, addresses]): Change => ({ kind: 'binding', binding: { name: `n${name}.${app}.example`, addresses } })),
  fc
    .tuple(fc.constantFrom(...APPS), fc.nat(3))
    .map(([app, name]): Change => ({ kind: 'binding-removed', name: `n${name}.${app}.example` })),
  fc.subarray(['198.51.100.1', '198.51.100.2']).map((addresses): Change => ({ kind: 'kube-apiserver', addresses })),
)
const arbitraryComings = fc.array(fc.array(arbitraryComing, { minLength: 1, maxLength: 12, size: 'max' }), {
  minLength: 10,
  maxLength: 40,
  size: 'max',
})

const arbitraryWaits = fc.array(fc.nat(GRACE), { minLength: 40, maxLength: 40 })

/** Follows a resolver through changes; in the end all is released, and nothing may be left. */
function follow(resolver: Resolver, batches: readonly (readonly Change[])[], waits: readonly number[]): Node {
  const node = new Node(resolver)
  node.compare(resolver)
  for (const [at, batch] of batches.entries()) {
    node.now += waits[at] as number
    const done = resolver.apply(batch)
    if (done.isErr()) continue
    node.apply(done.value)
    node.compare(resolver)
  }
  const { tables } = node
  for (const { id } of tablesOf(resolver)) tables.release(tables.numberOf(id) as number).unwrap()
  tables.indexNews()
  node.now += GRACE
  for (const [map, { used }] of Object.entries(tables.usage())) expect(used, map).toBe(0)
  expect(node.memory.identities.size).toBe(0)
  return node
}

describe('patches', () => {
  it('leave in the maps what the tables are, and nothing when all is gone', () => {
    let inPlace = 0
    let replaced = 0
    const count = (node: Node): void => {
      inPlace += node.inPlace
      replaced += node.replaced
    }
    fc.assert(
      fc.property(arbitraryHistory, arbitraryWaits, ({ batches }, waits) => count(follow(createResolver().unwrap(), batches, waits))),
      runs(RUNS),
    )
    fc.assert(
      fc.property(arbitraryComings, arbitraryWaits, (batches, waits) =>
        count(follow(createResolver({ universe, policies }).unwrap(), batches, waits)),
      ),
      runs(RUNS),
    )
    console.log(`${inPlace} patches in place, ${replaced} as new tables`)
    // the test tests: both happen
    expect(inPlace).toBeGreaterThan(RUNS * 10)
    expect(replaced).toBeGreaterThan(RUNS / 5)
  }, 240_000)
})
