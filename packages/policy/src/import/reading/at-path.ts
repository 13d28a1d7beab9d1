import type { DocumentPath } from './source-document.js'

/** What stands at a path of plain data; undefined where nothing does. */
export function atPath(value: unknown, path: DocumentPath): unknown {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Record<string | number, unknown>)[part]
  }
  return at
}

/** Takes a field away, in place. */
export function removeKey(value: unknown, path: DocumentPath, key: string): void {
  const at = atPath(value, path)
  if (typeof at === 'object' && at !== null) delete (at as Record<string, unknown>)[key]
}
