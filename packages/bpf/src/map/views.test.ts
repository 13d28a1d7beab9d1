import { Errno, OwnedFd, type Result } from '@axoneme/sys'
import { type FakeAnswers, type FakeSys, fakeSys } from '@axoneme/sys/testing'
import { describe, expect, it } from 'vitest'
import { rawCodec } from '../codec/codec.js'
import { openArrayMap } from './array.js'
import { openBloomFilter } from './bloom-filter.js'
import { BpfMap } from './bpf-map.js'
import { u32Codec } from './codecs.js'
import { openArrayOfMaps, openHashOfMaps, openProgramArray } from './descriptor-map.js'
import { MapHandle, type MapShape } from './handle.js'
import { openHashMap } from './hash.js'
import { openPrefixTrie } from './lpm-trie.js'
import { mapArray } from './mapped-array.js'
import { listMaps, openMapById, openPinnedMap } from './open.js'
import { openPerCpuArrayMap, openPerCpuHashMap } from './per-cpu.js'
import { openQueue } from './queue.js'
import { openCpuMap, openDeviceMap } from './redirect.js'
import { openSocketHash, openSocketMap } from './socket-map.js'
import type { TypedMap } from './typed-map.js'

function handle(shape: Partial<MapShape>, answers: FakeAnswers = {}): MapHandle & { sys: FakeSys } {
  const sys = fakeSys({ bpf: () => 0, ...answers })
  const full: MapShape = { name: 'm', type: 'hash', keySize: 4, valueSize: 4, maxEntries: 8, flags: 0, ...shape }
  return new MapHandle(sys, new OwnedFd(sys, 100, 'map m'), full) as MapHandle & { sys: FakeSys }
}

describe('a view', () => {
  it.each<[MapShape['type'], (handle: MapHandle) => Result<TypedMap, { code: string }>]>([
    ['hash', openHashMap],
    ['array', openArrayMap],
    ['percpu_hash', openPerCpuHashMap],
    ['percpu_array', openPerCpuArrayMap],
    ['prog_array', openProgramArray],
    ['array_of_maps', openArrayOfMaps],
    ['hash_of_maps', openHashOfMaps],
    ['devmap', openDeviceMap],
    ['cpumap', openCpuMap],
    ['sockmap', openSocketMap],
    ['sockhash', openSocketHash],
    ['queue', openQueue],
    ['bloom_filter', openBloomFilter],
    ['lpm_trie', openPrefixTrie],
  ])('of a map of another type than %s is refused', (type, open) => {
    const keySize = type === 'lpm_trie' ? 8 : type === 'queue' || type === 'bloom_filter' ? 0 : 4
    const other = handle({ type: 'stack_trace' })
    expect(open(other).unwrapErr()).toMatchObject({ code: 'bpf.map-incompatible', map: 'm' })
    expect(other.isOpen).toBe(true)
    other.close()
    const fits = open(handle({ type, keySize })).unwrap()
    expect(fits.handle.shape.type).toBe(type)
    fits.close()
    expect(fits.handle.isOpen).toBe(false)
  })

  it('of a queue gives no key', () => {
    const of = handle({ type: 'queue', keySize: 0 })
    const queue = openQueue(of, u32Codec).unwrap()
    queue.push(7, 'drop-oldest').unwrap()
    queue.push(8).unwrap()
    const attrs = of.sys.calls.filter(({ call }) => call === 'bpf').map(({ args }) => new DataView((args[1] as Uint8Array).buffer))
    expect(attrs.map((attr) => [attr.getBigUint64(8, true), attr.getUint32(24, true)])).toEqual([
      [0n, 2],
      [0n, 0],
    ])
    queue.close()
    for (const result of [queue.push(1), queue.pop(), queue.peek()]) expect(result.unwrapErr().code).toBe('sys.closed')
  })

  it('of a filter tells yes, no, and what is refused', () => {
    for (const [answer, told] of [
      [0, true],
      [-Errno.ENOENT, false],
    ] as const) {
      const filter = openBloomFilter(handle({ type: 'bloom_filter', keySize: 0 }, { bpf: () => answer }), u32Codec).unwrap()
      expect(filter.peek(1).unwrap()).toBe(told)
      filter.close()
      expect([filter.peek(1), filter.push(1)].map((result) => result.unwrapErr().code)).toEqual(['sys.closed', 'sys.closed'])
    }
  })
})

describe('codecs of other sizes than the map has', () => {
  it('are refused before the kernel could write beyond their room', () => {
    const map = handle({ keySize: 4, valueSize: 8 })
    expect(() => new BpfMap(map, u32Codec, u32Codec)).toThrow(RangeError)
    expect(() => new BpfMap(map, rawCodec(8), rawCodec(8))).toThrow(RangeError)
    map.close()
  })
})

describe('an array that is mapped', () => {
  it('is read by copies, within its bounds, and not once it is closed', () => {
    const memory = new ArrayBuffer(64)
    let unmapped = 0
    const of = handle(
      { type: 'array', valueSize: 12, maxEntries: 4, flags: 1 << 10 },
      { mmap: (_fd, length) => ({ length, bytes: memory, unmap: () => unmapped++ }) },
    )
    const map = mapArray(of, rawCodec(12)).unwrap()
    map.write(1, new Uint8Array(12).fill(9)).unwrap()
    expect([...new Uint8Array(memory, 8, 24)]).toEqual([...Array(8).fill(0), ...Array(12).fill(9), ...Array(4).fill(0)])
    map.addU64(3, -1n).unwrap()
    expect(map.loadU64(3).unwrap()).toBe(0xffff_ffff_ffff_ffffn)
    expect([map.read(4), map.loadU32(0, 12), map.loadU64(0, 4)].map((result) => result.unwrapErr().code)).toEqual(
      Array(3).fill('input.invalid'),
    )
    map.close()
    map.close()
    expect([unmapped, map.read(0).unwrapErr().code]).toEqual([1, 'sys.closed'])
  })

  it('is refused when it was not made for it, or the kernel says no', () => {
    const plain = handle({ type: 'array' })
    expect(mapArray(plain).unwrapErr()).toMatchObject({ code: 'bpf.map-incompatible' })
    const no = handle({ type: 'array', flags: 1 << 10 }, { mmap: () => -Errno.EPERM })
    expect(mapArray(no).unwrapErr()).toMatchObject({ code: 'sys.failed', errno: Errno.EPERM })
    for (const one of [plain, no]) one.close()
    expect(mapArray(no).unwrapErr()).toMatchObject({ code: 'sys.closed' })
  })
})

describe('opening', () => {
  it('closes what turns out to be nothing', () => {
    const sys = fakeSys({ bpf: (command) => (command === 15 ? -Errno.EINVAL : 77) })
    expect(openPinnedMap(sys, '/p').unwrapErr().code).toBe('bpf.refused')
    expect(openMapById(sys, 3).unwrapErr().code).toBe('bpf.refused')
    expect(sys.calls.filter(({ call, args }) => call === 'close' && args[0] === 77)).toHaveLength(2)
  })

  it('leaves out of the list what goes meanwhile', () => {
    const sys = fakeSys({
      bpf(command, attr) {
        const view = new DataView(attr.buffer)
        if (command !== 12) return command === 14 ? -Errno.ENOENT : 0
        const id = view.getUint32(0, true)
        view.setUint32(4, id + 1, true)
        return id < 3 ? 0 : -Errno.ENOENT
      },
    })
    expect(listMaps(sys).unwrap()).toEqual([])
    expect(listMaps(fakeSys({ bpf: () => -Errno.EPERM })).unwrapErr().code).toBe('permission.denied')
  })
})
