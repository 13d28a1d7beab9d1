import { describe, expect, it } from 'vitest'
import { all, Err, fromPromise, Ok, type Result } from './result.js'

describe('all', () => {
  it('gives every value, in order', () => {
    expect(all([Ok(1), Ok(2), Ok(3)]).unwrap()).toEqual([1, 2, 3])
    expect(all([]).unwrap()).toEqual([])
  })

  it('gives the first error', () => {
    const results: Result<number, string>[] = [Ok(1), Err('first'), Ok(2), Err('second')]
    expect(all(results).unwrapErr()).toBe('first')
  })
})

describe('fromPromise', () => {
  it('gives the value', async () => {
    expect((await fromPromise(Promise.resolve(7), () => 'never')).unwrap()).toBe(7)
  })

  it('gives the rejection as the error that it is told', async () => {
    const reason = new Error('no')
    expect((await fromPromise(Promise.reject(reason), (given) => ({ given }))).unwrapErr()).toEqual({ given: reason })
  })

  it('takes any thenable', async () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
    const thenable = { then: (_: unknown, reject: (reason: unknown) => void) => reject('no') } as PromiseLike<never>
    expect((await fromPromise(thenable, String)).unwrapErr()).toBe('no')
  })
})
