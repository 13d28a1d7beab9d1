import type { Btf } from '../btf/btf.js'
import type { BtfComposite, BtfEnum, BtfType } from '../btf/type.js'
import { ObjectFault } from '../fault.js'
import { camel, identifier, pascal } from './names.js'

/** How a value of some C type is read, written and typed, as code. `at` is an expression for where it begins. */
export interface ValueForm {
  readonly type: string
  readonly size: number
  /** whether writing it writes every one of its bytes */
  readonly covers: boolean
  /** of an array: how many are in one another; each needs an index of its own */
  readonly nesting?: number
  read(at: string): string
  /** a statement; `value` is an expression */
  write(at: string, value: string): string
}

/** Typedefs that are addresses, by their names in C. */
export const ADDRESSES: Readonly<Record<string, { readonly type: 'Ipv4' | 'Ipv6' | 'Mac'; readonly size: number }>> = {
  axm_ipv4: { type: 'Ipv4', size: 4 },
  axm_ipv6: { type: 'Ipv6', size: 16 },
  axm_mac: { type: 'Mac', size: 6 },
  in_addr: { type: 'Ipv4', size: 4 },
  in6_addr: { type: 'Ipv6', size: 16 },
}

/** Typedefs whose bytes are in the order of the wire. */
const BIG_ENDIAN = /^__be(16|32|64)$/
/** longer arrays are loops instead of a line for each element */
const UNROLLED = 8
/** structs and arrays in one another */
const DEEPEST = 64
const MOST_NESTING = 8

/** The named types that are needed, and the names that code has for them. */
export class ValueForms {
  /** by type id: what must be generated, in the order of need */
  readonly composites = new Map<number, BtfComposite>()
  readonly enums = new Map<number, BtfEnum>()
  /** what generated code imports */
  readonly used = new Set<string>()
  readonly addresses = new Set<string>()
  private depth = 0

  constructor(
    private readonly btf: Btf,
    private readonly strip: RegExp | undefined,
  ) {}

  /** A C name without the prefix that is to be left out. */
  plain(name: string): string {
    return this.strip === undefined ? name : name.replace(this.strip, '')
  }

  typeName(type: BtfComposite | BtfEnum): string {
    return pascal(identifier(this.plain(type.name), type.kind))
  }

  codecName(type: BtfComposite): string {
    return camel(identifier(this.plain(type.name), type.kind))
  }

  /** The form of a type; `where` for messages. @throws ObjectFault */
  of(id: number, where: string): ValueForm {
    if (this.depth >= DEEPEST) throw new ObjectFault(`more than ${DEEPEST} types in one another`, where, 'bpf.unsupported-object')
    this.depth++
    try {
      return this.formOf(id, where)
    } finally {
      this.depth--
    }
  }

  private formOf(id: number, where: string): ValueForm {
    const address = this.addressOf(id)
    if (address !== undefined) return address
    const big = this.bigEndian(id)
    if (big !== undefined) return big
    const type = this.btf.resolve(id)
    switch (type.kind) {
      case 'int':
        return this.int(type.size, type.signed, type.bool)
      case 'enum':
      case 'enum64':
        return this.enum(type)
      case 'ptr':
        return this.scalar('U64', 'bigint', 8)
      case 'struct':
        return type.name === '' ? this.raw(type.size) : this.struct(type, where)
      case 'union':
        return this.raw(type.size)
      case 'array':
        return this.array(type.type, type.length, where)
      case 'float':
        return this.raw(type.size)
      default:
        throw new ObjectFault(`a value of kind ${type.kind}`, where, 'bpf.unsupported-object')
    }
  }

  private use(...names: readonly string[]): void {
    for (const name of names) this.used.add(name)
  }

  /** Through names and qualifiers: the first typedef, or the struct, that is known as an address. */
  private addressOf(id: number): ValueForm | undefined {
    for (let type: BtfType = this.btf.type(id), steps = 0; steps < 16; steps++) {
      const known = Object.hasOwn(ADDRESSES, type.name) ? ADDRESSES[type.name] : undefined
      if (known !== undefined && (type.kind === 'typedef' || type.kind === 'struct') && this.btf.sizeOf(type.id) === known.size) {
        this.addresses.add(known.type)
        return {
          type: known.type,
          size: known.size,
          covers: true,
          read: (at) => `${known.type}.read(bytes, ${at})`,
          write: (at, value) => `${value}.write(bytes, ${at})`,
        }
      }
      if (
        type.kind !== 'typedef' &&
        type.kind !== 'const' &&
        type.kind !== 'volatile' &&
        type.kind !== 'restrict' &&
        type.kind !== 'type-tag'
      )
        return undefined
      type = this.btf.type(type.type)
    }
    return undefined
  }

