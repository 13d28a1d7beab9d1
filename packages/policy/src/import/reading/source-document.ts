/** From a document's root: field names and places in lists. */
export type DocumentPath = readonly (string | number)[]

/** Counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A document, and where in a text its parts stand. */
export interface SourceDocument {
  /** plain data, as the text or the caller has it */
  readonly value: unknown
  /** of the node at that path, or of the nearest that is there above it; undefined where no text was read */
  place(path: DocumentPath): Place | undefined
  /** of the key that ends the path, rather than of its value */
  placeOfKey(path: DocumentPath): Place | undefined
}

/** Data that never was text. */
export function withoutText(value: unknown): SourceDocument {
  return { value, place: () => undefined, placeOfKey: () => undefined }
}
