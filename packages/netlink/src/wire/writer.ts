import { align, putU16, putU32 } from './bytes.js'
import { InputFault } from './fault.js'

/** A growing buffer that messages are written into; `take()` copies, `reset()` starts again in the same memory. */
export class Writer {
  bytes: Uint8Array
  length = 0

  constructor(capacity = 512) {
    this.bytes = new Uint8Array(capacity)
  }

  reset(): void {
    this.length = 0
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }

  /** Room for `size` zeroed bytes; answers where they begin. */
  reserve(size: number): number {
    const at = this.length
    const end = at + size
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2))
      grown.set(this.bytes.subarray(0, at))
      this.bytes = grown
    }
    this.bytes.fill(0, at, end)
    this.length = end
    return at
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.reserve(2)
    putU16(this.bytes, at, value)
  }

  u32(value: number): void {
    const at = this.reserve(4)
    putU32(this.bytes, at, value)
  }

  u64(value: bigint): void {
    const at = this.reserve(8)
    putU32(this.bytes, at, Number(value & 0xffff_ffffn))
    putU32(this.bytes, at + 4, Number((value >> 32n) & 0xffff_ffffn))
  }

  raw(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.bytes.set(value, at)
  }

  /** Begins an attribute; answers the position for {@link close}. Source: linux/netlink.h struct nlattr. */
  open(type: number): number {
    const at = this.reserve(4)
    putU16(this.bytes, at + 2, type)
    return at
  }

  /** Ends an attribute begun at `at`: writes its length, pads to four bytes. */
  close(at: number): void {
    const length = this.length - at
    if (length > 0xffff) throw new InputFault(`is ${length} bytes long; an attribute holds at most 65535`)
    putU16(this.bytes, at, length)
    const padding = align(this.length) - this.length
    if (padding > 0) this.reserve(padding)
  }
}
