import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { PolicyError, PolicyProblem } from '../errors.js'
import { parsePolicies } from './index.js'

const FOLDER = new URL('../../testdata/documents/', import.meta.url)
const texts = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER), 'utf8'))
const objects = texts.filter((text) => !text.includes('---')).map((text) => parse(text) as object)

function problemsOf(error: PolicyError): readonly PolicyProblem[] {
  return 'problems' in error ? error.problems : []
}

/** What an unlucky hand may write into a document. */
const scraps = fc.oneof(
  fc.constantFrom(
    '',
    '\t',
    ' ',
    '  ',
    '\n',
    '- ',
    ': ',
    '{}',
    '[]',
    '[',
    '}',
    '&a ',
    '*a',
    '? ',
    '!x ',
    '|',
    '#',
    '"',
    "'",
    '---\n',
    'null',
    'true',
    '-1',
  ),
  fc.string({ maxLength: 6 }),
)
const values = fc.oneof(
  fc.constantFrom(null, undefined, true, -1, 65536, 0.5, '', {}, [], [null], [[]], { a: 1 }),
  fc.string(),
  fc.object({ maxDepth: 2 }),
)

/** Numbered places of an object, itself left out. */
function placesIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesIn(inner, [...path, key])])
}

function put(given: object, path: readonly (string | number)[], value: unknown): object {
  const made = structuredClone(given)
  let at = made as Record<string | number, unknown>
  for (const part of path.slice(0, -1)) at = at[part] as Record<string | number, unknown>
  at[path.at(-1) ?? ''] = value
  return made
}

describe('a document that somebody spoilt', { timeout: 60_000 }, () => {
  it('in its text is read, or what is wrong is told with lines', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(), fc.nat(12), scraps), { minLength: 1, maxLength: 3 }),
        (text, changes) => {
          let spoilt = text
          for (const [at, length, scrap] of changes) {
            const from = at % (spoilt.length + 1)
            spoilt = spoilt.slice(0, from) + scrap + spoilt.slice(from + length)
          }
          const read = parsePolicies(spoilt, { file: 'a.yaml' })
          if (read.isOk()) return
          expect(['policy.malformed', 'policy.invalid']).toContain(read.error.code)
          const problems = problemsOf(read.error)
          expect(problems.length).toBeGreaterThan(0)
          const lines = spoilt.split('\n').length
          for (const { file, line, column } of problems) {
            expect(file).toBe('a.yaml')
            expect(line).toBeGreaterThanOrEqual(1)
            expect(line).toBeLessThanOrEqual(lines)
            expect(column).toBeGreaterThanOrEqual(1)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('as data is read, or what is wrong is told with paths', () => {
    fc.assert(
      fc.property(fc.constantFrom(...objects), fc.nat(), values, (given, at, value) => {
        const places = placesIn(given)
        const place = places[at % places.length] ?? []
        const read = parsePolicies(put(given, place, value))
        if (read.isOk()) return
        expect(read.error.code).toBe('policy.invalid')
        for (const problem of problemsOf(read.error)) {
          expect(problem.path).toBeTypeOf('string')
          expect(problem.message).toMatch(/\S/)
          expect(problem).not.toHaveProperty('line')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('by any text at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(parsePolicies(text)).toBeDefined()
      }),
      { numRuns: 300 },
    )
  })
})
