import { u16, u16be, u32, u32be, u64 } from './bytes.js'
import { InputFault, WireFault } from './fault.js'
import type { Writer } from './writer.js'

/**
 * How one value stands in bytes: `read` takes `[start, end)`, `write` appends. `parent` is the attribute set that the
 * value belongs to, for the few values whose form depends on a sibling (`linkinfo.data` on `linkinfo.kind`).
 * `In` is what callers may give: an address codec takes a string as well.
 */
export interface Codec<T, In = T> {
  read(bytes: Uint8Array, start: number, end: number, parent: object): T
  write(out: Writer, value: In, parent: object): void
  /** the set inside, for finding an attribute by its offset */
  readonly inside?: (parent: object) => Inside | undefined
  /** being there says yes: a set leaves the attribute out when the value is false */
  readonly presence?: true
}

/** What a nested value is made of: an attribute set, or (a list) the same codec again for each child. */
export interface Inside {
  /** The name of what lies at `offset`; with `missing`, of the attribute of that type which the one at `offset` lacks. */
  path(bytes: Uint8Array, start: number, end: number, offset: number, missing?: number): string
  /** the name of an attribute by its type */
  nameOf?(type: number): string
}

/**
 * Set by a `read` that met a form which its `write` would not produce (a string without its NUL, a longer struct):
 * the attribute set then keeps the very bytes, so that writing the value back changes nothing.
 */
export const irregular = { met: false }

function exact(_bytes: Uint8Array, start: number, end: number, size: number): void {
  if (end - start < size) throw new WireFault(`${size} bytes expected, ${end - start} there`, start)
  if (end - start > size) irregular.met = true
}

function integer(value: unknown, max: number, min = 0): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new InputFault(`${String(value)} is not an integer from ${min} to ${max}`, '', `Give an integer from ${min} to ${max}.`)
  return value
}

/** What is read is shown as it is; outside the range that is written, its bytes are kept. */
function ranged(value: number, max: number, min = 0): number {
  if (value > max || value < min) irregular.met = true
  return value
}

/** An unsigned number of one byte; `max` narrows the range. */
export const u8Codec = (max = 0xff, min = 0): Codec<number> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 1)
    return ranged(bytes[start] as number, max, min)
  },
  write: (out, value) => out.u8(integer(value, max, min)),
})

/** Two bytes, host order. */
export const u16Codec = (max = 0xffff, min = 0): Codec<number> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 2)
    return ranged(u16(bytes, start), max, min)
  },
  write: (out, value) => out.u16(integer(value, max, min)),
})

/** Two bytes, big-endian (`__be16`: ports, ethertypes). */
export const u16beCodec = (max = 0xffff, min = 0): Codec<number> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 2)
    return ranged(u16be(bytes, start), max, min)
  },
  write(out, value) {
    integer(value, max, min)
    out.u8(value >>> 8)
    out.u8(value & 0xff)
  },
})

/** Four bytes, host order. */
export const u32Codec = (max = 0xffff_ffff, min = 0): Codec<number> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 4)
    return ranged(u32(bytes, start), max, min)
  },
  write: (out, value) => out.u32(integer(value, max, min)),
})

/** Four bytes, big-endian (`__be32`: flow labels). */
export const u32beCodec = (max = 0xffff_ffff): Codec<number> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 4)
    return ranged(u32be(bytes, start), max)
  },
  write(out, value) {
    integer(value, max)
    out.u16(((value >>> 24) & 0xff) | (((value >>> 16) & 0xff) << 8))
    out.u16(((value >>> 8) & 0xff) | ((value & 0xff) << 8))
  },
})

/** Four bytes, host order, signed. */
export const s32Codec = (): Codec<number> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 4)
    return u32(bytes, start) | 0
  },
  write: (out, value) => out.u32(integer(value, 0x7fff_ffff, -0x8000_0000) >>> 0),
})

/** Eight bytes, host order, as a bigint. */
export const u64Codec = (): Codec<bigint, bigint | number> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 8)
    return u64(bytes, start)
  },
  write(out, value) {
    const wide = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
    if (typeof wide !== 'bigint' || wide < 0n || wide > 0xffff_ffff_ffff_ffffn)
      throw new InputFault(`${String(value)} is not an integer from 0 to 2^64-1`, '', 'Give a bigint, or a number that is a safe integer.')
    out.u64(wide)
  },
})

/** A yes or no in one byte. A byte above 1 reads as true and is kept. */
export const boolCodec = (): Codec<boolean> => ({
  read(bytes, start, end) {
    exact(bytes, start, end, 1)
    if ((bytes[start] as number) > 1) irregular.met = true
    return bytes[start] !== 0
  },
  write(out, value) {
    if (typeof value !== 'boolean') throw new InputFault(`${String(value)} is not true or false`, '', 'Give true or false.')
    out.u8(value ? 1 : 0)
  },
})

/** An attribute whose presence alone says yes: true is written, false is left out by the set. */
export const flagCodec = (): Codec<true, boolean> => ({
  presence: true,
  read(_bytes, start, end) {
    if (end > start) irregular.met = true
    return true
  },
  write(_out, value) {
    if (typeof value !== 'boolean') throw new InputFault(`${String(value)} is not true or false`, '', 'Give true or false.')
  },
})

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Text of at most `max` bytes (the NUL that ends it not counted), at least `min`. */
export const textCodec = (max: number, min = 0): Codec<string> => ({
  read(bytes, start, end) {
    let stop = start
    while (stop < end && bytes[stop] !== 0) stop++
    if (end - stop !== 1 || stop - start > max || stop - start < min) irregular.met = true
    let ascii = ''
    for (let at = start; at < stop; at++) {
      const unit = bytes[at] as number
      if (unit > 0x7f) return utf8(bytes, start, stop)
      ascii += String.fromCharCode(unit)
    }
    return ascii
  },
  write(out, value) {
    if (typeof value !== 'string') throw new InputFault(`${String(value)} is not a string`, '', 'Give text.')
    const encoded = encoder.encode(value)
    if (encoded.includes(0)) throw new InputFault('holds a NUL character', '', 'Leave it out: the kernel ends text there.')
    if (encoded.length > max)
      throw new InputFault(`"${value}" is ${encoded.length} bytes long`, '', `At most ${max} bytes fit; choose a shorter one.`)
    if (encoded.length < min) throw new InputFault('is empty', '', `Give at least ${min} character${min === 1 ? '' : 's'}.`)
    out.raw(encoded)
    out.u8(0)
  },
})

function utf8(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch {
    // not UTF-8: one character a byte, and the very bytes are kept beside it
    irregular.met = true
    return Array.from(bytes.subarray(start, end), (unit) => String.fromCharCode(unit)).join('')
  }
}

/** Bytes as they are; `size` fixes the length. */
export const bytesCodec = (size?: number): Codec<Uint8Array> => ({
  read(bytes, start, end) {
    if (size !== undefined) exact(bytes, start, end, size)
    return bytes.slice(start, end)
  },
  write(out, value) {
    if (!(value instanceof Uint8Array)) throw new InputFault('is not a Uint8Array', '', 'Give bytes.')
    if (size !== undefined && value.length !== size) throw new InputFault(`is ${value.length} bytes long`, '', `Give ${size} bytes.`)
    out.raw(value)
  },
})
