import { align, u16 } from './bytes.js'
import { type Codec, type Inside, irregular } from './codec.js'
import { InputFault, WireFault } from './fault.js'
import type { Writer } from './writer.js'

/** Source: linux/netlink.h. The flags share the type field; a type is 14 bits. */
export const NLA_F_NESTED = 0x8000
export const NLA_F_NET_BYTEORDER = 0x4000
const NLA_TYPE_MASK = 0x3fff

/** One row of a table: the attribute's number, its codec, and how its type field is flagged when we write it. */
export interface Attribute<T = unknown, In = T> {
  readonly type: number
  readonly codec: Codec<T, In>
  readonly nested: boolean
  /** read after its siblings, because its form depends on one that comes later on the wire */
  readonly late: boolean
}

export type AttributeTable = Readonly<Record<string, Attribute<any, any>>>

/** An attribute that no table knows, under `#` and its type field in decimal: kept as it came, written back as it is. */
export type UnknownAttributes = { readonly [key: `#${string}`]: Uint8Array }

/** What reading a set gives: the attributes that were there, in the order of the wire. */
export type ValuesOf<T extends AttributeTable> = {
  readonly [K in keyof T]?: (T[K] extends Attribute<infer V, any> ? V : never) | undefined
} & UnknownAttributes

/** What writing a set takes. */
export type InputsOf<T extends AttributeTable> = {
  readonly [K in keyof T]?: (T[K] extends Attribute<any, infer I> ? I : never) | undefined
} & UnknownAttributes

export function attribute<T, In = T>(type: number, codec: Codec<T, In>): Attribute<T, In> {
  return { type, codec, nested: false, late: false }
}

/** An attribute that holds attributes, flagged NLA_F_NESTED when we write it. */
export function nest<T, In = T>(type: number, codec: Codec<T, In>): Attribute<T, In> {
  return { type, codec, nested: true, late: false }
}

/** As {@link attribute}, read when all its siblings have been. */
export function late<T, In = T>(row: Attribute<T, In>): Attribute<T, In> {
  return { ...row, late: true }
}

interface Row {
  readonly name: string
  readonly attribute: Attribute<any, any>
}

/** How an attribute stood on the wire when that was not how we would write it. */
interface Deviation {
  readonly type: number
  readonly value: unknown
  /** the very bytes; absent when only the type's flags differ */
  readonly payload: Uint8Array | undefined
}

const deviations = new WeakMap<object, Map<string, Deviation>>()

/**
 * A table of attributes: itself a codec (the set nested in another). Reading keeps the order of the wire as the order of
 * the object's keys, and writing follows the keys' order, so that what is read is written back to the same bytes.
 */
export class AttributeSet<T extends AttributeTable = AttributeTable> implements Codec<ValuesOf<T>, InputsOf<T>>, Inside {
  readonly table: T
  private readonly byType: (Row | undefined)[] = []

  constructor(table: T) {
    this.table = table
    for (const [name, row] of Object.entries(table)) this.byType[row.type] = { name, attribute: row }
  }

  read(bytes: Uint8Array, start: number, end: number, _parent?: object): ValuesOf<T> {
    const values: Record<string, unknown> = {}
    let later: { row: Row; type: number; at: number; stop: number }[] | undefined
    let again: Map<number, number> | undefined
    let at = start
    while (at + 4 <= end) {
      const length = u16(bytes, at)
      if (length < 4 || at + length > end) throw new WireFault(`an attribute of ${length} bytes where ${end - at} are left`, at)
      const type = u16(bytes, at + 2)
      const row = this.byType[type & NLA_TYPE_MASK]
      if (row === undefined || row.name in values) {
        again ??= new Map()
        values[unknownKey(again, type)] = bytes.slice(at + 4, at + length)
      } else if (row.attribute.late) {
        values[row.name] = undefined
        later ??= []
        later.push({ row, type, at: at + 4, stop: at + length })
      } else {
        this.readOne(values, row, type, bytes, at + 4, at + length)
      }
      at += align(length)
    }
    if (later !== undefined) for (const { row, type, at, stop } of later) this.readOne(values, row, type, bytes, at, stop)
    // one to three bytes may be left, or the last padding missing: the kernel tolerates that, and so do we
    if (at !== end) irregular.met = true
    return values as ValuesOf<T>
  }

  private readOne(values: Record<string, unknown>, row: Row, type: number, bytes: Uint8Array, start: number, end: number): void {
    irregular.met = false
    const value = row.attribute.codec.read(bytes, start, end, values)
    values[row.name] = value
    const odd = irregular.met
    irregular.met = false
    if (odd || type !== typeOf(row.attribute)) {
      let known = deviations.get(values)
      if (known === undefined) {
        known = new Map()
        deviations.set(values, known)
      }
      known.set(row.name, { type, value, payload: odd ? bytes.slice(start, end) : undefined })
    }
  }