  private bigEndian(id: number): ValueForm | undefined {
    for (let type: BtfType = this.btf.type(id), steps = 0; steps < 16; steps++) {
      const bits = type.kind === 'typedef' ? BIG_ENDIAN.exec(type.name)?.[1] : undefined
      if (bits !== undefined) return this.scalar(`U${bits}be`, bits === '64' ? 'bigint' : 'number', Number(bits) / 8)
      if (type.kind !== 'typedef' && type.kind !== 'const' && type.kind !== 'volatile') return undefined
      type = this.btf.type(type.type)
    }
    return undefined
  }

  private scalar(suffix: string, type: string, size: number): ValueForm {
    this.use(`read${suffix}`, `write${suffix}`)
    return {
      type,
      size,
      covers: true,
      read: (at) => `read${suffix}(bytes, ${at})`,
      write: (at, value) => `write${suffix}(bytes, ${at}, ${value})`,
    }
  }

  private int(size: number, signed: boolean, bool: boolean): ValueForm {
    if (bool && size === 1) return this.scalar('Bool', 'boolean', 1)
    if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return this.raw(size)
    return this.scalar(`${signed ? 'S' : 'U'}${size * 8}`, size === 8 ? 'bigint' : 'number', size)
  }

  private enum(type: BtfEnum): ValueForm {
    const plain = this.int(type.size, type.signed, false)
    if (type.name === '') return plain
    this.enums.set(type.id, type)
    // a newer program may have values that this list lacks
    return { ...plain, type: `${this.typeName(type)} | ${plain.type}` }
  }

  private struct(type: BtfComposite, _where: string): ValueForm {
    if (!this.composites.has(type.id)) {
      this.composites.set(type.id, type)
      // what is inside is generated too
      for (const member of type.members) if (member.bitWidth === 0) this.of(member.type, `struct ${type.name}, member ${member.name}`)
    }
    const codec = this.codecName(type)
    return {
      type: this.typeName(type),
      size: type.size,
      covers: true,
      read: (at) => `${codec}.read(bytes, ${at})`,
      write: (at, value) => `${codec}.write(${value}, bytes, ${at})`,
    }
  }

  raw(size: number): ValueForm {
    this.use('readRaw', 'writeRaw')
    return {
      type: 'Uint8Array',
      size,
      covers: true,
      read: (at) => `readRaw(bytes, ${at}, ${size})`,
      write: (at, value) => `writeRaw(bytes, ${at}, ${size}, ${value})`,
    }
  }

  private array(element: number, length: number, where: string): ValueForm {
    const resolved = this.btf.resolve(element)
    if (resolved.kind === 'int' && resolved.size === 1 && !resolved.bool && this.addressOf(element) === undefined) {
      if (resolved.name === 'char' && length > 1) {
        this.use('readText', 'writeText')
        return {
          type: 'string',
          size: length,
          covers: true,
          read: (at) => `readText(bytes, ${at}, ${length})`,
          write: (at, value) => `writeText(bytes, ${at}, ${length}, ${value})`,
        }
      }
      return this.raw(length)
    }
    const form = this.of(element, where)
    const size = form.size * length
    const nesting = (form.nesting ?? 0) + 1
    if (nesting > MOST_NESTING) throw new ObjectFault(`arrays of ${nesting} dimensions`, where, 'bpf.unsupported-object')
    const index = nesting === 1 ? 'index' : `index${nesting}`
    const place = (at: string): string => `${at} + ${index} * ${form.size}`
    this.use('checkLength')
    const offset = (at: string, step: number): string => {
      const [, base = at, before = '0'] = /^(.*) \+ (\d+)$/.exec(at) ?? []
      const sum = Number(before) + step * form.size
      return sum === 0 ? base : `${base} + ${sum}`
    }
    return {
      type: `readonly ${/[ |]/.test(form.type) ? `(${form.type})` : form.type}[]`,
      size,
      covers: form.covers,
      nesting,
      read: (at) =>
        // unrolled in one another they would be powers of it
        length <= UNROLLED && nesting === 1
          ? `[${Array.from({ length }, (_, step) => form.read(offset(at, step))).join(', ')}]`
          : `Array.from({ length: ${length} }, (_, ${index}) => ${form.read(place(at))})`,
      write(at, value) {
        const inner = form.write(place(at), `(${value}[${index}] as ${/^readonly /.test(form.type) ? `(${form.type})` : form.type})`)
        return `checkLength(${value}, ${length})\n    for (let ${index} = 0; ${index} < ${length}; ${index}++) ${nesting === 1 ? inner : `{ ${inner} }`}`
      },
    }
  }
}
