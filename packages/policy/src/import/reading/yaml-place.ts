import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml'
import type { DocumentPath, Place } from './source-document.js'

interface Found {
  readonly value: Node | undefined
  readonly key: Node | undefined
  /** whether the whole path led here */
  readonly whole: boolean
}

/** The node at a path, through aliases to what they name; where the path ends early, the last node on it. */
function find(document: Document, path: DocumentPath): Found {
  let found: Found = { value: document.contents ?? undefined, key: undefined, whole: true }
  for (const part of path) {
    const at = isAlias(found.value) ? found.value.resolve(document) : found.value
    const next = isMap(at) ? inMap(at.items, part) : isSeq(at) && typeof part === 'number' ? inSeq(at.items, part) : undefined
    if (next === undefined) return { ...found, whole: false }
    found = next
  }
  return found
}

interface Entry {
  readonly key: unknown
  readonly value: unknown
}

/** A mapping may have many entries, and each may be asked for. */
const keysOfMaps = new WeakMap<readonly Entry[], ReadonlyMap<string, Entry>>()

function byKey(items: readonly Entry[]): ReadonlyMap<string, Entry> {
  const known = keysOfMaps.get(items)
  if (known !== undefined) return known
  const made = new Map(items.flatMap((entry) => (isScalar(entry.key) ? [[`${entry.key.value}`, entry] as const] : [])))
  keysOfMaps.set(items, made)
  return made
}

function inMap(items: readonly Entry[], part: string | number): Found | undefined {
  const pair = byKey(items).get(`${part}`)
  if (pair === undefined) return undefined
  const key = isNode(pair.key) ? pair.key : undefined
  return { value: isNode(pair.value) ? pair.value : key, key, whole: true }
}

function inSeq(items: readonly unknown[], part: number): Found | undefined {
  const item = items[part]
  return isNode(item) ? { value: item, key: undefined, whole: true } : undefined
}

export function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(Math.max(0, offset))
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

export function placeOf(document: Document, lines: LineCounter, path: DocumentPath): Place {
  const { value } = find(document, path)
  return placeAt(lines, value?.range?.[0] ?? document.range?.[0] ?? 0)
}

export function placeOfKey(document: Document, lines: LineCounter, path: DocumentPath): Place {
  const { key, value, whole } = find(document, path)
  return placeAt(lines, (whole ? key : value)?.range?.[0] ?? value?.range?.[0] ?? document.range?.[0] ?? 0)
}
