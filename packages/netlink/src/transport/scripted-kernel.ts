import { Errno, type Sys } from '@axoneme/sys'
import { type FakeAnswers, type FakeSys, fakeSys } from '@axoneme/sys/testing'
import {
  finishFrame,
  frames,
  type MessageKind,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  putU32,
  Writer,
  writeFrame,
  writeMessage,
} from '../wire/index.js'
import { type Connection, openConnection } from './connection.js'

/** One message of what was sent. */
export interface Sent {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** What a receive answers: a datagram, or -errno. */
export type Answer = Uint8Array | number

export interface ScriptedKernel {
  readonly sys: FakeSys & Sys
  readonly connection: Connection
  /** by send */
  readonly sent: Sent[][]
  /** puts an answer into the socket and lets watches fire */
  deliver(...answers: Answer[]): void
}

/** For tests: a kernel that answers each send by `script`; a socket without an answer says EAGAIN. */
export function scriptedKernel(
  script: (messages: readonly Sent[], send: number) => readonly Answer[],
  more: FakeAnswers = {},
): ScriptedKernel {
  const queue: Answer[] = []
  const sent: Sent[][] = []
  const sys = fakeSys({
    send(_fd, data, length) {
      const messages = [...frames(data, length)].map(({ type, flags, sequence, start, end }) => ({
        type,
        flags,
        sequence,
        bytes: data.slice(start, end),
      }))
      sent.push(messages)
      queue.push(...script(messages, sent.length - 1))
      return length
    },
    recv(_fd, into) {
      const next = queue.shift() ?? -Errno.EAGAIN
      if (typeof next === 'number') return next
      into.set(next.subarray(0, into.length))
      return next.length
    },
    ...more,
  })
  const connection = openConnection(sys, undefined).unwrap()
  return {
    sys,
    connection,
    sent,
    deliver(...answers) {
      queue.push(...answers)
      sys.ready(connection.fd)
    },
  }
}

/** A datagram of several. */
export function joined(...messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((message) => [...message]))
}

export interface Words {
  readonly message?: string
  readonly offset?: number
  readonly missingType?: number
  readonly missingNest?: number
}

function words(out: Writer, { message, offset, missingType, missingNest }: Words): void {
  if (message !== undefined) {
    const at = out.open(1)
    out.raw(new TextEncoder().encode(`${message}\0`))
    out.close(at)
  }
  for (const [type, value] of [
    [2, offset],
    [5, missingType],
    [6, missingNest],
  ] as const) {
    if (value === undefined) continue
    const at = out.open(type)
    out.u32(value)
    out.close(at)
  }
}

/** NLMSG_ERROR: errno 0 is an acknowledgement. `whole` copies the request, as kernels do without NETLINK_CAP_ACK. */
export function answer(to: Sent, errno = 0, said?: Words, whole = false): Uint8Array {
  const out = new Writer()
  const flags = (said === undefined ? 0 : NLM_F_ACK_TLVS) | (whole ? 0 : NLM_F_CAPPED)
  const at = writeFrame(out, NLMSG_ERROR, flags, to.sequence)
  out.u32(-errno >>> 0)
  out.raw(whole ? to.bytes : to.bytes.subarray(0, 16))
  if (said !== undefined) words(out, said)
  finishFrame(out, at)
  return out.take()
}

/** The end of a dump. */
export function done(to: Sent, errno = 0, flags = 0): Uint8Array {
  const out = new Writer()
  const at = writeFrame(out, NLMSG_DONE, NLM_F_MULTI | flags, to.sequence)
  out.u32(-errno >>> 0)
  finishFrame(out, at)
  return out.take()
}

/** One object of an answer. */
export function object(to: Sent, kind: MessageKind<any, any>, type: number, message: object, flags = 0): Uint8Array {
  const out = new Writer()
  writeMessage(out, kind, type, NLM_F_MULTI | flags, to.sequence, message)
  return out.take()
}

/** Bytes that are no message: a length that does not fit. */
export function rubbish(to: Sent): Uint8Array {
  const bytes = answer(to).slice()
  putU32(bytes, 0, 4000)
  return bytes
}
