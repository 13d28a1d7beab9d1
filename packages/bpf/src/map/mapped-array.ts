import {
  type Closed,
  closed,
  Err,
  type InputInvalid,
  inputInvalid,
  type Mapping,
  Ok,
  PROT_READ,
  PROT_WRITE,
  type Result,
  type SysFailed,
  sysFailed,
} from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { BPF_F_MMAPABLE } from '../spec/map-type.js'
import { fixedBytes } from './entry-call.js'
import { codecFault } from './entry-error.js'
import { codecOr, misfit } from './fit.js'
import type { MapHandle } from './handle.js'
import { TypedMap } from './typed-map.js'

export type MappedError = Closed | InputInvalid

const DONE: Result<void, never> = Ok(undefined)

/** The memory itself, in the lanes that are used; gone as a whole when it is unmapped. */
interface Lanes {
  readonly mapping: Mapping
  readonly bytes: Uint8Array
  readonly u32: Uint32Array
  readonly u64: BigUint64Array
}

/** A mapping whose view was forgotten is unmapped: nothing else knows of it. */
const forgotten = new FinalizationRegistry<Mapping>((mapping) => mapping.unmap())

/**
 * An array whose memory this process shares with the programs: reads and writes are no system calls. Values are copied in
 * and out, and not in one step: a program may change one meanwhile. Counters that programs add to atomically are read and
 * added to with the calls that say u32 and u64.
 *
 * @lifetime `close()` ends the mapping and the handle; a map that is mapped for writing cannot be frozen
 */
export class MappedArray<V> extends TypedMap {
  private lanes: Lanes | undefined
  private readonly scratch: Uint8Array

  constructor(
    handle: MapHandle,
    readonly value: Codec<V>,
    /** bytes from one value to the next */
    private readonly stride: number,
    readonly writable: boolean,
    mapping: Mapping,
  ) {
    super(handle)
    const { bytes, length } = mapping
    this.lanes = {
      mapping,
      bytes: new Uint8Array(bytes, 0, length),
      u32: new Uint32Array(bytes, 0, length >> 2),
      u64: new BigUint64Array(bytes, 0, length >> 3),
    }
    this.scratch = fixedBytes(value.sizeBytes)
    forgotten.register(this, mapping, this)
  }

  /**
   * The value at an index.
   *
   * @errors sys.closed · input.invalid (no such index)
   */
  read(index: number): Result<V, MappedError> {
    const { lanes, scratch, stride } = this
    if (lanes === undefined || !this.has(index)) return Err(this.fault(index, 0, 1, false))
    const from = index * stride
    // a codec never sees the memory itself, so that nothing it makes can hold on to it
    scratch.set(lanes.bytes.subarray(from, from + scratch.length))
    return Ok(this.value.read(scratch, 0))
  }

