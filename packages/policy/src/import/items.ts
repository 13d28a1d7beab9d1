import type { Reading } from './reading/reading.js'
import type { DocumentPath } from './reading/source-document.js'

/** One object in a document. */
export interface Item {
  readonly path: DocumentPath
  readonly value: Readonly<Record<string, unknown>>
  readonly kind: string
  readonly apiVersion: string | undefined
}

type Fields = Readonly<Record<string, unknown>>

/** The objects of a document: itself, or those of a list, whether of any kind (`List`) or of one (`NetworkPolicyList`). */
export function itemsOf(value: unknown, reading: Reading): Item[] {
  if (Array.isArray(value)) return value.flatMap((inner, at) => listed(inner, [at], reading))
  return listed(value, [], reading)
}

function listed(value: unknown, path: DocumentPath, reading: Reading): Item[] {
  const item = itemOf(value, path, {}, reading)
  if (item === undefined) return []
  if (!item.kind.endsWith('List')) return [item]
  const { items } = item.value
  if (!Array.isArray(items)) {
    reading.problem([...path, 'items'], `a ${item.kind} has a list of items`)
    return []
  }
  for (const key of Object.keys(item.value))
    if (!['apiVersion', 'kind', 'metadata', 'items'].includes(key)) reading.unknownKey([...path, key], `unknown field ${key}`)
  // items of a list of one kind need not say it again
  const otherwise = item.kind === 'List' ? {} : { kind: item.kind.slice(0, -'List'.length), apiVersion: item.apiVersion }
  return items.flatMap((inner, at) => itemOf(inner, [...path, 'items', at], otherwise, reading) ?? [])
}

function itemOf(value: unknown, path: DocumentPath, otherwise: Fields, reading: Reading): Item | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    reading.problem(path, 'a document is a mapping with a kind')
    return undefined
  }
  const fields = { ...otherwise, ...value } as Fields
  const { kind, apiVersion } = fields
  if (typeof kind !== 'string' || kind === '') {
    reading.problem([...path, 'kind'], kind === undefined ? 'is missing' : 'is no name of a kind')
    return undefined
  }
  if (apiVersion !== undefined && typeof apiVersion !== 'string') {
    reading.problem([...path, 'apiVersion'], 'is no text')
    return undefined
  }
  return { path, value: fields, kind, apiVersion }
}
