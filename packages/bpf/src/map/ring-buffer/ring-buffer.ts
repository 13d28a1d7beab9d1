import { type Closed, closed, Err, Ok, type Result, type SysFailed } from '@axoneme/sys'
import type { Codec } from '../../codec/codec.js'
import type { MalformedRecord, MapIncompatible } from '../../errors.js'
import { misfit } from '../fit.js'
import type { MapHandle } from '../handle.js'
import { TypedMap } from '../typed-map.js'
import type { RingBufferError } from './error.js'
import { type ReadOptions, RingBufferReader } from './reader.js'
import { records } from './records.js'
import { BUSY, DISCARDED_RECORD, EMPTY, MALFORMED, Ring } from './ring.js'

/** What a ring buffer gave so far. */
export interface RingBufferStatistics {
  /** records that were handed on */
  readonly received: number
  /** records that programs took back */
  readonly discarded: number
  /** of records that were handed on, without headers */
  readonly bytes: number
  /** how often a record was reserved and not committed yet, so that reading stopped before it */
  readonly busySpins: number
  /** what the counter given by the user says; the kernel counts no losses */
  readonly lost: number | undefined
}

export interface RingBufferOptions<T> {
  /** how records are read; absent: as bytes, copied. A longer record is read from its beginning, a shorter one is an error */
  readonly codec?: Codec<T> | undefined
  /** how many records programs could not put in: programs must count that themselves, where a reserve or output is refused */
  readonly lost?: (() => number) | undefined
}

/** The mapping of one is unmapped when its view was forgotten: nothing else knows of it. */
const forgotten = new FinalizationRegistry<Ring>((ring) => ring.unmap())

/**
 * Records from programs, in the order in which they reserved room for them.
 *
 * There is one reader at a time: `drain`, `read` and `records` go on from where the last one stopped, whichever it was, also
 * in another process.
 *
 * @lifetime `close()` ends readers, the mapping and the handle
 */
export class RingBuffer<T> extends TypedMap {
  private ring: Ring | undefined
  private draining = false
  private halted = false
  private received = 0
  private discarded = 0
  private bytes = 0
  private busySpins = 0
  private readonly closing = new Set<() => void>()

  constructor(
    handle: MapHandle,
    ring: Ring,
    private readonly options: RingBufferOptions<T>,
  ) {
    super(handle)
    this.ring = ring
    forgotten.register(this, ring, this)
  }

  /** Of the ring. */
  get sizeBytes(): number {
    return this.maxEntries
  }

  /** Bytes that wait to be read, headers included; 0 after `close()`. */
  available(): number {
    return this.ring?.available() ?? 0
  }

  statistics(): RingBufferStatistics {
    const { received, discarded, bytes, busySpins } = this
    return { received, discarded, bytes, busySpins, lost: this.options.lost?.() }
  }

  /**
   * Reads what is there now, without waiting: up to `limit` records, those taken back included. Answers how many were handed on; 0 also when the next one
   * is not committed yet, and when it is called from `onRecord`.
   *
   * @param onRecord what it throws is thrown on, with the record read
   * @errors bpf.malformed (a record that cannot be, or is shorter than the codec) · sys.closed
   */
  drain(onRecord: (record: T) => void, limit: number = Number.MAX_SAFE_INTEGER): Result<number, RingBufferError> {
    const { ring } = this
    if (ring === undefined) return Err(closed(this.handle.fd.what))
    if (this.draining) return Ok(0)
    this.draining = true
    this.halted = false
    const { codec } = this.options
    const shortest = codec?.sizeBytes ?? 0
    // while much is handled, producers get room back
    const quantum = ring.sizeBytes >>> 3
    let count = 0
    let taken = 0
    let released = ring.position
    try {
      // a discarded record costs as much as another
      while (taken < limit && !this.halted) {
        const found = ring.next()
        if (found === EMPTY) break
        if (found === BUSY) {
          this.busySpins++
          break
        }
        if (found === MALFORMED || (found !== DISCARDED_RECORD && ring.length < shortest)) return Err(this.malformed(ring, shortest))
        taken++
        if (found === DISCARDED_RECORD) {
          this.discarded++
          ring.pass()
        } else {
          const { at, length } = ring
          const record = codec === undefined ? (ring.data.slice(at, at + length) as T) : codec.read(ring.data, at)
          ring.pass()
          count++
          this.received++
          this.bytes += length
          onRecord(record)
          // the callback may have closed it
          if (this.ring === undefined) return Ok(count)
        }
        if (ring.position - released >= quantum) {
          ring.release()
          released = ring.position
        }
      }
      return Ok(count)
    } finally {
      this.draining = false
      if (this.ring !== undefined && ring.position !== released) ring.release()
    }
  }

  /**
   * Calls back with each record, on the event loop, from now on. It keeps the process alive unless it is paused.
   *
   * @errors sys.closed · sys.failed (also EEXIST: it is being read already)
   */
  read(onRecord: (record: T) => void, options: ReadOptions = {}): Result<RingBufferReader<T>, RingBufferError> {
    if (this.ring === undefined) return Err(closed(this.handle.fd.what))
    return RingBufferReader.start(this, onRecord, options)
  }

  /**
   * The records as they come: iterate it once. Ends by its signal, by `break`, by `close()`, or after an error, which is the
   * last thing told. While the loop's body is busy nothing is read: what the ring cannot hold, programs lose.
   *
   * @errors bpf.malformed · sys.closed · sys.failed
   */
  records(options: Omit<ReadOptions, 'onEnd'> = {}): AsyncGenerator<Result<T, RingBufferError>, void, void> {
    return records(this, options)
  }

  /** Ends the drain that is under way, after the record that it is at. */
  stopDraining(): void {
    this.halted = true
  }

  /** Whether something waits that is not committed yet. */
  isBusy(): boolean {
    return this.ring?.next() === BUSY
  }

  /** Calls back before it is closed; answers how to take that back. */
  onClose(callback: () => void): () => void {
    this.closing.add(callback)
    return () => this.closing.delete(callback)
  }

  override close(): void {
    const { ring } = this
    if (ring !== undefined) {
      // what was read stays read
      ring.release()
      this.ring = undefined
      forgotten.unregister(this)
      // a watch ends before its descriptor
      for (const callback of [...this.closing]) callback()
      ring.unmap()
    }
    super.close()
  }

  private malformed({ position, length, sizeBytes }: Ring, shortest: number): MalformedRecord {
    const problem =
      length < shortest ? `has ${length} bytes, and the codec reads ${shortest}` : `of ${length} bytes is not in a ring of ${sizeBytes}`
    return Object.freeze({
      code: 'bpf.malformed',
      where: `ring buffer ${this.name}`,
      position,
      message: `ring buffer ${this.name}: the record at ${position} ${problem}`,
    })
  }
}

/**
 * Opens a map of type ringbuf for reading. Programs must wake the reader: one that passes BPF_RB_NO_WAKEUP is read by `drain`.
 *
 * @errors bpf.map-incompatible · sys.closed · sys.failed
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 * @source kernel/bpf/ringbuf.c
 */
export function openRingBuffer<T = Uint8Array>(
  handle: MapHandle,
  options: RingBufferOptions<T> = {},
): Result<RingBuffer<T>, MapIncompatible | Closed | SysFailed> {
  const fault = misfit(handle, ['ringbuf'], {})
  if (fault !== undefined) return Err(fault)
  const fd = handle.fd.use()
  if (fd.isErr()) return Err(fd.error)
  return Ring.map(handle, fd.value).map((ring) => new RingBuffer(handle, ring, options))
}
