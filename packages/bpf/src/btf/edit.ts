import type { Btf } from './btf.js'
import { BTF_KIND } from './type.js'

/** One type to be put behind the others: its three words, and what follows them. */
interface Added {
  readonly name: number
  readonly info: number
  readonly sizeOrType: number
  readonly rest: readonly number[]
}

/**
 * A copy of a BTF to be changed: types in place (their sizes never change, so that every id stays), more types and strings
 * behind. Source: Documentation/bpf/btf.rst.
 */
export class BtfEdit {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly added: Added[] = []
  private readonly strings: string[] = []
  private readonly known = new Map<string, number>()
  private readonly header: number
  private readonly stringsLength: number
  private grown = 0

  constructor(private readonly btf: Btf) {
    this.bytes = btf.bytes.slice()
    this.view = new DataView(this.bytes.buffer)
    this.header = this.view.getUint32(4, true)
    this.stringsLength = this.view.getUint32(20, true)
  }

  private at(id: number): number {
    const at = this.btf.offsetOf(id)
    if (at === undefined) throw new RangeError(`type ${id} is not in this BTF`)
    return at
  }

  kind(id: number): number {
    return (this.view.getUint32(this.at(id) + 4, true) >>> 24) & 0x1f
  }

  setName(id: number, text: string): void {
    this.view.setUint32(this.at(id), this.text(text), true)
  }

  setNameOffset(id: number, offset: number): void {
    this.view.setUint32(this.at(id), offset, true)
  }

  /** Kind and, where it is given, the number of what follows or the linkage; the flag is cleared. */
  setInfo(id: number, kind: keyof typeof BTF_KIND, vlen: number): void {
    this.view.setUint32(this.at(id) + 4, ((BTF_KIND[kind] << 24) | vlen) >>> 0, true)
  }

  vlen(id: number): number {
    return this.view.getUint32(this.at(id) + 4, true) & 0xffff
  }

  /** the flag of a struct (bitfields), an enum (signed) or a declaration (union) */
  flag(id: number): boolean {
    return this.view.getUint32(this.at(id) + 4, true) >>> 31 === 1
  }

  sizeOrType(id: number): number {
    return this.view.getUint32(this.at(id) + 8, true)
  }

  setSizeOrType(id: number, value: number): void {
    this.view.setUint32(this.at(id) + 8, value, true)
  }

  /** A word of what follows the three: 0 is the first. */
  word(id: number, index: number): number {
    return this.view.getUint32(this.at(id) + 12 + index * 4, true)
  }

  setWord(id: number, index: number, value: number): void {
    this.view.setUint32(this.at(id) + 12 + index * 4, value, true)
  }

  /** Where a text stands in the strings; it is put there when it does not. */
  text(text: string): number {
    const before = this.known.get(text)
    if (before !== undefined) return before
    const [there] = this.btf.stringOffsets(text)
    const offset = text === '' ? 0 : (there ?? this.stringsLength + this.grown)
    if (text !== '' && there === undefined) {
      this.strings.push(text)
      this.grown += Buffer.byteLength(text) + 1
    }
    this.known.set(text, offset)
    return offset
  }

  /** Puts a type behind the others; answers its id. */
  add(kind: keyof typeof BTF_KIND, name: string, vlen: number, sizeOrType: number, rest: readonly number[] = []): number {
    this.added.push({ name: this.text(name), info: ((BTF_KIND[kind] << 24) | vlen) >>> 0, sizeOrType, rest })
    return this.btf.end + this.added.length - 1
  }

  /** The changed BTF: header, types, the added ones, strings, the added ones. */
  finish(): Uint8Array {
    const { view, header } = this
    const typesAt = header + view.getUint32(8, true)
    const typesLength = view.getUint32(12, true)
    const stringsAt = header + view.getUint32(16, true)
    const more = this.added.flatMap(({ name, info, sizeOrType, rest }) => [name, info, sizeOrType, ...rest])
    const text = Buffer.from(this.strings.map((each) => `${each}\0`).join(''))
    const whole = new Uint8Array(24 + typesLength + more.length * 4 + this.stringsLength + text.length)
    const out = new DataView(whole.buffer)
    whole.set(this.bytes.subarray(0, 4))
    out.setUint32(4, 24, true)
    out.setUint32(8, 0, true)
    out.setUint32(12, typesLength + more.length * 4, true)
    out.setUint32(16, typesLength + more.length * 4, true)
    out.setUint32(20, this.stringsLength + text.length, true)
    whole.set(this.bytes.subarray(typesAt, typesAt + typesLength), 24)
    more.forEach((word, index) => {
      out.setUint32(24 + typesLength + index * 4, word, true)
    })
    const strings = 24 + typesLength + more.length * 4
    whole.set(this.bytes.subarray(stringsAt, stringsAt + this.stringsLength), strings)
    whole.set(text, strings + this.stringsLength)
    return whole
  }
}
