import { type InputInvalid, inputInvalid } from '../error.js'
import { Err, Ok, type Result } from '../result.js'

const FORM = 'Write four decimal numbers from 0 to 255, without leading zeros: 192.0.2.1.'

/** An IPv4 address. Immutable; 32 bits. Source: RFC 791, RFC 1122. */
export class Ipv4 {
  readonly family = 4 as const

  private constructor(
    /** the address as a number, 0 to 2^32-1 */
    readonly value: number,
  ) {}

  static readonly ANY: Ipv4 = new Ipv4(0)
  static readonly LOOPBACK: Ipv4 = new Ipv4(0x7f00_0001)

  /**
   * Four decimal numbers, as RFC 6943 §3.1.1 calls strict: no leading zeros, no fewer parts, nothing around it.
   *
   * @errors input.invalid
   */
  static parse(text: string): Result<Ipv4, InputInvalid> {
    const value = typeof text === 'string' ? dottedQuad(text, 0, text.length) : -1
    return value < 0 ? Err(inputInvalid('', `"${String(text)}" is not an IPv4 address`, FORM)) : Ok(new Ipv4(value))
  }

  /**
   * Four bytes, most significant first.
   *
   * @errors input.invalid
   */
  static fromBytes(bytes: Uint8Array, offset = 0): Result<Ipv4, InputInvalid> {
    if (offset < 0 || offset + 4 > bytes.length)
      return Err(inputInvalid('', `${bytes.length - offset} bytes are not an IPv4 address`, 'Give 4 bytes.'))
    return Ok(Ipv4.read(bytes, offset))
  }

  /**
   * @param value 0 to 2^32-1
   * @errors input.invalid
   */
  static fromNumber(value: number): Result<Ipv4, InputInvalid> {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
      return Err(inputInvalid('', `${value} is not an IPv4 address`, 'Give an integer from 0 to 2^32-1.'))
    return Ok(new Ipv4(value))
  }

  /** For codecs, which have checked that four bytes are there. */
  static read(bytes: Uint8Array, offset: number): Ipv4 {
    return new Ipv4(
      (((bytes[offset] as number) << 24) |
        ((bytes[offset + 1] as number) << 16) |
        ((bytes[offset + 2] as number) << 8) |
        (bytes[offset + 3] as number)) >>>
        0,
    )
  }

  write(into: Uint8Array, offset: number): void {
    into[offset] = this.value >>> 24
    into[offset + 1] = this.value >>> 16
    into[offset + 2] = this.value >>> 8
    into[offset + 3] = this.value
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(4)
    this.write(bytes, 0)
    return bytes
  }

  toString(): string {
    const { value } = this
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
  }

  toJSON(): string {
    return this.toString()
  }

  equals(other: unknown): boolean {
    return other instanceof Ipv4 && other.value === this.value
  }

  /** Below 0, 0, above 0: in the order of the numbers; every IPv4 address comes before every IPv6 address. */
  compare(other: { readonly family: 4 | 6 }): number {
    return other instanceof Ipv4 ? this.value - other.value : -1
  }

  get isUnspecified(): boolean {
    return this.value === 0
  }
  /** 127.0.0.0/8, RFC 1122 §3.2.1.3 */
  get isLoopback(): boolean {
    return this.value >>> 24 === 127
  }
  /** 224.0.0.0/4, RFC 5771 */
  get isMulticast(): boolean {
    return this.value >>> 28 === 14
  }
  /** 169.254.0.0/16, RFC 3927 */
  get isLinkLocal(): boolean {
    return this.value >>> 16 === 0xa9fe
  }
  /** 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, RFC 1918 */
  get isPrivate(): boolean {
    return this.value >>> 24 === 10 || this.value >>> 20 === 0xac1 || this.value >>> 16 === 0xc0a8
  }
}

/** The number in `[start, end)` of a text, or -1. */
export function dottedQuad(text: string, start: number, end: number): number {
  let value = 0
  let parts = 0
  let octet = -1
  for (let at = start; at <= end; at++) {
    const unit = at === end ? 46 : text.charCodeAt(at)
    if (unit === 46) {
      if (octet < 0 || parts === 4) return -1
      value = value * 256 + octet
      parts++
      octet = -1
    } else if (unit >= 48 && unit <= 57) {
      if (octet === 0) return -1
      octet = octet < 0 ? unit - 48 : octet * 10 + unit - 48
      if (octet > 255) return -1
    } else return -1
  }
  return parts === 4 ? value : -1
}
