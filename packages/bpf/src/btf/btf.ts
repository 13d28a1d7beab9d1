import { ObjectFault } from '../fault.js'
import { BTF_KIND, type BtfKind, type BtfType } from './type.js'

const HEADER = 24
const MAGIC = 0xeb9f
const KINDS: readonly (BtfKind | undefined)[] = Object.entries(BTF_KIND).reduce<(BtfKind | undefined)[]>((all, [name, number]) => {
  all[number] = name as BtfKind
  return all
}, [])
/** chains of typedefs, qualifiers and arrays are a few long; a longer one goes in a circle */
const LONGEST_CHAIN = 64
/** sizes are 32 bits wide, as libbpf's are */
const LARGEST = 0xffff_ffff
const VOID: BtfType = Object.freeze({ kind: 'void', id: 0, name: 'void' })

/** bytes that follow struct btf_type, by kind: fixed, and for each of `vlen` */
function extraBytes(kind: number, vlen: number): number {
  switch (kind) {
    case BTF_KIND.int:
    case BTF_KIND.var:
    case BTF_KIND['decl-tag']:
      return 4
    case BTF_KIND.array:
      return 12
    case BTF_KIND.struct:
    case BTF_KIND.union:
    case BTF_KIND.datasec:
    case BTF_KIND.enum64:
      return 12 * vlen
    case BTF_KIND.enum:
    case BTF_KIND['func-proto']:
      return 8 * vlen
    default:
      return 0
  }
}

/**
 * Types as BTF: only where each begins is found at first; a type is decoded when it is asked for. So the kernel's own 126 000 types cost
 * milliseconds, not a third of a second. A module's (split) BTF goes on where its base ends, in types and in strings.
 */
export class Btf {
  readonly bytes: Uint8Array
  /** one above the largest id */
  readonly end: number
  private readonly first: number
  private readonly view: DataView
  /** of each type: where it begins, the offset of its name, its kind */
  private offsets: Uint32Array
  private nameOffsets: Uint32Array
  private kinds: Uint8Array
  private readonly stringsAt: number
  private readonly stringsLength: number
  private readonly firstString: number
  private readonly decoded = new Map<number, BtfType>()
  private readonly text: Buffer
  private readonly texts = new Map<number, string>()
  /** texts that begin inside others are made up: how much of them is read is bounded, or a small table would fill the memory */
  private textLeft: number

