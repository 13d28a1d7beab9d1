import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputFault } from '../wire/index.js'
import { htb } from './htb.js'
import { fromRate, fromTicks, toRate, toTicks, toU32 } from './rate.js'
import { tbf } from './tbf.js'

const rates = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n })

describe('rates', () => {
  it('come back, below 32 bits in one field and above in both', () => {
    fc.assert(
      fc.property(rates, (rate) => {
        const { spec, rate64 } = toRate('rate', rate)
        expect(fromRate(spec as { rate: number }, rate64)).toBe(rate)
        expect(rate64 === undefined).toBe(rate <= 0xffff_ffffn)
      }),
    )
  })

  it('at the border', () => {
    expect(toRate('rate', 0xffff_ffff)).toMatchObject({ spec: { rate: 0xffff_ffff }, rate64: undefined })
    expect(toRate('rate', 0x1_0000_0000n)).toMatchObject({ spec: { rate: 0xffff_ffff }, rate64: 0x1_0000_0000n })
    expect(fromRate(undefined, undefined)).toBe(0n)
  })

  it.each([0, -1, 0n, 1n << 64n, 1.5, Number.NaN, 2 ** 60])('%s is none', (value) => {
    expect(() => toRate('rate', value)).toThrow(InputFault)
  })
})

describe('bursts as times', () => {
  it('are never shorter than asked for, nor by more than a tick longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.bigInt({ min: 40_000n, max: 1n << 40n }), (bytes, rate) => {
        const ticks = toTicks('burst', bytes, rate)
        const back = fromTicks(ticks, rate)
        expect(back).toBeGreaterThanOrEqual(bytes - 1)
        expect(back - bytes).toBeLessThanOrEqual(Math.ceil((64 * Number(rate)) / 1e9) + 1)
      }),
    )
  })

  it('are 64 ns a tick', () => {
    expect(toTicks('burst', 1_000_000, 1_000_000)).toBe(1e9 / 64)
    expect(fromTicks(1e9 / 64, 1_000_000n)).toBe(1_000_000)
  })

  it('that take more than 32 bits of ticks are refused', () => {
    expect(() => toTicks('burst', 275, 1)).toThrow(
      expect.objectContaining({ path: 'burst', hint: expect.stringContaining('smaller burst') }),
    )
    expect(toTicks('burst', 274, 1)).toBeLessThan(2 ** 32)
  })
})

describe('numbers of 32 bits', () => {
  it('are named as the caller knows them', () => {
    expect(toU32('limit', 7)).toBe(7)
    expect(() => toU32('limit', 8, 7)).toThrow(expect.objectContaining({ path: 'limit' }))
  })
})

describe('what is left out', () => {
  it('of a class is its rate, and a frame and a millisecond', () => {
    const wire = htb.classOptions?.toWire({ rateBytesPerSecond: 1_000_000 })
    expect(htb.classOptions?.fromWire(wire as never)).toEqual({
      rateBytesPerSecond: 1_000_000n,
      ceilBytesPerSecond: 1_000_000n,
      burstBytes: 2600,
      ceilBurstBytes: 2600,
      quantumBytes: 0,
      priority: 0,
    })
  })

  it('of a tbf without a peak is no peak', () => {
    const wire = tbf.options?.toWire({ rateBytesPerSecond: 1000, burstBytes: 10, limitBytes: 5 })
    expect(tbf.options?.fromWire(wire as never)).toEqual({ rateBytesPerSecond: 1000n, burstBytes: 10, limitBytes: 5 })
  })
})
