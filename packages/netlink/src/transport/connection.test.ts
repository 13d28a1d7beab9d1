import { AF_NETLINK, Errno, SO_RCVBUF, SO_RCVBUFFORCE, SOL_NETLINK, SOL_SOCKET, trackHandles } from '@axoneme/sys'
import { fakeSys } from '@axoneme/sys/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { closedConnection, openConnection, readable } from './connection.js'

const options = (sys: ReturnType<typeof fakeSys>): [level: unknown, option: unknown, value: unknown][] =>
  sys.calls
    .filter(({ call }) => call === 'setsockopt')
    .map(({ args }) => [args[1], args[2], Buffer.from(args[3] as Uint8Array).readUInt32LE()])

describe('opening', () => {
  it('asks for large buffers, the words of the kernel, and strict checks, and binds', () => {
    const sys = fakeSys()
    const connection = openConnection(sys, undefined).unwrap()
    expect(options(sys)).toEqual([
      [SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20],
      [SOL_SOCKET, 32, 4 << 20],
      [SOL_NETLINK, 11, 1],
      [SOL_NETLINK, 10, 1],
      [SOL_NETLINK, 12, 1],
    ])
    const bound = sys.calls.find(({ call }) => call === 'bind')
    expect(bound?.args[1]).toEqual(expect.objectContaining({ 0: AF_NETLINK, length: 12 }))
    connection.close()
  })

  it('lives with refused options: a process without capabilities, an old kernel', () => {
    const sys = fakeSys({ setsockopt: () => -Errno.EPERM })
    const connection = openConnection(sys, undefined).unwrap()
    expect(options(sys)).toContainEqual([SOL_SOCKET, SO_RCVBUF, 4 << 20])
    connection.close()
  })

  it('joins groups', () => {
    const sys = fakeSys()
    openConnection(sys, undefined, [1, 5]).unwrap().close()
    expect(options(sys).slice(-2)).toEqual([
      [SOL_NETLINK, 1, 1],
      [SOL_NETLINK, 1, 5],
    ])
  })

  it.each([
    ['no socket', { socket: () => -Errno.EAFNOSUPPORT }, /socket\(AF_NETLINK\)/],
    ['no address', { bind: () => -Errno.EADDRINUSE }, /bind\(AF_NETLINK\)/],
    [
      'no group',
      { setsockopt: (_fd: number, level: number, option: number) => (level === SOL_NETLINK && option === 1 ? -Errno.EPERM : 0) },
      /join rtnetlink group 1/,
    ],
  ])('answers %s, and leaves no descriptor open', (_name, answers, message) => {
    const handles = trackHandles()
    const error = openConnection(fakeSys(answers), undefined, [1]).unwrapErr()
    expect(error).toMatchObject({ code: 'sys.failed', message: expect.stringMatching(message) })
    expect(handles.open()).toEqual([])
    handles.stop()
  })
})

describe('sequence numbers', () => {
  it('count from 1, and never are 0', () => {
    const connection = openConnection(fakeSys(), undefined).unwrap()
    expect([connection.nextSequence(), connection.nextSequence()]).toEqual([1, 2])
    connection.close()
  })
})

describe('closing', () => {
  it('is done once, and tells who waits first', () => {
    const sys = fakeSys()
    const connection = openConnection(sys, undefined).unwrap()
    const order: string[] = []
    connection.onClose(() => order.push(`told, ${sys.calls.filter(({ call }) => call === 'close').length} closed`))
    const forget = connection.onClose(() => order.push('forgotten'))
    forget()
    connection.close()
    expect(order).toEqual(['told, 0 closed'])
    expect(connection.isOpen()).toBe(false)
    expect(sys.calls.filter(({ call }) => call === 'close')).toHaveLength(1)
    expect(closedConnection()).toMatchObject({ code: 'sys.closed', message: 'this netlink connection is closed' })
  })
})

describe('waiting', () => {
  afterEach(() => void vi.useRealTimers())

  it('ends when there is something', async () => {
    const sys = fakeSys()
    const connection = openConnection(sys, undefined).unwrap()
    const waiting = readable(connection, 1000)
    sys.ready(connection.fd)
    expect(await waiting).toBe('ready')
    connection.close()
  })

  it('ends when the socket breaks, cannot be watched, or nothing comes', async () => {
    vi.useFakeTimers()
    const sys = fakeSys()
    const connection = openConnection(sys, undefined).unwrap()
    const broken = readable(connection, 1000)
    sys.ready(connection.fd, -Errno.EBADF)
    expect(await broken).toBe('gone')
    const silent = readable(connection, 1000)
    await vi.advanceTimersByTimeAsync(999)
    let over = false
    void silent.then(() => {
      over = true
    })
    await Promise.resolve()
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await silent).toBe('gone')
    connection.close()
    const unwatched = openConnection(fakeSys({ poll: () => -Errno.ENOMEM }), undefined).unwrap()
    expect(await readable(unwatched, 1000)).toBe('gone')
    unwatched.close()
  })

  it('ends when the connection is closed, its watch before its descriptor', async () => {
    const order: string[] = []
    const sys = fakeSys({
      poll: () => ({ close: () => void order.push('watch'), ref() {}, unref() {} }),
      close() {
        order.push('descriptor')
        return 0
      },
    })
    const connection = openConnection(sys, undefined).unwrap()
    const waiting = readable(connection, 60_000)
    connection.close()
    await waiting
    expect(order).toEqual(['watch', 'descriptor'])
  })
})
