import { below, pathInside } from './attribute.js'
import { align, u16 } from './bytes.js'
import { type Codec, type Inside, irregular } from './codec.js'
import { InputFault, WireFault } from './fault.js'
import type { Writer } from './writer.js'

type Field = readonly [name: string, codec: Codec<any, any>, sizeBytes: number]
type FieldValue<F> = F extends readonly [string, Codec<infer V, any>, number] ? V : never
type FieldInput<F> = F extends readonly [string, Codec<any, infer I>, number] ? I : never

/** What reading a struct gives. A kernel older than the struct's last fields leaves them out. */
export type StructValue<F extends readonly Field[]> = {
  readonly [X in F[number] as X[0] extends `_${string}` ? never : X[0]]: FieldValue<X>
}
/** What writing a struct takes: fields left out are zero. */
export type StructInput<F extends readonly Field[]> = {
  readonly [X in F[number] as X[0] extends `_${string}` ? never : X[0]]?: FieldInput<X> | undefined
}

/** A codec with a fixed layout. */
export interface StructCodec<F extends readonly Field[]> extends Codec<StructValue<F>, StructInput<F>> {
  readonly size: number
  /** a struct at `at`, without looking at its end: for message headers, whose size was checked */
  readonly fields: F
}

/**
 * A C struct: fields in order, each with its size; a name that begins with `_` is padding, written as zeros and not
 * shown. Bytes beyond the last field (a newer kernel's) are kept by the set around it; missing ones at the end (an older
 * kernel's) leave their fields out.
 *
 * @param required bytes that must be there
 */
export function struct<const F extends readonly Field[]>(fields: F, required?: number): StructCodec<F> {
  const size = fields.reduce((sum, [, , width]) => sum + width, 0)
  const least = required ?? size
  const names = new Set(fields.map(([name]) => name))
  return {
    size,
    fields,
    read(bytes, start, end, parent) {
      if (end - start < least) throw new WireFault(`${least} bytes expected, ${end - start} there`, start)
      const value: Record<string, unknown> = {}
      let at = start
      let odd = end - start !== size
      for (const [name, codec, width] of fields) {
        if (at + width > end) break
        if (name.charCodeAt(0) === 0x5f) {
          for (let pad = at; pad < at + width; pad++) if (bytes[pad] !== 0) odd = true
        } else {
          value[name] = codec.read(bytes, at, at + width, parent)
        }
        at += width
      }
      if (odd) irregular.met = true
      return value as StructValue<F>
    },
    write(out, value, parent) {
      if (typeof value !== 'object' || value === null)
        throw new InputFault(`${String(value)} is not an object`, '', `Give ${[...names].filter((n) => n[0] !== '_').join(', ')}.`)
      for (const name of Object.keys(value))
        if (!names.has(name))
          throw new InputFault(`has no field ${name}`, '', `Known here: ${[...names].filter((n) => n[0] !== '_').join(', ')}.`)
      for (const [name, codec, width] of fields) {
        const field = (value as Record<string, unknown>)[name]
        if (field === undefined) {
          out.reserve(width)
          continue
        }
        try {
          codec.write(out, field, parent)
        } catch (reason) {
          if (reason instanceof InputFault) throw reason.under(name)
          throw reason
        }
      }
    },
  }
}

/** The same codec again and again, without headers between: an array of structs or numbers of `width` bytes. */
export function array<T, In = T>(codec: Codec<T, In>, width: number): Codec<readonly T[], readonly In[]> {
  return {
    read(bytes, start, end, parent) {
      const values: T[] = []
      for (let at = start; at + width <= end; at += width) values.push(codec.read(bytes, at, at + width, parent))
      if ((end - start) % width !== 0) irregular.met = true
      return values
    },
    write(out, values, parent) {
      eachOf(values, (value) => codec.write(out, value, parent))
    },
  }
}

/** A list of attributes of one type (`type` 0 upwards when `counted`), each holding one value. */
export function list<T, In = T>(
  type: number,
  codec: Codec<T, In>,
  form: { counted?: boolean; nested?: boolean } = {},
): Codec<readonly T[], readonly In[]> {
  const inside: Inside = {
    path(bytes, start, end, offset, missing) {
      for (let at = start, index = 0; at + 4 <= end; index++) {
        const length = u16(bytes, at)
        if (length < 4 || at + length > end) return ''
        if (offset >= at && offset < at + align(length)) {
          return below(String(index), pathInside(codec.inside?.({}), bytes, at, at + length, offset, missing))
        }
        at += align(length)
      }
      return ''
    },
  }
  return {
    inside: () => inside,
    read(bytes, start, end, parent) {
      const values: T[] = []
      let odd = false
      let at = start
      for (let index = 0; at + 4 <= end; index++) {
        const length = u16(bytes, at)
        if (length < 4 || at + length > end) throw new WireFault(`a list entry of ${length} bytes where ${end - at} are left`, at)
        if (u16(bytes, at + 2) !== typeAt(index)) odd = true
        irregular.met = false
        values.push(codec.read(bytes, at + 4, at + length, parent))
        odd ||= irregular.met
        at += align(length)
      }
      irregular.met = odd || at !== end
      return values
    },
    write(out, values, parent) {
      eachOf(values, (value, index) => {
        const at = out.open(typeAt(index))
        codec.write(out, value, parent)
        out.close(at)
      })
    },
  }

  function typeAt(index: number): number {
    return (form.counted ? type + index : type) | (form.nested ? 0x8000 : 0)
  }
}

function eachOf<In>(values: readonly In[], write: (value: In, index: number) => void): void {
  if (!Array.isArray(values)) throw new InputFault('is not an array', '', 'Give an array.')
  values.forEach((value, index) => {
    try {
      write(value, index)
    } catch (reason) {
      if (reason instanceof InputFault) throw reason.under(String(index))
      throw reason
    }
  })
}

/**
 * A value whose form a sibling decides: `choose(parent)` gives the codec, or undefined when no table is known, and the
 * bytes then stay as they are.
 */
export function chosen<T, In>(choose: (parent: object) => Codec<T, In> | undefined): Codec<T | Uint8Array, In | Uint8Array> {
  return {
    inside: (parent) => choose(parent)?.inside?.(parent),
    read(bytes, start, end, parent) {
      return choose(parent)?.read(bytes, start, end, parent) ?? bytes.slice(start, end)
    },
    write(out: Writer, value, parent) {
      if (value instanceof Uint8Array) {
        out.raw(value)
        return
      }
      const codec = choose(parent)
      if (codec === undefined) throw new InputFault('has no known form here', '', 'Give its bytes as a Uint8Array.')
      codec.write(out, value, parent)
    },
  }
}

/** Names for numbers: an unknown number reads as itself. */
export function named<const N extends Readonly<Record<string, number>>>(
  names: N,
  codec: Codec<number>,
): Codec<(keyof N & string) | number> {
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name as keyof N & string]))
  return {
    read(bytes, start, end, parent) {
      const number = codec.read(bytes, start, end, parent)
      return byNumber.get(number) ?? number
    },
    write(out, value, parent) {
      if (typeof value === 'number') return codec.write(out, value, parent)
      const number = Object.hasOwn(names, value) ? names[value] : undefined
      if (number === undefined)
        throw new InputFault(
          `"${String(value)}" is not one of ${Object.keys(names).join(', ')}`,
          '',
          'Give one of the names, or the number.',
        )
      codec.write(out, number, parent)
    },
  }
}
