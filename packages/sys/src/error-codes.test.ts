import { describe, expect, it } from 'vitest'
import { errorCodes } from './error-codes.js'

describe('the table of error codes', () => {
  it.each(Object.entries(errorCodes))('%s has an area, a name, a meaning, and says whether trying again helps', (code, row) => {
    expect(code).toMatch(/^[a-z]+\.[a-z]+(-[a-z]+)*$/)
    expect(row.meaning).toMatch(/^[A-Z].+\.$/)
    expect(row.retryable).toBeTypeOf('boolean')
    expect(Object.keys(row).sort()).toEqual(['meaning', 'retryable'])
  })

  it('calls retryable what another try, unchanged, may get right', () => {
    const retryable = Object.entries(errorCodes).filter(([, row]) => row.retryable)
    expect(retryable.map(([code]) => code).sort()).toEqual([
      'bpf.interrupted',
      'bpf.map-full',
      'netlink.interrupted',
      'netlink.overrun',
      'sys.aborted',
    ])
  })
})
