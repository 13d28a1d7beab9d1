import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Extents } from './extents.js'
import { Grace, Resting } from './grace.js'
import { DenseNumbers, Fifo, Numbers } from './numbers.js'

describe('numbers', () => {
  it('come in the order in which they went', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat())), (steps) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        for (const step of steps) {
          if (step === null) expect(fifo.shift()).toBe(model.shift())
          else {
            fifo.push(step)
            model.push(step)
          }
          expect([fifo.size, fifo.peek()]).toEqual([model.length, model[0]])
        }
      }),
    )
  })

  it('are new ones first, then those that were free the longest', () => {
    const numbers = new Numbers(1, 4)
    expect([numbers.allot(), numbers.allot()]).toEqual([1, 2])
    numbers.giveBack(2)
    numbers.giveBack(1)
    expect([numbers.used, numbers.capacity]).toEqual([0, 3])
    expect([numbers.allot(), numbers.allot(), numbers.allot(), numbers.allot()]).toEqual([3, 2, 1, undefined])
    expect(numbers.used).toBe(3)
    expect([new Numbers(1, 0).capacity, new Numbers(1, 1).allot()]).toEqual([0, undefined])
  })

  it('that are to be dense are always the lowest', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(20))), (steps) => {
        const numbers = new DenseNumbers(12)
        const taken = new Set<number>()
        for (const step of steps) {
          if (step === null) {
            const lowest = Array.from({ length: 11 }, (_, at) => at + 1).find((number) => !taken.has(number))
            expect(numbers.allot()).toBe(lowest)
            if (lowest !== undefined) taken.add(lowest)
          } else if (taken.delete(step)) numbers.giveBack(step)
          expect([numbers.used, numbers.capacity]).toEqual([taken.size, 11])
        }
      }),
    )
  })
})

describe('extents', () => {
  it('do not overlap, and fill every gap that is long enough', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ length: fc.integer({ min: 1, max: 12 }), back: fc.option(fc.nat()) })), (steps) => {
        const extents = new Extents(40)
        const cells = new Array<boolean>(40).fill(false)
        let taken: { start: number; length: number }[] = []
        for (const { length, back } of steps) {
          const going = back === null ? undefined : taken[back % taken.length]
          if (going !== undefined) {
            extents.giveBack(going.start, going.length)
            cells.fill(false, going.start, going.start + going.length)
            taken = taken.filter((other) => other !== going)
          } else {
            const first = cells.findIndex((_, at) => at + length <= 40 && !cells.slice(at, at + length).includes(true))
            expect(extents.allot(length)).toBe(first < 0 ? undefined : first)
            if (first < 0) continue
            cells.fill(true, first, first + length)
            taken.push({ start: first, length })
          }
          expect(extents.used).toBe(cells.filter(Boolean).length)
        }
      }),
    )
  })
})

describe('what rests', () => {
  it('has rested when the time is over, by a clock that does not go back', () => {
    let now = 50
    const grace = new Grace(10, () => now)
    const resting = new Resting<string>(grace)
    expect(resting.add('a')).toBe(60)
    now = 55
    grace.look()
    resting.add('b')
    now = 40
    grace.look()
    expect(grace.now).toBe(55)
    now = 59
    grace.look()
    expect([...resting.rested()]).toEqual([])
    now = 60
    grace.look()
    expect([...resting.rested()]).toEqual([{ thing: 'a', until: 60 }])
    now = 65
    // not looked at yet
    expect([...resting.rested()]).toEqual([])
    grace.look()
    expect([...resting.rested()].map(({ thing }) => thing)).toEqual(['b'])
  })
})
