import { Errno, type Result, trackHandles } from '@axoneme/sys'
import { fakeSys } from '@axoneme/sys/testing'
import { describe, expect, it } from 'vitest'
import type { NetlinkError } from '../errors.js'
import { linkMessage, RTM_DELLINK, RTM_NEWLINK } from '../route/link-message.js'
import { messageKindOf } from '../route/message-kinds.js'
import { done, joined, object, rubbish, type Sent } from '../transport/scripted-kernel.js'
import { frames, NLMSG_OVERRUN, putU16 } from '../wire/index.js'
import { type WatchEvent, type Watched, type WatchOptions, watch } from './watch.js'

const event: Sent = { type: 0, flags: 0, sequence: 0, bytes: new Uint8Array(16) }
const link = (type: number, index: number, to = event): Uint8Array =>
  object(to, linkMessage, type, { index, attributes: { ifname: `e${index}` } })

/** The watching socket is the first that is opened, the listing one the second. */
function watched(what: Watched[], options: WatchOptions, list: (to: Sent, count: number) => readonly Uint8Array[] = (to) => [done(to)]) {
  const queues = new Map<number, (Uint8Array | number)[]>()
  let lists = 0
  const queueOf = (fd: number): (Uint8Array | number)[] => {
    const queue = queues.get(fd) ?? []
    queues.set(fd, queue)
    return queue
  }
  const sys = fakeSys({
    send(fd, data, length) {
      for (const { type, flags, sequence, start, end } of frames(data, length))
        queueOf(fd).push(...list({ type, flags, sequence, bytes: data.slice(start, end) }, lists++))
      return length
    },
    recv(fd, into) {
      const next = queueOf(fd).shift() ?? -Errno.EAGAIN
      if (typeof next === 'number') return next
      into.set(next.subarray(0, into.length))
      return next.length
    },
  })
  const started = watch(what, { sys, ...options }).unwrap()
  const events = started[Symbol.asyncIterator]()
  const next = async (): Promise<Result<WatchEvent, NetlinkError> | undefined> => {
    const { done: over, value } = await events.next()
    return over ? undefined : value
  }
  return {
    started,
    events,
    sys,
    tell(...datagrams: (Uint8Array | number)[]) {
      queueOf(100).push(...datagrams)
      sys.ready(100)
    },
    break: (errno: number) => sys.ready(100, -errno),
    async next(): Promise<WatchEvent> {
      const given = await next()
      if (given === undefined) throw new Error('the watch is over')
      return given.unwrap()
    },
    async error(): Promise<NetlinkError> {
      const given = await next()
      if (given === undefined) throw new Error('the watch is over')
      return given.unwrapErr()
    },
    over: async () => (await next()) === undefined,
  }
}

