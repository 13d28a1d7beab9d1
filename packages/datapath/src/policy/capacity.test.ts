import type { Decision, DirectionTable } from '@axoneme/policy'
import { describe, expect, it } from 'vitest'
import type { PolicyMaps } from './policy-maps.js'
import { PolicyTables } from './policy-tables.js'
import { expectAgreement, identitiesOf, trafficOf } from './testing/agree.js'
import { MemoryMaps } from './testing/memory-maps.js'
import { allow, deny, patchBetween, plainTable, toListener } from './testing/plain-table.js'

const small = plainTable({ rows: [[deny], [deny, allow]], peers: { 300: 1 } })
const said = (at: number): Decision => ({ ...allow, rule: `${at}` })
const many = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
const listed = (count: number, row = 1): Record<number, number> => Object.fromEntries(many(count).map((at) => [400 + at, row]))

/** Each takes much of one map. */
const large: Readonly<Record<Exclude<keyof PolicyMaps, 'tables'>, DirectionTable>> = {
  directories: plainTable({ ports: [81], rows: [[deny]] }),
  chunks: plainTable({ ports: many(60).map((at) => 1_000 + at * 100), rows: [[deny], [allow], [deny]], peers: { ...listed(400), 500: 2 } }),
  rows: plainTable({
    rows: many(9).map((at) => [said(at % 2), said(Math.floor(at / 2))]),
    peers: Object.fromEntries(many(9).map((at) => [400 + at, at])),
  }),
  peerRows: plainTable({ rows: [[deny], [allow]], peers: listed(200) }),
  identities: plainTable({ rows: [[deny], [allow]], peers: listed(20) }),
  decisions: plainTable({ ports: many(20).map((at) => 2_000 + at), rows: [many(21).map(said)] }),
  listeners: plainTable({
    rows: many(6).map((at) => [toListener(`l${at}`)]),
    peers: Object.fromEntries(many(5).map((at) => [400 + at, at + 1])),
  }),
}
const NAMES: Readonly<Record<keyof typeof large, string>> = {
  directories: 'axm_directories',
  chunks: 'axm_chunks',
  rows: 'axm_rows',
  peerRows: 'axm_peer_rows',
  identities: 'axm_identities',
  decisions: 'axm_decisions',
  listeners: 'axm_listeners',
}
/** Enough for the small one, not for the large one; and what the two need. */
const SIZES: Readonly<Record<keyof typeof large, readonly [size: number, needed: number]>> = {
  directories: [2, 2],
  chunks: [40, 71],
  rows: [10, 13],
  peerRows: [6, 8],
  identities: [15, 21],
  decisions: [12, 23],
  listeners: [4, 6],
}

function expectSays(memory: MemoryMaps, tables: PolicyTables, number: number, table: DirectionTable): void {
  expectAgreement(memory, tables, number, table, identitiesOf(table, [300, 400, 401]), trafficOf(table))
}

