import { describe, expect, it } from 'vitest'
import { InputFault } from '../wire/index.js'
import { names, protocols, scopes, tables } from './constant.js'

describe('names of numbers', () => {
  const colours = names({ red: 1, green: 2 }, 9)

  it('go both ways; a number without a name is itself', () => {
    expect([colours.toNumber('green', 'c'), colours.toNumber(7, 'c')]).toEqual([2, 7])
    expect([colours.toName(2), colours.toName(7)]).toEqual(['green', 7])
  })

  it.each(['blue', 'constructor', 10, -1, 1.5, undefined])('%s is refused at its path', (value) => {
    expect(() => colours.toNumber(value as never, 'colour')).toThrow(InputFault)
    expect(() => colours.toNumber(value as never, 'colour')).toThrow(expect.objectContaining({ path: 'colour', hint: expect.any(String) }))
  })

  it('are those of the kernel', () => {
    expect(scopes.toNumber('link', '')).toBe(253)
    expect(tables.toNumber('main', '')).toBe(254)
    expect(tables.toNumber(100_000, '')).toBe(100_000)
    expect(protocols.toName(4)).toBe('static')
  })
})
