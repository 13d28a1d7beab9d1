import type { Codec } from './codec.js'

/**
 * Numbers in bytes, for generated codecs: little-endian as the machine's, `be` big-endian as on the wire. Writers refuse what does not
 * fit with a RangeError; plain shifts beat DataView on reads this small.
 */
function misfit(value: unknown, range: string): never {
  throw new RangeError(`${String(value)} is not an integer ${range}`)
}

export function readU8(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
export function readS8(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) >> 24
}
export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
}
export function readS16(bytes: Uint8Array, at: number): number {
  return (readU16(bytes, at) << 16) >> 16
}
export function readU32(bytes: Uint8Array, at: number): number {
  return readS32(bytes, at) >>> 0
}
export function readS32(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}
export function readU64(bytes: Uint8Array, at: number): bigint {
  const high = readU32(bytes, at + 4)
  return high === 0 ? BigInt(readU32(bytes, at)) : (BigInt(high) << 32n) | BigInt(readU32(bytes, at))
}
export function readS64(bytes: Uint8Array, at: number): bigint {
  return BigInt.asIntN(64, readU64(bytes, at))
}
export function readBool(bytes: Uint8Array, at: number): boolean {
  return bytes[at] !== 0
}
export function readU16be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}
export function readU32be(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0
  )
}
export function readU64be(bytes: Uint8Array, at: number): bigint {
  return (BigInt(readU32be(bytes, at)) << 32n) | BigInt(readU32be(bytes, at + 4))
}

export function writeU8(bytes: Uint8Array, at: number, value: number): void {
  if ((value & 0xff) !== value) misfit(value, 'from 0 to 255')
  bytes[at] = value
}
export function writeS8(bytes: Uint8Array, at: number, value: number): void {
  if ((value << 24) >> 24 !== value) misfit(value, 'from -128 to 127')
  bytes[at] = value
}
export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  if ((value & 0xffff) !== value) misfit(value, 'from 0 to 65535')
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}
export function writeS16(bytes: Uint8Array, at: number, value: number): void {
  if ((value << 16) >> 16 !== value) misfit(value, 'from -32768 to 32767')
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  if (value >>> 0 !== value) misfit(value, 'from 0 to 4294967295')
  put32(bytes, at, value)
}
export function writeS32(bytes: Uint8Array, at: number, value: number): void {
  if ((value | 0) !== value) misfit(value, 'from -2147483648 to 2147483647')
  put32(bytes, at, value)
}
function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
export function writeU64(bytes: Uint8Array, at: number, value: bigint): void {
  if (BigInt.asUintN(64, value) !== value) misfit(value, 'from 0 to 2^64-1')
  put64(bytes, at, value)
}
export function writeS64(bytes: Uint8Array, at: number, value: bigint): void {
  if (BigInt.asIntN(64, value) !== value) misfit(value, 'from -2^63 to 2^63-1')
  put64(bytes, at, BigInt.asUintN(64, value))
}
function put64(bytes: Uint8Array, at: number, value: bigint): void {
  // most counters and addresses of user space fit into a double: two shifts of bigints are spared
  const number = Number(value)
  if (number <= Number.MAX_SAFE_INTEGER) {
    put32(bytes, at, number >>> 0)
    put32(bytes, at + 4, Math.floor(number / 0x1_0000_0000))
    return
  }
  put32(bytes, at, Number(value & 0xffff_ffffn))
  put32(bytes, at + 4, Number(value >> 32n))
}
export function writeBool(bytes: Uint8Array, at: number, value: boolean): void {
  bytes[at] = value ? 1 : 0
}
export function writeU16be(bytes: Uint8Array, at: number, value: number): void {
  if ((value & 0xffff) !== value) misfit(value, 'from 0 to 65535')
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}
export function writeU32be(bytes: Uint8Array, at: number, value: number): void {
  if (value >>> 0 !== value) misfit(value, 'from 0 to 4294967295')
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
export function writeU64be(bytes: Uint8Array, at: number, value: bigint): void {
  if (BigInt.asUintN(64, value) !== value) misfit(value, 'from 0 to 2^64-1')
  writeU32be(bytes, at, Number(value >> 32n))
  writeU32be(bytes, at + 4, Number(value & 0xffff_ffffn))
}

/** Text up to its NUL, or all of its room. */
export function readText(bytes: Uint8Array, at: number, room: number): string {
  let end = at
  while (end < at + room && bytes[end] !== 0) end++
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('utf8')
}
/** Text and the NUL that ends it; the rest of its room is zeros. */
export function writeText(bytes: Uint8Array, at: number, room: number, value: string): void {
  const encoded = Buffer.from(value, 'utf8')
  if (encoded.length >= room) throw new RangeError(`"${value}" has ${encoded.length} bytes; at most ${room - 1} fit`)
  bytes.fill(0, at, at + room)
  bytes.set(encoded, at)
}
/** Bytes as they are, copied. */
export function readRaw(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, at, at + length)
}
export function writeRaw(bytes: Uint8Array, at: number, length: number, value: Uint8Array): void {
  if (value.length !== length) throw new RangeError(`${value.length} bytes where ${length} are expected`)
  bytes.set(value, at)
}
/** An array of fixed length must have all its elements. */
export function checkLength(value: readonly unknown[], length: number): void {
  if (value.length !== length) throw new RangeError(`${value.length} elements where ${length} are expected`)
}

