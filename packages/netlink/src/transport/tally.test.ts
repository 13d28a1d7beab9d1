import { Err, Ok } from '@axoneme/sys'
import { expect, it } from 'vitest'
import type { RequestError } from '../errors.js'
import { BatchTally } from './tally.js'

const refusal = (message: string): RequestError => ({ code: 'netlink.exists', message, errno: 17, errnoName: 'EEXIST' })

it('counts every refusal and keeps the first thousand', () => {
  const tally = new BatchTally(3000)
  let made = 0
  for (let index = 0; index < 2000; index++)
    tally.refuse(index, () => {
      made++
      return refusal(`number ${index}`)
    })
  expect(made).toBe(1000)
  expect(tally.result().unwrapErr()).toMatchObject({ code: 'netlink.batch-failed', failed: 2000, done: 1000, failures: { length: 1000 } })
})

it('puts parts together under their places in the whole', () => {
  const part = new BatchTally(3)
  part.refuse(1, () => refusal('second of the part'))
  const tally = new BatchTally(5)
  expect(tally.add(part.result(), [0, 3, 4])).toBeUndefined()
  expect(tally.add(Err(refusal('alone')), [2])).toBeUndefined()
  expect(tally.add(Ok(1), [1])).toBeUndefined()
  const error = tally.result().unwrapErr()
  expect(error).toMatchObject({ failed: 2, done: 3, failures: [{ index: 2 }, { index: 3, error: { message: 'second of the part' } }] })
})

it('gives what ends the whole back, and the only refusal of one as it is', () => {
  const tally = new BatchTally(1)
  expect(tally.add(Err({ code: 'netlink.overrun', message: 'lost' }), [0])).toMatchObject({ code: 'netlink.overrun' })
  tally.refuse(0, () => refusal('the only one'))
  expect(tally.result().unwrapErr()).toEqual(refusal('the only one'))
  expect(new BatchTally(7).result().unwrap()).toBe(7)
})
