import { type Aborted, aborted, Err, Errno, MSG_DONTWAIT, MSG_TRUNC, Ok, type Result, sysFailed } from '@axoneme/sys'
import type { NetlinkError, RequestError } from '../errors.js'
import {
  type Frame,
  frames,
  InputFault,
  invalidInput,
  malformed,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_OVERRUN,
  WireFault,
  Writer,
  writeMessage,
} from '../wire/index.js'
import { type Connection, closedConnection, readable } from './connection.js'
import { readAcknowledgement } from './extended-ack.js'
import { refusal } from './refusal.js'
import { givenPath, type Request } from './request.js'
import { BatchTally } from './tally.js'

/** One send: so many messages and bytes at most, lest the answers to refused ones overflow the socket. */
const CHUNK_MESSAGES = 512
const CHUNK_BYTES = 64 << 10
const DUMP_RESTARTS = 20
/** rtnetlink answers inside send: an answer that is not there at once is waited for, but not for ever. */
const ANSWER_TIMEOUT_MS = 30_000

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined
}

/** Called with each message of an answer; reads from the connection's buffer, in place. */
export type OnMessage = (bytes: Uint8Array, frame: Frame) => void

/**
 * Sends requests in few system calls: one acknowledgement is asked for at the end of each chunk, and refusals come back
 * with the number of the message that they are for. A refusal does not stop the rest; nothing is sent before all are
 * known to be well-formed.
 */
export async function executeAll(
  connection: Connection,
  requests: readonly Request[],
  options: ExchangeOptions = {},
): Promise<Result<number, NetlinkError>> {
  const tally = new BatchTally(requests.length)
  let done = 0
  const encoded = await encodeAll(connection, requests, options)
  if (encoded.isErr()) return Err(encoded.error)
  for (const { bytes: sending, begin, end, first, positions } of encoded.value) {
    if (!connection.isOpen()) return Err(closedConnection())
    if (options.signal?.aborted) return Err(abortedAfter(done, tally.failed))
    const last = first + (end - begin) - 1
    const sent = send(connection, sending)
    if (sent !== undefined) return Err(sent)
    const answered = await receive(connection, (bytes, frame) => {
      if (frame.type !== NLMSG_ERROR) return false
      const place = frame.sequence - first
      if (place < 0 || place >= end - begin) return false
      const answer = readAcknowledgement(bytes, frame, false)
      if (answer.errno !== 0) {
        const sentBytes = (): Uint8Array => sending.subarray(positions[place] as number, positions[place + 1])
        tally.refuse(begin + place, () => refusal(requests[begin + place] as Request, sentBytes(), answer))
      }
      return frame.sequence === last
    })
    if (answered !== undefined) return Err(answered)
    done += end - begin
    // a long batch must not stop the event loop: let it turn between chunks
    if (end < requests.length) await new Promise(setImmediate)
  }
  return tally.result()
}

/** One request, acknowledged; its refusal is its own error. Messages of the answer go to `onMessage`. */
export async function execute(
  connection: Connection,
  request: Request,
  onMessage?: OnMessage,
  options: ExchangeOptions = {},
): Promise<Result<void, NetlinkError>> {
  if (!connection.isOpen()) return Err(closedConnection())
  if (options.signal?.aborted) return Err(aborted(request.what))
  const out = new Writer()
  const sequence = connection.nextSequence()
  const encoded = encode(out, request, NLM_F_REQUEST | NLM_F_ACK, sequence)
  if (encoded !== undefined) return Err(encoded)
  const sent = send(connection, out.bytes.subarray(0, out.length))
  if (sent !== undefined) return Err(sent)
  let refused: RequestError | undefined
  const broken = await receive(connection, (bytes, frame) => {
    if (frame.sequence !== sequence) return false
    if (frame.type !== NLMSG_ERROR) {
      onMessage?.(bytes, frame)
      return false
    }
    const answer = readAcknowledgement(bytes, frame, false)
    if (answer.errno !== 0) refused = refusal(request, out.bytes.subarray(0, out.length), answer)
    return true
  })
  if (broken !== undefined) return Err(broken)
  return refused === undefined ? Ok(undefined) : Err(refused)
}

