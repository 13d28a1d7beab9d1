import type { ArrayMap, HashMap } from '@axoneme/bpf'
import type { DirectionTable } from '@axoneme/policy'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Chunk, Decision, Directory, Listener, Table } from '../generated/datapath.generated.js'
import type { PolicyMaps } from './policy-maps.js'
import { type PatchedTable, PolicyTables } from './policy-tables.js'
import { expectAgreement, identitiesOf, trafficOf } from './testing/agree.js'
import { ask } from './testing/ask.js'
import { MemoryMaps } from './testing/memory-maps.js'
import { allow, deny, patchBetween, plainTable } from './testing/plain-table.js'

type Scene = ReturnType<typeof scene>

function scene() {
  const clock = { now: 0 }
  const memory = new MemoryMaps()
  return { clock, memory, tables: new PolicyTables(memory, { now: () => clock.now }) }
}

const usedBy = (tables: PolicyTables): Record<string, number> =>
  Object.fromEntries(Object.entries(tables.usage()).map(([map, { used }]) => [map, used]))

function expectSays({ memory, tables }: Scene, number: number, table: DirectionTable): void {
  expectAgreement(memory, tables, number, table, identitiesOf(table, [300, 301, 302]), trafficOf(table))
}

const one = plainTable({ rows: [[deny], [deny, allow]], peers: { 300: 1 } })

const other = plainTable({ rows: [[deny], [allow]], peers: { 300: 1 } })
const otherPort = plainTable({ ports: [81], rows: [[deny], [allow]], peers: { 300: 1 } })
const open = plainTable({ rows: [[allow], [deny]], peers: { 300: 1 } })
const nobody = plainTable({ rows: [[deny]] })

