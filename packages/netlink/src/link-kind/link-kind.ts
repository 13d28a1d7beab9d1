import type { AttributeSet, AttributeTable, InputsOf, ValuesOf } from '../wire/index.js'

/**
 * One kind of link: the name that the kernel knows it by, and the table of `linkinfo.data`. Adding a kind is one file
 * that defines it and one line in the index.
 */
export interface LinkKind<N extends string = string, T extends AttributeTable = AttributeTable> {
  readonly kind: N
  /** undefined: the kind takes no data */
  readonly data: AttributeSet<T> | undefined
  /** `linkinfo.slave_data` of a link that such a link is the master of */
  readonly slaveData?: AttributeSet
  /** the first kernel that has the driver */
  readonly since: string
  /** the option that a kernel must be configured with */
  readonly config: string
  /** whether `data` must be there at creation */
  readonly needs?: readonly string[]
}

export function linkKind<const N extends string, T extends AttributeTable>(kind: LinkKind<N, T>): LinkKind<N, T> {
  return kind
}

export type DataInput<K> = K extends LinkKind<string, infer T> ? InputsOf<T> : never
export type DataValue<K> = K extends LinkKind<string, infer T> ? ValuesOf<T> : never
