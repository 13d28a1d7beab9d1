import { type ArrayMap, openArrayMap, openRingBuffer, type RingBuffer, type RingBufferOptions } from '@axoneme/bpf'
import { make, u64 } from './bpf-map-fixture.js'
import { asm, load, SCHED_CLS } from './bpf-program-fixture.js'
import { sys } from './fixture.js'

/** Source: linux/bpf.h enum bpf_func_id */
const KTIME_GET_NS = 5
const RINGBUF_OUTPUT = 130
const RINGBUF_RESERVE = 131
const RINGBUF_SUBMIT = 132
const RINGBUF_DISCARD = 133

/** Helper calls while a record is reserved and not committed. */
const SLOW_CALLS = 20_000

/** A ring buffer and a program that writes the numbers from 0 on into it. */
export interface Source<T> extends Disposable {
  readonly ring: RingBuffer<T>
  /** each run writes one record */
  readonly program: number
  /** how many were written, and how many of them did not fit */
  written(): { readonly numbers: number; readonly lost: number }
}

const counting = (value: number) => [asm.value(7, value), asm.load(8, 7, 0), asm.move(1, 8), asm.add(1, 1), asm.store(7, 0, 1)]
const oneMoreLost = [asm.load(1, 7, 8), asm.add(1, 1), asm.store(7, 8, 1)]
const done = [asm.set(0, 0), asm.exit()]

/** A number N and copies of it, in 8 to 39 bytes. */
function output(ring: number, value: number): Uint8Array[] {
  return [
    ...counting(value),
    ...[-48, -40, -32, -24, -16].map((offset) => asm.store(10, offset, 8)),
    asm.map(1, ring),
    ...[asm.move(2, 10), asm.add(2, -48), asm.move(3, 8), asm.and(3, 31), asm.add(3, 8), asm.set(4, 0), asm.call(RINGBUF_OUTPUT)],
    asm.ifZero(0, 3),
    ...oneMoreLost,
    ...done,
  ]
}

/** A number twice; those that are odd are taken back. */
function reserve(ring: number, value: number): Uint8Array[] {
  return [
    ...counting(value),
    ...[asm.map(1, ring), asm.set(2, 16), asm.set(3, 0), asm.call(RINGBUF_RESERVE), asm.ifZero(0, 11)],
    ...[asm.store(0, 0, 8), asm.store(0, 8, 8), asm.move(1, 0), asm.set(2, 0), asm.and(8, 1), asm.ifZero(8, 2)],
    ...[asm.call(RINGBUF_DISCARD), asm.jump(1), asm.call(RINGBUF_SUBMIT)],
    ...done,
    ...oneMoreLost,
    ...done,
  ]
}

/** A number in 16 bytes, reserved for some milliseconds. */
function slow(ring: number, value: number): Uint8Array[] {
  return [
    ...counting(value),
    ...[asm.map(1, ring), asm.set(2, 16), asm.set(3, 0), asm.call(RINGBUF_RESERVE), asm.ifZero(0, 11)],
    ...[asm.move(6, 0), asm.store(6, 0, 8), asm.store(6, 8, 8), asm.set(9, 0)],
    ...[asm.call(KTIME_GET_NS), asm.add(9, 1), asm.ifLess(9, SLOW_CALLS, -3)],
    ...[asm.move(1, 6), asm.set(2, 0), asm.call(RINGBUF_SUBMIT), asm.jump(3)],
    ...oneMoreLost,
    ...done,
  ]
}

const programs = { output, reserve, slow }

export function source<T = Uint8Array>(kind: keyof typeof programs, sizeBytes: number, options: RingBufferOptions<T> = {}): Source<T> {
  const counters: ArrayMap<bigint> = openArrayMap(make('array', { valueSize: 16, maxEntries: 1 }), {
    sizeBytes: 16,
    // the two counters as one number: numbers below, losses above
    read: (bytes, at) => u64.read(bytes, at) | (u64.read(bytes, at + 8) << 64n),
    write: (value, bytes, at) => {
      u64.write(BigInt.asUintN(64, value), bytes, at)
      u64.write(value >> 64n, bytes, at + 8)
    },
  }).unwrap()
  const written = () => {
    const both = counters.lookup(0).unwrap() ?? 0n
    return { numbers: Number(BigInt.asUintN(64, both)), lost: Number(both >> 64n) }
  }
  const ring = openRingBuffer(make('ringbuf', { maxEntries: sizeBytes }), { lost: () => written().lost, ...options }).unwrap()
  const program = load(SCHED_CLS, programs[kind](ring.handle.fd.use().unwrap(), counters.handle.fd.use().unwrap()))
  return {
    ring,
    program,
    written,
    [Symbol.dispose]() {
      sys.close(program)
      ring.close()
      counters.close()
    },
  }
}

/** The number that a record of 8 bytes or more begins with. */
export function numberOf(record: Uint8Array): number {
  return Number(u64.read(record, 0))
}

/** Lets the event loop turn until something is so. */
export async function until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs * (process.env.VMRUN === undefined ? 1 : 10)
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not so within ${timeoutMs} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