describe('PolicyTables', () => {
  it('takes the views of the datapath as its maps', () => {
    expectTypeOf<{
      tables: ArrayMap<Table>
      directories: ArrayMap<Directory>
      chunks: ArrayMap<Chunk>
      rows: ArrayMap<number>
      peerRows: ArrayMap<number>
      identities: HashMap<number, number>
      decisions: ArrayMap<Decision>
      listeners: ArrayMap<Listener>
    }>().toExtend<PolicyMaps>()
  })

  it('writes what is pointed to before what points there, the descriptor last', () => {
    const { memory, tables } = scene()
    const number = tables.write(one).unwrap()
    expect(number).toBe(1)
    expect(memory.steps).toEqual([
      'axm_chunks',
      'axm_directories',
      'axm_decisions',
      'axm_rows',
      'axm_peer_rows',
      'axm_identities',
      'axm_tables',
    ])
  })

  it('denies by table 0, and by a number that is nobody’s', () => {
    const { memory, tables } = scene()
    const number = tables.write(one).unwrap()
    for (const none of [0, number + 1, 4_096]) expect(ask(memory, none, 300, tables.index(300), 6, 80)).toBe(0)
    expect(tables.decision(0)).toBeUndefined()
  })

  it('writes tables that say the same once, and holds them until the last reference is gone', () => {
    const set = scene()
    const { memory, tables } = set
    const number = tables.write(one).unwrap()
    const [used, touched] = [usedBy(tables), memory.touched]
    expect(tables.write({ ...one }).unwrap()).toBe(number)
    expect([usedBy(tables), memory.touched]).toEqual([used, touched])
    tables.release(number).unwrap()
    expectSays(set, number, one)
    tables.release(number).unwrap()
    expect(memory.tables.lookup(number)?.rowCount).toBe(0)
    expect(tables.release(number)).toMatchObject({ error: { code: 'input.invalid', path: 'number' } })
    expect(tables.numberOf(one.id)).toBeUndefined()
  })

  it('shares chunks, directories and decisions between different tables', () => {
    const set = scene()
    const { tables } = set
    const neighbour = plainTable({ rows: [[deny], [deny, allow]], peers: { 301: 1 } })
    tables.write(one).unwrap()
    const before = usedBy(tables)
    const number = tables.write(neighbour).unwrap()
    const after = usedBy(tables)
    // another identity has another cell: one chunk of peers
    expect(after).toEqual({
      ...before,
      tables: 2,
      chunks: (before.chunks as number) + 1,
      rows: (before.rows as number) * 2,
      peerRows: (before.peerRows as number) * 2,
      identities: 2,
    })
    expectSays(set, number, neighbour)
  })

  it('rests what was given up: it is used again after the grace period, and not before', () => {
    const { clock, memory, tables } = scene()
    const number = tables.write(one).unwrap()
    const used = usedBy(tables)
    tables.release(number).unwrap()
    clock.now = 999
    expect(usedBy(tables)).toEqual(used)
    const second = tables.write(plainTable({ ports: [81], rows: [[allow], [deny]], peers: { 302: 1 } })).unwrap()
    expect(second).not.toBe(number)
    expect(memory.tables.lookup(second)?.rows).not.toBe(0)
    tables.release(second).unwrap()
    clock.now = 1_999
    expect(Object.values(usedBy(tables)).every((count) => count === 0)).toBe(true)
    expect(memory.identities.size).toBe(0)
  })

  it('wakes contents that rest without writing them anew', () => {
    const set = scene()
    const { clock, memory, tables } = set
    tables.release(tables.write(one).unwrap()).unwrap()
    clock.now = 500
    memory.steps.length = 0
    const number = tables.write(one).unwrap()
    expect(memory.steps).toEqual(['axm_rows', 'axm_peer_rows', 'axm_tables'])
    clock.now = 1_200
    expectSays(set, number, one)
    tables.release(number).unwrap()
    clock.now = 2_199
    expect(usedBy(tables).chunks).toBeGreaterThan(0)
    clock.now = 2_200
    expect(usedBy(tables).chunks).toBe(0)
  })

  it('patches in place, row before peer, and is known by the new content', () => {
    const set = scene()
    const { memory, tables } = set
    const number = tables.write(one).unwrap()
    const to = plainTable({ rows: [[deny], [deny, allow], [allow, deny]], peers: { 300: 1, 301: 2 } })
    memory.steps.length = 0
    expect(tables.patch(patchBetween(one, to), true).unwrap()).toEqual({ number, replaced: false })
    expect(memory.steps).toEqual(
      ['axm_chunks', 'axm_decisions', 'axm_rows', 'axm_tables', 'axm_peer_rows', 'axm_identities'].filter(
        (step) => step !== 'axm_decisions',
      ),
    )
    expect([tables.numberOf(one.id), tables.numberOf(to.id)]).toEqual([undefined, number])
    expectSays(set, number, to)
    const back = tables.patch(patchBetween(to, one), true).unwrap()
    expect(back).toEqual({ number, replaced: false })
    expectSays(set, number, one)
  })

  it.each<[string, (set: Scene) => PatchedTable, DirectionTable]>([
    ['it must not', ({ tables }) => tables.patch(patchBetween(one, other), false).unwrap(), other],
    [
      'others have a reference',
      ({ tables }) => {
        tables.write(one).unwrap()
        return tables.patch(patchBetween(one, other), true).unwrap()
      },
      other,
    ],
    [
      'what it becomes is there',
      ({ tables }) => {
        tables.write(other).unwrap()
        return tables.patch(patchBetween(one, other), true).unwrap()
      },
      other,
    ],
    ['traffic has other classes', ({ tables }) => tables.patch(patchBetween(one, otherPort), true).unwrap(), otherPort],
    ['others have other defaults', ({ tables }) => tables.patch(patchBetween(one, open), true).unwrap(), open],
    ['it is of an unknown table', ({ tables }) => tables.patch({ ...patchBetween(one, other), from: '?' }, true).unwrap(), other],
    [
      'somebody else would stay listed',
      ({ tables }) => tables.patch({ from: one.id, to: nobody.id, table: nobody, peers: new Map() }, true).unwrap(),
      nobody,
    ],
  ])('writes a new table, and leaves the old one, when %s', (_, make, becomes) => {
    const set = scene()
    const number = set.tables.write(one).unwrap()
    const patched = make(set)
    expect(patched.replaced).toBe(true)
    expect(patched.number).not.toBe(number)
    expectSays(set, number, one)
    expectSays(set, patched.number, becomes)
  })

  it('writes nothing where a patch says what is so', () => {
    const set = scene()
    const { memory, tables } = set
    const number = tables.write(one).unwrap()
    const [same] = one.peers.values()
    if (same === undefined) expect.fail('it lists somebody')
    const peers = new Map([
      [300, same],
      [299, null],
    ])
    const touched = memory.touched
    const patched = tables.patch({ from: one.id, to: 'another address', table: { ...one, id: 'another address' }, peers }, true)
    expect(patched.unwrap()).toEqual({ number, replaced: false })
    expect(memory.touched).toBe(touched)
    expectSays(set, number, one)
  })

  it('has room for rows that come, and makes a new table when there is none', () => {
    const set = scene()
    const { tables } = set
    const all = [[deny], [allow], ...Array.from({ length: 6 }, (_, at) => [{ ...allow, rule: `${at}` }])]
    const upTo = (rows: number): DirectionTable =>
      plainTable({ rows: all, peers: Object.fromEntries(Array.from({ length: rows }, (_, at) => [300 + at, at + 1])) })
    let number = tables.write(upTo(1)).unwrap()
    const replaced: number[] = []
    for (let rows = 2; rows <= 7; rows++) {
      const patched = tables.patch(patchBetween(upTo(rows - 1), upTo(rows)), true).unwrap()
      if (patched.replaced) replaced.push(rows)
      number = patched.number
      expectSays(set, number, upTo(rows))
    }
    // room for four rows: the default's and three more, then for eight
    expect(replaced).toEqual([4])
  })

  it('uses a row again when it has rested, and wakes one that is needed before', () => {
    const { clock, memory, tables } = scene()
    const rowed = (row: number): DirectionTable =>
      plainTable({ rows: [[deny], [allow], [allow, deny], [deny, allow]], peers: { 300: row } })
    const go = (from: number, to: number): boolean => {
      memory.steps.length = 0
      tables.patch(patchBetween(rowed(from), rowed(to)), true).unwrap()
      return memory.steps.includes('axm_rows')
    }
    const number = tables.write(rowed(1)).unwrap()
    const rows = (): number | undefined => memory.tables.lookup(number)?.rowCount
    expect(go(1, 2)).toBe(true)
    expect(go(2, 1), 'row 1 wakes').toBe(false)
    expect(rows()).toBe(3)
    clock.now = 1_000
    expect(go(1, 3), 'row 2 is used again').toBe(true)
    expect(rows()).toBe(3)
    expect(tables.numberOf(rowed(3).id)).toBe(number)
    // woken at 1500 and given up again: it rests until 2500, not until 2000
    expect(go(3, 1)).toBe(false)
    clock.now = 1_500
    expect(go(1, 3)).toBe(false)
    expect(go(3, 1)).toBe(false)
    clock.now = 2_000
    expect(go(1, 2)).toBe(true)
    expect(rows()).toBe(4)
  })

  it('keeps the rows of scopes, whoever else has them', () => {
    const set = scene()
    const { clock, tables } = set
    const to = (row: number): DirectionTable =>
      plainTable({ rows: [[deny], [allow], [allow, deny], [deny, allow]], peers: { 300: row, 301: 1 } })
    const number = tables.write(to(0)).unwrap()
    for (const [from, row] of [
      [0, 2],
      [2, 3],
    ] as const) {
      clock.now += 1_000
      expect(tables.patch(patchBetween(to(from), to(row)), true).unwrap()).toEqual({ number, replaced: false })
      expectSays(set, number, to(row))
    }
  })
})
