import { describe, expect, it } from 'vitest'
import { caughtInput, caughtWire, InputFault, invalidInput, malformed, WireFault } from './fault.js'

describe('faults', () => {
  it('of input become input.invalid, the path built on the way out', () => {
    const fault = new InputFault('is wrong', '', 'Make it right.').under('vni').under('data')
    expect(invalidInput(fault)).toEqual({ code: 'input.invalid', path: 'data.vni', message: 'data.vni: is wrong', hint: 'Make it right.' })
  })

  it('of the wire become netlink.malformed', () => {
    expect(malformed(new WireFault('an attribute of 3 bytes', 20), 'list links')).toEqual({
      code: 'netlink.malformed',
      offset: 20,
      message: 'list links: an attribute of 3 bytes at byte 20',
    })
  })

  it('are caught at the boundary, and nothing else is', () => {
    expect(caughtInput(() => 1)).toEqual({ value: 1 })
    expect(caughtWire('x', () => 1)).toEqual({ value: 1 })
    expect(
      caughtInput(() => {
        throw new InputFault('is wrong', 'mtu')
      }),
    ).toMatchObject({ error: { code: 'input.invalid', path: 'mtu' } })
    expect(
      caughtWire('x', () => {
        throw new WireFault('is short', 4)
      }),
    ).toMatchObject({ error: { code: 'netlink.malformed', offset: 4 } })
    const bug = (): never => {
      throw new TypeError('a bug')
    }
    expect(() => caughtInput(bug)).toThrow(TypeError)
    expect(() => caughtWire('x', bug)).toThrow(TypeError)
  })
})
