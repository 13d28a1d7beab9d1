import { openHashMap, openMap } from '@axoneme/bpf'
import { Errno } from '@axoneme/sys'
import { expect } from 'vitest'
import { count, dump, hexEntries, make, mapType, u32, u64 } from './bpf-map-fixture.js'
import { kernelTest } from './harness/index.js'

const codecs = { key: u32, value: u64 }
const sizes = { keySize: 4, valueSize: 8 }

kernelTest('bpf hash > entries are set, found, replaced and deleted, and bpftool sees them', { needs: [mapType('hash')] }, async () => {
  using map = openHashMap(make('hash', sizes), codecs).unwrap()
  expect(map.lookup(1).unwrap()).toBeUndefined()
  map.update(1, 0x1122334455667788n).unwrap()
  map.update(2, 2n, 'create').unwrap()
  map.update(2, 3n, 'exist').unwrap()
  expect(map.update(2, 4n, 'create').unwrapErr()).toMatchObject({ code: 'bpf.exists', errno: Errno.EEXIST })
  expect(map.update(3, 4n, 'exist').unwrapErr()).toMatchObject({ code: 'bpf.missing' })
  // the mode of the call before does not stick
  map.update(3, 5n).unwrap()
  expect(map.lookup(1).unwrap()).toBe(0x1122334455667788n)
  expect(dump(map.handle)).toEqual([
    ['01000000', '8877665544332211'],
    ['02000000', '0300000000000000'],
    ['03000000', '0500000000000000'],
  ])
  expect(map.delete(2).unwrap()).toBe(true)
  expect(map.delete(2).unwrap()).toBe(false)
  expect(map.lookupAll().unwrap().sort()).toEqual([
    [1, 0x1122334455667788n],
    [3, 5n],
  ])
})

kernelTest('bpf hash > an entry is taken out in one step', { needs: [mapType('hash')] }, async () => {
  using map = openHashMap(make('hash', sizes), codecs).unwrap()
  map.update(1, 10n).unwrap()
  expect(map.lookupAndDelete(1).unwrap()).toBe(10n)
  expect(map.lookupAndDelete(1).unwrap()).toBeUndefined()
  expect(map.lookupAll().unwrap()).toEqual([])
})

kernelTest('bpf hash > full is an error of its own, one by one and in bulk', { needs: [mapType('hash')] }, async () => {
  using map = openHashMap(make('hash', sizes), codecs).unwrap()
  const entries = Array.from({ length: 12 }, (_, key) => [key, 1n] as const)
  expect(map.updateAll(entries).unwrapErr()).toMatchObject({ code: 'bpf.map-full', done: 8, map: 'axm_hash' })
  expect(map.lookupAll().unwrap()).toHaveLength(8)
  expect(map.update(99, 1n).unwrapErr()).toMatchObject({ code: 'bpf.map-full', errno: Errno.E2BIG })
  map.update(3, 2n).unwrap()
})

kernelTest('bpf hash > many entries in batches: all are set, read back, and deleted', { needs: [mapType('hash')] }, async () => {
  const total = count(200_000)
  using map = openHashMap(make('hash', { ...sizes, maxEntries: total }), codecs).unwrap()
  const entries = new Map(Array.from({ length: total }, (_, key) => [key * 7, BigInt(key)]))
  expect(map.updateAll(entries).unwrap()).toBe(total)
  const read = map.lookupAll().unwrap()
  expect(read).toHaveLength(total)
  expect(new Map(read)).toEqual(entries)
  // every third is there twice in the list, and the second time no more in the map
  const gone = [...entries.keys()].filter((_, index) => index % 3 === 0)
  expect(map.deleteAll([...gone, ...gone, 5, 6]).unwrap()).toBe(gone.length)
  for (const key of gone) entries.delete(key)
  expect(new Map(map.lookupAll().unwrap())).toEqual(entries)
})

kernelTest('bpf hash > ready bytes go in as they are', { needs: [mapType('hash')] }, async () => {
  using map = openMap(make('hash', { ...sizes, maxEntries: 1000 })).unwrap()
  const keys = new Uint8Array(new Uint32Array(1000).map((_, index) => index).buffer)
  const values = new Uint8Array(new BigUint64Array(1000).map((_, index) => BigInt(index * index)).buffer)
  expect(map.updateRaw(keys, values, 1000).unwrap()).toBe(1000)
  expect(map.updateRaw(keys, values, 0).unwrap()).toBe(0)
  expect(map.updateRaw(keys, values, 1001).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'keys', done: 0 })
  expect(map.updateRaw(keys, values.subarray(1), 1000).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'values' })
  expect(map.updateRaw(keys, values, -1).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'count' })
  expect(hexEntries(map.lookupAll().unwrap(), map.key, map.value)).toEqual(dump(map.handle))
})

kernelTest('bpf hash > only some modes have batches in the kernel, all work in bulk', { needs: [mapType('hash')] }, async () => {
  using map = openHashMap(make('hash', sizes), codecs).unwrap()
  expect(
    map
      .updateAll(
        [
          [1, 1n],
          [2, 2n],
        ],
        'create',
      )
      .unwrap(),
  ).toBe(2)
  const again = [
    [3, 3n],
    [2, 9n],
    [4, 4n],
  ] as const
  expect(map.updateAll(again, 'create').unwrapErr()).toMatchObject({ code: 'bpf.exists', done: 1 })
  expect(map.updateAll(again, 'exist').unwrapErr()).toMatchObject({ code: 'bpf.missing', done: 2 })
  expect(map.lookup(2).unwrap()).toBe(9n)
})

