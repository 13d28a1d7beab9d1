import { isDeepStrictEqual } from 'node:util'
import {
  type Codec,
  InputFault,
  irregular,
  type MessageKind,
  readMessage,
  WireFault,
  Writer,
  writeMessage,
} from '../../packages/netlink/src/wire/index.js'

/** Decodes: a WireFault is an answer too, if it points into the input. Anything else that is thrown goes on. */
export function attempted<T>(input: Uint8Array, decode: (bytes: Uint8Array, start: number, end: number) => T): T | undefined {
  return within(input, 0, input.length, decode)
}

function within<T>(
  bytes: Uint8Array,
  start: number,
  end: number,
  decode: (bytes: Uint8Array, start: number, end: number) => T,
): T | undefined {
  try {
    return decode(bytes, start, end)
  } catch (reason) {
    if (!(reason instanceof WireFault)) throw reason
    if (!(reason.offset >= start && reason.offset <= end))
      throw new Error(`a fault at byte ${reason.offset} of bytes ${start} to ${end}: ${reason.message}`)
    return undefined
  }
}

/** The answer is the same whatever stands around the input: nothing outside was read. */
export function staysWithin<T>(
  input: Uint8Array,
  decode: (bytes: Uint8Array, start: number, end: number) => T,
  found: T | undefined,
): void {
  for (const around of [0x00, 0xff]) {
    const bytes = new Uint8Array(input.length + 64).fill(around)
    bytes.set(input, 32)
    const inside = within(bytes, 32, 32 + input.length, decode)
    if (!isDeepStrictEqual(inside, found)) throw new Error(`bytes outside were read: ${shown(inside)} instead of ${shown(found)}`)
  }
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner))?.slice(0, 500) ?? 'nothing'

/** What is decoded is not much more than what came: each value and each name counted. */
export function bounded(input: Uint8Array, value: unknown): void {
  const limit = 2048 + input.length * 16
  let size = 0
  const visit = (inner: unknown): void => {
    if (typeof inner === 'string') size += inner.length
    else if (inner instanceof Uint8Array) size += inner.length
    else if (Array.isArray(inner)) for (const one of inner) visit(one)
    else if (typeof inner === 'object' && inner !== null)
      for (const key in inner) {
        size += key.length
        visit((inner as Record<string, unknown>)[key])
      }
    size += 1
    if (size > limit) throw new Error(`more than ${limit} units decoded from ${input.length} bytes`)
  }
  visit(value)
}

/** Values that are read, and refused when written. */
const neverWritten = /tunnel options on a route are not sent$/

function rewritten<T>(write: (out: Writer) => void, read: (bytes: Uint8Array) => T): T | undefined {
  const out = new Writer()
  try {
    write(out)
  } catch (reason) {
    if (reason instanceof InputFault && neverWritten.test(reason.message)) return undefined
    throw reason
  }
  return read(out.take())
}

/** What is read is written back so that it is read as the same. */
export function survivesRewriting(kind: MessageKind, message: ReturnType<typeof readMessage>): void {
  const again = rewritten(
    (out) => writeMessage(out, kind, 16, 0, 1, message as never),
    (bytes) => readMessage(kind, bytes, 16, bytes.length),
  )
  if (again !== undefined && !isDeepStrictEqual(again, message))
    throw new Error(`read again as ${shown(again)} instead of ${shown(message)}`)
}

export function codecContract(codec: Codec<any, any>, input: Uint8Array, thorough: boolean): void {
  const read = (bytes: Uint8Array, start: number, end: number): unknown => {
    irregular.met = false
    return codec.read(bytes, start, end, {})
  }
  const value = attempted(input, read)
  const odd = irregular.met
  if (!thorough) return
  bounded(input, value)
  staysWithin(input, read, value)
  if (value === undefined || odd) return
  const again = rewritten(
    (out) => codec.write(out, value, {}),
    (bytes) => read(bytes, 0, bytes.length),
  )
  if (again !== undefined && !isDeepStrictEqual(again, value)) throw new Error(`read again as ${shown(again)} instead of ${shown(value)}`)
}
