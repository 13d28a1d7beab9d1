import { Errno, type Mapping, OwnedFd } from '@axoneme/sys'
import { type FakeSys, fakeSys } from '@axoneme/sys/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { u32Codec } from '../codecs.js'
import { MapHandle } from '../handle.js'
import { pageSize } from './page-size.js'
import { openRingBuffer, type RingBuffer, type RingBufferOptions } from './ring-buffer.js'

const SIZE = 4096
const BUSY = 0x8000_0000
const DISCARDED = 0x4000_0000

/** A ring whose producer is the test. */
function ringOf<T = Uint8Array>(options: RingBufferOptions<T> = {}) {
  const page = pageSize()
  const consumer = new ArrayBuffer(page)
  const producer = new ArrayBuffer(page + 2 * SIZE)
  let unmapped = 0
  let watches = 0
  const sys: FakeSys = fakeSys({
    mmap: (_fd, length, _protection, offset): Mapping => ({
      length,
      bytes: offset === 0 ? consumer : producer,
      unmap: () => unmapped++,
    }),
  })
  const { poll } = sys
  sys.poll = (...args) => {
    watches++
    return poll(...args)
  }
  const handle = new MapHandle(sys, new OwnedFd(sys, 100, 'map events'), {
    name: 'events',
    type: 'ringbuf',
    keySize: 0,
    valueSize: 0,
    maxEntries: SIZE,
    flags: 0,
  })
  const ring = openRingBuffer(handle, options).unwrap()
  const positions = { consumer: new BigInt64Array(consumer), producer: new BigInt64Array(producer) }
  const data = new DataView(producer, page)
  /** both copies, as the pages are */
  const word = (position: number, value: number): void => {
    const at = position % SIZE
    data.setUint32(at, value, true)
    data.setUint32(at + SIZE, value, true)
  }
  return {
    sys,
    ring,
    get unmapped() {
      return unmapped
    },
    get watches() {
      return watches
    },
    consumed: () => Number(positions.consumer[0]),
    word,
    /** a record of whole words; its header's flags as given */
    produce(words: number[], flags = 0, length = 4 * words.length): number {
      const from = Number(positions.producer[0])
      word(from, (length | flags) >>> 0)
      word(from + 4, 0)
      for (const [index, value] of words.entries()) word(from + 8 + 4 * index, value)
      positions.producer[0] = BigInt(from + ((8 + length + 7) & ~7))
      return from
    },
    begin(position: number): void {
      positions.consumer[0] = BigInt(position)
      positions.producer[0] = BigInt(position)
    },
    ready: () => sys.ready(100),
  }
}

let opened: RingBuffer<unknown> | undefined
function open<T = Uint8Array>(options: RingBufferOptions<T> = {}) {
  const t = ringOf(options)
  opened = t.ring as RingBuffer<unknown>
  return t
}

afterEach(() => {
  vi.useRealTimers()
  opened?.close()
})

describe('a ring', () => {
  it('gives what is committed, in order, and the room back', () => {
    const t = open({ codec: u32Codec })
    t.produce([1])
    t.produce([2, 3, 4])
    const seen: number[] = []
    expect(t.ring.available()).toBe(16 + 24)
    expect(t.ring.drain((value) => seen.push(value)).unwrap()).toBe(2)
    expect([seen, t.consumed(), t.ring.available()]).toEqual([[1, 2], 40, 0])
  })

  it('passes over what was discarded, and stops before what is not committed', () => {
    const t = open({ codec: u32Codec })
    const seen: number[] = []
    t.produce([1], DISCARDED)
    const busy = t.produce([2], BUSY)
    t.produce([3])
    expect(t.ring.drain((value) => seen.push(value)).unwrap()).toBe(0)
    expect([seen, t.consumed(), t.ring.isBusy()]).toEqual([[], 16, true])
    t.word(busy, 4)
    expect(t.ring.drain((value) => seen.push(value)).unwrap()).toBe(2)
    expect(t.ring.statistics()).toEqual({ received: 2, discarded: 1, bytes: 8, busySpins: 1, lost: undefined })
  })

  it('reads on over its end', () => {
    const t = open()
    const seen: string[] = []
    for (let round = 0; round < 500; round++) {
      t.produce([round, round + 1, round + 2, round + 3, round + 4])
      t.ring.drain((record) => seen.push([...new Uint32Array(record.buffer)].join())).unwrap()
      expect(seen.pop()).toBe([round, round + 1, round + 2, round + 3, round + 4].join())
    }
  })

  it('gives copies', () => {
    const t = open()
    const from = t.produce([7])
    let kept: Uint8Array | undefined
    t.ring.drain((record) => {
      kept = record
    })
    t.word(from + 8, 9)
    expect(kept).toEqual(new Uint8Array([7, 0, 0, 0]))
  })

  it('gives room back while much is handled', () => {
    const t = open()
    for (let record = 0; record < 100; record++) t.produce([record, record])
    const consumed: number[] = []
    t.ring.drain(() => consumed.push(t.consumed())).unwrap()
    expect(consumed[99]).toBeGreaterThan(1000)
    expect(t.consumed()).toBe(1600)
  })

  it.each([
    ['longer than the ring', SIZE],
    ['that goes beyond what was produced', 100],
    ['of the largest length there is', DISCARDED - 1],
  ])('a record %s is an error, and stays one', (_name, length) => {
    const t = open()
    const at = t.produce([1])
    t.word(at, length)
    for (let tries = 0; tries < 2; tries++)
      expect(t.ring.drain(() => {}).unwrapErr()).toMatchObject({ code: 'bpf.malformed', where: 'ring buffer events', position: 0 })
    expect(t.consumed()).toBe(0)
  })

  it('unmaps once, and is silent after', () => {
    const t = open()
    t.produce([1])
    t.ring.close()
    t.ring.close()
    expect([t.unmapped, t.ring.available(), t.ring.isBusy()]).toEqual([2, 0, false])
    expect(t.ring.drain(() => {}).unwrapErr().code).toBe('sys.closed')
  })

  it('that cannot be mapped leaves nothing mapped', () => {
    let maps = 0
    let unmapped = 0
    const sys = fakeSys({
      mmap: (_fd, length) => (maps++ === 0 ? { length, bytes: new ArrayBuffer(length), unmap: () => unmapped++ } : -Errno.ENOMEM),
    })
    const shape = { name: 'events', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: SIZE, flags: 0 } as const
    const handle = new MapHandle(sys, new OwnedFd(sys, 100, 'map events'), shape)
    expect(openRingBuffer(handle).unwrapErr()).toMatchObject({ code: 'sys.failed', errno: Errno.ENOMEM })
    expect(unmapped).toBe(1)
    handle.close()
    expect(openRingBuffer(handle).unwrapErr().code).toBe('sys.closed')
  })
})

