/** Small alphabets for random universes, policies and flows: so few words that they meet. */
import fc from 'fast-check'
import type { LabelSelector, Requirement } from '../rule/selector.js'

export const labelKeys = ['app', 'tier', 'env'] as const
/** an empty value is not an absent label */
export const labelValues = ['x', 'y', 'z', ''] as const
export const namespaceNames = ['a', 'b', 'c'] as const
export const serviceAccounts = ['ci', 'web'] as const
export const portNames = ['http', 'dns'] as const
export const serviceNames = ['s1', 's2'] as const
export const groupNames = ['g1', 'g2'] as const
export const names = ['a.example.com', 'B.example.com', 'deep.a.example.com.', 'example.org'] as const
export const patterns = ['*', '*.example.com', '**.example.com', 'a.*.com', '*a*.example.com', '*.EXAMPLE.com.'] as const

/** Addresses that objects are given, and that nobody has: at the edges of the prefixes below. */
export const addresses = [
  '10.0.0.1',
  '10.0.0.200',
  '10.1.0.1',
  '10.1.2.3',
  '10.1.2.130',
  '10.200.0.1',
  '203.0.113.7',
  '203.0.113.200',
  '8.8.8.8',
  '2001:db8::1',
  '2001:db8:1::1',
  '2001:db8:1:2::3',
  '2001:4860::8',
] as const

/** Nested in each other. */
export const prefixes4 = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.0/24',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.128/25',
  '10.1.2.3/32',
  '203.0.113.0/24',
  '203.0.113.128/25',
  '203.0.113.7/32',
] as const
export const prefixes6 = ['::/0', '2001:db8::/32', '2001:db8:1::/48', '2001:db8:1:2::/64', '2001:db8::1/128'] as const

/** Labels with and without a source: `app` and `container:app` are two. */
export function arbitraryLabels(keys: readonly string[] = labelKeys): fc.Arbitrary<Record<string, string>> {
  const key = fc.oneof(
    { arbitrary: fc.constantFrom(...keys), weight: 9 },
    { arbitrary: fc.constantFrom(...keys.map((one) => `container:${one}`)), weight: 1 },
  )
  return fc.dictionary(key, fc.constantFrom(...labelValues), { maxKeys: 3, noNullPrototype: true })
}

/** A list of one or two different words. */
export function some<T>(words: readonly T[]): fc.Arbitrary<T[]> {
  return fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 2 })
}

/** A value one time in so many; else the field stays absent. */
export function rarely<T>(arbitrary: fc.Arbitrary<T>, oneIn = 3): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: oneIn - 1 }, { arbitrary, weight: 1 })
}

/** Selectors over those keys and values: empty ones, labels, every operator. */
export function arbitrarySelector(keys: readonly string[], values: readonly string[] = labelValues): fc.Arbitrary<LabelSelector> {
  const key = fc.constantFrom(...keys)
  const requirement: fc.Arbitrary<Requirement> = fc.oneof(
    fc.record({ key, operator: fc.constantFrom('In' as const, 'NotIn' as const), values: some(values) }, { noNullPrototype: true }),
    fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }, { noNullPrototype: true }),
  )
  return fc.oneof(
    { arbitrary: fc.constant({}), weight: 2 },
    {
      arbitrary: fc
        .dictionary(key, fc.constantFrom(...values), { minKeys: 1, maxKeys: 2, noNullPrototype: true })
        .map((matchLabels) => ({ matchLabels })),
      weight: 4,
    },
    {
      arbitrary: fc.array(requirement, { minLength: 1, maxLength: 2 }).map((matchExpressions) => ({ matchExpressions })),
      weight: 3,
    },
  )
}