  /**
   * @throws ObjectFault
   */
  constructor(
    /** .BTF, or /sys/kernel/btf/…; not to be changed afterwards */
    given: Uint8Array,
    readonly base?: Btf,
  ) {
    // not a Buffer, whose slice() is no copy
    const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < HEADER) throw new ObjectFault(`${bytes.length} bytes are no BTF`, 'BTF')
    if (this.view.getUint16(0, true) !== MAGIC) throw new ObjectFault('does not begin with its magic number', 'BTF')
    if (bytes[2] !== 1) throw new ObjectFault(`version ${bytes[2]}`, 'BTF')
    const header = this.view.getUint32(4, true)
    const typesAt = header + this.view.getUint32(8, true)
    const typesLength = this.view.getUint32(12, true)
    this.stringsAt = header + this.view.getUint32(16, true)
    this.stringsLength = this.view.getUint32(20, true)
    if (header < HEADER || typesAt + typesLength > bytes.length || this.stringsAt + this.stringsLength > bytes.length)
      throw new ObjectFault('types or strings lie behind its end', 'BTF')
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset + this.stringsAt, this.stringsLength)
    this.textLeft = 64 * this.stringsLength + 0x1_0000
    this.first = base?.end ?? 1
    this.firstString = base === undefined ? 0 : base.firstString + base.stringsLength
    const room = Math.max(16, Math.ceil(typesLength / 20))
    this.offsets = new Uint32Array(room)
    this.nameOffsets = new Uint32Array(room)
    this.kinds = new Uint8Array(room)
    this.end = this.first + this.index(typesAt, typesAt + typesLength)
  }

  /** Finds where each type begins; answers how many there are. */
  private index(from: number, to: number): number {
    const { view } = this
    let count = 0
    for (let at = from; at < to; ) {
      if (at + 12 > to) throw new ObjectFault('a type is cut off', 'BTF')
      const info = view.getUint32(at + 4, true)
      const kind = (info >>> 24) & 0x1f
      if (kind === 0 || kind > BTF_KIND.enum64)
        throw new ObjectFault(`type ${this.first + count} is of kind ${kind}, which is not known`, 'BTF')
      if (count === this.offsets.length) this.grow()
      this.offsets[count] = at
      this.nameOffsets[count] = view.getUint32(at, true)
      this.kinds[count++] = kind
      at += 12 + extraBytes(kind, info & 0xffff)
      if (at > to) throw new ObjectFault(`type ${this.first + count - 1} is cut off`, 'BTF')
    }
    this.offsets = this.offsets.subarray(0, count)
    return count
  }

  private grow(): void {
    const twice = <A extends Uint32Array | Uint8Array>(bigger: A, old: A): A => {
      bigger.set(old)
      return bigger
    }
    const room = this.offsets.length * 2
    this.offsets = twice(new Uint32Array(room), this.offsets)
    this.nameOffsets = twice(new Uint32Array(room), this.nameOffsets)
    this.kinds = twice(new Uint8Array(room), this.kinds)
  }

  /** Text at an offset of the strings, the base's before ours. */
  string(offset: number): string {
    if (offset < this.firstString) return (this.base as Btf).string(offset)
    const at = offset - this.firstString
    if (at >= this.stringsLength) {
      if (offset === 0) return ''
      throw new ObjectFault(`a string at ${offset}, behind the last`, 'BTF')
    }
    let text = this.texts.get(at)
    if (text === undefined) {
      const end = this.text.indexOf(0, at)
      text = this.text.toString('utf8', at, end < 0 ? this.stringsLength : end)
      this.textLeft -= text.length
      if (this.textLeft < 0) throw new ObjectFault('its strings lie in one another', 'BTF')
      this.texts.set(at, text)
    }
    return text
  }

  /** Where a type's struct btf_type stands in {@link bytes}; undefined for one of the base. */
  offsetOf(id: number): number | undefined {
    return this.offsets[id - this.first]
  }

  /**
   * @throws ObjectFault for an id that is not there
   */
  type(id: number): BtfType {
    if (id === 0) return VOID
    if (id < this.first && this.base !== undefined) return this.base.type(id)
    let type = this.decoded.get(id)
    if (type === undefined) {
      const at = this.offsets[id - this.first]
      if (at === undefined) throw new ObjectFault(`type ${id} is not there`, 'BTF')
      type = this.decode(id, at)
      this.decoded.set(id, type)
    }
    return type
  }

  /** Every type that is ours, not the base's. */
  *types(): Generator<BtfType> {
    for (let id = this.first; id < this.end; id++) yield this.type(id)
  }

  /** The ids of the types of a name and kind, the base's first. */
  named(name: string, ...kinds: readonly BtfKind[]): number[] {
    return this.withNames(this.stringOffsets(name), kinds)
  }

  /** The ids of the types of some kinds whose names stand at some offsets of the strings, the base's first. */
  withNames(names: ReadonlySet<number>, kinds: readonly BtfKind[]): number[] {
    const found = this.base?.withNames(names, kinds) ?? []
    if (names.size === 0) return found
    const wanted = new Uint8Array(32)
    for (const kind of kinds) wanted[BTF_KIND[kind]] = 1
    const { nameOffsets, kinds: all, offsets } = this
    for (let at = 0; at < offsets.length; at++)
      if (wanted[all[at] as number] === 1 && names.has(nameOffsets[at] as number)) found.push(at + this.first)
    return found
  }

  /** Where in the strings (ours and the base's) a text stands. */
  stringOffsets(text: string): Set<number> {
    const found = this.base?.stringOffsets(text) ?? new Set<number>()
    const strings = this.text
    const needle = Buffer.from(`\0${text}\0`)
    for (let at = strings.indexOf(needle); at >= 0; at = strings.indexOf(needle, at + 1)) found.add(this.firstString + at + 1)
    // split BTF need not begin with an empty string
    if (this.base !== undefined && strings.subarray(0, needle.length - 1).equals(needle.subarray(1))) found.add(this.firstString)
    return found
  }

  /** The strings that begin with a text: offset and whole text. */
  stringsBeginning(text: string): Map<number, string> {
    const found = this.base?.stringsBeginning(text) ?? new Map<number, string>()
    const strings = this.text
    const needle = Buffer.from(`\0${text}`)
    for (let at = strings.indexOf(needle); at >= 0; at = strings.indexOf(needle, at + 1)) {
      const end = strings.indexOf(0, at + 1)
      found.set(this.firstString + at + 1, strings.toString('utf8', at + 1, end < 0 ? strings.length : end))
    }
    return found
  }

  private decode(id: number, at: number): BtfType {
    const { view } = this
    const info = view.getUint32(at + 4, true)
    const kind = KINDS[(info >>> 24) & 0x1f] as BtfKind
    const vlen = info & 0xffff
    const flag = info >>> 31 === 1
    const sizeOrType = view.getUint32(at + 8, true)
    const name = this.string(view.getUint32(at, true))
    const body = at + 12
    switch (kind) {
      case 'int': {
        const data = view.getUint32(body, true)
        const encoding = (data >>> 24) & 15
        return {
          kind,
          id,
          name,
          size: sizeOrType,
          bits: data & 0xff,
          bitOffset: (data >>> 16) & 0xff,
          signed: (encoding & 1) !== 0,
          char: (encoding & 2) !== 0,
          bool: (encoding & 4) !== 0,
        }
      }
      case 'array':
        return {
          kind,
          id,
          name,
          type: view.getUint32(body, true),
          indexType: view.getUint32(body + 4, true),
          length: view.getUint32(body + 8, true),
        }
      case 'struct':
      case 'union': {
        const members = this.each(vlen, body, 12, (from) => {
          const offset = view.getUint32(from + 8, true)
          return {
            name: this.string(view.getUint32(from, true)),
            type: view.getUint32(from + 4, true),
            bitOffset: flag ? offset & 0xff_ffff : offset,
            bitWidth: flag ? offset >>> 24 : 0,
          }
        })
        return { kind, id, name, size: sizeOrType, members }
      }
      case 'enum': {
        const values = this.each(vlen, body, 8, (from) => ({
          name: this.string(view.getUint32(from, true)),
          value: BigInt(flag ? view.getInt32(from + 4, true) : view.getUint32(from + 4, true)),
        }))
        return { kind, id, name, size: sizeOrType, signed: flag, values }
      }
      case 'enum64': {
        const values = this.each(vlen, body, 12, (from) => {
          const bits = (BigInt(view.getUint32(from + 8, true)) << 32n) | BigInt(view.getUint32(from + 4, true))
          return { name: this.string(view.getUint32(from, true)), value: flag ? BigInt.asIntN(64, bits) : bits }
        })
        return { kind, id, name, size: sizeOrType, signed: flag, values }
      }
      case 'fwd':
        return { kind, id, name, union: flag }
      case 'func':
        return { kind, id, name, type: sizeOrType, linkage: vlen }
      case 'func-proto': {
        const parameters = this.each(vlen, body, 8, (from) => ({
          name: this.string(view.getUint32(from, true)),
          type: view.getUint32(from + 4, true),
        }))
        return { kind, id, name, returns: sizeOrType, parameters }
      }
      case 'var':
        return { kind, id, name, type: sizeOrType, linkage: view.getUint32(body, true) }
      case 'datasec': {
        const variables = this.each(vlen, body, 12, (from) => ({
          type: view.getUint32(from, true),
          offset: view.getUint32(from + 4, true),
          size: view.getUint32(from + 8, true),
        }))
        return { kind, id, name, size: sizeOrType, variables }
      }
      case 'float':
        return { kind, id, name, size: sizeOrType }
      case 'decl-tag':
        return { kind, id, name, type: sizeOrType, component: view.getInt32(body, true) }
      default:
        return { kind, id, name, type: sizeOrType }
    }
  }

  private each<T>(count: number, at: number, width: number, read: (at: number) => T): T[] {
    const all: T[] = []
    for (let index = 0; index < count; index++) all.push(read(at + index * width))
    return all
  }

  /** The type behind names and qualifiers. */
  resolve(id: number): BtfType {
    let type = this.type(id)
    for (let steps = 0; steps < LONGEST_CHAIN; steps++) {
      if (
        type.kind !== 'typedef' &&
        type.kind !== 'const' &&
        type.kind !== 'volatile' &&
        type.kind !== 'restrict' &&
        type.kind !== 'type-tag'
      )
        return type
      type = this.type(type.type)
    }
    throw new ObjectFault(`type ${id} goes in a circle`, 'BTF')
  }

  /** In bytes. @throws ObjectFault for what has no size */
  sizeOf(id: number): number {
    let count = 1
    let at = id
    const sized = (size: number): number => {
      if (count * size > LARGEST) throw new ObjectFault(`type ${id} has more than 32 bits can count`, 'BTF')
      return count * size
    }
    for (let steps = 0; steps < LONGEST_CHAIN; steps++) {
      const type = this.resolve(at)
      switch (type.kind) {
        case 'array':
          count = sized(type.length)
          at = type.type
          continue
        case 'ptr':
          return sized(8)
        case 'var':
          at = type.type
          continue
        case 'int':
        case 'float':
        case 'struct':
        case 'union':
        case 'enum':
        case 'enum64':
        case 'datasec':
          return sized(type.size)
        default:
          throw new ObjectFault(`type ${id} (${type.kind}) has no size`, 'BTF')
      }
    }
    throw new ObjectFault(`type ${id} goes in a circle`, 'BTF')
  }
}
