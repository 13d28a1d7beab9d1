import type { Policy } from '../rule/policy.js'
import type { Reading } from './reading/reading.js'
import type { DocumentPath } from './reading/source-document.js'

/** A kind of document that is understood. */
export interface Kind {
  /** of which any will do; none: the kind is our own */
  readonly apiVersions: readonly string[]
  readonly kind: string
  /** whether its objects live in namespaces */
  readonly namespaced: boolean
  /** where its identity is written */
  readonly identity: DocumentPath
  /** The policies of a document at `base`; what is wrong is told to the reading. */
  read(value: unknown, base: DocumentPath, reading: Reading): Policy[]
}

export const NAME_PATH: DocumentPath = ['metadata', 'name']
