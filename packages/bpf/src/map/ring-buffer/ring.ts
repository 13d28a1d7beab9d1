import { type Closed, Err, type Mapping, Ok, PROT_READ, PROT_WRITE, type Result, type SysFailed, sysFailed } from '@axoneme/sys'
import type { MapHandle } from '../handle.js'
import { pageSize } from './page-size.js'

/** The two words before a record: its length with two bits, and a page offset. Source: linux/bpf.h BPF_RINGBUF_HDR_SZ. */
export const HEADER_BYTES = 8
/** Bit 31 of the length, which makes it negative: the record is reserved, and not committed yet. */
const DISCARDED = 1 << 30
const LENGTH = DISCARDED - 1

/** What stands at the head of a ring. */
export const EMPTY = 0
export const BUSY = 1
export const RECORD = 2
export const DISCARDED_RECORD = 3
export const MALFORMED = 4

/** A ring buffer's memory. Touch nothing of it after `unmap()`: that would end the process. */
export class Ring {
  /** the record that `next` found: where its bytes are in `data`, and how many */
  at = 0
  length = 0
  /** bytes that were read since the ring was made */
  position: number
  readonly data: Uint8Array
  private readonly words: Int32Array
  private readonly consumer: BigInt64Array
  private readonly producer: BigInt64Array
  /** how far the producer was when it was last looked at */
  private produced = 0
  /** `position` in the ring */
  private readonly misplaced: boolean
  private offset: number

  private constructor(
    readonly sizeBytes: number,
    private readonly consumerPage: Mapping,
    private readonly producerPages: Mapping,
  ) {
    const page = pageSize()
    this.consumer = new BigInt64Array(consumerPage.bytes, 0, 1)
    this.producer = new BigInt64Array(producerPages.bytes, 0, 1)
    // the data follow twice, one after the other, so that no record is ever in two parts
    this.data = new Uint8Array(producerPages.bytes, page, 2 * sizeBytes)
    this.words = new Int32Array(producerPages.bytes, page, sizeBytes / 2)
    // who read it before went as far as this
    this.position = Number(Atomics.load(this.consumer, 0))
    // its page can be written by whoever maps the ring: a place where no record begins is found out by the first look
    this.misplaced = this.position < 0 || this.position % HEADER_BYTES !== 0
    this.offset = this.misplaced ? 0 : this.position % sizeBytes
  }

  /** Source: kernel/bpf/ringbuf.c: a page for the consumer, one for the producer, and the data twice. */
  static map(handle: MapHandle, fd: number): Result<Ring, SysFailed | Closed> {
    const { sys, shape } = handle
    const page = pageSize()
    const consumer = sys.mmap(fd, page, PROT_READ | PROT_WRITE, 0)
    if (typeof consumer === 'number') return Err(sysFailed(`mmap ring buffer ${shape.name}`, -consumer))
    const producer = sys.mmap(fd, page + 2 * shape.maxEntries, PROT_READ, page)
    if (typeof producer !== 'number') return Ok(new Ring(shape.maxEntries, consumer, producer))
    consumer.unmap()
    return Err(sysFailed(`mmap ring buffer ${shape.name}`, -producer))
  }

  /** Bytes that wait, headers and discarded records included. */
  available(): number {
    return Number(Atomics.load(this.producer, 0)) - this.position
  }

  /** Looks at what stands at the head; a record stays there until `pass()`. */
  next(): number {
    if (this.misplaced) return MALFORMED
    if (this.position >= this.produced) {
      this.produced = Number(Atomics.load(this.producer, 0))
      if (this.position >= this.produced) return EMPTY
    }
    const header = Atomics.load(this.words, this.offset >>> 2)
    if (header < 0) return BUSY
    this.length = header & LENGTH
    this.at = this.offset + HEADER_BYTES
    // producers advance by whole records: one that ends beyond them is none
    if (this.position + advance(this.length) > this.produced || advance(this.length) > this.sizeBytes) return MALFORMED
    return (header & DISCARDED) === 0 ? RECORD : DISCARDED_RECORD
  }

  /** Goes beyond the record at the head. The room is the producers' again only after `release()`. */
  pass(): void {
    const step = advance(this.length)
    this.position += step
    this.offset += step
    if (this.offset >= this.sizeBytes) this.offset -= this.sizeBytes
  }

  /** Gives the producers the room of what was passed. */
  release(): void {
    Atomics.store(this.consumer, 0, BigInt(this.position))
  }

  unmap(): void {
    this.consumerPage.unmap()
    this.producerPages.unmap()
  }
}

/** What a record takes up, rounded up as the kernel does. */
function advance(length: number): number {
  return (length + HEADER_BYTES + 7) & ~7
}
