import { describe, expect, it } from 'vitest'
import { toMac, toPrefix } from './coerce.js'
import { Mac } from './mac.js'
import { Prefix } from './prefix.js'

describe('values or their text', () => {
  it('are taken as they are', () => {
    const prefix = Prefix.parse('10.0.0.0/8').unwrap()
    expect(toPrefix(prefix, 'to').unwrap()).toBe(prefix)
    expect(toMac(Mac.BROADCAST, 'address').unwrap()).toBe(Mac.BROADCAST)
  })

  it('are parsed from text', () => {
    expect(`${toPrefix('2001:DB8::/32', 'to').unwrap()}`).toBe('2001:db8::/32')
    expect(`${toMac('02-00-5E-10-00-01', 'address').unwrap()}`).toBe('02:00:5e:10:00:01')
  })

  it('name the field when they are wrong', () => {
    expect(toPrefix('10.0.0.0/33', 'to').unwrapErr()).toMatchObject({
      code: 'input.invalid',
      path: 'to',
      message: 'to: "10.0.0.0/33" has no length from 0 to 32',
      hint: expect.any(String),
    })
    expect(toMac('02:00', 'address').unwrapErr()).toMatchObject({
      code: 'input.invalid',
      path: 'address',
      message: 'address: "02:00" is not a hardware address',
      hint: expect.any(String),
    })
  })
})
