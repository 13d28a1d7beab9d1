import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fewestPrefixes, type NumberPrefix, type Stretch } from './prefixes.js'

/** Stretches over all numbers from cuts and classes. */
const arbitraryStretches = fc
  .array(
    fc.record({
      first: fc.oneof(
        fc.nat(65_535),
        fc.nat(255).map((at) => at * 256),
        fc.nat(40),
      ),
      class: fc.nat(3),
    }),
    { maxLength: 12 },
  )
  .map((cuts): Stretch[] => {
    const starts = new Map([[0, 0], ...cuts.map(({ first, class: of }): [number, number] => [first, of])])
    const sorted = [...starts].sort(([a], [b]) => a - b)
    return sorted.map(([first, of], at) => ({ first, last: (sorted[at + 1]?.[0] ?? 65_536) - 1, class: of }))
  })

const classAt = (stretches: readonly Stretch[], number: number): number => stretches.find(({ last }) => number <= last)?.class as number

function longest(prefixes: readonly NumberPrefix[], number: number, inherited: number): number {
  let found = inherited
  let length = -1
  for (const prefix of prefixes)
    if (prefix.length > length && number >>> (16 - prefix.length) === prefix.value >>> (16 - prefix.length)) {
      found = prefix.class
      length = prefix.length
    }
  return found
}

/** The least number of prefixes, by trying every class at every branch. */
function least(stretches: readonly Stretch[], inherited: number): number {
  const known = new Map<string, number>()
  const from = (value: number, length: number, given: number): number => {
    const inside = new Set(
      stretches.filter(({ first, last }) => first < value + 2 ** (16 - length) && last >= value).map(({ class: of }) => of),
    )
    if (inside.size === 1) return inside.has(given) ? 0 : 1
    const key = `${value} ${length} ${given}`
    const there = known.get(key)
    if (there !== undefined) return there
    const costs = [...new Set([...inside, given])].map(
      (tried) => (tried === given ? 0 : 1) + from(value, length + 1, tried) + from(value + 2 ** (15 - length), length + 1, tried),
    )
    known.set(key, Math.min(...costs))
    return Math.min(...costs)
  }
  return from(0, 0, inherited)
}

describe('prefixes of numbers', () => {
  it('give every number its class', () => {
    fc.assert(
      fc.property(arbitraryStretches, fc.nat(3), (stretches, inherited) => {
        const prefixes = fewestPrefixes(stretches, inherited)
        for (const { first, last } of stretches)
          for (const number of [first, last, first + ((last - first) >> 1)])
            expect(longest(prefixes, number, inherited)).toBe(classAt(stretches, number))
      }),
      { numRuns: 500 },
    )
  })

  it('are the fewest that do', () => {
    const few = fc.tuple(fc.nat(65_535), fc.nat(65_535), fc.nat(2), fc.nat(2)).map(([a, b, one, two]): Stretch[] => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      const cut: Stretch[] = [
        { first: 0, last: low - 1, class: 0 },
        { first: low, last: high - 1, class: one },
        { first: high, last: 65_535, class: two },
      ]
      return cut.filter(({ first, last }) => last >= first)
    })
    fc.assert(
      fc.property(few, fc.nat(2), (stretches, inherited) => {
        expect(fewestPrefixes(stretches, inherited)).toHaveLength(least(stretches, inherited))
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['one port', [80, 80], 1],
    ['an aligned range', [8192, 16_383], 1],
    ['1 to 65535: all, and zero apart', [1, 65_535], 2],
    ['the range of node ports', [30_000, 32_767], 5],
  ])('%s', (_, [first, last], count) => {
    const stretches: Stretch[] = [
      { first: 0, last: (first as number) - 1, class: 0 },
      { first: first as number, last: last as number, class: 1 },
      { first: (last as number) + 1, last: 65_535, class: 0 },
    ]
    expect(
      fewestPrefixes(
        stretches.filter((one) => one.last >= one.first),
        0,
      ),
    ).toHaveLength(count as number)
  })
})
