import { Errno } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import type { BatchFailed } from '../errors.js'
import { linkMessage, RTM_NEWLINK } from '../route/link-message.js'
import { NLM_F_ACK, NLM_F_CREATE, NLM_F_REQUEST } from '../wire/index.js'
import type { Connection } from './connection.js'
import { executeAll } from './exchange.js'
import type { Request } from './request.js'
import { answer, joined, rubbish, type Sent, scriptedKernel } from './scripted-kernel.js'

const create = (ifname: string, more: object = {}): Request => ({
  what: `create link ${ifname}`,
  kind: linkMessage,
  type: RTM_NEWLINK,
  flags: NLM_F_CREATE,
  given: { ifname: 'name' },
  message: { attributes: { ifname, ...more } },
})
const many = (count: number): Request[] => Array.from({ length: count }, (_, index) => create(`e${index}`))

/** acknowledges the last message of each send, and refuses those that `refused` names by sequence */
const obedient = (refused: (sequence: number) => number = () => 0) =>
  scriptedKernel((messages) =>
    messages.filter((to, at) => refused(to.sequence) !== 0 || at === messages.length - 1).map((to) => answer(to, refused(to.sequence))),
  )

describe('a batch', () => {
  it('is sent at once, and one acknowledgement asked for, at its end', async () => {
    const kernel = obedient()
    expect((await executeAll(kernel.connection, many(3))).unwrap()).toBe(3)
    expect(kernel.sent).toHaveLength(1)
    expect(kernel.sent[0]?.map(({ flags, sequence }) => [flags, sequence])).toEqual([
      [NLM_F_REQUEST | NLM_F_CREATE, 1],
      [NLM_F_REQUEST | NLM_F_CREATE, 2],
      [NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK, 3],
    ])
  })

  it('of nothing is nothing', async () => {
    const kernel = obedient()
    expect((await executeAll(kernel.connection, [])).unwrap()).toBe(0)
    expect(kernel.sent).toEqual([])
  })

  it('tells each refusal by its index; the rest is done', async () => {
    const kernel = obedient((sequence) => (sequence === 2 ? Errno.EEXIST : sequence === 4 ? Errno.ENODEV : 0))
    const error = (await executeAll(kernel.connection, many(5))).unwrapErr() as BatchFailed
    expect(error).toMatchObject({
      code: 'netlink.batch-failed',
      failed: 2,
      done: 3,
      message: expect.stringMatching(/^2 of 5 requests were refused; the first: create link e1: /),
    })
    expect(error.failures).toMatchObject([
      { index: 1, error: { code: 'netlink.exists' } },
      { index: 3, error: { code: 'netlink.missing' } },
    ])
  })

  it('is over when its last request is refused, too', async () => {
    const kernel = obedient((sequence) => (sequence === 3 ? Errno.EEXIST : 0))
    expect((await executeAll(kernel.connection, many(3))).unwrapErr()).toMatchObject({ failed: 1, done: 2, failures: [{ index: 2 }] })
  })

  it("of one has that one's own error", async () => {
    const kernel = obedient(() => Errno.EEXIST)
    expect((await executeAll(kernel.connection, many(1))).unwrapErr()).toMatchObject({ code: 'netlink.exists' })
  })

  it('resolves what the kernel points at in the right message of the send', async () => {
    const requests = [create('e0'), create('e1', { mtu: 1500, linkinfo: { kind: 'vxlan', data: { vni: 7 } } }), create('e2')]
    const kernel = scriptedKernel((messages) => {
      const to = messages[1] as Sent
      const offset = Buffer.from(to.bytes).indexOf(Buffer.from('0800010007000000', 'hex'))
      return [answer(to, Errno.ERANGE, { message: 'Invalid VNI', offset }), answer(messages[2] as Sent)]
    })
    expect((await executeAll(kernel.connection, requests)).unwrapErr()).toMatchObject({
      failures: [{ index: 1, error: { attribute: 'linkinfo.data.vni' } }],
    })
  })

  it('is cut into chunks of 512 messages', async () => {
    const kernel = obedient((sequence) => (sequence === 600 ? Errno.EEXIST : 0))
    const error = (await executeAll(kernel.connection, many(1100))).unwrapErr()
    expect(kernel.sent.map((messages) => messages.length)).toEqual([512, 512, 76])
    expect(
      kernel.sent.every((messages) => messages.every(({ flags }, at) => ((flags & NLM_F_ACK) !== 0) === (at === messages.length - 1))),
    ).toBe(true)
    expect(error).toMatchObject({ failed: 1, done: 1099, failures: [{ index: 599 }] })
  })

  it('is cut into chunks of 64 KiB', async () => {
    const kernel = obedient()
    const large = Array.from({ length: 12 }, (_, index) => create(`e${index}`, { '#200': new Uint8Array(10_000) }))
    expect((await executeAll(kernel.connection, large)).unwrap()).toBe(12)
    expect(kernel.sent.map((messages) => messages.length)).toEqual([7, 5])
  })

  it('keeps the first thousand refusals, and counts all', async () => {
    const kernel = obedient(() => Errno.EEXIST)
    const error = (await executeAll(kernel.connection, many(1200))).unwrapErr() as BatchFailed
    expect(error.failures).toHaveLength(1000)
    expect(error).toMatchObject({ failed: 1200, done: 0 })
  })

  it('starts a new chunk where the sequence numbers wrap', async () => {
    const kernel = obedient((sequence) => (sequence === 2 ? Errno.EEXIST : 0))
    const numbers = [0xffff_fffe, 0xffff_ffff, 1, 2, 3, 4]
    const connection: Connection = Object.assign(Object.create(kernel.connection), { nextSequence: () => numbers.shift() as number })
    const error = (await executeAll(connection, many(4))).unwrapErr()
    expect(kernel.sent.map((messages) => messages.map(({ sequence }) => sequence))).toEqual([
      [0xffff_fffe, 0xffff_ffff],
      [2, 3],
    ])
    expect(error).toMatchObject({ failures: [{ index: 2 }] })
  })
})

