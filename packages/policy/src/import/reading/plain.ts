import { MAX_NESTING } from './nesting.js'
import type { Reading } from './reading.js'
import type { DocumentPath } from './source-document.js'

/** Here a null is a value that somebody forgot to write, not a field left out. */
const LABELS = new Set(['matchLabels', 'labels'])

/**
 * The document as plain data of its own. A field that is null is taken as absent, as the API server takes it, and told; a null in a list
 * stays, to be found wrong there. Undefined when it is no plain data: that was told too.
 */
export function plainData(reading: Reading): unknown {
  const above = new Set<object>()
  let sound = true
  const refuse = (path: DocumentPath, message: string): undefined => {
    sound = false
    reading.problem(path, message)
    return undefined
  }
  const copy = (value: unknown, path: DocumentPath): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (above.has(value)) return refuse(path, 'holds itself')
    if (path.length > MAX_NESTING) return refuse(path, `nested more than ${MAX_NESTING} deep`)
    above.add(value)
    const made = Array.isArray(value) ? value.map((item, at) => copy(item, [...path, at])) : copyObject(value, path)
    above.delete(value)
    return made
  }
  const copyObject = (value: object, path: DocumentPath): unknown => {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return refuse(path, 'is no plain data')
    const keepsNull = LABELS.has(`${path.at(-1)}`)
    const entries = Object.entries(value).filter(([key, inner]) => {
      if (inner !== null || keepsNull) return inner !== undefined
      if (!path.includes('metadata') && !path.includes('status')) reading.warn([...path, key], 'null: taken as absent')
      return false
    })
    // not by assignment: a key may be called __proto__
    return Object.fromEntries(entries.map(([key, inner]) => [key, copy(inner, [...path, key])]))
  }
  const made = copy(reading.document.value, [])
  return sound ? made : undefined
}
