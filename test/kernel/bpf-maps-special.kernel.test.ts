import {
  openArrayOfMaps,
  openBloomFilter,
  openCpuMap,
  openDeviceMap,
  openHashOfMaps,
  openMap,
  openPrefixTrie,
  openProgramArray,
  openQueue,
  prefixCodec,
} from '@axoneme/bpf'
import { Errno, Ipv6, Prefix, parseIp } from '@axoneme/sys'
import { expect } from 'vitest'
import { bpftool, count, dump, hexEntries, make, mapType, u32, u64, words } from './bpf-map-fixture.js'
import { asm, BPF_XDP_CPUMAP, BPF_XDP_DEVMAP, load, SCHED_CLS, XDP } from './bpf-program-fixture.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const prefix = (text: string): Prefix => Prefix.parse(text).unwrap()
const ip = (text: string) => parseIp(text).unwrap()

kernelTest('bpf lpm_trie > IPv4: the longest prefix answers', { needs: [mapType('lpm_trie')] }, async () => {
  using trie = openPrefixTrie(make('lpm_trie', { maxEntries: 100 }), u32).unwrap()
  const entries = [
    ['0.0.0.0/0', 1],
    ['10.0.0.0/8', 2],
    ['10.1.0.0/16', 3],
    ['10.1.2.3/32', 4],
  ] as const
  for (const [text, value] of entries) trie.update(prefix(text), value, 'create').unwrap()
  expect(trie.update(prefix('10.0.0.0/8'), 9, 'create').unwrapErr().code).toBe('bpf.exists')
  expect(['10.1.2.3', '10.1.2.4', '10.2.0.1', '192.0.2.1'].map((text) => trie.match(ip(text)).unwrap())).toEqual([4, 3, 2, 1])
  expect(trie.match(Ipv6.LOOPBACK).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'address' })
  expect(trie.lookup(prefix('::/0')).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'key' })
  expect(trie.lookup(prefix('10.1.0.0/12')).unwrap()).toBe(2)
  const read = trie.lookupAll().unwrap()
  expect(read.map(([key, value]) => [`${key}`, value]).sort()).toEqual(entries.map(([text, value]) => [text, value]))
  expect(hexEntries(read, trie.key, u32)).toEqual(dump(trie.handle))
  expect(trie.delete(prefix('10.1.0.0/16')).unwrap()).toBe(true)
  expect(trie.delete(prefix('10.1.0.0/16')).unwrap()).toBe(false)
  expect(trie.match(ip('10.1.2.4')).unwrap()).toBe(2)
  expect(trie.deleteAll(entries.map(([text]) => prefix(text))).unwrap()).toBe(3)
  expect(trie.match(ip('10.1.2.4')).unwrap()).toBeUndefined()
})

kernelTest('bpf lpm_trie > IPv6, many, walked while they are deleted', { needs: [mapType('lpm_trie')] }, async () => {
  const total = count(5000)
  using trie = openPrefixTrie(make('lpm_trie', { keySize: 20, valueSize: 8, maxEntries: total }), u64).unwrap()
  expect(trie.family).toBe(6)
  const entries = Array.from({ length: total }, (_, index) => [prefix(`2001:db8:${index.toString(16)}::/48`), BigInt(index)] as const)
  expect(trie.updateAll(entries).unwrap()).toBe(total)
  expect(trie.update(prefix('2001:db9::/48'), 1n).unwrapErr()).toMatchObject({ code: 'bpf.map-full' })
  expect(trie.match(ip('2001:db8:7::1')).unwrap()).toBe(7n)
  expect(
    new Map(
      trie
        .lookupAll()
        .unwrap()
        .map(([key, value]) => [`${key}`, value]),
    ),
  ).toEqual(new Map(entries.map(([key, value]) => [`${key}`, value])))
  const told = new Set<string>()
  for (const entry of trie.entries()) {
    const [key] = entry.unwrap()
    expect(told.has(`${key}`)).toBe(false)
    told.add(`${key}`)
    trie.delete(key).unwrap()
  }
  expect(told.size).toBe(total)
  expect(openPrefixTrie(trie.handle, u32).unwrapErr()).toMatchObject({ code: 'bpf.map-incompatible' })
  expect(prefixCodec(4).sizeBytes).toBe(8)
})

