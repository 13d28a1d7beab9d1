import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IdentityNumbers, reservedIdentities, reservedName, scopeOf, scopeRanges, scopes } from './identity.js'

describe('the scope of a number', () => {
  it.each([
    [0, undefined],
    [1, 'reserved'],
    [255, 'reserved'],
    [256, 'endpoint'],
    [0xff_ffff, 'endpoint'],
    [0x100_0000, 'address-ipv4'],
    [0x17f_ffff, 'address-ipv4'],
    [0x180_0000, 'address-ipv6'],
    [0x1ff_ffff, 'address-ipv6'],
    [0x200_0000, 'node'],
    [0x2ff_ffff, 'node'],
    [0x300_0000, undefined],
    [-1, undefined],
  ])('%d', (number, scope) => {
    expect(scopeOf(number)).toBe(scope)
  })

  it('is what the ranges say', () => {
    for (const scope of scopes) for (const number of scopeRanges[scope]) expect(scopeOf(number)).toBe(scope)
  })
})

describe('reserved numbers', () => {
  it('have names, and names numbers', () => {
    for (const [name, number] of Object.entries(reservedIdentities)) expect(reservedName(number)).toBe(name)
    expect(reservedName(0)).toBeUndefined()
    expect(reservedName(11)).toBeUndefined()
  })
})

describe('numbers of a scope', () => {
  it('go up, and one that was given back rests', () => {
    const numbers = new IdentityNumbers('endpoint')
    expect([numbers.allocate('a'), numbers.allocate('b'), numbers.allocate('a')]).toEqual([256, 257, 256])
    numbers.release('a')
    expect([numbers.get('a'), numbers.allocate('c'), numbers.allocate('a')]).toEqual([undefined, 258, 259])
  })

  it('skip what was chosen elsewhere, which is one key’s alone', () => {
    const numbers = new IdentityNumbers('endpoint')
    expect([numbers.claim('x', 256), numbers.claim('x', 256), numbers.claim('y', 256), numbers.claim('x', 300)]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(numbers.allocate('y')).toBe(257)
  })

  it('end, and go round', () => {
    const numbers = new IdentityNumbers('reserved')
    for (let key = 1; key <= 255; key++) expect(numbers.allocate(`${key}`)).toBe(key)
    expect(numbers.allocate('one more')).toBeUndefined()
    numbers.release('7')
    expect(numbers.allocate('one more')).toBe(7)
    expect(numbers.allocate('yet one')).toBeUndefined()
  })

  it('are copied with their next one', () => {
    const numbers = new IdentityNumbers('endpoint')
    numbers.allocate('a')
    numbers.allocate('b')
    numbers.release('b')
    const copy = numbers.clone()
    expect([copy.get('a'), copy.allocate('c'), numbers.get('c'), numbers.allocate('d')]).toEqual([256, 258, undefined, 258])
  })

  it('are one for a key and one key’s, whatever happens', () => {
    const action = fc.record({
      what: fc.constantFrom('allocate', 'claim', 'release'),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      number: fc.integer({ min: 256, max: 260 }),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const numbers = new IdentityNumbers('endpoint')
        for (const { what, key, number } of actions) {
          if (what === 'allocate') expect(numbers.allocate(key)).toBe(numbers.get(key))
          else if (what === 'release') numbers.release(key)
          else if (numbers.claim(key, number)) expect(numbers.get(key)).toBe(number)
          const given = ['a', 'b', 'c', 'd'].flatMap((one) => numbers.get(one) ?? [])
          expect(new Set(given).size).toBe(given.length)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