describe('a batch that does not go well', () => {
  it('of bad input is not sent at all, however late in it that is', async () => {
    const kernel = obedient()
    const requests = [...many(700), create('x'.repeat(16))]
    expect((await executeAll(kernel.connection, requests)).unwrapErr()).toMatchObject({
      code: 'input.invalid',
      path: '700.name',
      message: expect.stringMatching(/^700: name: /),
    })
    expect(kernel.sent).toEqual([])
  })

  it('aborted before is not sent', async () => {
    const kernel = obedient()
    expect((await executeAll(kernel.connection, many(3), { signal: AbortSignal.abort() })).unwrapErr()).toMatchObject({
      code: 'sys.aborted',
    })
    expect(kernel.sent).toEqual([])
  })

  it('aborted between chunks says what was done', async () => {
    const controller = new AbortController()
    const kernel = scriptedKernel((messages) => {
      controller.abort()
      return [answer(messages[9] as Sent, Errno.EEXIST), answer(messages.at(-1) as Sent)]
    })
    expect((await executeAll(kernel.connection, many(1100), { signal: controller.signal })).unwrapErr()).toMatchObject({
      code: 'sys.aborted',
      message: 'batch: stopped by its AbortSignal; before, 511 requests were carried out and 1 refused',
    })
    expect(kernel.sent).toHaveLength(1)
  })

  it('closed between chunks is sys.closed', async () => {
    const kernel = scriptedKernel((messages) => {
      setImmediate(() => kernel.connection.close())
      return [answer(messages.at(-1) as Sent)]
    })
    expect((await executeAll(kernel.connection, many(1100))).unwrapErr()).toMatchObject({ code: 'sys.closed' })
    expect(kernel.sent).toHaveLength(1)
  })

  it.each([
    ['lost answers', () => [-Errno.ENOBUFS], 'netlink.overrun'],
    ['answers that are no messages', (to: Sent) => [rubbish(to)], 'netlink.malformed'],
    ['an unreadable refusal', (to: Sent) => [joined(answer({ ...to, sequence: 1 }, 5000), answer(to))], 'netlink.malformed'],
    ['a broken socket', () => [-Errno.EBADF], 'sys.failed'],
  ])('with %s ends', async (_name, answers, code) => {
    const kernel = scriptedKernel((messages) => answers(messages.at(-1) as Sent))
    expect((await executeAll(kernel.connection, many(3))).unwrapErr()).toMatchObject({ code })
  })

  it('that cannot be sent is sys.failed', async () => {
    const kernel = scriptedKernel(() => [], { send: () => -Errno.EMSGSIZE })
    expect((await executeAll(kernel.connection, many(3))).unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'EMSGSIZE' })
  })

  it('leaves answers to others alone', async () => {
    const kernel = scriptedKernel((messages) => [
      joined(answer({ ...(messages[0] as Sent), sequence: 77 }, Errno.EPERM), answer({ ...(messages[0] as Sent), sequence: 0 })),
      answer(messages.at(-1) as Sent),
    ])
    expect((await executeAll(kernel.connection, many(3))).unwrap()).toBe(3)
  })
})
