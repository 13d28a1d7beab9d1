import { describe, expect, it } from 'vitest'
import { inputInvalid } from '../error.js'
import { Err, Ok } from '../result.js'
import { at, isIp, parseIp, toIp } from './ip.js'
import { Ipv4 } from './ipv4.js'
import { Ipv6 } from './ipv6.js'
import { Mac } from './mac.js'

describe('addresses of either family', () => {
  it('are told apart by the colon', () => {
    expect(parseIp('192.0.2.1').unwrap()).toBeInstanceOf(Ipv4)
    expect(parseIp('::192.0.2.1').unwrap()).toBeInstanceOf(Ipv6)
    expect(parseIp('192.0.2').unwrapErr().message).toContain('IPv4')
    expect(parseIp('2001:db8').unwrapErr().message).toContain('IPv6')
    for (const value of [undefined, null, 4, {}])
      expect(parseIp(value as never).unwrapErr()).toMatchObject({ code: 'input.invalid', hint: expect.any(String) })
  })

  it('are known by their class', () => {
    expect(isIp(Ipv4.ANY) && isIp(Ipv6.ANY)).toBe(true)
    for (const value of [Mac.ANY, '::', { family: 4 }, undefined, null]) expect(isIp(value)).toBe(false)
  })

  it('are taken as they are, or from text, with the field in the error', () => {
    expect(toIp(Ipv6.LOOPBACK, 'gateway').unwrap()).toBe(Ipv6.LOOPBACK)
    expect(`${toIp('10.0.0.1', 'gateway').unwrap()}`).toBe('10.0.0.1')
    expect(toIp('10.0.0', 'gateway').unwrapErr()).toEqual({
      code: 'input.invalid',
      path: 'gateway',
      message: 'gateway: "10.0.0" is not an IPv4 address',
      hint: expect.any(String),
    })
  })

  it('keep their error where no field is named', () => {
    const wrong = Err(inputInvalid('', 'wrong'))
    expect(at('', wrong)).toBe(wrong)
    expect(at('field', Ok(1)).unwrap()).toBe(1)
    expect(at('field', wrong).unwrapErr()).toEqual({ code: 'input.invalid', path: 'field', message: 'field: wrong' })
  })
})