kernelTest('bpf hash > entries are deleted while they are told, and each is told once', { needs: [mapType('hash')] }, async () => {
  const total = count(20_000)
  using map = openHashMap(make('hash', { ...sizes, maxEntries: total }), codecs).unwrap()
  map.updateAll(Array.from({ length: total }, (_, key) => [key, 1n])).unwrap()
  let restarts = 0
  const seen = new Set<number>()
  for (const entry of map.entries({ onRestart: () => restarts++ })) {
    const [key] = entry.unwrap()
    expect(seen.has(key)).toBe(false)
    seen.add(key)
    map.delete(key).unwrap()
  }
  expect([seen.size, restarts]).toEqual([total, 0])
  expect(map.lookupAll().unwrap()).toEqual([])
})

kernelTest(
  'bpf hash > keys whose walk lost its place are told once all the same, and that is said',
  { needs: [mapType('hash')] },
  async () => {
    using map = openHashMap(make('hash', { ...sizes, maxEntries: 4000 }), codecs).unwrap()
    map.updateAll(Array.from({ length: 4000 }, (_, key) => [key, 1n])).unwrap()
    let restarts = 0
    const seen = new Set<number>()
    for (const found of map.keys({ onRestart: () => restarts++ })) {
      const key = found.unwrap()
      expect(seen.has(key)).toBe(false)
      seen.add(key)
      if (seen.size !== 1000) continue
      // the walk holds one key that it has not told; with it goes its place
      map.deleteAll([...Array(4000).keys()].filter((other) => !seen.has(other))).unwrap()
      map.updateAll(Array.from({ length: 100 }, (_, other) => [10_000 + other, 1n])).unwrap()
    }
    const left = map.lookupAll().unwrap()
    expect(left.length).toBe(1100)
    for (const [key] of left) expect(seen.has(key)).toBe(true)
    expect(restarts).toBe(1)
  },
)

kernelTest('bpf hash > walks do not disturb each other, nor what is asked meanwhile', { needs: [mapType('hash')] }, async () => {
  using map = openHashMap(make('hash', { ...sizes, maxEntries: 50 }), codecs).unwrap()
  map.updateAll(Array.from({ length: 50 }, (_, key) => [key, BigInt(key)])).unwrap()
  let pairs = 0
  for (const outer of map.entries()) {
    const [key, value] = outer.unwrap()
    expect(map.lookup((key + 1) % 50).unwrap()).toBe(BigInt((key + 1) % 50))
    for (const inner of map.keys()) pairs += Number(inner.unwrap() >= 0)
    expect(value).toBe(BigInt(key))
  }
  expect(pairs).toBe(2500)
})

kernelTest('bpf hash > the least used of an lru_hash make room', { needs: [mapType('lru_hash')] }, async () => {
  using map = openHashMap(make('lru_hash', { ...sizes, maxEntries: 256 }), codecs).unwrap()
  expect(map.updateAll(Array.from({ length: 5000 }, (_, key) => [key, BigInt(key)])).unwrap()).toBe(5000)
  const kept = map.lookupAll().unwrap()
  expect(kept.length).toBeLessThanOrEqual(256)
  expect(kept.length).toBeGreaterThan(0)
  for (const [key, value] of kept) expect(value).toBe(BigInt(key))
  expect(hexEntries(kept, u32, u64)).toEqual(dump(map.handle))
})

kernelTest('bpf hash > what is opened as something else is refused with the differences', { needs: [mapType('hash')] }, async () => {
  using handle = make('array')
  expect(openHashMap(handle).unwrapErr()).toMatchObject({
    code: 'bpf.map-incompatible',
    differences: [{ attribute: 'type', declared: 'hash or lru_hash', found: 'array' }],
  })
  expect(openMap(handle, { key: u64 }).unwrapErr()).toMatchObject({ differences: [{ attribute: 'keySize', declared: '8', found: '4' }] })
  expect(openMap(handle, { value: u64 }).unwrapErr()).toMatchObject({
    differences: [{ attribute: 'valueSize', declared: '8', found: '4' }],
  })
})

kernelTest('bpf hash > after close nothing is asked of the kernel', { needs: [mapType('hash')] }, async () => {
  const map = openHashMap(make('hash', sizes), codecs).unwrap()
  const walk = map.entries()
  map.close()
  map.close()
  for (const result of [map.lookup(1), map.update(1, 1n), map.delete(1), map.lookupAndDelete(1), map.lookupAll(), map.freeze(), map.info()])
    expect(result.unwrapErr().code).toBe('sys.closed')
  expect(map.updateAll([[1, 1n]]).unwrapErr()).toMatchObject({ code: 'sys.closed', done: 0 })
  expect(map.deleteAll([1]).unwrapErr()).toMatchObject({ code: 'sys.closed', done: 0 })
  expect(walk.next().value?.unwrapErr().code).toBe('sys.closed')
  expect(walk.next().done).toBe(true)
})