  write(out: Writer, values: InputsOf<T>, _parent?: object): void {
    if (typeof values !== 'object' || values === null)
      throw new InputFault(`${String(values)} is not an object`, '', `Known here: ${Object.keys(this.table).join(', ')}.`)
    const known = deviations.get(values)
    for (const name of Object.keys(values)) {
      const value = (values as Record<string, unknown>)[name]
      if (value === undefined) continue
      try {
        this.writeOne(out, name, value, values, known?.get(name))
      } catch (reason) {
        if (reason instanceof InputFault) throw reason.under(name)
        throw reason
      }
    }
  }

  private writeOne(out: Writer, name: string, value: unknown, values: object, deviation: Deviation | undefined): void {
    if (name.charCodeAt(0) === 0x23) {
      writeUnknown(out, name, value)
      return
    }
    const row = Object.hasOwn(this.table, name) ? this.table[name] : undefined
    if (row === undefined)
      throw new InputFault('is not an attribute of this message', '', `Known here: ${Object.keys(this.table).join(', ')}.`)
    // a presence flag that is false is an attribute that is not there
    if (value === false && row.codec.presence === true) return
    const kept = deviation !== undefined && deviation.value === value ? deviation : undefined
    const at = out.open(kept?.type ?? typeOf(row))
    if (kept?.payload !== undefined) out.raw(kept.payload)
    else row.codec.write(out, value, values)
    out.close(at)
  }

  inside(): Inside {
    return this
  }

  nameOf(type: number): string {
    return this.byType[type & NLA_TYPE_MASK]?.name ?? `#${type & NLA_TYPE_MASK}`
  }

  /** The path by name of the attribute that `offset` lies in, or ''. */
  path(bytes: Uint8Array, start: number, end: number, offset: number, missing?: number): string {
    for (let at = start; at + 4 <= end; ) {
      const length = u16(bytes, at)
      if (length < 4 || at + length > end) return ''
      if (offset >= at && offset < at + align(length)) {
        const type = u16(bytes, at + 2) & NLA_TYPE_MASK
        const row = this.byType[type]
        if (row === undefined) return below(`#${type}`, missing === undefined ? '' : `#${missing}`)
        const inside = row.attribute.codec.inside?.(this.siblings(bytes, start, end))
        return below(row.name, pathInside(inside, bytes, at, at + length, offset, missing))
      }
      at += align(length)
    }
    return ''
  }

  private siblings(bytes: Uint8Array, start: number, end: number): object {
    try {
      return this.read(bytes, start, end)
    } catch (reason) {
      if (reason instanceof WireFault) return {}
      throw reason
    }
  }
}

/**
 * What is meant inside the attribute at `at`: the attribute that `offset` lies in, or, when `offset` is that of the
 * attribute itself, the one of type `missing`.
 */
export function pathInside(
  inside: Inside | undefined,
  bytes: Uint8Array,
  at: number,
  end: number,
  offset: number,
  missing?: number,
): string {
  if (offset >= at + 4) return inside?.path(bytes, at + 4, end, offset, missing) ?? ''
  return missing === undefined ? '' : (inside?.nameOf?.(missing) ?? `#${missing}`)
}

/** `linkinfo.data` of `linkinfo` and `data`. */
export function below(name: string, deeper: string): string {
  return deeper === '' ? name : `${name}.${deeper}`
}

function typeOf(row: Attribute): number {
  return row.nested ? row.type | NLA_F_NESTED : row.type
}

/** `#55`; for a second one of the same type `#55+`, then `#55+2` and so on, so that each keeps its place. */
function unknownKey(again: Map<number, number>, type: number): string {
  const before = again.get(type) ?? 0
  again.set(type, before + 1)
  return before === 0 ? `#${type}` : before === 1 ? `#${type}+` : `#${type}+${before}`
}

function writeUnknown(out: Writer, name: string, value: unknown): void {
  const digits = /^#(\d{1,5})(?:\+\d*)?$/.exec(name)?.[1]
  const type = Number(digits)
  if (digits === undefined || type > 0xffff)
    throw new InputFault('is not an attribute number', '', 'Write "#" and its type from 0 to 65535.')
  if (!(value instanceof Uint8Array)) throw new InputFault('is not a Uint8Array', '', 'Give the bytes of the attribute.')
  const at = out.open(type)
  out.raw(value)
  out.close(at)
}

/** A set from its table. */
export function attributeSet<T extends AttributeTable>(table: T): AttributeSet<T> {
  return new AttributeSet(table)
}
