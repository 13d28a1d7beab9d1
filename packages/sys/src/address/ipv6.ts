import { type InputInvalid, inputInvalid } from '../error.js'
import { Err, Ok, type Result } from '../result.js'
import { dottedQuad, Ipv4 } from './ipv4.js'

const FORM = 'Write up to eight groups of hexadecimal digits, one run of zero groups as "::": 2001:db8::1.'

/** An IPv6 address. Immutable; 128 bits in four words. Source: RFC 4291; text form RFC 5952. */
export class Ipv6 {
  readonly family = 6 as const

  private constructor(
    /** the first 32 bits, and so on */
    readonly word0: number,
    readonly word1: number,
    readonly word2: number,
    readonly word3: number,
  ) {}

  static readonly ANY: Ipv6 = new Ipv6(0, 0, 0, 0)
  static readonly LOOPBACK: Ipv6 = new Ipv6(0, 0, 0, 1)

  /**
   * Every text form of RFC 4291 §2.2; a scope id (`fe80::1%eth0`) is not part of an address.
   *
   * @errors input.invalid
   */
  static parse(text: string): Result<Ipv6, InputInvalid> {
    const words = typeof text === 'string' ? parseWords(text) : undefined
    if (words !== undefined) return Ok(new Ipv6(words[0], words[1], words[2], words[3]))
    if (typeof text === 'string' && text.includes('%'))
      return Err(inputInvalid('', `"${text}" names a scope`, 'Leave the part from "%" on out, and give the link beside the address.'))
    return Err(inputInvalid('', `"${String(text)}" is not an IPv6 address`, FORM))
  }

  /**
   * Sixteen bytes.
   *
   * @errors input.invalid
   */
  static fromBytes(bytes: Uint8Array, offset = 0): Result<Ipv6, InputInvalid> {
    if (offset < 0 || offset + 16 > bytes.length)
      return Err(inputInvalid('', `${bytes.length - offset} bytes are not an IPv6 address`, 'Give 16 bytes.'))
    return Ok(Ipv6.read(bytes, offset))
  }

  /**
   * @param words the four words, each 0 to 2^32-1
   * @errors input.invalid
   */
  static fromWords(words: readonly [number, number, number, number]): Result<Ipv6, InputInvalid> {
    for (const word of words)
      if (!Number.isInteger(word) || word < 0 || word > 0xffff_ffff)
        return Err(inputInvalid('', `${word} is not a word of an IPv6 address`, 'Give integers from 0 to 2^32-1.'))
    return Ok(new Ipv6(...words))
  }

  /** The IPv4-mapped form, ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
  static mapped(address: Ipv4): Ipv6 {
    return new Ipv6(0, 0, 0xffff, address.value)
  }

  /** For codecs, which have checked that sixteen bytes are there. */
  static read(bytes: Uint8Array, offset: number): Ipv6 {
    return new Ipv6(word(bytes, offset), word(bytes, offset + 4), word(bytes, offset + 8), word(bytes, offset + 12))
  }

  write(into: Uint8Array, offset: number): void {
    put(into, offset, this.word0)
    put(into, offset + 4, this.word1)
    put(into, offset + 8, this.word2)
    put(into, offset + 12, this.word3)
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(16)
    this.write(bytes, 0)
    return bytes
  }

  /** The canonical text of RFC 5952. */
  toString(): string {
    if (this.isMapped) return `::ffff:${this.toIpv4()}`
    const groups = [this.word0, this.word1, this.word2, this.word3].flatMap((bits) => [bits >>> 16, bits & 0xffff])
    let start = -1
    let longest = 1
    for (let at = 0; at < 8; ) {
      let end = at
      while (end < 8 && groups[end] === 0) end++
      // §4.2.3: the longest run, of equal ones the first; §4.2.2: never a single group
      if (end - at > longest) {
        start = at
        longest = end - at
      }
      at = end + 1
    }
    const hex = (from: number, to: number): string =>
      groups
        .slice(from, to)
        .map((group) => group.toString(16))
        .join(':')
    return start < 0 ? hex(0, 8) : `${hex(0, start)}::${hex(start + longest, 8)}`
  }