/** Some bits of a little-endian struct; up to 32 of them. */
export function readBits(bytes: Uint8Array, at: number, offset: number, width: number, signed: boolean): number {
  let value = 0
  for (let bit = 0; bit < width; bit++) {
    const place = offset + bit
    if ((((bytes[at + (place >> 3)] as number) >> (place & 7)) & 1) === 1) value += 2 ** bit
  }
  return signed && value >= 2 ** (width - 1) ? value - 2 ** width : value
}
export function writeBits(bytes: Uint8Array, at: number, offset: number, width: number, signed: boolean, value: number): void {
  const [least, most] = signed ? [-(2 ** (width - 1)), 2 ** (width - 1) - 1] : [0, 2 ** width - 1]
  if (!Number.isInteger(value) || value < least || value > most) misfit(value, `from ${least} to ${most}`)
  const bits = value < 0 ? value + 2 ** width : value
  for (let bit = 0; bit < width; bit++) {
    const place = offset + bit
    const mask = 1 << (place & 7)
    const byte = bytes[at + (place >> 3)] as number
    bytes[at + (place >> 3)] = Math.floor(bits / 2 ** bit) % 2 === 1 ? byte | mask : byte & ~mask
  }
}

const scalar = <T>(
  sizeBytes: number,
  read: (bytes: Uint8Array, at: number) => T,
  write: (bytes: Uint8Array, at: number, value: T) => void,
): Codec<T> => ({
  sizeBytes,
  read,
  write: (value, bytes, at) => write(bytes, at, value),
})

/** Numbers as whole values of maps. */
export const u8Codec: Codec<number> = scalar(1, readU8, writeU8)
export const s8Codec: Codec<number> = scalar(1, readS8, writeS8)
export const u16Codec: Codec<number> = scalar(2, readU16, writeU16)
export const s16Codec: Codec<number> = scalar(2, readS16, writeS16)
export const u32Codec: Codec<number> = scalar(4, readU32, writeU32)
export const s32Codec: Codec<number> = scalar(4, readS32, writeS32)
export const u64Codec: Codec<bigint> = scalar(8, readU64, writeU64)
export const s64Codec: Codec<bigint> = scalar(8, readS64, writeS64)
export const u16beCodec: Codec<number> = scalar(2, readU16be, writeU16be)
export const u32beCodec: Codec<number> = scalar(4, readU32be, writeU32be)
export const u64beCodec: Codec<bigint> = scalar(8, readU64be, writeU64be)
export const boolCodec: Codec<boolean> = scalar(1, readBool, writeBool)
