import { describe, expect, it } from 'vitest'
import { givenPath } from './request.js'

describe("the caller's name for a place in the message", () => {
  const given = { 'linkinfo.data': 'data', 'linkinfo.data.peer.netnsFd': 'data.peer.netns', ifname: 'name', multipath: 'nexthops' }

  it.each([
    ['ifname', 'name'],
    ['linkinfo.data', 'data'],
    ['linkinfo.data.vni', 'data.vni'],
    ['linkinfo.data.peer.netnsFd', 'data.peer.netns'],
    ['multipath.0.weight', 'nexthops.0.weight'],
    ['ifnames', 'ifnames'],
    ['linkinfo', 'linkinfo'],
    ['toString', 'toString'],
    ['', ''],
  ])('%s is %s', (path, name) => {
    expect(givenPath(given, path)).toBe(name)
  })

  it('is the same when nothing is said', () => {
    expect(givenPath(undefined, 'linkinfo.data')).toBe('linkinfo.data')
  })
})
