import type { z } from 'zod'

type Issue = Parameters<z.core.$ZodErrorMap>[0]

/** What is wrong with a document's shape, in words for those who write such documents. */
export function wording(issue: Issue): string | undefined {
  const { input } = issue
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(input, issue.expected)
    case 'invalid_value':
      return input === undefined ? 'is missing' : `${show(input)} is none of ${issue.values.map((value) => `${String(value)}`).join(', ')}`
    case 'invalid_union':
      return input === undefined ? 'is missing' : undefined
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.join(', ')}`
    case 'too_small':
      return issue.origin === 'array'
        ? `needs ${issue.minimum} or more entries`
        : issue.origin === 'string'
          ? 'is empty'
          : `${show(input)} is less than ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'array'
        ? `has more than ${issue.maximum} entries`
        : issue.origin === 'string'
          ? `is longer than ${issue.maximum} characters`
          : `${show(input)} is more than ${issue.maximum}`
    default:
      return undefined
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
}

function wrongType(input: unknown, expected: string): string {
  if (input === undefined) return 'is missing'
  if (expected === 'string' && (input === null || typeof input === 'number' || typeof input === 'boolean'))
    return `${show(input)} is no text: write it in quotes`
  return `${show(input)} where ${NAMES[expected] ?? expected} belongs`
}

function show(input: unknown): string {
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object' && input !== null) return 'a mapping'
  return typeof input === 'string' ? `"${input}"` : `${String(input)}`
}
