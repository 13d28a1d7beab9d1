import { Errno } from '@axoneme/sys'
import { afterEach, describe, expect, it } from 'vitest'
import type { BpfMap } from './bpf-map.js'
import { openMap } from './bpf-map.js'
import { u32Codec } from './codecs.js'
import { keyText, type Script, type ScriptedMap, scriptedMap } from './scripted-map.js'

const NO_BATCHES = { MAP_LOOKUP_BATCH: Errno.ENOTSUPP, MAP_UPDATE_BATCH: Errno.ENOTSUPP, MAP_DELETE_BATCH: Errno.EINVAL }
const pairs = (count: number): [number, number][] => Array.from({ length: count }, (_, index) => [index + 1, index * index])
let opened: { close(): void } | undefined

function open(script: Script = {}): { map: BpfMap<number, number>; t: ScriptedMap } {
  const t = scriptedMap(script)
  const map = openMap(t.handle, { key: u32Codec, value: u32Codec }).unwrap()
  opened = map
  return { map, t }
}

afterEach(() => opened?.close())

describe.each([
  ['with batches', {}],
  ['without batches', NO_BATCHES],
])('a map %s', (_name, lacks) => {
  it('sets, tells and deletes many', () => {
    const { map } = open({ lacks, shape: { maxEntries: 1000 } })
    expect(map.updateAll(pairs(700)).unwrap()).toBe(700)
    expect(map.lookupAll().unwrap()).toEqual(pairs(700))
    expect([...map.entries()].map((entry) => entry.unwrap())).toEqual(pairs(700))
    expect([...map.keys()].map((key) => key.unwrap())).toEqual(pairs(700).map(([key]) => key))
    expect(map.deleteAll([1, 999, 2, 2, 700]).unwrap()).toBe(3)
    expect(map.lookupAll().unwrap()).toEqual(pairs(699).slice(2))
  })

  it('says how many were done before an error', () => {
    const { map } = open({ lacks })
    expect(map.updateAll(pairs(9)).unwrapErr()).toMatchObject({ code: 'bpf.map-full', done: 8, errno: Errno.E2BIG })
    const bytes = new Uint8Array(40)
    expect(map.updateRaw(bytes, bytes, 1).unwrapErr()).toMatchObject({ code: 'bpf.map-full', done: 0 })
  })

  it('an empty one has nothing', () => {
    const { map } = open({ lacks })
    expect([map.lookupAll().unwrap(), [...map.entries()], map.updateAll([]).unwrap(), map.deleteAll([]).unwrap()]).toEqual([[], [], 0, 0])
  })

  it('goes through what is only iterable, in as many commands as it takes', () => {
    const { map } = open({ lacks, shape: { maxEntries: 100_000 } })
    function* many(): Generator<[number, number]> {
      for (let key = 0; key < 70_000; key++) yield [key, 1]
    }
    expect(map.updateAll(many()).unwrap()).toBe(70_000)
  })
})