/**
 * Lists: `begin` is called at the start and again at each restart, which happens when the kernel says that what it
 * listed changed meanwhile (NLM_F_DUMP_INTR).
 */
export async function dump(
  connection: Connection,
  request: Request,
  begin: () => void,
  onMessage: OnMessage,
  options: ExchangeOptions = {},
): Promise<Result<void, NetlinkError>> {
  for (let restarts = 0; restarts <= DUMP_RESTARTS; restarts++) {
    if (!connection.isOpen()) return Err(closedConnection())
    if (options.signal?.aborted) return Err(aborted(request.what))
    begin()
    const out = new Writer()
    const sequence = connection.nextSequence()
    const encoded = encode(out, request, NLM_F_REQUEST | NLM_F_DUMP, sequence)
    if (encoded !== undefined) return Err(encoded)
    const sent = send(connection, out.bytes.subarray(0, out.length))
    if (sent !== undefined) return Err(sent)
    let refused: RequestError | undefined
    let interrupted = false
    const broken = await receive(connection, (bytes, frame) => {
      if (frame.sequence !== sequence) return false
      if ((frame.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true
      if (frame.type === NLMSG_DONE || frame.type === NLMSG_ERROR) {
        const answer = readAcknowledgement(bytes, frame, frame.type === NLMSG_DONE)
        if (answer.errno !== 0) refused = refusal(request, out.bytes.subarray(0, out.length), answer)
        return true
      }
      onMessage(bytes, frame)
      return false
    })
    if (broken !== undefined) return Err(broken)
    if (refused !== undefined && !isInterruption(refused)) return Err(refused)
    if (!interrupted && refused === undefined) return Ok(undefined)
  }
  return Err(
    Object.freeze({
      code: 'netlink.interrupted',
      restarts: DUMP_RESTARTS,
      message: `${request.what}: interrupted by changes ${DUMP_RESTARTS + 1} times in a row`,
      hint: 'Something changes the table without pause; try again when it is quieter, or watch instead of listing.',
    }),
  )
}

function encode(out: Writer, request: Request, flags: number, sequence: number): NetlinkError | undefined {
  try {
    writeMessage(out, request.kind, request.type, flags | request.flags, sequence, request.message)
    return undefined
  } catch (reason) {
    if (!(reason instanceof InputFault)) throw reason
    reason.path = givenPath(request.given, reason.path)
    return invalidInput(reason)
  }
}

/** Some dumps answer with an errno instead of the flag. */
function isInterruption(refused: RequestError): boolean {
  return refused.code === 'netlink.refused' && refused.errno === Errno.EINTR
}

interface Chunk {
  readonly bytes: Uint8Array
  /** the requests in it */
  readonly begin: number
  readonly end: number
  /** the number of the first message; the others follow it */
  readonly first: number
  /** where each message begins */
  readonly positions: readonly number[]
}

async function encodeAll(
  connection: Connection,
  requests: readonly Request[],
  { signal }: ExchangeOptions,
): Promise<Result<Chunk[], NetlinkError>> {
  const chunks: Chunk[] = []
  const out = new Writer(CHUNK_BYTES + 4096)
  for (let begin = 0; begin < requests.length; ) {
    if (signal?.aborted) return Err(abortedAfter(0, 0))
    const chunk = encodeChunk(connection, requests, begin, out)
    if (chunk.isErr()) return Err(chunk.error)
    chunks.push(chunk.value)
    begin = chunk.value.end
    if (begin < requests.length) await new Promise(setImmediate)
  }
  return Ok(chunks)
}

function encodeChunk(connection: Connection, requests: readonly Request[], begin: number, out: Writer): Result<Chunk, NetlinkError> {
  out.reset()
  const positions: number[] = []
  let first = 0
  let end = begin
  while (end < requests.length && positions.length < CHUNK_MESSAGES && out.length < CHUNK_BYTES) {
    const sequence = connection.nextSequence()
    // numbers of a chunk are consecutive: start again where they would wrap
    if (positions.length > 0 && sequence < first) break
    if (positions.length === 0) first = sequence
    positions.push(out.length)
    const invalid = encode(out, requests[end] as Request, NLM_F_REQUEST, sequence)
    if (invalid !== undefined) return Err(atIndex(invalid, end))
    end++
  }
  const from = positions.at(-1) as number
  out.bytes[from + 6] = (out.bytes[from + 6] as number) | NLM_F_ACK
  return Ok({ bytes: out.take(), begin, end, first, positions })
}

function atIndex(error: NetlinkError, index: number): NetlinkError {
  if (error.code !== 'input.invalid') return error
  const path = error.path === '' ? String(index) : `${index}.${error.path}`
  return Object.freeze({ ...error, path, message: `${index}: ${error.message}` })
}

function send(connection: Connection, bytes: Uint8Array): NetlinkError | undefined {
  const sent = connection.sys.send(connection.fd, bytes, bytes.length, 0)
  return sent < 0 ? sysFailed('send to the kernel', -sent) : undefined
}

/**
 * Receives until `take` says that all is there. A message that cannot be read does not end that: what is left unread of
 * a dump would refuse the next one (EBUSY).
 */
async function receive(connection: Connection, take: (bytes: Uint8Array, frame: Frame) => boolean): Promise<NetlinkError | undefined> {
  const { sys, into } = connection
  let fault: WireFault | undefined
  for (let datagrams = 0; ; datagrams++) {
    if (!connection.isOpen()) return closedConnection()
    const got = sys.recv(connection.fd, into, MSG_DONTWAIT | MSG_TRUNC)
    if (got === -Errno.EINTR) continue
    if (got === -Errno.EAGAIN) {
      // nothing more comes of an answer whose end was among the unreadable
      if (fault !== undefined) return unreadable(fault)
      if ((await readable(connection, ANSWER_TIMEOUT_MS)) === 'ready') continue
      return sysFailed('receive from the kernel', Errno.EAGAIN, 'The kernel did not answer within 30 seconds.')
    }
    if (got === -Errno.ENOBUFS) return overrun()
    if (got < 0) return sysFailed('receive from the kernel', -got)
    let complete = false
    try {
      if (got > into.length) throw new WireFault(`a datagram of ${got} bytes`, 0)
      for (const frame of frames(into, got)) {
        if (frame.type === NLMSG_OVERRUN) return overrun()
        try {
          if (take(into, frame)) complete = true
        } catch (reason) {
          if (!(reason instanceof WireFault)) throw reason
          fault ??= reason
        }
      }
    } catch (reason) {
      if (!(reason instanceof WireFault)) throw reason
      fault ??= reason
    }
    if (complete) return fault === undefined ? undefined : unreadable(fault)
    if (datagrams % 64 === 63) await new Promise(setImmediate)
  }
}

function unreadable(fault: WireFault): NetlinkError {
  return malformed(fault, 'receive from the kernel')
}

function overrun(): NetlinkError {
  return Object.freeze({
    code: 'netlink.overrun',
    message: 'receive from the kernel: the socket buffer overflowed and answers were lost',
    hint: 'List what is there to see what was done; send smaller batches.',
  })
}

function abortedAfter(sent: number, failed: number): Aborted {
  const error = aborted('batch')
  const before =
    failed === 0 ? `${sent} requests were carried out before` : `before, ${sent - failed} requests were carried out and ${failed} refused`
  return Object.freeze({ ...error, message: `${error.message}; ${before}` })
}
