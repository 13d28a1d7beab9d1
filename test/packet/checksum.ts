/** One's complement sum of 16-bit words, folded. Source: RFC 1071. */
export function sum16(bytes: Uint8Array, seed = 0): number {
  let sum = seed
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000)
  return sum
}

/** The checksum that makes the whole sum to all ones. */
export function internetChecksum(bytes: Uint8Array, seed = 0): number {
  return ~sum16(bytes, seed) & 0xffff
}

/** What TCP, UDP and ICMPv6 sum besides: addresses, length and protocol. Sources: RFC 9293 §3.1, RFC 8200 §8.1. */
export function pseudoHeader(src: Uint8Array, dst: Uint8Array, protocol: number, length: number): number {
  return sum16(dst, sum16(src, protocol + (length >>> 16) + (length & 0xffff)))
}

const table = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  return crc >>> 0
})

/** CRC32c, as SCTP writes it: its bytes turned round. Source: RFC 9260 appendix A. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = ((crc >>> 8) ^ (table[(crc ^ byte) & 255] as number)) >>> 0
  const value = ~crc >>> 0
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}
