import { expect } from 'vitest'
import { type Field, type Indexes, SKIP } from './field.js'

export interface Tally {
  objects: number
  peer: number
  ip: number
  readonly differences: string[]
}

export const tally = (): Tally => ({ objects: 0, peer: 0, ip: 0, differences: [] })

const shown = (value: unknown): string => JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? `${inner}` : inner))

/** Compares what both know, object by object in the order of the kernel. */
export function compare<O>(
  count: Tally,
  fields: readonly Field<O>[],
  objects: readonly O[],
  others: { peer?: readonly unknown[]; ip?: readonly unknown[] },
  index: Indexes,
): void {
  for (const [side, theirs] of Object.entries(others) as ['peer' | 'ip', readonly unknown[]][]) {
    if (theirs.length !== objects.length)
      count.differences.push(`${side} has ${theirs.length} objects, we ${objects.length}: ${shown(theirs).slice(0, 2000)}`)
    objects.forEach((object, at) => {
      const other = theirs[at]
      if (other === undefined) return
      for (const field of fields) {
        const read = field[side]
        if (read === undefined) continue
        const ours = field.ours(object)
        const expected = read(other, index)
        if (expected === SKIP || (ours === undefined && expected === undefined)) continue
        count[side]++
        const close =
          field.tolerance !== undefined &&
          typeof ours === 'number' &&
          typeof expected === 'number' &&
          Math.abs(ours - expected) <= field.tolerance
        if (!close && !Object.is(ours, expected))
          count.differences.push(
            `${field.name} of ${at}: we say ${String(ours)}, ${side} ${String(expected)}: ${shown(other).slice(0, 300)}`,
          )
      }
    })
  }
  count.objects += objects.length
}

/** No difference, and not for want of anything to compare. */
export function enough(count: Tally, least: { objects: number; peer: number; ip: number }): void {
  expect(count.differences).toEqual([])
  expect(count.objects).toBeGreaterThanOrEqual(least.objects)
  expect(count.peer).toBeGreaterThanOrEqual(least.peer)
  expect(count.ip).toBeGreaterThanOrEqual(least.ip)
}
