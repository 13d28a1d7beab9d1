import { mapArray, openArrayMap, openMap, openPerCpuArrayMap, openPerCpuHashMap, openPinnedMap, possibleCpus, rawCodec } from '@axoneme/bpf'
import { Errno } from '@axoneme/sys'
import { expect } from 'vitest'
import { bpffs, count, dump, hex, hexEntries, make, mapType, u32, u64 } from './bpf-map-fixture.js'
import { asm, load, SCHED_CLS, testRun } from './bpf-program-fixture.js'
import { sys } from './fixture.js'
import { kernelTest, type Need } from './harness/index.js'

const MMAPABLE = 1 << 10
const mappable: Need = {
  name: 'map-array-mmap',
  since: '5.5',
  probe() {
    const handle = make('array', { flags: MMAPABLE })
    handle.close()
    return true
  },
}

kernelTest('bpf array > every index has a value, and there are no others', { needs: [mapType('array')] }, async () => {
  using map = openArrayMap(make('array', { valueSize: 8 }), u64).unwrap()
  map.update(7, 77n).unwrap()
  map.update(0, 1n, 'exist').unwrap()
  expect(map.lookup(7).unwrap()).toBe(77n)
  expect(map.lookup(8).unwrap()).toBeUndefined()
  expect(map.update(8, 1n).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'key' })
  expect(map.update(0, 1n, 'create').unwrapErr()).toMatchObject({ code: 'bpf.exists' })
  expect(map.lookupAll().unwrap()).toEqual([1n, 0n, 0n, 0n, 0n, 0n, 0n, 77n].map((value, index) => [index, value]))
  expect(hexEntries(map.lookupAll().unwrap(), u32, u64)).toEqual(dump(map.handle))
})

kernelTest('bpf array > many values in bulk', { needs: [mapType('array')] }, async () => {
  const total = count(100_000)
  using map = openArrayMap(make('array', { valueSize: 12, maxEntries: total }), rawCodec(12)).unwrap()
  const value = (index: number): Uint8Array => new Uint8Array(new Uint32Array([index, 1, index * 3]).buffer)
  expect(map.updateAll(Array.from({ length: total }, (_, index) => [index, value(index)])).unwrap()).toBe(total)
  let index = 0
  for (const entry of map.entries()) {
    const [key, bytes] = entry.unwrap()
    if (key !== index || hex(bytes) !== hex(value(index))) throw new Error(`${key}: ${hex(bytes)}`)
    index++
  }
  expect(index).toBe(total)
})

kernelTest('bpf array > its memory is shared: what one side writes the other sees', { needs: [mappable] }, async () => {
  using files = bpffs()
  // 12 bytes stand 16 apart
  const handle = make('array', { valueSize: 12, flags: MMAPABLE })
  handle.pin(`${files.path}/m`).unwrap()
  const mapped = mapArray(handle, rawCodec(12)).unwrap()
  using entries = openArrayMap(openPinnedMap(sys, `${files.path}/m`).unwrap(), rawCodec(12)).unwrap()
  const value = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  mapped.write(3, value).unwrap()
  expect(entries.lookup(3).unwrap()).toEqual(value)
  entries.update(2, value).unwrap()
  const read = mapped.read(2).unwrap()
  expect(read).toEqual(value)
  // what was read is a copy
  entries.update(2, new Uint8Array(12)).unwrap()
  expect(read).toEqual(value)
  expect(mapped.addU32(5, 7, 8).unwrap()).toBe(0)
  expect(mapped.loadU32(5, 8).unwrap()).toBe(7)
  expect(mapped.addU64(5, 1n << 40n).unwrap()).toBe(0n)
  expect(mapped.addU64(5, 1n).unwrap()).toBe(1n << 40n)
  expect(hex(entries.lookup(5).unwrap() ?? [])).toBe('010000000001000007000000')
  for (const [result, path] of [
    [mapped.read(8), 'index'],
    [mapped.read(-1), 'index'],
    [mapped.read(0.5), 'index'],
    [mapped.loadU32(0, 2), 'at'],
    [mapped.loadU64(0, 8), 'at'],
    [mapped.addU64(8, 1n), 'index'],
  ] as const)
    expect(result.unwrapErr()).toMatchObject({ code: 'input.invalid', path })
  mapped.close()
  mapped.close()
  for (const result of [
    mapped.read(0),
    mapped.write(0, value),
    mapped.loadU32(0),
    mapped.addU32(0, 1),
    mapped.loadU64(0),
    mapped.addU64(0, 1n),
  ])
    expect(result.unwrapErr()).toMatchObject({ code: 'sys.closed' })
})

