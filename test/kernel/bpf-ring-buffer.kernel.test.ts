import { openMapById, openRingBuffer } from '@axoneme/bpf'
import { Errno } from '@axoneme/sys'
import { expect } from 'vitest'
import { count, hex, make, mapType, u64 } from './bpf-map-fixture.js'
import { testRun } from './bpf-program-fixture.js'
import { numberOf, source } from './bpf-ring-buffer-fixture.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const needs = [mapType('ringbuf')]

kernelTest('bpf ring buffer > records of all lengths arrive in order, whole, many times around the ring', { needs }, async () => {
  using t = source('output', 1 << 16)
  const total = count(150_000)
  let next = 0
  let bytes = 0
  const onRecord = (record: Uint8Array): void => {
    if (numberOf(record) !== next) throw new Error(`${numberOf(record)} where ${next} was to come`)
    if (record.length !== 8 + (next & 31)) throw new Error(`record ${next} has ${record.length} bytes`)
    // every byte is that of the number that it is a copy of
    for (let at = 8; at < record.length; at++) if (record[at] !== record[at & 7]) throw new Error(`record ${next}: ${hex(record)}`)
    bytes += record.length
    next++
  }
  while (next < total) {
    testRun(t.program, 1000)
    expect(t.ring.available()).toBeGreaterThan(1000 * 16)
    expect(t.ring.drain(onRecord).unwrap()).toBe(1000)
  }
  expect(t.written()).toEqual({ numbers: total, lost: 0 })
  expect(t.ring.statistics()).toEqual({ received: total, discarded: 0, bytes, busySpins: 0, lost: 0 })
  expect(bytes).toBeGreaterThan((process.env.VMRUN === undefined ? 20 : 2) * t.ring.sizeBytes)
  expect([t.ring.drain(onRecord).unwrap(), t.ring.available()]).toEqual([0, 0])
})

kernelTest('bpf ring buffer > what did not fit is lost, counted by the program, and what did arrives', { needs }, async () => {
  using t = source('output', 4096)
  testRun(t.program, 1000)
  const seen: number[] = []
  t.ring.drain((record) => seen.push(numberOf(record))).unwrap()
  const { lost } = t.written()
  expect(lost).toBeGreaterThan(800)
  expect(seen.length + lost).toBe(1000)
  expect(seen.slice(0, 50)).toEqual([...Array(50).keys()])
  expect(t.ring.statistics()).toMatchObject({ received: seen.length, lost })
  // there is room again
  testRun(t.program, 5)
  expect(t.ring.drain((record) => seen.push(numberOf(record))).unwrap()).toBe(5)
  expect(seen.at(-1)).toBe(1004)
})

kernelTest('bpf ring buffer > what was taken back is passed over', { needs }, async () => {
  using t = source('reserve', 1 << 16, { codec: u64 })
  const seen: bigint[] = []
  testRun(t.program, 1001)
  expect(t.ring.drain((number) => seen.push(number)).unwrap()).toBe(501)
  expect(seen).toEqual(Array.from({ length: 501 }, (_, index) => BigInt(2 * index)))
  expect(t.ring.statistics()).toEqual({ received: 501, discarded: 500, bytes: 501 * 16, busySpins: 0, lost: 0 })
})

kernelTest('bpf ring buffer > a record that is shorter than its codec is an error, and stays', { needs }, async () => {
  using t = source('output', 4096, { codec: { sizeBytes: 10, read: (bytes, at) => u64.read(bytes, at), write: () => {} } })
  testRun(t.program, 1)
  for (let tries = 0; tries < 2; tries++)
    expect(t.ring.drain(() => {}).unwrapErr()).toMatchObject({ code: 'bpf.malformed', where: 'ring buffer axm_ringbuf', position: 0 })
  expect(t.ring.statistics().received).toBe(0)
})

kernelTest('bpf ring buffer > only so many are read as were asked for', { needs }, async () => {
  using t = source('output', 1 << 16)
  testRun(t.program, 100)
  const seen: number[] = []
  const onRecord = (record: Uint8Array): void => void seen.push(numberOf(record))
  expect(t.ring.drain(onRecord, 30).unwrap()).toBe(30)
  expect(t.ring.drain(onRecord, 0).unwrap()).toBe(0)
  const stopping = (record: Uint8Array): void => {
    onRecord(record)
    if (seen.length === 60) t.ring.stopDraining()
  }
  expect(t.ring.drain(stopping).unwrap()).toBe(30)
  const nested = (record: Uint8Array): void => {
    onRecord(record)
    expect(t.ring.drain(onRecord).unwrap()).toBe(0)
  }
  expect(t.ring.drain(nested, 1).unwrap()).toBe(1)
  expect(() =>
    t.ring.drain((record) => {
      onRecord(record)
      throw new Error('mine')
    }),
  ).toThrow('mine')
  expect(t.ring.drain(onRecord).unwrap()).toBe(38)
  expect(seen).toEqual([...Array(100).keys()])
})

kernelTest('bpf ring buffer > who opens it next goes on where the last one stopped', { needs }, async () => {
  const handle = make('ringbuf', { maxEntries: 4096 })
  using t = source('output', 1 << 16)
  testRun(t.program, 10)
  t.ring.drain(() => {}, 4).unwrap()
  using second = openRingBuffer(openMapById(sys, t.ring.info().unwrap().id).unwrap()).unwrap()
  const seen: number[] = []
  second.drain((record) => seen.push(numberOf(record))).unwrap()
  expect(seen).toEqual([4, 5, 6, 7, 8, 9])
  using empty = openRingBuffer(handle).unwrap()
  expect(empty.drain(() => {}).unwrap()).toBe(0)
})

kernelTest('bpf ring buffer > closed, also from within, it touches nothing', { needs }, async () => {
  using t = source('output', 4096)
  testRun(t.program, 10)
  let seen = 0
  const drained = t.ring.drain(() => {
    seen++
    if (seen === 3) t.ring.close()
  })
  expect([drained.unwrap(), seen]).toEqual([3, 3])
  expect(t.ring.drain(() => {}).unwrapErr()).toMatchObject({ code: 'sys.closed' })
  expect(t.ring.read(() => {}).unwrapErr()).toMatchObject({ code: 'sys.closed' })
  expect([t.ring.available(), t.ring.isBusy()]).toEqual([0, false])
  expect(t.ring.statistics()).toMatchObject({ received: 3 })
  const told = []
  for await (const record of t.ring.records()) told.push(record)
  expect(told.map((record) => record.unwrapErr().code)).toEqual(['sys.closed'])
})

kernelTest('bpf ring buffer > there is one reader at a time, and no other sort of map', { needs }, async () => {
  using t = source('output', 4096)
  const reader = t.ring.read(() => {}).unwrap()
  expect(t.ring.read(() => {}).unwrapErr()).toMatchObject({ code: 'sys.failed', errno: Errno.EEXIST })
  reader.stop()
  using again = t.ring.read(() => {}).unwrap()
  expect(again.isOver).toBe(false)
  using handle = make('array')
  expect(openRingBuffer(handle).unwrapErr()).toMatchObject({ code: 'bpf.map-incompatible' })
})
