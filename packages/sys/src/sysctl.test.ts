import { describe, expect, it } from 'vitest'
import { Errno } from './errno.js'
import { Netns } from './netns.js'
import { readSysctl, writeSysctl } from './sysctl.js'
import { fakeSys } from './testing.js'

describe('sysctl names', () => {
  it.each([
    '',
    'net',
    'net.',
    '.net',
    'net..ipv4',
    '/net/ipv4',
    'net/ipv4/',
    'net/../../etc/passwd',
    'net/./ipv4',
    'net.ipv4.\0',
    [],
    ['net'],
    ['net', ''],
    ['net', '..', 'x'],
    ['net', 'a/b'],
    ['net', 'a\0'],
    ['net', 5],
    undefined,
    null,
    5,
    {},
  ])('%j is refused by read and write, before anything is touched', (name) => {
    const sys = fakeSys()
    const netns = Netns.of(sys, 7, 'blue', 1)
    for (const refused of [readSysctl(sys, netns, name as never), writeSysctl(sys, netns, name as never, 1)])
      expect(refused.unwrapErr()).toMatchObject({
        code: 'input.invalid',
        path: 'name',
        hint: expect.stringContaining('net.ipv4.ip_forward'),
      })
    expect(sys.calls).toEqual([])
    netns.close()
  })

  it.each([
    ['dots', 'kernel.ostype'],
    ['slashes', 'kernel/ostype'],
    ['parts', ['kernel', 'ostype']],
  ])('may be written with %s', (_, name) => {
    expect(readSysctl(fakeSys(), undefined, name).unwrap()).toBe('Linux')
  })

  it('that the kernel lacks are missing', () => {
    for (const name of ['axoneme.nothing', 'kernel.ostype.below', ['net', 'ipv4', 'conf', 'no.link', 'forwarding']]) {
      const error = readSysctl(fakeSys(), undefined, name).unwrapErr()
      expect(error).toMatchObject({
        code: 'sysctl.missing',
        name: typeof name === 'string' ? name : name.join('/'),
        hint: expect.stringContaining('/proc/sys'),
      })
      expect(Object.isFrozen(error)).toBe(true)
    }
  })
})

describe('sysctls of a namespace', () => {
  it('are read inside it', () => {
    const sys = fakeSys()
    const netns = Netns.of(sys, 7, 'blue', 1)
    expect(readSysctl(sys, netns, 'kernel.ostype').unwrap()).toBe('Linux')
    expect(sys.calls.map(({ call, args }) => [call, args[0]]).slice(1)).toEqual([
      ['setns', 7],
      ['setns', 100],
      ['close', 100],
    ])
    netns.close()
  })

  it('are not touched when it cannot be entered', () => {
    const sys = fakeSys({ setns: () => -Errno.EPERM })
    const netns = Netns.of(sys, 7, 'blue', 1)
    expect(writeSysctl(sys, netns, 'axoneme.nothing', 1).unwrapErr()).toMatchObject({
      code: 'permission.denied',
      hint: expect.stringContaining('CAP_SYS_ADMIN'),
    })
    netns.close()
    expect(readSysctl(sys, netns, 'kernel.ostype').unwrapErr().code).toBe('sys.closed')
  })
})