kernelTest('bpf prog_array > programs go in by descriptor, and are told by id', { needs: [mapType('prog_array')] }, async () => {
  using table = openProgramArray(make('prog_array')).unwrap()
  const fd = load(SCHED_CLS, [asm.set(0, 0), asm.exit()])
  const other = load(XDP, [asm.set(0, 0), asm.exit()])
  try {
    table.set(2, fd).unwrap()
    table.set(5, fd).unwrap()
    const id = table.id(2).unwrap() ?? 0
    expect(bpftool('prog', 'show', 'id', id)).toMatchObject({ id, type: 'sched_cls' })
    expect(words(table.handle, 5)).toEqual([id])
    expect(table.id(3).unwrap()).toBeUndefined()
    expect(table.ids().unwrap()).toEqual([
      [2, id],
      [5, id],
    ])
    expect(table.set(3, other).unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: Errno.EINVAL })
    expect(table.set(8, fd).unwrapErr()).toMatchObject({ code: 'input.invalid' })
    expect(table.delete(2).unwrap()).toBe(true)
    expect(table.delete(2).unwrap()).toBe(false)
    expect(table.ids().unwrap()).toEqual([[5, id]])
  } finally {
    sys.close(fd)
    sys.close(other)
  }
})

for (const type of ['array_of_maps', 'hash_of_maps'] as const)
  kernelTest(`bpf ${type} > maps go in by descriptor, and are told by id`, { needs: [mapType(type)] }, async () => {
    using inner = make('hash')
    using unlike = make('hash', { valueSize: 8 })
    const innerMapFd = inner.fd.use().unwrap()
    const handle = make(type, { innerMapFd })
    using maps = (type === 'array_of_maps' ? openArrayOfMaps(handle) : openHashOfMaps(handle, u32)).unwrap()
    maps.set(3, innerMapFd).unwrap()
    const { id } = inner.info().unwrap()
    expect(maps.id(3).unwrap()).toBe(id)
    expect(maps.id(4).unwrap()).toBeUndefined()
    expect(maps.ids().unwrap()).toEqual([[3, id]])
    expect(words(handle, 3)).toEqual([id])
    expect(maps.set(4, unlike.fd.use().unwrap()).unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: Errno.EINVAL })
    expect(maps.delete(3).unwrap()).toBe(true)
    expect(maps.delete(3).unwrap()).toBe(false)
    expect(maps.ids().unwrap()).toEqual([])
  })

for (const type of ['devmap', 'devmap_hash'] as const)
  kernelTest(`bpf ${type} > links with and without a program`, { needs: [mapType(type)] }, async () => {
    const LOOPBACK = 1
    const fd = load(XDP, [asm.set(0, 2), asm.exit()], BPF_XDP_DEVMAP)
    try {
      using targets = openDeviceMap(make(type, { valueSize: 8 })).unwrap()
      targets.update(1, { ifindex: LOOPBACK }).unwrap()
      targets.update(2, { ifindex: LOOPBACK, programFd: fd }).unwrap()
      expect(targets.lookup(1).unwrap()).toEqual({ ifindex: LOOPBACK, programId: undefined })
      const { programId = 0 } = targets.lookup(2).unwrap() ?? {}
      expect(bpftool('prog', 'show', 'id', programId)).toMatchObject({ type: 'xdp' })
      expect([words(targets.handle, 1), words(targets.handle, 2)]).toEqual([
        [LOOPBACK, 0],
        [LOOPBACK, programId],
      ])
      expect(targets.lookup(3).unwrap()).toBeUndefined()
      expect(
        targets
          .lookupAll()
          .unwrap()
          .map(([key]) => key)
          .sort(),
      ).toEqual([1, 2])
      expect(targets.update(3, { ifindex: 0x7fff_ffff }).unwrapErr().code).toMatch(/^bpf\.(refused|missing)$/)
      expect(targets.delete(1).unwrap()).toBe(true)
      expect(targets.lookup(1).unwrap()).toBeUndefined()
      using small = openDeviceMap(make(type)).unwrap()
      small.update(0, { ifindex: LOOPBACK }).unwrap()
      expect(small.lookup(0).unwrap()).toEqual({ ifindex: LOOPBACK, programId: undefined })
      expect(small.update(0, { ifindex: LOOPBACK, programFd: fd }).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'value' })
    } finally {
      sys.close(fd)
    }
  })

