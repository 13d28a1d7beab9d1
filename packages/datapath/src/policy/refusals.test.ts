import type { DirectionTable } from '@axoneme/policy'
import { describe, expect, it } from 'vitest'
import { PolicyTables } from './policy-tables.js'
import { expectAgreement, identitiesOf, trafficOf } from './testing/agree.js'
import { ask } from './testing/ask.js'
import { MemoryMaps } from './testing/memory-maps.js'
import { allow, deny, patchBetween, plainTable, toListener } from './testing/plain-table.js'

const before = plainTable({ ports: [80, 443], rows: [[deny], [deny, allow, deny]], peers: { 300: 1, 340: 1 } })
const after = plainTable({
  ports: [80, 443],
  rows: [[deny], [deny, allow, deny], [toListener('web')]],
  peers: { 300: 2, 341: 1, ...Object.fromEntries(Array.from({ length: 40 }, (_, at) => [400 + at, 1])) },
})
const elsewhere = plainTable({ ports: [80, 8_443], rows: [[deny], [toListener('web'), allow, deny]], peers: { 300: 1, 341: 1, 342: 0 } })
/** When this goes, its indexes are free, and its place has room for all that `after` lists. */
const wide = plainTable({
  ports: [80, 443],
  rows: [[deny], [deny, allow, deny]],
  peers: Object.fromEntries(Array.from({ length: 44 }, (_, at) => [500 + at, 1])),
})

function scene() {
  const clock = { now: 0 }
  const memory = new MemoryMaps()
  return { clock, memory, tables: new PolicyTables(memory, { now: () => clock.now }) }
}

function expectSays({ memory, tables }: ReturnType<typeof scene>, number: number, table: DirectionTable): void {
  expectAgreement(memory, tables, number, table, identitiesOf(table, [...before.peers.keys(), ...after.peers.keys()]), trafficOf(table))
}

/** Refuses the entry that is the so-manieth of a map, and those that follow as often. */
function refuse(memory: MemoryMaps, map: string, at: number, times = 1): void {
  let seen = 0
  memory.refuses = (name, operation) => {
    if (name !== map || operation !== 'update') return false
    seen++
    return seen > at && seen <= at + times
  }
}

const MAPS = ['axm_chunks', 'axm_directories', 'axm_decisions', 'axm_rows', 'axm_peer_rows', 'axm_identities', 'axm_tables']

