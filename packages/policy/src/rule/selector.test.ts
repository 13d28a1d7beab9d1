import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryLabels, arbitrarySelector, labelKeys } from '../testing/alphabet.js'
import { LabelSet } from './label.js'
import { holds, requirementsOf, selectorSchema, selects } from './selector.js'

describe('a selector', () => {
  it.each([
    ['In without values', { key: 'a', operator: 'In' }],
    ['NotIn with none', { key: 'a', operator: 'NotIn', values: [] }],
    ['Exists with values', { key: 'a', operator: 'Exists', values: ['b'] }],
    ['DoesNotExist with values', { key: 'a', operator: 'DoesNotExist', values: ['b'] }],
    ['an unknown operator', { key: 'a', operator: 'Gt', values: ['1'] }],
    ['no key', { key: '', operator: 'Exists' }],
    ['an unknown field', { key: 'a', operator: 'Exists', value: 'b' }],
  ])('is refused with %s', (_, requirement) => {
    expect(selectorSchema.safeParse({ matchExpressions: [requirement] }).success).toBe(false)
  })

  it('takes empty lists of values where none are wanted', () => {
    expect(selectorSchema.safeParse({ matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] }).success).toBe(true)
  })

  it('is its requirements, labels first', () => {
    expect(requirementsOf({ matchLabels: { a: 'x' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] })).toEqual([
      { key: 'a', operator: 'In', values: ['x'] },
      { key: 'b', operator: 'Exists' },
    ])
    expect(requirementsOf({})).toEqual([])
  })

  it('holds when each requirement does; of a key one of two opposites holds', () => {
    const words = { numRuns: 2000 }
    fc.assert(
      fc.property(arbitrarySelector([...labelKeys, 'k8s:app', 'container:app']), arbitraryLabels(), (selector, labels) => {
        const set = new LabelSet(Object.entries(labels))
        const all = requirementsOf(selector)
        expect(selects(selector, set)).toBe(all.every((one) => holds(one, set)))
        const opposite = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' } as const
        for (const one of all) expect(holds({ ...one, operator: opposite[one.operator] }, set)).toBe(!holds(one, set))
      }),
      words,
    )
  })
})