describe('a watch', () => {
  it('tells what is there, then what changes', async () => {
    const t = watched(['link'], {}, (to) => [link(RTM_NEWLINK, 1, to), done(to)])
    t.tell(link(RTM_NEWLINK, 2))
    expect(await t.next()).toMatchObject({ type: 'present', change: { of: 'link', link: { name: 'e1' } } })
    expect(await t.next()).toEqual({ type: 'synced' })
    expect(await t.next()).toMatchObject({ type: 'changed', change: { of: 'link', link: { name: 'e2' } } })
    t.tell(link(RTM_DELLINK, 2))
    expect(await t.next()).toMatchObject({ type: 'deleted', change: { link: { index: 2 } } })
    t.started.close()
    expect(await t.over()).toBe(true)
  })

  it('without an initial list tells changes only', async () => {
    const t = watched(['link'], { initial: false })
    const waiting = t.next()
    t.tell(joined(link(RTM_NEWLINK, 3), link(RTM_DELLINK, 3)))
    expect(await waiting).toMatchObject({ type: 'changed' })
    expect(await t.next()).toMatchObject({ type: 'deleted' })
    t.started.close()
  })

  it('tells each sort of object by its name, and no others', async () => {
    const t = watched(['address'], { initial: false })
    const of = (type: number, message: object): Uint8Array => object(event, messageKindOf(type) as never, type, message)
    t.tell(
      of(20, { family: 2, attributes: { local: '10.0.0.1' } }),
      of(20, { family: 2 }),
      of(24, { family: 2 }),
      of(24, { family: 28 }),
      of(33, { family: 10 }),
      of(28, { family: 2, attributes: { destination: '10.0.0.2' } }),
      of(28, { family: 7, attributes: { hardwareAddress: '02:00:00:00:00:01' } }),
      of(28, { family: 2 }),
      of(36, {}),
      object(event, linkMessage, 1234, {}),
      link(RTM_NEWLINK, 9),
    )
    const seen: string[] = []
    for (let count = 0; count < 6; count++) {
      const told = await t.next()
      if ('change' in told) seen.push(`${told.type} ${told.change.of}`)
    }
    expect(seen).toEqual(['changed address', 'changed route', 'deleted rule', 'changed neighbour', 'changed fdb', 'changed link'])
    t.started.close()
  })

  it.each([
    ['ENOBUFS', -Errno.ENOBUFS],
    ['a message that says so', typed(link(RTM_NEWLINK, 5), NLMSG_OVERRUN)],
    ['a datagram that does not fit', new Uint8Array((256 << 10) + 1)],
    ['a datagram that cannot be read', rubbish(event)],
  ])('that lost events (%s) says so and tells the whole state anew', async (_name, lost) => {
    const t = watched(['link'], {}, (to, count) => [link(RTM_NEWLINK, 10 + count, to), done(to)])
    expect(await t.next()).toMatchObject({ type: 'present', change: { link: { index: 10 } } })
    expect(await t.next()).toEqual({ type: 'synced' })
    t.tell(lost, link(RTM_NEWLINK, 6))
    expect(await t.next()).toEqual({ type: 'overrun' })
    const after = [await t.next(), await t.next(), await t.next()]
    expect(after).toMatchObject([
      { type: 'present', change: { link: { index: 11 } } },
      { type: 'synced' },
      { type: 'changed', change: { link: { index: 6 } } },
    ])
    t.started.close()
  })

  it('ends by its signal, telling first what has arrived', async () => {
    const controller = new AbortController()
    const handles = trackHandles()
    const t = watched(['link'], { initial: false, signal: controller.signal })
    t.tell(link(RTM_NEWLINK, 3))
    controller.abort()
    expect(await t.next()).toMatchObject({ type: 'changed' })
    expect(await t.over()).toBe(true)
    expect(handles.open()).toEqual([])
    handles.stop()
    const never = watched(['link'], { signal: AbortSignal.abort() })
    expect(await never.over()).toBe(true)
  })

  it('ends by break, and closes its sockets', async () => {
    const handles = trackHandles()
    const t = watched(['link'], {}, (to) => [link(RTM_NEWLINK, 1, to), done(to)])
    for await (const told of t.started) {
      expect(told.isOk()).toBe(true)
      break
    }
    expect(handles.open()).toEqual([])
    handles.stop()
  })

  it.each([['a socket that breaks', -Errno.EBADF, 'sys.failed']])('that meets %s tells the error last', async (_name, told, code) => {
    const t = watched(['link'], { initial: false })
    t.tell(told)
    expect(await t.error()).toMatchObject({ code })
    expect(await t.over()).toBe(true)
  })

  it('that cannot wait tells the error last', async () => {
    const t = watched(['link'], { initial: false })
    t.break(Errno.EBADF)
    expect(await t.error()).toMatchObject({ code: 'sys.failed', errnoName: 'EBADF' })
    expect(await t.over()).toBe(true)
  })

  it('that cannot list tells the error last', async () => {
    const t = watched(['link'], {}, (to) => [done(to, Errno.EPERM)])
    expect(await t.error()).toMatchObject({ code: 'permission.denied' })
    expect(await t.over()).toBe(true)
  })

  it('that cannot begin answers why, and leaves nothing open', () => {
    const handles = trackHandles()
    expect(watch(['link'], { sys: fakeSys({ socket: () => -Errno.EPERM }) }).unwrapErr()).toMatchObject({ code: 'sys.failed' })
    let sockets = 0
    expect(watch(['link'], { sys: fakeSys({ socket: () => (sockets++ === 0 ? 100 : -Errno.EPERM) }) }).unwrapErr()).toMatchObject({
      code: 'sys.failed',
    })
    expect(handles.open()).toEqual([])
    handles.stop()
  })

  it('lists everything that it watches', async () => {
    const types: number[] = []
    const t = watched(['link', 'address', 'route', 'rule', 'neighbour'], {}, (to) => {
      types.push(to.type)
      return [done(to)]
    })
    expect(await t.next()).toEqual({ type: 'synced' })
    expect(types).toEqual([18, 22, 26, 34, 30, 30])
    t.started.close()
  })
})

function typed(bytes: Uint8Array, type: number): Uint8Array {
  putU16(bytes, 4, type)
  return bytes
}