describe('a walk', () => {
  it('makes a page larger when one bucket does not fit', () => {
    let refused = 0
    const { map } = open({
      before: (command) => (command === 'MAP_LOOKUP_BATCH' && refused++ < 1 ? -Errno.ENOSPC : undefined),
    })
    map.updateAll(pairs(8)).unwrap()
    expect(map.lookupAll().unwrap()).toEqual(pairs(8))
  })

  it('goes on key by key when a batch gives up between deletions', () => {
    let batches = 0
    const t = scriptedMap({
      // pages of 64
      shape: { type: 'lpm_trie', valueSize: 1 << 14, maxEntries: 500 },
      before: (command) => (command === 'MAP_LOOKUP_BATCH' && ++batches === 2 ? -Errno.EINTR : undefined),
    })
    using map = openMap(t.handle, { key: u32Codec }).unwrap()
    for (let key = 1; key <= 200; key++) t.entries.set(keyText(new Uint8Array([key, 0, 0, 0])), new Uint8Array(1 << 14))
    expect(
      map
        .lookupAll()
        .unwrap()
        .map(([key]) => key),
    ).toEqual(pairs(200).map(([key]) => key))
    expect(batches).toBe(2)
  })

  it('tells each entry once when it had to begin again, and says that it had', () => {
    const { map, t } = open({ lacks: NO_BATCHES, shape: { maxEntries: 1000 } })
    map.updateAll(pairs(600)).unwrap()
    let restarts = 0
    const told: number[] = []
    for (const entry of map.entries({ onRestart: () => restarts++ })) {
      const [key] = entry.unwrap()
      told.push(key)
      // the first page has 256, and the walk holds the one after
      if (key === 10) t.entries.delete('\x01\x01\0\0')
    }
    expect(restarts).toBe(1)
    expect(told).toEqual(
      pairs(600)
        .map(([key]) => key)
        .filter((key) => key !== 257),
    )
  })

  it('passes over an entry that goes before it is read', () => {
    const { map, t } = open({
      lacks: NO_BATCHES,
      before(command) {
        if (command === 'MAP_LOOKUP_ELEM' && t.entries.size === 5) t.entries.delete('\x03\0\0\0')
        return undefined
      },
    })
    map.updateAll(pairs(5)).unwrap()
    expect(
      map
        .lookupAll()
        .unwrap()
        .map(([key]) => key),
    ).toEqual([1, 2, 4, 5])
  })

  it('ends with an error when it never gets through', () => {
    const { map, t } = open({
      lacks: NO_BATCHES,
      shape: { maxEntries: 20 },
      before(command) {
        // whatever key it is at is gone when it asks for the next
        if (command !== 'MAP_GET_NEXT_KEY') return undefined
        const [first] = t.entries.keys()
        const value = t.entries.get(first ?? '')
        t.entries.clear()
        if (first !== undefined && value !== undefined) t.entries.set(first === 'aaaa' ? 'bbbb' : 'aaaa', value)
        return undefined
      },
    })
    map.update(1, 1).unwrap()
    const told = [...map.entries()]
    expect(told.at(-1)?.unwrapErr()).toMatchObject({ code: 'bpf.interrupted', map: 'scripted' })
    expect(map.lookupAll().unwrapErr().code).toBe('bpf.interrupted')
  })

  it('tells what the kernel refuses, last', () => {
    const { map } = open({ before: (command) => (command === 'MAP_LOOKUP_BATCH' ? -Errno.EPERM : undefined) })
    expect([...map.entries()].map((entry) => entry.unwrapErr())).toMatchObject([{ code: 'permission.denied', errno: Errno.EPERM }])
    const keys = open({ lacks: { MAP_GET_NEXT_KEY: Errno.EOPNOTSUPP } }).map.keys()
    expect([...keys].map((key) => key.unwrapErr())).toMatchObject([{ code: 'bpf.refused', errno: Errno.EOPNOTSUPP }])
  })
})

describe('one entry', () => {
  it('is absent, there, replaced, and gone', () => {
    const { map, t } = open()
    expect(map.lookup(1).unwrap()).toBeUndefined()
    map.update(1, 5).unwrap()
    expect(map.update(1, 6, 'create').unwrapErr()).toMatchObject({ code: 'bpf.exists' })
    expect(map.update(2, 6, 'exist').unwrapErr()).toMatchObject({ code: 'bpf.missing' })
    expect(map.lookup(1).unwrap()).toBe(5)
    expect(map.lookupAndDelete(1).unwrap()).toBe(5)
    expect(map.lookupAndDelete(1).unwrap()).toBeUndefined()
    expect([map.delete(1).unwrap(), t.entries.size]).toEqual([false, 0])
  })

  it('is refused in words that say what to do', () => {
    const frozen = open({
      lacks: { MAP_UPDATE_ELEM: Errno.EPERM, MAP_DELETE_ELEM: Errno.EPERM, MAP_LOOKUP_AND_DELETE_ELEM: Errno.ENOTSUPP },
    })
    expect(frozen.map.update(1, 1).unwrapErr()).toMatchObject({ code: 'permission.denied', hint: expect.stringContaining('frozen') })
    expect(frozen.map.delete(1).unwrapErr()).toMatchObject({ code: 'permission.denied' })
    expect(frozen.map.lookupAndDelete(1).unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: Errno.ENOTSUPP })
    const array = open({ shape: { type: 'array' }, lacks: { MAP_UPDATE_ELEM: Errno.E2BIG } })
    expect(array.map.update(9, 1).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'key' })
    expect(
      open({ lacks: { MAP_LOOKUP_ELEM: Errno.EFAULT } })
        .map.lookup(1)
        .unwrapErr(),
    ).toMatchObject({ code: 'bpf.refused' })
  })

  it('is not asked for once the map is closed', () => {
    const { map, t } = open()
    map.close()
    expect(map.lookup(1).unwrapErr().code).toBe('sys.closed')
    expect(t.commands).toEqual([])
  })
})

describe('bytes that are ready', () => {
  it('must be as many as are said', () => {
    const { map } = open()
    const bytes = new Uint8Array(16)
    expect(map.updateRaw(bytes, bytes, 5).unwrapErr()).toMatchObject({ path: 'keys', done: 0 })
    expect(map.updateRaw(bytes, bytes.subarray(4), 4).unwrapErr()).toMatchObject({ path: 'values' })
    expect(map.updateRaw(bytes, bytes, 1.5).unwrapErr()).toMatchObject({ path: 'count' })
    expect(map.updateRaw(bytes, bytes, 4).unwrap()).toBe(4)
  })
})