describe('a reader', () => {
  it('reads up to its budget at each turn', () => {
    const t = open({ codec: u32Codec })
    const seen: number[] = []
    for (let value = 0; value < 10; value++) t.produce([value])
    t.ring.read((value) => seen.push(value), { budget: 4 }).unwrap()
    const after: number[] = []
    for (let turn = 0; turn < 4; turn++) {
      t.ready()
      after.push(seen.length)
    }
    expect(after).toEqual([4, 8, 10, 10])
  })

  it('stops in the middle of a turn when it is paused, and does not watch', () => {
    const t = open({ codec: u32Codec })
    const seen: number[] = []
    for (let value = 0; value < 10; value++) t.produce([value])
    const reader = t.ring
      .read((value) => {
        seen.push(value)
        if (value === 2) reader.pause()
      })
      .unwrap()
    t.ready()
    t.ready()
    expect([seen, reader.isPaused]).toEqual([[0, 1, 2], true])
    reader.resume()
    reader.resume()
    expect(t.watches).toBe(2)
    t.ready()
    expect(seen).toHaveLength(10)
  })

  it('waits with a timer for a record that is long in coming', () => {
    vi.useFakeTimers()
    const t = open({ codec: u32Codec })
    const seen: number[] = []
    const busy = t.produce([5], BUSY)
    t.ring.read((value) => seen.push(value)).unwrap()
    for (let turn = 0; turn < 50; turn++) t.ready()
    // it no longer watches
    expect(t.ring.statistics().busySpins).toBe(9)
    vi.advanceTimersByTime(1)
    expect(t.watches).toBe(2)
    t.word(busy, 4)
    t.ready()
    expect(seen).toEqual([5])
  })

  it('does not come back from that wait when it was stopped or paused', () => {
    vi.useFakeTimers()
    const t = open()
    t.produce([5], BUSY)
    const reader = t.ring.read(() => {}).unwrap()
    for (let turn = 0; turn < 9; turn++) t.ready()
    reader.pause()
    vi.advanceTimersByTime(100)
    expect([t.watches, reader.isPaused]).toEqual([1, true])
    reader.stop()
    expect([reader.isOver, vi.getTimerCount()]).toEqual([true, 0])
  })

  it('ends with what it cannot read, or cannot watch', () => {
    const t = open({ codec: u32Codec })
    const ends: (string | undefined)[] = []
    const onEnd = (error?: { code: string }): void => void ends.push(error?.code)
    t.ring.read(() => {}, { onEnd }).unwrap()
    t.word(t.produce([1]), 5000)
    t.ready()
    t.ready()
    const reader = t.ring.read(() => {}, { onEnd }).unwrap()
    t.sys.ready(100, -Errno.EBADF)
    expect([ends, reader.isOver]).toEqual([['bpf.malformed', 'sys.failed'], true])
    t.sys.poll = () => -Errno.ENOMEM
    expect(t.ring.read(() => {}).unwrapErr()).toMatchObject({ code: 'sys.failed', errno: Errno.ENOMEM })
  })

  it('that cannot watch again after a pause ends', () => {
    const t = open()
    const ends: (string | undefined)[] = []
    const reader = t.ring.read(() => {}, { onEnd: (error) => ends.push(error?.code) }).unwrap()
    reader.pause()
    t.sys.poll = () => -Errno.ENOMEM
    reader.resume()
    expect(ends).toEqual(['sys.failed'])
  })
})

describe('iterated', () => {
  it('records come, then the error that ends them', async () => {
    const t = open({ codec: u32Codec })
    const told: unknown[] = []
    t.produce([1])
    t.produce([2])
    const records = t.ring.records()
    const first = records.next()
    t.ready()
    told.push((await first).value?.unwrap(), (await records.next()).value?.unwrap())
    const third = records.next()
    t.word(t.produce([3]), 5000)
    t.ready()
    told.push((await third).value?.unwrapErr().code, (await records.next()).done)
    expect(told).toEqual([1, 2, 'bpf.malformed', true])
  })

  it('nothing is read while the body is busy', async () => {
    const t = open({ codec: u32Codec })
    t.produce([1])
    const records = t.ring.records()
    const first = records.next()
    t.ready()
    expect((await first).value?.unwrap()).toBe(1)
    t.produce([2])
    t.ready()
    t.ready()
    expect([t.ring.statistics().received, t.watches]).toEqual([1, 1])
    const second = records.next()
    await Promise.resolve()
    expect(t.watches).toBe(2)
    t.ready()
    expect((await second).value?.unwrap()).toBe(2)
    await records.return()
  })
})
