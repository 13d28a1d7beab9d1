import { Btf } from './btf.js'
import { BTF_KIND, type BtfKind } from './type.js'

/** A member, enumerator or parameter: its name, its type or value, where it begins in bits, its width when it is a bitfield. */
type Row = readonly [name: string, type: number, bitOffset?: number, bitWidth?: number]

/** BTF for tests, type by type: each call answers the new type's id. */
export class ScriptedBtf {
  private readonly words: number[] = []
  private strings: string
  private next: number
  private readonly stringsFrom: number

  constructor(private readonly base?: Btf) {
    this.next = base?.end ?? 1
    this.stringsFrom = base === undefined ? 0 : new DataView(base.bytes.buffer, base.bytes.byteOffset).getUint32(20, true)
    this.strings = base === undefined ? '\0' : ''
  }

  /** Where a text stands: at the end, as it is put there. */
  text(text: string): number {
    if (text === '') return 0
    const offset = this.stringsFrom + Buffer.byteLength(this.strings)
    this.strings += `${text}\0`
    return offset
  }

  /** What a type is made of, word by word. */
  add(kind: BtfKind, name: string, vlen: number, sizeOrType: number, rest: readonly number[] = [], flag = false): number {
    this.words.push(this.text(name), ((BTF_KIND[kind] << 24) | vlen | (flag ? 1 << 31 : 0)) >>> 0, sizeOrType, ...rest)
    return this.next++
  }

  int(name: string, size: number, { signed = false, char = false, bool = false, bits = size * 8, bitOffset = 0 } = {}): number {
    const encoding = (signed ? 1 : 0) | (char ? 2 : 0) | (bool ? 4 : 0)
    return this.add('int', name, 0, size, [((encoding << 24) | (bitOffset << 16) | bits) >>> 0])
  }

  /** What stands for another type. */
  reference(kind: 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict' | 'type-tag', type: number, name = ''): number {
    return this.add(kind, name, 0, type)
  }

  array(type: number, length: number, indexType = 0): number {
    return this.add('array', '', 0, 0, [type, indexType, length])
  }

  composite(kind: 'struct' | 'union', name: string, size: number, members: readonly Row[]): number {
    const bitfields = members.some(([, , , width]) => width !== undefined)
    const rest = members.flatMap(([each, type, offset = 0, width = 0]) => [
      this.text(each),
      type,
      (bitfields ? (width << 24) | offset : offset) >>> 0,
    ])
    return this.add(kind, name, members.length, size, rest, bitfields)
  }

  struct(name: string, size: number, members: readonly Row[]): number {
    return this.composite('struct', name, size, members)
  }

  enum(name: string, values: readonly (readonly [name: string, value: number])[], { signed = false, size = 4 } = {}): number {
    return this.add(
      'enum',
      name,
      values.length,
      size,
      values.flatMap(([each, value]) => [this.text(each), value >>> 0]),
      signed,
    )
  }

  enum64(name: string, values: readonly (readonly [name: string, value: bigint])[], signed = false): number {
    const rest = values.flatMap(([each, value]) => [
      this.text(each),
      Number(BigInt.asUintN(32, value)),
      Number(BigInt.asUintN(32, value >> 32n)),
    ])
    return this.add('enum64', name, values.length, 8, rest, signed)
  }

  forward(name: string, union = false): number {
    return this.add('fwd', name, 0, 0, [], union)
  }

  proto(returns: number, parameters: readonly Row[]): number {
    return this.add(
      'func-proto',
      '',
      parameters.length,
      returns,
      parameters.flatMap(([each, type]) => [this.text(each), type]),
    )
  }

  func(name: string, proto: number, linkage = 1): number {
    return this.add('func', name, linkage, proto)
  }

  var(name: string, type: number, linkage = 1): number {
    return this.add('var', name, 0, type, [linkage])
  }

  datasec(name: string, size: number, variables: readonly (readonly [type: number, offset: number, size: number])[]): number {
    return this.add('datasec', name, variables.length, size, variables.flat())
  }

  float(name: string, size: number): number {
    return this.add('float', name, 0, size)
  }

  declTag(text: string, type: number, component = -1): number {
    return this.add('decl-tag', text, 0, type, [component >>> 0])
  }

  bytes(): Uint8Array {
    const text = Buffer.from(this.strings)
    const bytes = new Uint8Array(24 + this.words.length * 4 + text.length)
    const view = new DataView(bytes.buffer)
    for (const [at, value] of [
      [0, 0x0001_eb9f],
      [4, 24],
      [12, this.words.length * 4],
      [16, this.words.length * 4],
      [20, text.length],
    ] as const)
      view.setUint32(at, value, true)
    for (const [index, word] of this.words.entries()) view.setUint32(24 + index * 4, word >>> 0, true)
    bytes.set(text, 24 + this.words.length * 4)
    return bytes
  }

  btf(): Btf {
    return new Btf(this.bytes(), this.base)
  }
}
