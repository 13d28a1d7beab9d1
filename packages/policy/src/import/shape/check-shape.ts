import type { z } from 'zod'
import { formatPath } from '../../schema/define.js'
import { removeKey } from '../reading/at-path.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import { wording } from './wording.js'

/**
 * The value as the schema has it; undefined when it is otherwise, which was told. Unknown fields are told and taken away from the value,
 * which must be the reader's own, and the rest is looked at again: no problem hides another.
 */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown, base: DocumentPath, reading: Reading): T | undefined {
  const lessened = new Set<string>()
  for (;;) {
    const parsed = schema.safeParse(value, { error: wording })
    if (parsed.success) return parsed.data
    const unknown = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys')
    if (unknown.length === 0) {
      // what lost a field that was meant to be another one may now seem to lack it
      for (const { path, message } of parsed.error.issues)
        if (!lessened.has(formatPath(path))) reading.problem([...base, ...documentPath(path)], message)
      return undefined
    }
    for (const { path, keys } of unknown) {
      if (reading.settings.unknownFields === 'error') lessened.add(formatPath(path))
      for (const key of keys) {
        reading.unknownKey([...base, ...documentPath(path), key], `unknown field ${key}`)
        removeKey(value, documentPath(path), key)
      }
    }
  }
}

export function documentPath(path: readonly PropertyKey[]): DocumentPath {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part))
}
