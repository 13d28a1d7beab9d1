import { type InputInvalid, inputInvalid } from '../error.js'
import { Err, Ok, type Result } from '../result.js'
import { type Ip, parseIp } from './ip.js'
import { Ipv4 } from './ipv4.js'
import { Ipv6 } from './ipv6.js'

/**
 * An address with a length in bits. The bits beyond the length are kept as they were given (an interface's address is
 * written so); `network()` clears them. Immutable. Source: RFC 4632, RFC 4291 §2.3.
 */
export class Prefix {
  private constructor(
    readonly address: Ip,
    /** 0 to 32, or to 128 */
    readonly length: number,
  ) {}

  /**
   * `10.0.0.0/8`, `2001:db8::/32`; without a length, the one address.
   *
   * @errors input.invalid
   */
  static parse(text: string): Result<Prefix, InputInvalid> {
    const slash = typeof text === 'string' ? text.indexOf('/') : -1
    const address = parseIp(slash < 0 ? text : text.slice(0, slash))
    if (address.isErr()) return Err(address.error)
    const bits = address.value.family === 4 ? 32 : 128
    if (slash < 0) return Ok(new Prefix(address.value, bits))
    const digits = text.slice(slash + 1)
    const length = /^(0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : -1
    if (length < 0 || length > bits)
      return Err(
        inputInvalid(
          '',
          `"${text}" has no length from 0 to ${bits}`,
          `Write the address, a slash, and a decimal number: ${address.value}/${bits}.`,
        ),
      )
    return Ok(new Prefix(address.value, length))
  }

  /**
   * @param length 0 to 32, or to 128
   * @errors input.invalid
   */
  static create(address: Ip, length: number): Result<Prefix, InputInvalid> {
    const bits = address.family === 4 ? 32 : 128
    if (!Number.isInteger(length) || length < 0 || length > bits)
      return Err(inputInvalid('', `${length} is not a prefix length`, `Give an integer from 0 to ${bits}.`))
    return Ok(new Prefix(address, length))
  }

  /** For codecs, whose length the kernel has checked; above the family's bits it counts as all of them. */
  static of(address: Ip, length: number): Prefix {
    return new Prefix(address, Math.min(length, address.family === 4 ? 32 : 128))
  }

  get family(): 4 | 6 {
    return this.address.family
  }

  /** Whether no bit beyond the length is set. */
  get isNetwork(): boolean {
    return this.first().equals(this.address)
  }

  /** The same with the bits beyond the length cleared. */
  network(): Prefix {
    return this.isNetwork ? this : new Prefix(this.first(), this.length)
  }

  /** The lowest address. */
  first(): Ip {
    return combine(this.address, this.mask(), (bits, mask) => bits & mask)
  }

  /** The highest address. */
  last(): Ip {
    return combine(this.address, this.mask(), (bits, mask) => bits | ~mask)
  }

  /** The directed broadcast address of an IPv4 subnet; undefined for IPv6, /31 (RFC 3021) and /32. */
  broadcast(): Ipv4 | undefined {
    const last = this.last()
    return last.family === 4 && this.length < 31 ? last : undefined
  }

  /** The length as an address: 255.0.0.0 for /8. */
  mask(): Ip {
    const word = (from: number): number => {
      const set = Math.min(Math.max(this.length - from, 0), 32)
      return set === 0 ? 0 : (0xffff_ffff << (32 - set)) >>> 0
    }
    if (this.address.family === 4) return known(Ipv4.fromNumber(word(0)))
    return known(Ipv6.fromWords([word(0), word(32), word(64), word(96)]))
  }

  contains(other: Ip | Prefix): boolean {
    const address = other instanceof Prefix ? other.address : other
    const length = other instanceof Prefix ? other.length : address.family === 4 ? 32 : 128
    if (address.family !== this.family || length < this.length) return false
    return combine(address, this.mask(), (bits, mask) => bits & mask).equals(this.first())
  }

  overlaps(other: Prefix): boolean {
    return this.contains(other) || other.contains(this)
  }

  toString(): string {
    return `${this.address}/${this.length}`
  }

  toJSON(): string {
    return this.toString()
  }

  equals(other: unknown): boolean {
    return other instanceof Prefix && other.length === this.length && this.address.equals(other.address)
  }

  compare(other: Prefix): number {
    return this.address.compare(other.address) || this.length - other.length
  }
}

function combine(left: Ip, right: Ip, word: (left: number, right: number) => number): Ip {
  if (left.family === 4 && right.family === 4) return known(Ipv4.fromNumber(word(left.value, right.value) >>> 0))
  if (left.family !== 6 || right.family !== 6) throw new Error('a bug in axoneme: addresses of two families combined')
  return known(
    Ipv6.fromWords([
      word(left.word0, right.word0) >>> 0,
      word(left.word1, right.word1) >>> 0,
      word(left.word2, right.word2) >>> 0,
      word(left.word3, right.word3) >>> 0,
    ]),
  )
}

/** Words that were made by masking are in range. */
function known<T extends Ip>(result: Result<T, InputInvalid>): T {
  return result.unwrap()
}
