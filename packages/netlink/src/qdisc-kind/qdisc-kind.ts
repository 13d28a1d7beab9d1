import type { AttributeSet, AttributeTable, Codec } from '../wire/index.js'

/**
 * One kind of queueing discipline: the codec of its options, the options as callers give and see them, and likewise for
 * its classes. `toWire` fills in what the kernel wants beside what people mean (ticks, both rate fields).
 */
export interface QdiscKind<N extends string = string, O = any, C = any> {
  readonly kind: N
  readonly options: OptionForm<O> | undefined
  readonly classOptions?: OptionForm<C>
  readonly since: string
  readonly config: string
}

/** A value's two forms: what people say, and the attributes that carry it. */
export interface OptionForm<O> {
  readonly wire: Codec<any, any>
  /** undefined: without options, as the kernel has it */
  toWire(options: O): object | undefined
  fromWire(wire: any): O
}

/** Options whose wire form is what people say. */
export function direct<T extends AttributeTable, O>(set: AttributeSet<T>): OptionForm<O> {
  return { wire: set, toWire: (options) => options as object, fromWire: (wire) => wire as O }
}

export function qdiscKind<const N extends string, O, C = never>(kind: QdiscKind<N, O, C>): QdiscKind<N, O, C> {
  return kind
}
