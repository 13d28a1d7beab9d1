import { describe, expect, it } from 'vitest'
import { sysFailed } from './failure.js'

describe('sysFailed', () => {
  it("keeps the kernel's words", () => {
    const error = sysFailed('open /run/netns/blue', 13)
    expect(error).toEqual({
      code: 'sys.failed',
      call: 'open /run/netns/blue',
      errno: 13,
      errnoName: 'EACCES',
      message: 'open /run/netns/blue: EACCES (Permission denied)',
    })
    expect(Object.isFrozen(error)).toBe(true)
  })

  it('adds a hint when there is one', () => {
    expect(sysFailed('mount', 16, 'Unmount it first.').hint).toBe('Unmount it first.')
    expect(sysFailed('mount', 16)).not.toHaveProperty('hint')
  })

  it('names a number that the headers lack', () => {
    expect(sysFailed('bpf', 4242)).toMatchObject({ errnoName: 'errno 4242', message: 'bpf: errno 4242' })
  })
})