describe('what does not fit', () => {
  it.each(Object.keys(large) as (keyof typeof large)[])('into %s is named, and leaves no trace', (size) => {
    const [entries, needed] = SIZES[size]
    const clock = { now: 0 }
    const memory = new MemoryMaps({ [size]: entries })
    const tables = new PolicyTables(memory, { now: () => clock.now })
    const number = tables.write(small).unwrap()
    const [used, touched] = [tables.usage(), memory.touched]
    const allowed = used[size].capacity
    for (const refused of [tables.write(large[size]), tables.patch(patchBetween(small, large[size]), true)]) {
      if (refused.isOk()) expect.fail('it cannot fit')
      expect(refused.error).toMatchObject({ code: 'datapath.capacity', map: NAMES[size], allowed, needed, resting: 0 })
      expect(refused.error.message).toContain(`map ${NAMES[size]}: ${needed} entries are needed, and ${allowed} fit`)
      expect(refused.error.hint).toContain(`\`sizes.${size}\``)
      expect(Object.isFrozen(refused.error)).toBe(true)
      expect(memory.touched, 'nothing is written').toBe(touched)
      expect(tables.usage()).toEqual(used)
    }
    expectSays(memory, tables, number, small)
    // with as much as was asked for it fits
    const room = new MemoryMaps({ [size]: entries + needed - allowed })
    const wider = new PolicyTables(room)
    expectSays(room, wider, wider.write(small).unwrap(), small)
    expectSays(room, wider, wider.write(large[size]).unwrap(), large[size])
  })

  it('into tables is named; what rests is told, and makes room', () => {
    const clock = { now: 0 }
    const memory = new MemoryMaps({ tables: 2 })
    const tables = new PolicyTables(memory, { now: () => clock.now })
    const number = tables.write(small).unwrap()
    const error = { code: 'datapath.capacity', map: 'axm_tables', needed: 2, allowed: 1 }
    const used = tables.usage()
    expect(tables.write(large.identities)).toMatchObject({ error: { ...error, resting: 0 } })
    expect(tables.usage()).toEqual(used)
    tables.release(number).unwrap()
    expect(tables.write(large.identities)).toMatchObject({ error: { ...error, resting: 1 } })
    clock.now = 1_000
    expect(tables.write(large.identities).unwrap()).toBe(number)
    expectSays(memory, tables, number, large.identities)
  })

  it.each<[keyof PolicyMaps, number, DirectionTable]>([
    ['chunks', 5, plainTable({ rows: [[deny], [deny, allow], [allow, deny]], peers: { 300: 2 } })],
    ['decisions', 3, plainTable({ rows: [[deny], [deny, said(1)]], peers: { 300: 1 } })],
    ['listeners', 1, plainTable({ rows: [[deny], [toListener('web')]], peers: { 300: 1 } })],
    ['identities', 1, plainTable({ rows: [[deny], [deny, allow]], peers: { 300: 1, 301: 1 } })],
  ])('into %s leaves the table as it was that was to be patched', (size, entries, to) => {
    const memory = new MemoryMaps({ [size]: entries })
    const tables = new PolicyTables(memory)
    const number = tables.write(small).unwrap()
    const [used, touched] = [tables.usage(), memory.touched]
    expect(tables.patch(patchBetween(small, to), true)).toMatchObject({
      error: { code: 'datapath.capacity', map: NAMES[size as keyof typeof NAMES] },
    })
    expect([tables.usage(), memory.touched]).toEqual([used, touched])
    expectSays(memory, tables, number, small)
    // with as much as was asked for it fits
    const room = new MemoryMaps({ [size]: entries + 2 })
    const wider = new PolicyTables(room)
    const there = wider.write(small).unwrap()
    expect(wider.patch(patchBetween(small, to), true).unwrap()).toEqual({ number: there, replaced: false })
    expectSays(room, wider, there, to)
  })

  it('with room to grow is written without it', () => {
    const memory = new MemoryMaps({ rows: 3, peerRows: 3 })
    const tables = new PolicyTables(memory)
    const table = plainTable({ rows: [[deny], [allow], [allow, deny]], peers: { ...listed(70), 300: 2 } })
    const number = tables.write(table).unwrap()
    expect([tables.usage().rows.used, tables.usage().peerRows.used]).toEqual([3, 3])
    expectSays(memory, tables, number, table)
  })

  it('in one stretch says so', () => {
    const clock = { now: 0 }
    const memory = new MemoryMaps({ rows: 6 })
    const tables = new PolicyTables(memory, { now: () => clock.now })
    const table = (at: number): DirectionTable => plainTable({ rows: [[said(at)]] })
    const numbers = [0, 1, 2].map((at) => tables.write(table(at)).unwrap())
    for (const at of [0, 2]) tables.release(numbers[at] as number).unwrap()
    clock.now = 1_000
    const refused = tables.write(plainTable({ rows: [[deny], [allow], [allow, deny]], peers: { 300: 1, 301: 2 } }))
    expect(refused).toMatchObject({ error: { map: 'axm_rows', needed: 5, allowed: 6, message: expect.stringContaining('in one stretch') } })
  })

  it('into 16 bits is refused whatever the sizes', () => {
    const tables = new PolicyTables(new MemoryMaps())
    // few chunks, and very many pairs of them
    const words = many(256).map(said)
    const row = (at: number): { decisions: Decision[] } => ({
      decisions: many(33).map((of) => words[of < 32 ? at % 256 : at >> 8] as Decision),
    })
    const peers = new Map(many(65_536).map((at) => [256 + at, row(at)]))
    const traffic = many(33).map((number) => ({ protocol: 6, number }))
    const defaults = { reserved: row(0), endpoint: row(0), 'address-ipv4': row(0), 'address-ipv6': row(0), node: row(0) }
    expect(tables.write({ ...small, id: 'rows', traffic, defaults, peers })).toMatchObject({
      error: { code: 'datapath.capacity', map: 'axm_rows', allowed: 65_535 },
    })
    expect(tables.write({ ...small, id: 'classes', traffic: many(65_537).map((number) => ({ protocol: 6, number })) })).toMatchObject({
      error: { code: 'datapath.capacity', map: 'axm_chunks', needed: 65_537, allowed: 65_536 },
    })
    for (const { used } of Object.values(tables.usage())) expect(used).toBe(0)
  })

  it('of listeners that have a port is refused too', () => {
    const tables = new PolicyTables(new MemoryMaps({ listeners: 2 }))
    tables.setListener('a', 1).unwrap()
    expect(tables.setListener('b', 2)).toMatchObject({ error: { code: 'datapath.capacity', map: 'axm_listeners', needed: 2, allowed: 1 } })
    expect(tables.usage().listeners).toEqual({ used: 1, capacity: 1 })
  })
})