  toJSON(): string {
    return this.toString()
  }

  equals(other: unknown): boolean {
    return (
      other instanceof Ipv6 &&
      other.word3 === this.word3 &&
      other.word2 === this.word2 &&
      other.word1 === this.word1 &&
      other.word0 === this.word0
    )
  }

  /** Below 0, 0, above 0: in the order of the bits; every IPv6 address comes after every IPv4 address. */
  compare(other: { readonly family: 4 | 6 }): number {
    if (!(other instanceof Ipv6)) return 1
    return this.word0 - other.word0 || this.word1 - other.word1 || this.word2 - other.word2 || this.word3 - other.word3
  }

  get isUnspecified(): boolean {
    return this.equals(Ipv6.ANY)
  }
  get isLoopback(): boolean {
    return this.equals(Ipv6.LOOPBACK)
  }
  /** ff00::/8 */
  get isMulticast(): boolean {
    return this.word0 >>> 24 === 0xff
  }
  /** fe80::/10 */
  get isLinkLocal(): boolean {
    return this.word0 >>> 22 === 0x3fa
  }
  /** fc00::/7, unique local, RFC 4193 */
  get isPrivate(): boolean {
    return this.word0 >>> 25 === 0x7e
  }
  /** ::ffff:0:0/96 */
  get isMapped(): boolean {
    return this.word0 === 0 && this.word1 === 0 && this.word2 === 0xffff
  }
  /** The IPv4 address in a mapped one; undefined in any other. */
  toIpv4(): Ipv4 | undefined {
    return this.isMapped ? Ipv4.read(this.bytes(), 12) : undefined
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0
  )
}

function put(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24
  into[at + 1] = value >>> 16
  into[at + 2] = value >>> 8
  into[at + 3] = value
}

function hexDigit(unit: number): number {
  if (unit >= 48 && unit <= 57) return unit - 48
  const lower = unit | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function parseWords(text: string): [number, number, number, number] | undefined {
  const groups = new Array<number>(8).fill(0)
  let count = 0
  /** where "::" stood, in groups */
  let gap = -1
  let at = 0
  const end = text.length
  if (text.startsWith('::')) {
    gap = 0
    at = 2
  } else if (text.startsWith(':')) return undefined
  while (at < end) {
    if (count === 8) return undefined
    const start = at
    let group = 0
    let digit = at < end ? hexDigit(text.charCodeAt(at)) : -1
    while (digit >= 0 && at - start < 4) {
      group = group * 16 + digit
      at++
      digit = at < end ? hexDigit(text.charCodeAt(at)) : -1
    }
    if (at < end && text.charCodeAt(at) === 46) {
      const quad = count <= 6 ? dottedQuad(text, start, end) : -1
      if (quad < 0) return undefined
      groups[count++] = Math.floor(quad / 0x1_0000)
      groups[count++] = quad & 0xffff
      at = end
      break
    }
    if (at === start) return undefined
    groups[count++] = group
    if (at === end) break
    if (text.charCodeAt(at) !== 58) return undefined
    at++
    if (text.charCodeAt(at) === 58) {
      if (gap >= 0) return undefined
      gap = count
      at++
    } else if (at === end) return undefined
  }
  if (gap < 0 ? count !== 8 : count > 7) return undefined
  if (gap >= 0) {
    const tail = groups.slice(gap, count)
    groups.fill(0, gap, 8)
    for (let index = 0; index < tail.length; index++) groups[8 - tail.length + index] = tail[index] as number
  }
  const pair = (index: number): number => (groups[index] as number) * 0x1_0000 + (groups[index + 1] as number)
  return [pair(0), pair(2), pair(4), pair(6)]
}
