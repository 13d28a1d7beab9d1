/**
 * Numbers in bytes. Netlink is in host order, which sys/linux has checked to be little-endian; fields that are big-endian
 * (`__be16`, `__be32`) say so. Plain shifts beat DataView on the small reads that messages are made of.
 */
export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
}

export function u32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0
  )
}

export function u16be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

export function u32be(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0
  )
}

export function u64(bytes: Uint8Array, at: number): bigint {
  const high = u32(bytes, at + 4)
  return high === 0 ? BigInt(u32(bytes, at)) : (BigInt(high) << 32n) | BigInt(u32(bytes, at))
}

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

/** Netlink aligns messages and attributes to 4 bytes. Source: linux/netlink.h NLMSG_ALIGNTO, NLA_ALIGNTO. */
export function align(length: number): number {
  return (length + 3) & ~3
}
