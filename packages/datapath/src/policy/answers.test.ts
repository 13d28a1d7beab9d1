import { createResolver, createUniverse, type DirectionTable } from '@axoneme/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryPolicies, arbitraryUniverseInput } from '../../../policy/src/testing/random.js'
import { runs } from '../../../policy/src/testing/runs.js'
import { PolicyTables } from './policy-tables.js'
import { expectAgreement, identitiesOf, trafficOf } from './testing/agree.js'
import { MemoryMaps } from './testing/memory-maps.js'

const RUNS = 500

const arbitraryTraffic = fc.record({
  protocol: fc.oneof(fc.constantFrom(6, 17, 132, 1, 58), fc.integer({ min: 0, max: 255 })),
  number: fc.oneof(fc.integer({ min: 70, max: 90 }), fc.integer({ min: 0, max: 0xffff })),
})

describe('tables in the maps', () => {
  it('say to programs what they say to everybody', () => {
    let asked = 0
    let tablesWritten = 0
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(
        arbitraryUniverseInput,
        arbitraryPolicies,
        fc.array(arbitraryTraffic, { minLength: 10, maxLength: 10 }),
        (input, policies, some) => {
          const made = createResolver({ universe: createUniverse(input).unwrap(), policies })
          if (made.isErr()) return
          const memory = new MemoryMaps()
          const tables = new PolicyTables(memory)
          const all = new Map<string, DirectionTable>()
          for (const set of made.value.tables().sets.values()) for (const table of [set.ingress, set.egress]) all.set(table.id, table)
          const numbers = new Map([...all.values()].map((table) => [table, tables.write(table).unwrap()] as const))
          const known = new Set([...all.keys()].flatMap((id) => [...(all.get(id)?.peers.keys() ?? [])]))
          for (const [table, number] of numbers) {
            tablesWritten++
            asked += expectAgreement(memory, tables, number, table, identitiesOf(table, known), trafficOf(table, some))
            for (const { decisions } of [...table.peers.values(), ...Object.values(table.defaults)])
              for (const { verdict, auth = 'no authentication' } of decisions)
                for (const word of [verdict, auth]) seen.set(word, (seen.get(word) ?? 0) + 1)
          }
        },
      ),
      runs(RUNS),
    )
    console.log(`${asked} questions to ${tablesWritten} tables`)
    // the test tests: all sorts of decisions occur
    expect(asked).toBeGreaterThan(100_000)
    for (const word of ['allow', 'deny', 'redirect', 'audit', 'disabled', 'required', 'test-always-fail'])
      expect(seen.get(word) ?? 0, word).toBeGreaterThan(20)
  }, 240_000)
})
