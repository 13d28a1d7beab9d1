import { afterEach, describe, expect, it, vi } from 'vitest'
import { Errno } from './errno.js'
import { anonymousNetns, createNetns, deleteNetns, fileFailure, Netns, openNetns, withNetns } from './netns.js'
import { CLONE_NEWNET, O_CLOEXEC } from './sys.js'
import { type FakeAnswers, type FakeSys, fakeSys } from './testing.js'

const OWN = '/proc/thread-self/ns/net'
const blue = 7

function sysWith(answers: FakeAnswers = {}): { sys: FakeSys; netns: Netns } {
  const sys = fakeSys(answers)
  return { sys, netns: Netns.of(sys, blue, '/run/netns/blue', 1) }
}

/** The calls by name and first argument; the home descriptor is the fake's first, 100. */
function trace(sys: FakeSys): string[] {
  return sys.calls.map(({ call, args }) => `${call} ${String(args[0])}`)
}

const roundTrip = [`open ${OWN}`, `setns ${blue}`, 'setns 100', 'close 100']

afterEach(() => vi.restoreAllMocks())

describe('withNetns', () => {
  it('enters, runs, comes home', () => {
    const { sys, netns } = sysWith()
    let inside: string[] = []
    const ran = withNetns(sys, netns, () => {
      inside = trace(sys)
      return 'done'
    })
    expect(ran.unwrap()).toBe('done')
    expect(inside).toEqual(roundTrip.slice(0, 2))
    expect(trace(sys)).toEqual(roundTrip)
    expect(sys.calls[0]?.args[1]).toBe(O_CLOEXEC)
    for (const { call, args } of sys.calls) if (call === 'setns') expect(args[1]).toBe(CLONE_NEWNET)
    netns.close()
  })

  it('comes home after a throw, which goes on', () => {
    const { sys, netns } = sysWith()
    const thrown = new Error('inside')
    expect(() =>
      withNetns(sys, netns, () => {
        throw thrown
      }),
    ).toThrow(thrown)
    expect(trace(sys)).toEqual(roundTrip)
    netns.close()
  })

  it('nests', () => {
    const { sys, netns } = sysWith()
    expect(withNetns(sys, netns, () => withNetns(sys, netns, () => 1).unwrap()).unwrap()).toBe(1)
    expect(trace(sys).slice(2)).toEqual([`open ${OWN}`, `setns ${blue}`, 'setns 101', 'close 101', 'setns 100', 'close 100'])
    netns.close()
  })

  it('refuses an async function, without running it or entering', () => {
    const { sys, netns } = sysWith()
    const run = vi.fn()
    const asynchronous: readonly (() => unknown)[] = [
      async () => run(),
      async function* () {
        yield run()
      },
    ]
    for (const refused of asynchronous)
      expect(withNetns(sys, netns, refused).unwrapErr()).toMatchObject({
        code: 'input.invalid',
        path: 'run',
        hint: expect.stringContaining('synchronously'),
      })
    expect(run).not.toHaveBeenCalled()
    expect(sys.calls).toEqual([])
    netns.close()
  })

  it('refuses a function that gives a promise, at home again, and takes its rejection', async () => {
    const { sys, netns } = sysWith()
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    expect(withNetns(sys, netns, () => Promise.reject(new Error('nobody looks'))).unwrapErr()).toMatchObject({
      code: 'input.invalid',
      path: 'run',
    })
    expect(trace(sys)).toEqual(roundTrip)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    netns.close()
  })

  it('runs nothing in a closed namespace', () => {
    const { sys, netns } = sysWith()
    netns.close()
    netns.close()
    const run = vi.fn()
    expect(withNetns(sys, netns, run).unwrapErr()).toMatchObject({
      code: 'sys.closed',
      message: 'network namespace /run/netns/blue is closed',
    })
    expect(netns.fd).toBe(-1)
    expect(run).not.toHaveBeenCalled()
    expect(trace(sys)).toEqual([`close ${blue}`])
  })

  it.each([
    ['EPERM', 'permission.denied', expect.stringContaining('CAP_SYS_ADMIN')],
    ['EINVAL', 'sys.failed', undefined],
  ] as const)('tells a refused entry (%s), runs nothing, leaks nothing', (errno, code, hint) => {
    const { sys, netns } = sysWith({ setns: () => -Errno[errno] })
    const run = vi.fn()
    const error = withNetns(sys, netns, run).unwrapErr()
    expect(error).toMatchObject({ code, errno: Errno[errno], errnoName: errno, message: expect.stringContaining('setns /run/netns/blue') })
    expect(error.hint).toEqual(hint)
    expect(run).not.toHaveBeenCalled()
    expect(trace(sys)).toEqual([`open ${OWN}`, `setns ${blue}`, 'close 100'])
    netns.close()
  })

  it('does not enter when the way home cannot be opened', () => {
    const { sys, netns } = sysWith({ open: () => -Errno.EACCES })
    expect(withNetns(sys, netns, () => 1).unwrapErr()).toMatchObject({
      code: 'permission.denied',
      message: `open ${OWN}: permission denied (EACCES)`,
    })
    expect(trace(sys)).toEqual([`open ${OWN}`])
    netns.close()
  })

  it.each([
    ['returned', () => 1],
    [
      'thrown',
      () => {
        throw new Error('inside')
      },
    ],
  ])('aborts the process when it cannot come home, after the function has %s', (_, run) => {
    const { sys, netns } = sysWith({ setns: (fd) => (fd === blue ? 0 : -Errno.EPERM) })
    const order: string[] = []
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => order.push('write') > 0)
    const abort = vi.spyOn(process, 'abort').mockImplementation((() => order.push('abort')) as () => never)
    try {
      withNetns(sys, netns, run)
    } catch {
      // what the function threw
    }
    expect(order).toEqual(['write', 'abort'])
    expect(write.mock.calls[0]?.[0]).toMatch(/^axoneme: .*\(EPERM\); aborting\n$/)
    expect(abort).toHaveBeenCalledOnce()
    netns.close()
  })
})

