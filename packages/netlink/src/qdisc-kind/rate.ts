import { InputFault, struct, u8Codec, u16Codec, u32Codec } from '../wire/index.js'

/** struct tc_ratespec: bytes a second in `rate`. Source: linux/pkt_sched.h. */
export const rateSpec = struct([
  ['cellLog', u8Codec(), 1],
  ['linkLayer', u8Codec(), 1],
  ['overhead', u16Codec(), 2],
  ['cellAlign', u16Codec(), 2],
  ['mpu', u16Codec(), 2],
  ['rate', u32Codec(), 4],
])

/** Ethernet: said, so that the kernel does not guess it from a rate table, which we do not send. */
const TC_LINKLAYER_ETHERNET = 1
const MAX_U32 = 0xffff_ffff
const MAX_U64 = 0xffff_ffff_ffff_ffffn
/** One tick of the packet scheduler's clock. Source: include/net/pkt_sched.h PSCHED_SHIFT. */
const TICK_NS = 64

/** A rate for both of its fields: the 32-bit one is full when the 64-bit one is needed. */
export function toRate(name: string, bytesPerSecond: bigint | number): { spec: object; rate64: bigint | undefined } {
  const rate = toBigint(name, bytesPerSecond)
  if (rate < 1n || rate > MAX_U64) throw new InputFault(`${rate} is no rate`, name, 'Give bytes per second: 1 or more, within 64 bits.')
  const wide = rate > BigInt(MAX_U32)
  return { spec: { linkLayer: TC_LINKLAYER_ETHERNET, rate: wide ? MAX_U32 : Number(rate) }, rate64: wide ? rate : undefined }
}

export function fromRate(spec: { rate: number } | undefined, rate64: bigint | undefined): bigint {
  return rate64 ?? BigInt(spec?.rate ?? 0)
}

/** The time that `bytes` take at a rate, in ticks, rounded up. */
export function toTicks(name: string, bytes: number, bytesPerSecond: bigint | number): number {
  const rate = toBigint(name, bytesPerSecond)
  const ticks = (BigInt(toU32(name, bytes)) * 1_000_000_000n + rate * BigInt(TICK_NS) - 1n) / (rate * BigInt(TICK_NS))
  if (ticks > BigInt(MAX_U32))
    throw new InputFault(`${bytes} bytes take too long at that rate`, name, 'Give a smaller burst, or a higher rate.')
  return Number(ticks)
}

/** How many bytes go at a rate in so many ticks, to the nearest byte. */
export function fromTicks(ticks: number, bytesPerSecond: bigint): number {
  return Math.round((ticks * TICK_NS * Number(bytesPerSecond)) / 1e9)
}

function toBigint(name: string, value: bigint | number): bigint {
  if (typeof value === 'bigint') return value
  if (!Number.isSafeInteger(value))
    throw new InputFault(`${String(value)} is not a whole number`, name, 'Give a bigint, or a number that is a safe integer.')
  return BigInt(value)
}

/** A number of 32 bits, named as the caller knows it. */
export function toU32(name: string, value: number, max = MAX_U32): number {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new InputFault(`${String(value)} is not an integer from 0 to ${max}`, name, `Give an integer from 0 to ${max}.`)
  return value
}
