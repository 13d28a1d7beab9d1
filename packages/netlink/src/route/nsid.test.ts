import { describe, expect, it } from 'vitest'
import { assignNsid, getNsid, listNsids } from './nsid.js'

describe('namespace ids', () => {
  it('are given to a namespace by descriptor or process', () => {
    expect(assignNsid({ fd: 5 }, 7).message).toEqual({ attributes: { nsid: 7, fd: 5 } })
    expect(assignNsid({ pid: 44 }, -1).message).toEqual({ attributes: { nsid: -1, pid: 44 } })
    expect(getNsid({ fd: 5 }).message).toEqual({ attributes: { fd: 5 } })
    expect(listNsids().message).toEqual({})
  })

  it.each([-2, 1.5, 2 ** 31, Number.NaN])('are not %d', (nsid) => {
    expect(() => assignNsid({ fd: 5 }, nsid)).toThrow(expect.objectContaining({ path: 'nsid' }))
  })
})
