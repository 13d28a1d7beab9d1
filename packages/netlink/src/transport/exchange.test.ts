import { Errno } from '@axoneme/sys'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { linkMessage, RTM_GETLINK, RTM_NEWLINK } from '../route/link-message.js'
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_NOOP, NLMSG_OVERRUN, putU16, readMessage } from '../wire/index.js'
import { dump, execute } from './exchange.js'
import type { Request } from './request.js'
import { type Answer, answer, done, joined, object, rubbish, type ScriptedKernel, type Sent, scriptedKernel } from './scripted-kernel.js'

const request: Request = {
  what: 'list links',
  kind: linkMessage,
  type: RTM_GETLINK,
  flags: 0,
  message: { attributes: { extendedMask: 8 } },
}
const link = (to: Sent, ifname: string, flags = 0): Uint8Array =>
  object(to, linkMessage, RTM_NEWLINK, { index: 7, attributes: { ifname } }, flags)

/** A dump through `kernel`: how it ended, and the names that were there at its end. */
async function listed(kernel: ScriptedKernel, signal?: AbortSignal) {
  let names: string[] = []
  let begun = 0
  const outcome = await dump(
    kernel.connection,
    request,
    () => {
      begun++
      names = []
    },
    (bytes, frame) => void names.push(readMessage(linkMessage, bytes, frame.start + 16, frame.end).attributes.ifname ?? ''),
    { signal },
  )
  return { outcome, names, begun }
}

afterEach(() => void vi.useRealTimers())

describe('one request', () => {
  const asked = (answers: (to: Sent) => readonly Answer[], more = {}) => {
    const kernel = scriptedKernel(([to]) => answers(to as Sent), more)
    return { kernel, outcome: execute(kernel.connection, request, () => {}) }
  }

  it('is sent with REQUEST and ACK, and done when acknowledged', async () => {
    const { kernel, outcome } = asked((to) => [answer(to)])
    expect((await outcome).isOk()).toBe(true)
    expect(kernel.sent[0]).toMatchObject([{ type: RTM_GETLINK, flags: NLM_F_REQUEST | NLM_F_ACK, sequence: 1 }])
  })

  it('gives its messages, and leaves those of other requests', async () => {
    const kernel = scriptedKernel(([to]) => [
      joined(answer({ ...(to as Sent), sequence: 99 }, 22), link(to as Sent, 'e0')),
      answer(to as Sent),
    ])
    const names: unknown[] = []
    const outcome = await execute(kernel.connection, request, (bytes, frame) =>
      names.push(readMessage(linkMessage, bytes, frame.start + 16, frame.end).attributes.ifname),
    )
    expect(outcome.isOk()).toBe(true)
    expect(names).toEqual(['e0'])
  })

  it('refused is its own error', async () => {
    const { outcome } = asked((to) => [answer(to, Errno.ENODEV)])
    expect((await outcome).unwrapErr()).toMatchObject({ code: 'netlink.missing', errnoName: 'ENODEV' })
  })

  it('of bad input is not sent, and named in the words of the caller', async () => {
    const kernel = scriptedKernel(() => [])
    const bad = { ...request, given: { ifname: 'name' }, message: { attributes: { ifname: 'x'.repeat(16) } } }
    expect((await execute(kernel.connection, bad)).unwrapErr()).toMatchObject({
      code: 'input.invalid',
      path: 'name',
      message: expect.stringMatching(/^name: /),
    })
    expect(kernel.sent).toEqual([])
  })

  it('waits for an answer that is not there at once', async () => {
    const kernel = scriptedKernel(() => [-Errno.EINTR])
    const outcome = execute(kernel.connection, request)
    await new Promise(setImmediate)
    kernel.deliver(answer((kernel.sent[0] as Sent[])[0] as Sent))
    expect((await outcome).isOk()).toBe(true)
  })

  it('without an answer in 30 seconds is sys.failed', async () => {
    vi.useFakeTimers()
    const { outcome } = asked(() => [])
    await vi.advanceTimersByTimeAsync(30_000)
    expect((await outcome).unwrapErr()).toMatchObject({ code: 'sys.failed', hint: 'The kernel did not answer within 30 seconds.' })
  })

  it('that cannot be sent or received is sys.failed', async () => {
    const unsent = scriptedKernel(() => [], { send: () => -Errno.EMSGSIZE })
    expect((await execute(unsent.connection, request)).unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'EMSGSIZE' })
    const { outcome } = asked(() => [-Errno.ENOMEM])
    expect((await outcome).unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'ENOMEM' })
  })

  it.each([
    ['ENOBUFS', () => [-Errno.ENOBUFS]],
    ['NLMSG_OVERRUN', (to: Sent) => [withType(answer(to), NLMSG_OVERRUN)]],
  ])('whose answer was lost (%s) is netlink.overrun', async (_name, answers) => {
    const { outcome } = asked(answers)
    expect((await outcome).unwrapErr()).toMatchObject({ code: 'netlink.overrun', hint: expect.stringContaining('List') })
  })

  it.each([
    ['a length that does not fit', (to: Sent) => [rubbish(to)]],
    ['a datagram that the buffer does not hold', () => [new Uint8Array((256 << 10) + 1)]],
    ['an acknowledgement without a number', (to: Sent) => [shortened(answer(to), 18)]],
  ])('answered with %s is netlink.malformed', async (_name, answers) => {
    const { kernel, outcome } = asked(answers)
    expect((await outcome).unwrapErr()).toMatchObject({ code: 'netlink.malformed', offset: expect.any(Number) })
    expect(kernel.connection.isOpen()).toBe(true)
  })

  it('on a closed connection, or closed while it waits, is sys.closed', async () => {
    const { kernel, outcome } = asked(() => [])
    await new Promise(setImmediate)
    kernel.connection.close()
    expect((await outcome).unwrapErr()).toMatchObject({ code: 'sys.closed' })
    expect((await execute(kernel.connection, request)).unwrapErr()).toMatchObject({ code: 'sys.closed' })
    expect((await listed(kernel)).outcome.unwrapErr()).toMatchObject({ code: 'sys.closed' })
  })

  it('aborted before is not sent', async () => {
    const kernel = scriptedKernel(() => [])
    expect((await execute(kernel.connection, request, undefined, { signal: AbortSignal.abort() })).unwrapErr()).toMatchObject({
      code: 'sys.aborted',
      message: 'list links: stopped by its AbortSignal',
    })
    expect((await listed(kernel, AbortSignal.abort())).outcome.unwrapErr()).toMatchObject({ code: 'sys.aborted' })
    expect(kernel.sent).toEqual([])
  })
})

