import { type InputInvalid, inputInvalid } from '../error.js'
import { Err, Ok, type Result } from '../result.js'

const FORM = 'Write six bytes in hexadecimal: 02:00:5e:10:00:01.'

/** An EUI-48 hardware address. Immutable. Source: IEEE 802-2014 §8. */
export class Mac {
  private constructor(
    /** the address as a number, 0 to 2^48-1 */
    readonly value: number,
  ) {}

  static readonly ANY: Mac = new Mac(0)
  static readonly BROADCAST: Mac = new Mac(0xffff_ffff_ffff)

  /**
   * Six bytes of two digits, between colons or between hyphens.
   *
   * @errors input.invalid
   */
  static parse(text: string): Result<Mac, InputInvalid> {
    if (typeof text !== 'string' || !/^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})$/i.test(text))
      return Err(inputInvalid('', `"${String(text)}" is not a hardware address`, FORM))
    return Ok(new Mac(Number.parseInt(text.replace(/[:-]/g, ''), 16)))
  }

  /**
   * Six bytes.
   *
   * @errors input.invalid
   */
  static fromBytes(bytes: Uint8Array, offset = 0): Result<Mac, InputInvalid> {
    if (offset < 0 || offset + 6 > bytes.length)
      return Err(inputInvalid('', `${bytes.length - offset} bytes are not a hardware address`, 'Give 6 bytes.'))
    return Ok(Mac.read(bytes, offset))
  }

  /** For codecs, which have checked that six bytes are there. */
  static read(bytes: Uint8Array, offset: number): Mac {
    let value = 0
    for (let at = offset; at < offset + 6; at++) value = value * 256 + (bytes[at] as number)
    return new Mac(value)
  }

  write(into: Uint8Array, offset: number): void {
    let rest = this.value
    for (let at = offset + 5; at >= offset; at--) {
      into[at] = rest % 256
      rest = Math.floor(rest / 256)
    }
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(6)
    this.write(bytes, 0)
    return bytes
  }

  /** Lower case, between colons. */
  toString(): string {
    return this.value
      .toString(16)
      .padStart(12, '0')
      .replace(/..(?=.)/g, '$&:')
  }

  toJSON(): string {
    return this.toString()
  }

  equals(other: unknown): boolean {
    return other instanceof Mac && other.value === this.value
  }

  compare(other: Mac): number {
    return this.value - other.value
  }

  /** The group bit: the lowest of the first byte. */
  get isMulticast(): boolean {
    return (Math.floor(this.value / 2 ** 40) & 1) === 1
  }
  /** The locally administered bit: the second lowest of the first byte. */
  get isLocal(): boolean {
    return (Math.floor(this.value / 2 ** 40) & 2) === 2
  }
}