describe('openNetns', () => {
  it.each([
    ['self', 'self', OWN],
    ['a path', { path: '/proc/self/ns/net' }, '/proc/self/ns/net'],
    ['a process', { pid: process.pid }, `/proc/${process.pid}/ns/net`],
  ] as const)('opens %s', (_, reference, path) => {
    const sys = fakeSys()
    const netns = openNetns(sys, reference).unwrap()
    expect(netns.where).toBe(path)
    expect(netns.inode).toBeGreaterThan(0)
    expect(netns.fd).toBe(100)
    netns.close()
    expect(trace(sys)).toEqual([`open ${path}`, 'close 100'])
  })

  it.each([
    ['no name', { name: '' }, 'name'],
    ['"."', { name: '.' }, 'name'],
    ['".."', { name: '..' }, 'name'],
    ['a name with a slash', { name: '../../etc/passwd' }, 'name'],
    ['a name with NUL', { name: 'blue\0' }, 'name'],
    ['a name of 256 bytes', { name: 'x'.repeat(256) }, 'name'],
    ['a name of 256 bytes in 128 letters', { name: 'ä'.repeat(128) }, 'name'],
    ['a name that is no text', { name: 5 }, 'name'],
    ['nothing', {}, 'name'],
    ['process 0', { pid: 0 }, 'pid'],
    ['process -1', { pid: -1 }, 'pid'],
    ['half a process', { pid: 1.5 }, 'pid'],
    ['a process that is text', { pid: '1' }, 'pid'],
    ['no path', { path: '' }, 'path'],
    ['a path with NUL', { path: '/proc/self/ns/net\0/other' }, 'path'],
    ['a path that is no text', { path: 5 }, 'path'],
  ])('refuses %s, without a call', (_, reference, path) => {
    const sys = fakeSys()
    expect(openNetns(sys, reference as never).unwrapErr()).toMatchObject({
      code: 'input.invalid',
      path,
      hint: expect.stringMatching(/^Give /),
    })
    expect(sys.calls).toEqual([])
  })

  it('takes a name of 255 bytes', () => {
    const sys = fakeSys({ open: () => -Errno.ENOENT })
    expect(openNetns(sys, { name: 'x'.repeat(255) }).unwrapErr().code).toBe('netns.missing')
  })

  it.each(['ENOENT', 'ENOTDIR', 'ESRCH'] as const)('tells %s as missing', (errno) => {
    const error = openNetns(fakeSys({ open: () => -Errno[errno] }), { name: 'blue' }).unwrapErr()
    expect(error).toMatchObject({ code: 'netns.missing', where: '/run/netns/blue', hint: expect.any(String) })
    expect(Object.isFrozen(error)).toBe(true)
  })

  it.each(['EPERM', 'EACCES'] as const)('tells %s as denied, naming the capability', (errno) => {
    const error = openNetns(fakeSys({ open: () => -Errno[errno] }), { pid: 1 }).unwrapErr()
    expect(error).toMatchObject({
      code: 'permission.denied',
      errnoName: errno,
      message: `open /proc/1/ns/net: permission denied (${errno})`,
    })
    expect(error.hint).toContain('CAP_SYS_ADMIN')
  })

  it('tells other errnos as they are, and closes what it cannot look at', () => {
    expect(openNetns(fakeSys({ open: () => -Errno.EIO }), 'self').unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'EIO' })
    const sys = fakeSys()
    expect(openNetns(sys, { path: '/nowhere/at/all' }).unwrapErr()).toMatchObject({
      code: 'sys.failed',
      call: 'stat /nowhere/at/all',
      errnoName: 'ENOENT',
    })
    expect(trace(sys)).toEqual(['open /nowhere/at/all', 'close 100'])
  })
})