  /**
   * Writes the value at an index.
   *
   * @errors sys.closed · input.invalid (no such index; mapped for reading)
   */
  write(index: number, value: V): Result<void, MappedError> {
    const { lanes, scratch } = this
    if (lanes === undefined || !this.writable || !this.has(index)) return Err(this.fault(index, 0, 1, true))
    try {
      this.value.write(value, scratch, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'value'))
    }
    lanes.bytes.set(scratch, index * this.stride)
    return DONE
  }

  /**
   * Reads four bytes of a value in one step.
   *
   * @param at bytes from the value's beginning, a multiple of 4
   * @errors sys.closed · input.invalid
   */
  loadU32(index: number, at = 0): Result<number, MappedError> {
    const { lanes } = this
    if (lanes === undefined || !this.has(index, at, 4)) return Err(this.fault(index, at, 4, false))
    return Ok(Atomics.load(lanes.u32, (index * this.stride + at) >>> 2))
  }

  /**
   * Adds to four bytes of a value in one step; answers what they were before.
   *
   * @param at bytes from the value's beginning, a multiple of 4
   * @errors sys.closed · input.invalid
   */
  addU32(index: number, amount: number, at = 0): Result<number, MappedError> {
    const { lanes } = this
    if (lanes === undefined || !this.writable || !this.has(index, at, 4)) return Err(this.fault(index, at, 4, true))
    return Ok(Atomics.add(lanes.u32, (index * this.stride + at) >>> 2, amount))
  }

  /**
   * Reads eight bytes of a value in one step.
   *
   * @param at bytes from the value's beginning, a multiple of 8
   * @errors sys.closed · input.invalid
   */
  loadU64(index: number, at = 0): Result<bigint, MappedError> {
    const { lanes } = this
    if (lanes === undefined || !this.has(index, at, 8)) return Err(this.fault(index, at, 8, false))
    return Ok(Atomics.load(lanes.u64, (index * this.stride + at) / 8))
  }

  /**
   * Adds to eight bytes of a value in one step; answers what they were before.
   *
   * @param at bytes from the value's beginning, a multiple of 8
   * @errors sys.closed · input.invalid
   */
  addU64(index: number, amount: bigint, at = 0): Result<bigint, MappedError> {
    const { lanes } = this
    if (lanes === undefined || !this.writable || !this.has(index, at, 8)) return Err(this.fault(index, at, 8, true))
    return Ok(Atomics.add(lanes.u64, (index * this.stride + at) / 8, amount))
  }

  /** Ends the mapping, and closes the map. */
  override close(): void {
    const { lanes } = this
    // no view is left behind: touching one after this would end the process
    this.lanes = undefined
    forgotten.unregister(this)
    lanes?.mapping.unmap()
    super.close()
  }

  /** Whether a whole lane of a value is there. */
  private has(index: number, at = 0, width = 1): boolean {
    return (
      Number.isInteger(index) &&
      index >= 0 &&
      index < this.maxEntries &&
      Number.isInteger(at / width) &&
      at >= 0 &&
      at + width <= this.value.sizeBytes
    )
  }

  private fault(index: number, at: number, width: number, write: boolean): MappedError {
    if (this.lanes === undefined) return closed(this.handle.fd.what)
    if (write && !this.writable) return inputInvalid('', `map ${this.name} is mapped for reading only`, 'Map it with { writable: true }.')
    if (!this.has(index)) return inputInvalid('index', `${index} is no index of map ${this.name}, which has ${this.maxEntries}`)
    return inputInvalid('at', `no ${width} bytes begin at ${at} of a value of ${this.value.sizeBytes}`, `Give a multiple of ${width}.`)
  }
}

/**
 * Maps an array that was made with BPF_F_MMAPABLE into this process.
 *
 * @param options writable: false for an array that is frozen, or whose handle was opened for reading (absent: true)
 * @errors bpf.map-incompatible · sys.closed · sys.failed (EPERM: it is frozen, map it for reading)
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 * @source kernel/bpf/arraymap.c array_map_mmap: each value rounded up to 8 bytes
 */
export function mapArray<V = Uint8Array>(
  handle: MapHandle,
  value?: Codec<V>,
  options: { readonly writable?: boolean } = {},
): Result<MappedArray<V>, MapIncompatible | Closed | SysFailed> {
  const { writable = true } = options
  const { shape } = handle
  const fault = misfit(handle, ['array'], { value: value?.sizeBytes })
  if (fault !== undefined) return Err(fault)
  if ((shape.flags & BPF_F_MMAPABLE) === 0)
    return Err(
      Object.freeze({
        code: 'bpf.map-incompatible',
        map: shape.name,
        differences: Object.freeze([{ attribute: 'flags', declared: 'BPF_F_MMAPABLE', found: `${shape.flags}` }]),
        message: `map ${shape.name} was not made to be mapped`,
        hint: 'Make it with the flag BPF_F_MMAPABLE, or open it with openArrayMap.',
      }),
    )
  const fd = handle.fd.use()
  if (fd.isErr()) return Err(fd.error)
  const stride = (shape.valueSize + 7) & ~7
  const mapping = handle.sys.mmap(fd.value, stride * shape.maxEntries, writable ? PROT_READ | PROT_WRITE : PROT_READ, 0)
  if (typeof mapping === 'number') return Err(sysFailed(`mmap map ${shape.name}`, -mapping))
  return Ok(new MappedArray(handle, codecOr(value, shape.valueSize), stride, writable, mapping))
}
