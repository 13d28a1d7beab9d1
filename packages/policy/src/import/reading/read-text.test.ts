import { describe, expect, it } from 'vitest'
import { parsePolicies } from '../parse-policies.js'
import { readText } from './read-text.js'

const NESTED = 5_000

describe('a text', () => {
  it.each([
    ['nothing', '', 0],
    ['a comment', '# nothing', 0],
    ['empty documents', '---\n---\n...\n', 0],
    ['null', 'null', 0],
    ['one document', 'a: 1', 1],
    ['several, some of them empty', '---\na: 1\n---\n---\nb: 1\n', 2],
    ['JSON', '{"a": [1, 2]}', 1],
    ['lines of Windows', 'a: 1\r\nb: 2\r\n', 1],
    ['a byte order mark', '\uFEFFa: 1', 1],
  ])('of %s', (_, text, documents) => {
    expect(readText(text, undefined).unwrap()).toHaveLength(documents)
  })

  it.each([
    ['a mapping in a mapping', 'a: b: c', 1, 4, 'mapping'],
    ['a key twice', 'a: 1\nb:\n  c: 1\n  c: 2', 4, 3, 'unique'],
    ['a tab', 'a:\n\t- b', 2, 1, 'Tabs'],
    ['a list that does not end', 'a: [1, 2\n', 2, 1, ']'],
    ['a text that does not end', 'a: "b', 1, 6, 'quote'],
    ['an unknown tag', 'a: !secret b', 1, 4, 'tag'],
    ['an alias of nothing', 'b: 1\na: *other', 2, 4, 'alias'],
    ['an error in the second document', 'a: 1\n---\nb: 1\nb: 2\n', 4, 1, 'unique'],
    ['lists in lists', '['.repeat(NESTED), 1, 102, 'nested more than 100 deep'],
    ['items in items', '- '.repeat(NESTED), 1, 203, 'nested more than 100 deep'],
    ['mappings in mappings', '{a: '.repeat(NESTED), 1, 405, 'nested more than 100 deep'],
    ['keys in keys', '? '.repeat(NESTED), 1, 203, 'nested more than 100 deep'],
  ])('with %s is told with its place', (_, text, line, column, message) => {
    const read = readText(text, 'a.yaml')
    expect(read.isErr() && read.error.code).toBe('policy.malformed')
    expect(read.isErr() && read.error.problems[0]).toEqual({
      file: 'a.yaml',
      line,
      column: expect.any(Number),
      path: '',
      message: expect.stringMatching(new RegExp(message.replace(/[\]]/g, '\\$&'), 'i')),
    })
    expect(read.isErr() && read.error.problems[0]?.column).toBe(column)
  })

  it('that unfolds without end is refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, at) => `l${at}: &l${at} [${Array.from({ length: 9 }, () => (at === 0 ? 'x' : `*l${at - 1}`))}]`,
    )
    const read = readText(levels.join('\n'), undefined)
    expect(read.isErr() && read.error.problems).toMatchObject([{ line: 1, message: expect.stringContaining('alias') }])
  })

  it('that holds itself is refused', () => {
    const read = parsePolicies('kind: &a\n  b: *a')
    expect(read.isErr() && read.error).toMatchObject({
      code: 'policy.invalid',
      problems: [{ line: 2, path: 'kind.b', message: 'holds itself' }],
    })
  })

  it('that asks for another version of YAML is read as YAML 1.2 all the same', () => {
    expect(readText('%YAML 1.1\n---\na: [yes, 010, 2001-01-01]', undefined).unwrap()[0]?.value).toEqual({ a: ['yes', 10, '2001-01-01'] })
  })

  it('tells all that is wrong in it, of all documents', () => {
    const read = readText('a: 1\na: 2\n---\nb: 1\nb: 2\nb: 3', undefined)
    expect(read.isErr() && read.error.problems.map(({ line }) => line)).toEqual([2, 5, 6])
  })
})

describe('the place of a path', () => {
  const document = readText('a:\n  b: &x [1, { c: 2 }]\n  d:\n? e.f\n: *x\n', undefined).unwrap()[0]

  it.each([
    [[], 1, 1],
    [['a'], 2, 3],
    [['a', 'b'], 2, 9],
    [['a', 'b', 1, 'c'], 2, 18],
    [['a', 'd'], 3, 5],
    [['e.f', 1, 'c'], 2, 18],
    [['a', 'not', 'there'], 2, 3],
    [['a', 'b', 7], 2, 9],
  ])('%j', (path, line, column) => {
    expect(document?.place(path)).toEqual({ line, column })
  })

  it('is that of the key where the key is to blame', () => {
    expect(document?.placeOfKey(['a', 'b'])).toEqual({ line: 2, column: 3 })
    expect(document?.placeOfKey(['a', 'not'])).toEqual({ line: 2, column: 3 })
  })
})
