import { expect, it } from 'vitest'
import { coarse, jiffyRate } from './clock.js'

it.each([100, 250, 300, 1000])('%d jiffies in a second are told from one reading of both clocks', (hz) => {
  for (const seconds of [1, 40, 3_600, 90_000, 50_000_000]) {
    // the counter begins five minutes before it overflows 32 bits
    const jiffies = BigInt(2 ** 32 - 300 * hz + Math.floor(seconds * hz))
    expect(jiffyRate(jiffies, BigInt(seconds) * 1_000_000_000n)).toBe(hz)
  }
})

it('seconds become as many times 256 jiffies, rounded up', () => {
  expect([coarse(0, 250), coarse(0.1, 250), coarse(10, 250), coarse(8_000, 1000), coarse(60, 100)]).toEqual([0, 1, 10, 31_250, 24])
})