describe('anonymousNetns', () => {
  it('makes a namespace, opens it inside and comes home', () => {
    const sys = fakeSys()
    const netns = anonymousNetns(sys).unwrap()
    expect(trace(sys)).toEqual([`open ${OWN}`, `unshare ${CLONE_NEWNET}`, `open ${OWN}`, 'setns 100', 'close 100'])
    expect(netns.fd).toBe(101)
    netns.close()
  })

  it.each([
    ['EPERM', 'permission.denied'],
    ['ENOSPC', 'sys.failed'],
  ] as const)('tells a refusal (%s) and leaks nothing', (errno, code) => {
    const sys = fakeSys({ unshare: () => -Errno[errno] })
    expect(anonymousNetns(sys).unwrapErr()).toMatchObject({ code, message: expect.stringContaining('unshare(CLONE_NEWNET)') })
    expect(trace(sys)).toEqual([`open ${OWN}`, `unshare ${CLONE_NEWNET}`, 'close 100'])
  })

  it('comes home when it cannot open what it made', () => {
    let opened = 0
    const sys = fakeSys({ open: () => (opened++ === 0 ? 100 : -Errno.EIO) })
    expect(anonymousNetns(sys).unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'EIO' })
    expect(trace(sys).slice(-2)).toEqual(['setns 100', 'close 100'])
  })
})

describe('names', () => {
  it.each(['', '.', '..', 'a/b', '/', 'a\0b', 'x'.repeat(256), 'ä'.repeat(128)])(
    '%j is refused by create and delete, before anything is touched',
    (name) => {
      const sys = fakeSys()
      for (const refused of [createNetns(sys, name), deleteNetns(sys, name)])
        expect(refused.unwrapErr()).toMatchObject({
          code: 'input.invalid',
          path: 'name',
          hint: 'Give 1 to 255 bytes without "/", and not "." or "..".',
        })
      expect(sys.calls).toEqual([])
    },
  )

  it('that is not there is deleted already', () => {
    const sys = fakeSys()
    expect(deleteNetns(sys, 'axm-test-that-nobody-made').isOk()).toBe(true)
    expect(sys.calls).toEqual([])
  })
})

describe('fileFailure', () => {
  it('takes the errno of what the file system threw', () => {
    expect(fileFailure('make /run/netns', { errno: -30, code: 'EROFS' })).toMatchObject({
      code: 'sys.failed',
      errnoName: 'EROFS',
      call: 'make /run/netns',
    })
    expect(fileFailure('make /run/netns', { errno: -13 })).toMatchObject({ code: 'permission.denied', errnoName: 'EACCES' })
  })

  it('throws on what is a mistake in the code', () => {
    const mistake = new TypeError('not a function')
    expect(() => fileFailure('make', mistake)).toThrow(mistake)
  })
})
