import { Errno } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { type LinkMessage, linkView } from '../route/link.js'
import { linkMessage, RTM_GETLINK, RTM_NEWLINK } from '../route/link-message.js'
import { NLM_F_DUMP, NLM_F_DUMP_INTR } from '../wire/index.js'
import type { Request } from './request.js'
import { answer, done, object, type Sent, scriptedKernel } from './scripted-kernel.js'
import { Session } from './session.js'

const request = (what: string): Request => ({
  what,
  kind: linkMessage,
  type: RTM_GETLINK,
  flags: 0,
  message: { attributes: { ifname: what } },
})
const link = (to: Sent, ifname: string, flags = 0): Uint8Array => object(to, linkMessage, RTM_NEWLINK, { attributes: { ifname } }, flags)

describe('a session', () => {
  it('carries out one call after the other, in the order in which they were made', async () => {
    const log: string[] = []
    const kernel = scriptedKernel(() => [])
    const session = new Session(kernel.connection)
    const finish = (at: number): void => kernel.deliver(answer((kernel.sent[at] as Sent[])[0] as Sent))
    const calls = ['a', 'b', 'c'].map((what) => session.execute(request(what)).then(() => log.push(what)))
    await new Promise(setImmediate)
    expect(kernel.sent).toHaveLength(1)
    finish(0)
    await calls[0]
    await new Promise(setImmediate)
    expect(kernel.sent).toHaveLength(2)
    finish(1)
    await calls[1]
    await new Promise(setImmediate)
    finish(2)
    await Promise.all(calls)
    expect(log).toEqual(['a', 'b', 'c'])
  })

  it('goes on after a failure, and after a bug', async () => {
    const kernel = scriptedKernel(([to], send) =>
      send === 0
        ? [answer(to as Sent, Errno.EPERM)]
        : (to as Sent).flags & NLM_F_DUMP
          ? [link(to as Sent, 'e0'), done(to as Sent)]
          : [answer(to as Sent)],
    )
    const session = new Session(kernel.connection)
    const refused = session.execute(request('a'))
    const buggy = session.list(request('b'), () => {
      throw new TypeError('a bug')
    })
    const fine = session.execute(request('c'))
    expect((await refused).unwrapErr().code).toBe('permission.denied')
    await expect(buggy).rejects.toThrow('a bug')
    expect((await fine).isOk()).toBe(true)
  })

  it('asks: the first message, or none', async () => {
    const kernel = scriptedKernel(([to], send) =>
      send === 0 ? [link(to as Sent, 'e0'), link(to as Sent, 'e1'), answer(to as Sent)] : [answer(to as Sent)],
    )
    const session = new Session(kernel.connection)
    expect((await session.ask<LinkMessage>(request('a'))).unwrap()?.attributes.ifname).toBe('e0')
    expect((await session.ask<LinkMessage>(request('b'))).unwrap()).toBeUndefined()
  })

  it('lists through a view, without what it leaves out and what an interrupted try had', async () => {
    const kernel = scriptedKernel(([to], send) =>
      send === 0
        ? [link(to as Sent, 'stale', NLM_F_DUMP_INTR), done(to as Sent)]
        : [link(to as Sent, 'e0'), link(to as Sent, 'hidden'), link(to as Sent, 'e1'), done(to as Sent)],
    )
    const session = new Session(kernel.connection)
    const listed = await session.list<LinkMessage, string>(request('a'), (message) =>
      linkView(message).name === 'hidden' ? undefined : linkView(message).name,
    )
    expect(listed.unwrap()).toEqual(['e0', 'e1'])
  })

  it('sends many in one turn', async () => {
    const kernel = scriptedKernel((messages) => [answer(messages.at(-1) as Sent)])
    expect((await new Session(kernel.connection).executeAll([request('a'), request('b')])).unwrap()).toBe(2)
    expect(kernel.sent).toHaveLength(1)
  })

  it('closed answers sys.closed to those under way and those that wait', async () => {
    const kernel = scriptedKernel(() => [])
    const session = new Session(kernel.connection)
    const calls = [
      session.execute(request('a')),
      session.ask(request('b')),
      session.list(request('c'), () => undefined),
      session.executeAll([request('d')]),
    ]
    await new Promise(setImmediate)
    session.close()
    for (const outcome of await Promise.all(calls)) expect(outcome.unwrapErr()).toMatchObject({ code: 'sys.closed' })
    expect(kernel.sent).toHaveLength(1)
  })
})
