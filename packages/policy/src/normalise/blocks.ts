import type { Prefix } from '@axoneme/sys/values'
import type { Cidr } from '../rule/prefix.js'
import { prefixOf } from '../rule/prefix.js'
import { distinct } from './order.js'

const byPrefix = (left: Prefix, right: Prefix): number => left.family - right.family || left.compare(right)

/** In order, once each, and without those that lie in another. */
export function normalisePrefixes(texts: readonly string[]): string[] {
  const all = distinct(texts).map((text) => ({ text, prefix: prefixOf(text) }))
  return all
    .filter(({ prefix, text }) => !all.some((other) => other.text !== text && other.prefix.contains(prefix)))
    .sort((a, b) => byPrefix(a.prefix, b.prefix))
    .map(({ text }) => text)
}

/**
 * Blocks in order, without those that are nothing (carved out whole) and those that lie in another that nothing is carved out of. Neighbours
 * stay two: whoever is a block itself lies in the sum of two without lying in either.
 *
 * @param covers whether a wider block means all that a narrower one does, besides its addresses
 */
export function normaliseBlocks<T extends Cidr>(blocks: readonly T[], covers: (wide: T, narrow: T) => boolean = () => true): T[] {
  const all = distinct(blocks.map((block): T => ({ ...block, except: normalisePrefixes(block.except) }))).filter(
    ({ prefix, except }) => !except.some((inner) => prefixOf(inner).contains(prefixOf(prefix))),
  )
  const within = (narrow: T, wide: T): boolean =>
    wide !== narrow && wide.except.length === 0 && covers(wide, narrow) && prefixOf(wide.prefix).contains(prefixOf(narrow.prefix))
  return all
    .filter((block) => !all.some((wide) => within(block, wide)))
    .sort((a, b) => byPrefix(prefixOf(a.prefix), prefixOf(b.prefix)) || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
