import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mirror } from '../testing/mirror.js'
import { Model } from '../testing/model.js'
import { arbitraryHistory } from '../testing/random-change.js'
import { runs } from '../testing/runs.js'
import { createUniverse, type Universe } from '../universe/universe.js'
import { createResolver, type Resolver } from './resolver.js'
import type { DirectionTable } from './tables.js'

const RUNS = 150

/** Who a number is, whatever the number: those are allotted in the order of arrival. */
function nameOf(universe: Universe, identity: number): string {
  const party = universe.party({ identity })
  if (party === undefined) return `unknown ${identity}`
  if (identity < 256) return `reserved ${identity}`
  return JSON.stringify([
    party.category,
    `${party.labels}`,
    party.category === 'external' ? `${party.prefixes}` : '',
    party.namedPorts,
    party.category === 'node' ? party.object : '',
  ])
}

/** All that a resolver's tables say, without the numbers of identities. */
function meaningOf(resolver: Resolver): unknown {
  const tables = resolver.tables()
  const say = (table: DirectionTable): unknown => ({
    ports: table.ports,
    traffic: table.traffic,
    defaults: Object.fromEntries(Object.entries(table.defaults).map(([scope, { decisions }]) => [scope, decisions])),
    peers: Object.fromEntries(
      [...table.peers]
        .map(([identity, { decisions }]): [string, unknown] => [nameOf(resolver.universe, identity), decisions])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    sizes: table.sizes,
  })
  const shared = new Map<string, string[]>()
  for (const [object, { set }] of [...tables.endpoints].sort(([a], [b]) => (a < b ? -1 : 1)))
    shared.set(set, [...(shared.get(set) ?? []), object])
  return {
    sets: [...shared.values()],
    tables: Object.fromEntries(
      [...shared].map(([set, objects]) => {
        const { ingress, egress } = tables.sets.get(set) ?? expect.fail(`${objects} have a set that is not there`)
        return [objects[0], { ingress: say(ingress), egress: say(egress) }]
      }),
    ),
    addresses: tables.addresses.map(({ prefix }) => `${prefix}`).sort(),
  }
}

describe('changes', () => {
  it('made one by one give the tables that are made at once, tell all that they did, and leave nothing half done', () => {
    let applied = 0
    let refused = 0
    fc.assert(
      fc.property(arbitraryHistory, ({ settings, batches }) => {
        const model = new Model(settings)
        const resolver = createResolver({ universe: createUniverse(model.input()).unwrap() }).unwrap()
        const mirror = new Mirror(resolver)
        for (const batch of batches) {
          const before = meaningOf(resolver)
          const done = resolver.apply(batch)
          if (done.isErr()) {
            refused++
            expect(['input.invalid', 'policy.ambiguous-identity']).toContain(done.error.code)
            expect(meaningOf(resolver)).toEqual(before)
            mirror.compare(resolver)
            continue
          }
          applied++
          for (const change of batch) model.make(change)
          mirror.apply(done.value)
          mirror.compare(resolver)
          const whole = createResolver({ universe: createUniverse(model.input()).unwrap(), policies: model.policies() })
          expect(meaningOf(resolver)).toEqual(meaningOf(whole.unwrap()))
        }
      }),
      runs(RUNS),
    )
    expect(applied).toBeGreaterThan(RUNS * 5)
    expect(refused).toBeGreaterThan(RUNS / 5)
  }, 240_000)
})
