import { describe, expect, it } from 'vitest'
import { formatProblem, policyInvalid } from '../errors.js'
import { deepFreeze } from './freeze.js'
import { formatSource } from './source.js'

describe('a place in a document', () => {
  it('is written as editors understand it', () => {
    expect(formatSource({ file: 'a.yaml', line: 12, column: 5, path: 'spec' })).toBe('a.yaml:12')
    expect(formatSource({ line: 12, column: 5, path: 'spec' })).toBe('line 12')
  })

  it.each([
    [{ file: 'a.yaml', line: 1, column: 2, path: 'spec', message: 'wrong' }, 'a.yaml:1:2 spec: wrong'],
    [{ line: 1, path: 'spec', message: 'wrong' }, '1 spec: wrong'],
    [{ path: 'spec', message: 'wrong' }, 'spec: wrong'],
    [{ file: 'a.yaml', path: '', message: 'wrong' }, 'a.yaml wrong'],
    [{ path: '', message: 'wrong' }, 'wrong'],
  ])('of a problem: %j', (problem, text) => {
    expect(formatProblem(problem)).toBe(text)
    expect(policyInvalid([problem]).message).toBe(text)
  })
})

describe('what is frozen', () => {
  it('is so inside, and has no undefined fields', () => {
    const value = deepFreeze({ a: [{ b: undefined, c: 1 }], d: undefined })
    expect(Object.keys(value)).toEqual(['a'])
    expect(Object.keys(value.a[0] ?? {})).toEqual(['c'])
    expect(() => (value.a as unknown[]).push(1)).toThrow()
    expect(deepFreeze(value)).toBe(value)
    expect(deepFreeze(null)).toBeNull()
  })
})
