import { fq, fqCodel } from './fair.js'
import { htb } from './htb.js'
import { bfifo, clsact, ingress, mq, noqueue, pfifo } from './plain.js'
import type { QdiscKind } from './qdisc-kind.js'
import { tbf } from './tbf.js'

export type { HtbClassOptions, HtbOptions } from './htb.js'
export type { FifoOptions } from './plain.js'
export type { OptionForm, QdiscKind } from './qdisc-kind.js'
export type { TbfOptions } from './tbf.js'

/** Every queueing discipline whose options have a form. */
export const qdiscKinds = { bfifo, clsact, fq, fq_codel: fqCodel, htb, ingress, mq, noqueue, pfifo, tbf } as const

export type QdiscKinds = typeof qdiscKinds
export type QdiscKindName = keyof QdiscKinds
type OptionsOf<K> = K extends QdiscKind<string, infer O, any> ? O : never
type ClassOptionsOf<K> = K extends QdiscKind<string, any, infer C> ? C : never

/** `{ kind, options }`, the options typed by the kind. */
export type QdiscKindInput = {
  [K in QdiscKindName]: { readonly kind: K; readonly options?: OptionsOf<QdiscKinds[K]> | undefined }
}[QdiscKindName]

/** The same for a class. */
export type ClassKindInput = { readonly kind: 'htb'; readonly options: ClassOptionsOf<QdiscKinds['htb']> }

/** The kind of that name, or undefined. */
export function findQdiscKind(kind: string): QdiscKind | undefined {
  return Object.hasOwn(qdiscKinds, kind) ? (qdiscKinds[kind as QdiscKindName] as QdiscKind) : undefined
}