describe('a dump', () => {
  it('is asked for with DUMP, and over at DONE', async () => {
    const kernel = scriptedKernel(([to]) => [
      joined(link(to as Sent, 'e0'), link(to as Sent, 'e1')),
      link(to as Sent, 'e2'),
      done(to as Sent),
    ])
    const { outcome, names, begun } = await listed(kernel)
    expect(outcome.isOk()).toBe(true)
    expect(names).toEqual(['e0', 'e1', 'e2'])
    expect(begun).toBe(1)
    expect(kernel.sent[0]).toMatchObject([{ flags: NLM_F_REQUEST | NLM_F_DUMP }])
  })

  it('is not disturbed by messages of others, or by NOOP', async () => {
    const kernel = scriptedKernel(([to]) => [
      joined(
        withType(done({ ...(to as Sent), sequence: 0 }), NLMSG_NOOP),
        link({ ...(to as Sent), sequence: 3 }, 'other'),
        link(to as Sent, 'e0'),
      ),
      done(to as Sent),
    ])
    expect((await listed(kernel)).names).toEqual(['e0'])
  })

  it.each([
    ['a message that says so', (to: Sent) => [link(to, 'half', NLM_F_DUMP_INTR), done(to)]],
    ['an end that says so', (to: Sent) => [link(to, 'half'), done(to, 0, NLM_F_DUMP_INTR)]],
    ['an end with EINTR', (to: Sent) => [link(to, 'half'), done(to, Errno.EINTR)]],
    ['an error EINTR', (to: Sent) => [answer(to, Errno.EINTR)]],
  ])('interrupted (%s) is taken again from the start', async (_name, interrupted) => {
    const kernel = scriptedKernel(([to], send) => (send < 2 ? interrupted(to as Sent) : [link(to as Sent, 'whole'), done(to as Sent)]))
    const { outcome, names, begun } = await listed(kernel)
    expect(outcome.isOk()).toBe(true)
    expect(names).toEqual(['whole'])
    expect(begun).toBe(3)
    expect(kernel.sent.map(([message]) => message?.sequence)).toEqual([1, 2, 3])
  })

  it('interrupted again and again is netlink.interrupted', async () => {
    const kernel = scriptedKernel(([to]) => [done(to as Sent, 0, NLM_F_DUMP_INTR)])
    const { outcome, begun } = await listed(kernel)
    expect(outcome.unwrapErr()).toMatchObject({ code: 'netlink.interrupted', restarts: 20, hint: expect.stringContaining('watch') })
    expect(begun).toBe(21)
  })

  it('aborted between two tries ends', async () => {
    const controller = new AbortController()
    const kernel = scriptedKernel(([to]) => {
      controller.abort()
      return [done(to as Sent, 0, NLM_F_DUMP_INTR)]
    })
    const { outcome, begun } = await listed(kernel, controller.signal)
    expect(outcome.unwrapErr().code).toBe('sys.aborted')
    expect(begun).toBe(1)
  })

  it.each([
    ['an error', (to: Sent) => [answer(to, Errno.EOPNOTSUPP, { message: 'no' })]],
    ['its end', (to: Sent) => [link(to, 'e0'), done(to, Errno.EOPNOTSUPP)]],
  ])('refused by %s is the refusal', async (_name, answers) => {
    const kernel = scriptedKernel(([to]) => answers(to as Sent))
    expect((await listed(kernel)).outcome.unwrapErr()).toMatchObject({ code: 'netlink.refused', errnoName: 'EOPNOTSUPP' })
  })

  it('with a message that cannot be read is malformed, but taken to its end: the next one works', async () => {
    const kernel = scriptedKernel(([to], send) =>
      send === 0
        ? [joined(broken(link(to as Sent, 'bad')), link(to as Sent, 'good')), link(to as Sent, 'more'), done(to as Sent)]
        : [link(to as Sent, 'e0'), done(to as Sent)],
    )
    const first = await listed(kernel)
    expect(first.outcome.unwrapErr()).toMatchObject({ code: 'netlink.malformed' })
    expect(first.names).toEqual(['good', 'more'])
    expect(kernel.sys.recv(kernel.connection.fd, kernel.connection.into, 0)).toBe(-Errno.EAGAIN)
    expect((await listed(kernel)).names).toEqual(['e0'])
  })

  it('with a datagram that is no messages is malformed, and taken to its end', async () => {
    const kernel = scriptedKernel(([to]) => [rubbish(to as Sent), link(to as Sent, 'more'), done(to as Sent)])
    expect((await listed(kernel)).outcome.unwrapErr()).toMatchObject({
      code: 'netlink.malformed',
      message: expect.stringMatching(/^receive from the kernel: a message of 4000 bytes/),
    })
    expect(kernel.sys.recv(kernel.connection.fd, kernel.connection.into, 0)).toBe(-Errno.EAGAIN)
  })

  it('does not hide what is no fault of the wire', async () => {
    const kernel = scriptedKernel(([to]) => [link(to as Sent, 'e0'), done(to as Sent)])
    const failing = dump(
      kernel.connection,
      request,
      () => {},
      () => {
        throw new TypeError('a bug')
      },
    )
    await expect(failing).rejects.toThrow(TypeError)
  })

  it('of many datagrams lets others have their turn', async () => {
    const kernel = scriptedKernel(([to]) => [...Array.from({ length: 130 }, () => link(to as Sent, 'e0')), done(to as Sent)])
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const { names } = await listed(kernel)
    clearInterval(counting)
    expect(names).toHaveLength(130)
    expect(turns).toBeGreaterThan(0)
  })
})

function withType(bytes: Uint8Array, type: number): Uint8Array {
  putU16(bytes, 4, type)
  return bytes
}

function shortened(bytes: Uint8Array, length: number): Uint8Array {
  const cut = bytes.slice(0, length)
  cut[0] = length
  return cut
}

/** its first attribute longer than the message */
function broken(bytes: Uint8Array): Uint8Array {
  putU16(bytes, 32, 5000)
  return bytes
}
