import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalName, FqdnBindings, matchesPattern } from './fqdn.js'

describe('a pattern of names', () => {
  it.each<[string, string, boolean]>([
    ['*', 'anything.at.all', true],
    ['*', '', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'a.b.example.com', false],
    ['*.example.com', 'A.EXAMPLE.COM.', true],
    ['*.EXAMPLE.com.', 'a.example.com', true],
    ['*.example.com', 'a.example.com.evil.org', false],
    ['*.example.com', 'aXexample.com', false],
    ['*.example.com', '.example.com', true],
    ['**.example.com', 'a.example.com', true],
    ['**.example.com', 'a.b.c.example.com', true],
    ['**.example.com', 'example.com', false],
    ['**.example.com', 'notexample.com', false],
    ['a*b.example.com', 'ab.example.com', true],
    ['a*b.example.com', 'a-_9b.example.com', true],
    ['a*b.example.com', 'a.b.example.com', false],
    ['*.*.com', 'a.b.com', true],
    ['a.**.com', 'a.b.com', true],
    ['a.**.com', 'a.b.c.com', false],
    ['**', 'a', true],
    ['**', 'a.b', false],
    ['example.com', 'example.com', true],
    ['exam[p]le.com', 'example.com', false],
    ['(.*)', 'anything', false],
    ['a+.com', 'aa.com', false],
  ])('%s and %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected)
  })

  it('is what its regular expression would be', () => {
    const word = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 9 })
    const expression = (pattern: string): RegExp => {
      const deep = pattern.startsWith('**.')
      const rest = (deep ? pattern.slice(3) : pattern).replace(/[.!]/g, '\\$&').replaceAll('*', '[-a-z0-9_]*')
      return new RegExp(`^${deep ? '([-a-z0-9_]+\\.)+' : ''}${rest}$`)
    }
    fc.assert(
      fc.property(word('ab.*!'), word('ab.!'), (text, given) => {
        const [pattern, name] = [canonicalName(text), canonicalName(given)]
        expect(matchesPattern(text, given)).toBe(pattern === '*' || expression(pattern).test(name))
      }),
      { numRuns: 5000 },
    )
  })

  it('takes no time over names that were made to take it', () => {
    const before = performance.now()
    expect(matchesPattern(`${'*a'.repeat(60)}.x`, `${'a'.repeat(250)}.y`)).toBe(false)
    expect(matchesPattern(`${'*a'.repeat(60)}b`, 'a'.repeat(250))).toBe(false)
    expect(performance.now() - before).toBeLessThan(1000)
  })

  it('is one, however many were asked of', () => {
    for (let at = 0; at < 10_002; at++) matchesPattern(`*.${at}.com`, 'a.1.com')
    expect(matchesPattern('*.1.com', 'a.1.com')).toBe(true)
  })
})

describe('names and addresses', () => {
  const made = (): FqdnBindings => {
    const bindings = new FqdnBindings()
    bindings.bind('A.example.com.', '10.0.0.1', 100)
    bindings.bind('b.example.com', '10.0.0.1', 200)
    bindings.bind('a.example.com', '10.0.0.2')
    return bindings
  }

  it('are found either way, by the name in any spelling', () => {
    expect(canonicalName('A.Example.COM.')).toBe('a.example.com')
    expect(made().names('10.0.0.1')).toEqual(['a.example.com', 'b.example.com'])
    expect(made().names('10.0.0.9')).toEqual([])
    expect(made().addressesOf('a.EXAMPLE.com.')).toEqual(['10.0.0.1', '10.0.0.2'])
  })

  it('say whether a binding is new; a later end replaces an earlier one, not the other way round', () => {
    const bindings = made()
    expect([bindings.bind('a.example.com', '10.0.0.1', 300), bindings.bind('b.example.com', '10.0.0.1', 150)]).toEqual([false, false])
    expect(bindings.expire(200)).toEqual(['10.0.0.1'])
    expect(bindings.names('10.0.0.1')).toEqual(['a.example.com'])
  })

  it('end at their time', () => {
    const bindings = made()
    expect(bindings.expire(99)).toEqual([])
    expect(bindings.expire(100)).toEqual(['10.0.0.1'])
    expect(bindings.expire(100)).toEqual([])
    expect(bindings.expire(1e15)).toEqual(['10.0.0.1'])
    expect([...bindings.entries()]).toEqual([{ name: 'a.example.com', address: '10.0.0.2', expiresAtMs: Number.POSITIVE_INFINITY }])
  })

  it('are unbound one by one', () => {
    const bindings = made()
    expect([bindings.unbind('A.example.com', '10.0.0.1'), bindings.unbind('A.example.com', '10.0.0.1')]).toEqual([true, false])
    expect(bindings.names('10.0.0.1')).toEqual(['b.example.com'])
    expect(bindings.unbind('none', '10.0.0.7')).toBe(false)
  })

  it('are copied, ends and all', () => {
    const original = made()
    const copy = original.clone()
    expect([...copy.entries()]).toEqual([...original.entries()])
    copy.expire(100)
    expect(original.names('10.0.0.1')).toEqual(['a.example.com', 'b.example.com'])
  })
})
