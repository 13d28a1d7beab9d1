import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { errnoTable } from './errno.generated.js'
import { Errno, errnoMeaning, errnoName, errnoNumber } from './errno.js'

describe('errnos', () => {
  it('are the numbers that the C library has', () => {
    const theirs = Object.entries(constants.errno)
    expect(theirs.length).toBeGreaterThan(70)
    for (const [name, number] of theirs) expect([name, errnoNumber(name)]).toEqual([name, number])
  })

  it('have one name for a number, the usual one', () => {
    expect(errnoName(11)).toBe('EAGAIN')
    expect(errnoNumber('EWOULDBLOCK')).toBe(11)
    expect(errnoName(35)).toBe('EDEADLK')
    expect(errnoNumber('EDEADLOCK')).toBe(35)
    expect(errnoName(95)).toBe('EOPNOTSUPP')
    expect(errnoNumber('ENOTSUP')).toBe(95)
    for (const [number, name] of errnoTable) {
      expect(errnoNumber(name)).toBe(number)
      expect(errnoNumber(errnoName(number))).toBe(number)
    }
  })

  it("have the header's words", () => {
    expect(errnoMeaning(1)).toBe('Operation not permitted')
    expect(errnoMeaning(11)).toBe('Try again')
    expect(errnoMeaning(524)).toBe('Operation is not supported')
    for (const [number] of errnoTable) expect(errnoMeaning(number)).toMatch(/./)
  })

  it('may be unknown', () => {
    for (const number of [0, -1, 41, 58, 4242]) {
      expect(errnoName(number)).toBe(`errno ${number}`)
      expect(errnoMeaning(number)).toBeUndefined()
    }
    expect(errnoNumber('ENOSUCH')).toBeUndefined()
    expect(errnoNumber('toString')).toBeUndefined()
  })

  it('that are compared with are those of the table', () => {
    for (const [name, number] of Object.entries(Errno)) expect([name, errnoNumber(name)]).toEqual([name, number])
  })
})
