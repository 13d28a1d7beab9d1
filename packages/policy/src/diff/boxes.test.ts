import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxesOf } from './boxes.js'
import type { Atom } from './compare.js'
import { rangesOf, type TrafficSet } from './traffic-set.js'

const tcp = (first: number, last = first): TrafficSet => rangesOf([{ protocol: 6, first, last }])
const [low, high, both] = [tcp(1), tcp(2), tcp(1, 2)]
const atom = (from: number, to: number, traffic = low): Atom => ({ from, to, traffic })
const shown = (atoms: readonly Atom[]): string[] =>
  boxesOf(atoms)
    .map(({ from, to, traffic }) => `${from} → ${to} ${traffic.key}`)
    .sort()

describe('boxes', () => {
  it.each<[string, Atom[], string[]]>([
    ['a full product is one', [atom(1, 3), atom(1, 4), atom(2, 3), atom(2, 4)], ['1,2 → 3,4 6/1-1']],
    ['one source with all its destinations', [atom(1, 3), atom(1, 4), atom(2, 4), atom(2, 5)], ['1 → 3,4 6/1-1', '2 → 4,5 6/1-1']],
    [
      'one destination with all its sources',
      [1, 2, 3].flatMap((from) => [atom(from, 9), atom(from, from)]),
      ['1 → 1,9 6/1-1', '2 → 2,9 6/1-1', '3 → 3,9 6/1-1'],
    ],
    ['a common destination', [atom(1, 9), atom(2, 9), atom(3, 9), atom(1, 8)], ['1 → 8,9 6/1-1', '2,3 → 9 6/1-1']],
    ['traffic cut where that takes fewer', [atom(1, 3, both), atom(1, 4, low), atom(1, 5, high)], ['1 → 3,4 6/1-1', '1 → 3,5 6/2-2']],
    [
      'traffic left whole where it does not',
      [atom(1, 3, both), atom(2, 3, low), atom(2, 4, low), atom(1, 4, both)],
      ['1 → 3,4 6/1-2', '2 → 3,4 6/1-1'],
    ],
  ])('%s', (_, atoms, expected) => {
    expect(shown(atoms)).toEqual(expected)
  })

  it('hold each flow of the atoms once, and no other', () => {
    const traffic = [low, high, both, tcp(2, 4)]
    const arbitraryAtoms = fc
      .uniqueArray(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(3)), { selector: ([from, to]) => `${from} ${to}`, maxLength: 25 })
      .map((all) => all.map(([from, to, which]) => atom(from, to, traffic[which])))
    const flowsOf = (all: readonly { from: number | readonly number[]; to: number | readonly number[]; traffic: TrafficSet }[]): string[] =>
      all
        .flatMap(({ from, to, traffic: { stretches } }) =>
          [from]
            .flat()
            .flatMap((one) =>
              [to]
                .flat()
                .flatMap((other) =>
                  stretches.flatMap(({ first, last }) =>
                    Array.from({ length: last - first + 1 }, (_, at) => `${one} ${other} ${first + at}`),
                  ),
                ),
            ),
        )
        .sort()
    fc.assert(
      fc.property(arbitraryAtoms, (atoms) => {
        const boxes = boxesOf(atoms)
        expect(flowsOf(boxes)).toEqual(flowsOf(atoms))
        expect(boxes.length).toBeLessThanOrEqual(atoms.length)
      }),
      { numRuns: 500 },
    )
  })
})