describe('a kernel that refuses', () => {
  it.each(MAPS.flatMap((map) => [0, 1].map((at) => [map, at] as const)))('an entry of %s (after %i) leaves no table', (map, at) => {
    const set = scene()
    const { clock, memory, tables } = set
    const there = tables.write(before).unwrap()
    const used = tables.usage()
    refuse(memory, map, at)
    const written = tables.write(elsewhere)
    memory.refuses = () => false
    if (written.isErr()) {
      expect(written.error).toMatchObject({ code: 'bpf.refused', message: `${map}: no memory` })
      expect(tables.usage(), 'nothing is kept, but for identities that the kernel may have').toEqual({
        ...used,
        ...(map === 'axm_tables' ? { identities: tables.usage().identities } : {}),
      })
      for (let number = 0; number < 4; number++) if (number !== there) expect(memory.tables.lookup(number)?.rowCount).toBe(0)
      clock.now = 1_000
      expect(tables.usage()).toEqual(used)
      expect(memory.identities.size).toBe(before.peers.size)
    } else expect([map, at], 'there is one directory and one table only').toEqual([map, 1])
    expectSays(set, there, before)
    expectSays(set, tables.write(elsewhere).unwrap(), elsewhere)
  })

  it.each(MAPS.filter((map) => map !== 'axm_directories').flatMap((map) => [0, 1].map((at) => [map, at] as const)))(
    'an entry of %s (after %i) leaves a table as it was that was to be patched',
    (map, at) => {
      const set = scene()
      const { clock, memory, tables } = set
      const room = tables.write(wide).unwrap()
      const there = tables.write(before).unwrap()
      tables.release(room).unwrap()
      clock.now = 1_000
      const used = tables.usage()
      refuse(memory, map, at)
      const patched = tables.patch(patchBetween(before, after), true)
      memory.refuses = () => false
      if (patched.isErr()) {
        expect(patched.error).toMatchObject({ code: 'bpf.refused', message: `${map}: no memory` })
        expectSays(set, there, before)
        expect(tables.numberOf(before.id)).toBe(there)
        tables.indexNews()
        clock.now = 2_000
        expect(tables.usage()).toEqual(used)
        expect(memory.identities.size).toBe(before.peers.size)
      } else expect([map, at]).toEqual([map, 1])
      const again = patched.isErr() ? tables.patch(patchBetween(before, after), true) : patched
      expect(again.unwrap()).toEqual({ number: there, replaced: false })
      expectSays(set, there, after)
    },
  )

  it('that refuses to put back what was there leaves a table that denies everything, and nothing in the end', () => {
    const set = scene()
    const { clock, memory, tables } = set
    const room = tables.write(wide).unwrap()
    const there = tables.write(before).unwrap()
    tables.release(room).unwrap()
    clock.now = 1_000
    refuse(memory, 'axm_peer_rows', 1, Number.POSITIVE_INFINITY)
    expect(tables.patch(patchBetween(before, after), true)).toMatchObject({ error: { code: 'bpf.refused' } })
    memory.refuses = () => false
    for (const identity of [300, 340, 400, 9_999]) expect(ask(memory, there, identity, tables.index(identity), 6, 80)).toBe(0)
    expect(tables.numberOf(before.id)).toBeUndefined()
    const { number, replaced } = tables.patch(patchBetween(before, after), true).unwrap()
    expect(replaced).toBe(true)
    expectSays(set, number, after)
    tables.release(there).unwrap()
    tables.release(number).unwrap()
    tables.indexNews()
    clock.now = 2_000
    for (const [map, { used }] of Object.entries(tables.usage())) expect(used, map).toBe(0)
    expect(memory.identities.size).toBe(0)
  })

  it('gives back rows that were made or woken: those that a program may have seen rest before', () => {
    const { clock, memory, tables } = scene()
    const rows = [[deny], [allow], [allow, deny], [deny, allow], [toListener('web')], [toListener('dns')], [toListener('ftp')]]
    // others have three rows more, so that there is room for eight
    const others = ['a', 'b', 'c'].map((rule) => [{ ...allow, rule }])
    const rowed = (row: number): DirectionTable => plainTable({ rows: [...rows, ...others], peers: { 300: row, 310: 7, 311: 8, 312: 9 } })
    const go = (from: number, to: number, refused?: string): void => {
      if (refused !== undefined) refuse(memory, refused, 0)
      const patched = tables.patch(patchBetween(rowed(from), rowed(to)), true)
      memory.refuses = () => false
      expect(patched.map(({ replaced }) => replaced)).toMatchObject(
        refused === undefined ? { value: false } : { error: { code: 'bpf.refused' } },
      )
    }
    const number = tables.write(rowed(1)).unwrap()
    const made = (): number | undefined => memory.tables.lookup(number)?.rowCount
    expect(made()).toBe(5)
    // never seen: the next one has its place
    go(1, 2, 'axm_rows')
    go(1, 3)
    expect(made()).toBe(6)
    go(3, 1)
    // seen: the next one has a place of its own
    go(1, 4, 'axm_peer_rows')
    expect(made()).toBe(7)
    go(1, 5)
    expect(made()).toBe(8)
    go(5, 1)
    // woken by what is refused: it rests again
    clock.now = 999
    go(1, 3, 'axm_peer_rows')
    clock.now = 1_000
    go(1, 6)
    go(6, 2)
    expect(made(), 'the places of 4 and 5').toBe(8)
    expect(tables.patch(patchBetween(rowed(2), rowed(4)), true), 'that of 3 is not free').toMatchObject({ value: { replaced: true } })
  })

  it('to deny by a table that is released leaves it, to be released again', () => {
    const set = scene()
    const { memory, tables } = set
    const number = tables.write(before).unwrap()
    refuse(memory, 'axm_tables', 0)
    expect(tables.release(number)).toMatchObject({ error: { code: 'bpf.refused' } })
    expectSays(set, number, before)
    tables.release(number).unwrap()
    expect(ask(memory, number, 300, tables.index(300), 6, 80)).toBe(0)
  })

  it('to delete identities makes them rest once more', () => {
    const { clock, memory, tables } = scene()
    tables.release(tables.write(before).unwrap()).unwrap()
    memory.refuses = (_, operation) => operation === 'delete'
    clock.now = 1_000
    expect(tables.reclaim()).toMatchObject({ error: { code: 'bpf.refused' } })
    expect(tables.usage().identities.used).toBe(2)
    memory.refuses = () => false
    clock.now = 1_999
    expect(tables.usage().identities.used).toBe(2)
    clock.now = 2_000
    expect(tables.usage().identities.used).toBe(0)
    expect(memory.identities.size).toBe(0)
  })

  it('a listener’s port leaves no number', () => {
    const { memory, tables } = scene()
    memory.refuses = () => true
    expect(tables.setListener('web', 80)).toMatchObject({ error: { code: 'bpf.refused' } })
    expect(tables.usage().listeners.used).toBe(0)
    memory.refuses = () => false
    tables.setListener('web', 80).unwrap()
    memory.refuses = () => true
    expect(tables.setListener('web', 0)).toMatchObject({ error: { code: 'bpf.refused' } })
    expect([...tables.listeners.keys()]).toEqual(['web'])
  })
})
