import { describe, expect, it } from 'vitest'
import { PolicyTables } from './policy-tables.js'
import { ask } from './testing/ask.js'
import { MemoryMaps } from './testing/memory-maps.js'
import { allow, deny, plainTable, toListener } from './testing/plain-table.js'

function scene() {
  const clock = { now: 0 }
  const memory = new MemoryMaps()
  return { clock, memory, tables: new PolicyTables(memory, { now: () => clock.now }) }
}

const one = plainTable({ rows: [[deny], [deny, allow]], peers: { 300: 1 } })

describe('what numbers stand for', () => {
  it('gives listeners numbers, ports when they are told, and drops without one', () => {
    const { clock, memory, tables } = scene()
    const table = plainTable({ rows: [[toListener('web')], [toListener('dns')]], peers: { 300: 1 } })
    tables.setListener('web', 8_080).unwrap()
    const number = tables.write(table).unwrap()
    const listeners = tables.listeners
    expect([...listeners.keys()].sort()).toEqual(['dns', 'web'])
    const decision = ask(memory, number, 300, tables.index(300), 6, 80)
    expect(memory.decisions.lookup(decision)?.listener).toBe(listeners.get('dns'))
    expect(memory.listeners.lookup(listeners.get('dns') as number)).toEqual({ port: 0 })
    tables.setListener('dns', 53).unwrap()
    expect(memory.listeners.lookup(listeners.get('dns') as number)).toEqual({ port: 53 })
    tables.setListener('dns', 0).unwrap()
    expect(memory.listeners.lookup(listeners.get('dns') as number)).toEqual({ port: 0 })
    tables.release(number).unwrap()
    clock.now = 1_000
    expect(tables.usage().listeners.used).toBe(1)
    expect([...tables.listeners.keys()]).toEqual(['web'])
    tables.setListener('web', 0).unwrap()
    clock.now = 1_999
    expect(tables.usage().listeners.used, 'a program may be on its way there').toBe(1)
    clock.now = 2_000
    expect(tables.usage().listeners.used).toBe(0)
    for (const port of [-1, 65_536, 1.5, Number.NaN])
      expect(tables.setListener('web', port)).toMatchObject({ error: { code: 'input.invalid' } })
  })

  it('tells what a decision’s number says, while it is in use and while it rests', () => {
    const { clock, memory, tables } = scene()
    const number = tables.write(one).unwrap()
    const decision = ask(memory, number, 300, tables.index(300), 6, 80)
    expect(tables.decision(decision)).toEqual(allow)
    tables.release(number).unwrap()
    expect(tables.decision(decision)).toEqual(allow)
    clock.now = 1_000
    tables.reclaim().unwrap()
    expect(tables.decision(decision)).toBeUndefined()
  })

  it('tells of indexes that come and end, and gives no index to another before that is told', () => {
    const { clock, tables } = scene()
    const number = tables.write(one).unwrap()
    expect([...tables.indexNews()]).toEqual([[300, 1]])
    expect([...tables.indexNews()]).toEqual([])
    tables.release(number).unwrap()
    expect(tables.index(300)).toBe(0)
    clock.now = 5_000
    const second = tables.write(plainTable({ rows: [[deny], [allow]], peers: { 301: 1 } })).unwrap()
    expect(tables.index(301), 'nobody was told that index 1 ended').toBe(2)
    expect([...tables.indexNews()]).toEqual([[300, 0]])
    clock.now = 6_000
    tables.write(plainTable({ rows: [[deny], [allow]], peers: { 302: 1 } })).unwrap()
    expect([...tables.indexNews()]).toEqual([[302, 1]])
    tables.release(second).unwrap()
  })
})