kernelTest('bpf array > a program adds where this process reads', { needs: [mappable] }, async () => {
  using counter = mapArray(make('array', { valueSize: 8, maxEntries: 1, flags: MMAPABLE }), u64).unwrap()
  const fd = counter.handle.fd.use().unwrap()
  const one = load(SCHED_CLS, [asm.value(1, fd), asm.load(2, 1, 0), asm.add(2, 1), asm.store(1, 0, 2), asm.set(0, 0), asm.exit()])
  testRun(one, 5000)
  sys.close(one)
  expect(counter.loadU64(0).unwrap()).toBe(5000n)
})

kernelTest('bpf array > frozen or mapped for reading it is read only', { needs: [mappable] }, async () => {
  const handle = make('array', { valueSize: 8, flags: MMAPABLE })
  const writing = mapArray(handle, u64).unwrap()
  writing.write(1, 11n).unwrap()
  expect(writing.freeze().unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: Errno.EBUSY })
  writing.close()

  const frozen = make('array', { valueSize: 8, flags: MMAPABLE })
  frozen.freeze().unwrap()
  expect(mapArray(frozen, u64).unwrapErr()).toMatchObject({ code: 'sys.failed', errno: Errno.EPERM })
  using reading = mapArray(frozen, u64, { writable: false }).unwrap()
  expect(reading.read(1).unwrap()).toBe(0n)
  for (const result of [reading.write(1, 1n), reading.addU32(1, 1), reading.addU64(1, 1n)])
    expect(result.unwrapErr()).toMatchObject({ code: 'input.invalid', path: '' })
  using plain = make('array', { valueSize: 8 })
  expect(mapArray(plain, u64).unwrapErr()).toMatchObject({ code: 'bpf.map-incompatible', differences: [{ attribute: 'flags' }] })
})

const cpus = possibleCpus().unwrap()

kernelTest('bpf per-CPU > each possible CPU has its value, 8 bytes apart', { needs: [mapType('percpu_array')] }, async () => {
  using map = openPerCpuArrayMap(make('percpu_array'), u32).unwrap()
  const values = Array.from({ length: cpus }, (_, cpu) => 100 + cpu)
  map.update(3, values).unwrap()
  expect(map.lookup(3).unwrap()).toEqual(values)
  expect(map.lookup(0).unwrap()).toEqual(values.map(() => 0))
  expect(map.lookup(8).unwrap()).toBeUndefined()
  expect(map.updateAll(Array.from({ length: 8 }, (_, index) => [index, values.map((value) => value * index)])).unwrap()).toBe(8)
  const told = dump(map.handle)
  expect(told.map(([key]) => key)).toHaveLength(8)
  for (const [index, all] of map.lookupAll().unwrap()) {
    expect(all).toEqual(values.map((value) => value * index))
    expect(told[index]?.[1]).toBe(all.map((value) => hex(new Uint8Array(new Uint32Array([value]).buffer))).join(''))
  }
})

for (const type of ['percpu_hash', 'lru_percpu_hash'] as const)
  kernelTest(`bpf per-CPU > ${type}: entries of 12-byte values, one by one and in bulk`, { needs: [mapType(type)] }, async () => {
    using map = openPerCpuHashMap(make(type, { valueSize: 12, maxEntries: 256 }), { key: u32, value: rawCodec(12) }).unwrap()
    const values = (key: number): Uint8Array[] =>
      Array.from({ length: cpus }, (_, cpu) => new Uint8Array(12).map((_, byte) => (key * 31 + cpu * 7 + byte) & 0xff))
    map.update(1, values(1)).unwrap()
    expect(map.lookup(1).unwrap()).toEqual(values(1))
    expect(map.updateAll(Array.from({ length: 50 }, (_, key) => [key, values(key)])).unwrap()).toBe(50)
    const read = map.lookupAll().unwrap()
    expect(read).toHaveLength(50)
    for (const [key, all] of read) expect(all).toEqual(values(key))
    expect(dump(map.handle)).toEqual(
      read
        .map(([key, all]) => [hex(new Uint8Array(new Uint32Array([key]).buffer)), all.map(hex).join('')])
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    )
    expect(map.deleteAll([1, 2, 3, 99]).unwrap()).toBe(3)
    expect(map.lookup(2).unwrap()).toBeUndefined()
    using raw = openMap(make(type, { valueSize: 12 })).unwrap()
    expect(raw.value.sizeBytes).toBe(16 * cpus)
  })