kernelTest('bpf cpumap > queues with and without a program', { needs: [mapType('cpumap')] }, async () => {
  const fd = load(XDP, [asm.set(0, 2), asm.exit()], BPF_XDP_CPUMAP)
  try {
    using targets = openCpuMap(make('cpumap', { valueSize: 8, maxEntries: 2 })).unwrap()
    targets.update(0, { queueSize: 192, programFd: fd }).unwrap()
    const found = targets.lookup(0).unwrap()
    expect(found?.queueSize).toBe(192)
    expect(bpftool('prog', 'show', 'id', found?.programId ?? 0)).toMatchObject({ type: 'xdp' })
    expect(words(targets.handle, 0)).toEqual([192, found?.programId])
    expect(targets.lookup(1).unwrap()).toBeUndefined()
    expect(targets.update(0, { queueSize: 1 << 20 }).unwrapErr().code).toMatch(/^bpf\./)
    expect(targets.delete(0).unwrap()).toBe(true)
    expect(targets.lookup(0).unwrap()).toBeUndefined()
  } finally {
    sys.close(fd)
  }
})

for (const [type, order] of [
  ['queue', [1n, 2n, 3n]],
  ['stack', [3n, 2n, 1n]],
] as const)
  kernelTest(`bpf ${type} > values come out in its order`, { needs: [mapType(type)] }, async () => {
    using values = openQueue(make(type, { valueSize: 8, maxEntries: 3 }), u64).unwrap()
    expect(values.pop().unwrap()).toBeUndefined()
    expect(values.peek().unwrap()).toBeUndefined()
    for (const value of [1n, 2n, 3n]) values.push(value).unwrap()
    expect(values.push(4n).unwrapErr()).toMatchObject({ code: 'bpf.map-full' })
    expect(values.peek().unwrap()).toBe(order[0])
    expect(words(values.handle)).toEqual([Number(order[0]), 0])
    expect([values.pop(), values.pop(), values.pop()].map((value) => value.unwrap())).toEqual(order)
    for (const value of [1n, 2n, 3n]) values.push(value).unwrap()
    values.push(4n, 'drop-oldest').unwrap()
    expect(values.peek().unwrap()).toBe(type === 'queue' ? 2n : 4n)
    expect(openMap(values.handle).unwrap().lookupAll().isErr()).toBe(true)
  })

kernelTest('bpf bloom_filter > what was pushed is known', { needs: [mapType('bloom_filter')] }, async () => {
  using filter = openBloomFilter(make('bloom_filter', { valueSize: 8, maxEntries: 1000, mapExtra: 5 }), u64).unwrap()
  for (let value = 0n; value < 1000n; value++) filter.push(value).unwrap()
  for (let value = 0n; value < 1000n; value++) expect(filter.peek(value).unwrap()).toBe(true)
  let mistaken = 0
  for (let value = 1_000_000n; value < 1_001_000n; value++) mistaken += Number(filter.peek(value).unwrap())
  // three of a hundred, by the kernel's choice of bits
  expect(mistaken).toBeLessThan(200)
})
