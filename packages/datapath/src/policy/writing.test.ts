import type { Decision, DirectionTable, PeerClass, TablePatch } from '@axoneme/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../policy/src/testing/runs.js'
import { PolicyTables } from './policy-tables.js'
import { expectAgreement, trafficOf } from './testing/agree.js'
import { goOn, type Reading, read } from './testing/ask.js'
import { MemoryMaps } from './testing/memory-maps.js'
import { arbitraryRecipe, identities, type Recipe, tableOf } from './testing/random-table.js'

const RUNS = 150
const GRACE = 100

const arbitraryListing = fc.array(fc.tuple(fc.constantFrom(...identities), fc.nat(19)), { maxLength: 20 })

const arbitraryStep = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('write' as const), recipe: fc.nat(2), listing: arbitraryListing }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('again' as const), of: fc.nat() }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant('patch' as const),
      of: fc.nat(),
      changes: fc.array(fc.tuple(fc.constantFrom(...identities), fc.option(fc.nat(19))), { minLength: 1, maxLength: 5 }),
      inPlace: fc.constantFrom(true, true, true, false),
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ kind: fc.constant('release' as const), of: fc.nat() }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(GRACE) }), weight: 2 },
)

type Step = typeof arbitraryStep extends fc.Arbitrary<infer S> ? S : never

/** A reference to a table, and what the table is. */
interface Live {
  readonly recipe: Recipe
  readonly listed: ReadonlyMap<number, number>
  readonly table: DirectionTable
  readonly number: number
}

/** A program that was interrupted in the middle. */
interface Slow {
  readonly began: number
  readonly question: readonly [index: number, protocol: number, number: number]
  readonly reading: Reading
  readonly says: Decision | undefined
}

/** Tables that come, change and go as steps say, while slow programs look at them. */
class Play {
  readonly counts = { inPlace: 0, replaced: 0, refused: 0, again: 0, slow: 0 }
  readonly memory = new MemoryMaps()
  now = 0
  readonly tables = new PolicyTables(this.memory, { graceMs: GRACE, now: () => this.now })
  #live: Live[] = []
  #slow: Slow[] = []

  constructor(private readonly recipes: readonly Recipe[]) {}

  step(step: Step): void {
    const one = 'of' in step ? this.#live[step.of % this.#live.length] : undefined
    if (step.kind === 'wait') this.now += step.ms
    else if (step.kind === 'write') this.#write(this.recipes[step.recipe] as Recipe, new Map(step.listing))
    else if (one === undefined) return
    else if (step.kind === 'again') {
      const before = this.memory.touched
      this.#write(one.recipe, one.listed)
      expect(this.#live.at(-1)?.number).toBe(one.number)
      expect(this.memory.touched, 'a table that is written costs nothing more').toBe(before)
      this.counts.again++
    } else if (step.kind === 'release') {
      this.tables.release(one.number).unwrap()
      this.#live = this.#live.filter((other) => other !== one)
    } else this.#patch(one, step.changes, step.inPlace)
  }

  compare(): void {
    for (const { number, table } of this.#live) expectAgreement(this.memory, this.tables, number, table, identities, samples(table))
    expect(this.tables.usage().tables.used).toBeGreaterThanOrEqual(new Set(this.#live.map(({ number }) => number)).size)
    this.#slow = this.#slow.filter(({ began }) => began + GRACE > this.now)
    for (const { reading, question, says } of this.#slow) {
      expect(goOn(this.memory, reading, ...question), 'a slow program finds what was there when it began').toEqual(reading)
      expect(this.tables.decision(reading.decision)).toEqual(says)
      this.counts.slow++
    }
    for (const [at, { number, table }] of this.#live.entries()) {
      const identity = identities[(this.counts.slow + at) % identities.length] as number
      const { protocol, number: port } = samples(table).at(this.counts.slow % 7) ?? { protocol: 6, number: 0 }
      const question = [this.tables.index(identity), protocol, port] as const
      const reading = read(this.memory, number, identity, ...question)
      if (reading === undefined) expect.fail('a table that is there says something')
      this.#slow.push({ began: this.now, question, reading, says: this.tables.decision(reading.decision) })
    }
  }

  end(): void {
    for (const { number } of this.#live) this.tables.release(number).unwrap()
    this.tables.indexNews()
    this.now += GRACE - 1
    if (this.#live.length > 0) expect(this.tables.usage().tables.used).toBeGreaterThan(0)
    this.now += 1
    for (const [map, { used }] of Object.entries(this.tables.usage())) expect(used, map).toBe(0)
    expect(this.memory.identities.size).toBe(0)
  }

  #write(recipe: Recipe, listed: Live['listed']): void {
    const table = tableOf(recipe, listed)
    this.#live.push({ recipe, listed, table, number: this.tables.write(table).unwrap() })
  }

  #patch(one: Live, changes: readonly (readonly [number, number | null])[], may: boolean): void {
    const [patch, listed] = patchOf(one, changes)
    const { number, replaced } = this.tables.patch(patch, may).unwrap()
    const changed = { ...one, listed, table: patch.table, number }
    if (replaced) this.#live.push(changed)
    else {
      expect(may).toBe(true)
      expect(number).toBe(one.number)
      expect(this.#live.filter((other) => other.number === number)).toEqual([one])
      this.#live = this.#live.map((other) => (other === one ? changed : other))
    }
    this.counts[replaced ? (may ? 'refused' : 'replaced') : 'inPlace']++
  }
}

function patchOf({ recipe, listed, table }: Live, changes: readonly (readonly [number, number | null])[]): [TablePatch, Live['listed']] {
  const after = new Map(listed)
  const peers = new Map<number, PeerClass | null>()
  for (const [identity, row] of changes) {
    if (row === null) after.delete(identity)
    else after.set(identity, row)
    peers.set(identity, row === null ? null : (recipe.rows[row % recipe.rows.length] as PeerClass))
  }
  const now = tableOf(recipe, after)
  return [{ from: table.id, to: now.id, peers, table: now }, after]
}

/** Of the many ends of entries a few, and one traffic of each class. */
function samples(table: DirectionTable): DirectionTable['traffic'] {
  return trafficOf(table).filter((_, at) => at < table.traffic.length || at % 7 === 0)
}

describe('tables that come, change and go', () => {
  it('are each what they say at any time, also to slow programs, and leave nothing', () => {
    const sums: Record<string, number> = {}
    fc.assert(
      fc.property(
        fc.tuple(arbitraryRecipe, arbitraryRecipe, arbitraryRecipe),
        fc.array(arbitraryStep, { maxLength: 30, size: 'max' }),
        (recipes, steps) => {
          const play = new Play(recipes)
          for (const step of steps) {
            play.step(step)
            play.compare()
          }
          play.end()
          for (const [name, count] of Object.entries(play.counts)) sums[name] = (sums[name] ?? 0) + count
        },
      ),
      runs(RUNS),
    )
    console.log(JSON.stringify(sums))
    // the test tests: all of it happens
    for (const [name, count] of Object.entries(sums)) expect(count, name).toBeGreaterThan(RUNS / 5)
  }, 240_000)
})
