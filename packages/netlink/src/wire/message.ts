import { type AttributeSet, type AttributeTable, attributeSet, type InputsOf, type ValuesOf } from './attribute.js'
import { align, putU16, putU32, u16, u32 } from './bytes.js'
import { type Codec, irregular } from './codec.js'
import type { StructCodec, StructInput, StructValue } from './composite.js'
import { WireFault } from './fault.js'
import type { Writer } from './writer.js'

/** Source: linux/netlink.h struct nlmsghdr and its flags. */
export const NLMSG_HDRLEN = 16
export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLMSG_OVERRUN = 4
export const NLM_F_REQUEST = 0x01
export const NLM_F_MULTI = 0x02
export const NLM_F_ACK = 0x04
export const NLM_F_ECHO = 0x08
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_ROOT = 0x100
export const NLM_F_MATCH = 0x200
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800
export const NLM_F_CAPPED = 0x100
export const NLM_F_ACK_TLVS = 0x200

/** struct nlmsghdr, and where its message begins and ends in the buffer. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly port: number
  readonly start: number
  readonly end: number
}

/**
 * The messages of a datagram.
 *
 * @throws WireFault on a length that does not fit
 */
export function* frames(bytes: Uint8Array, length: number): Generator<Frame> {
  let at = 0
  while (at + NLMSG_HDRLEN <= length) {
    const size = u32(bytes, at)
    if (size < NLMSG_HDRLEN || at + size > length) throw new WireFault(`a message of ${size} bytes where ${length - at} are left`, at)
    yield {
      type: u16(bytes, at + 4),
      flags: u16(bytes, at + 6),
      sequence: u32(bytes, at + 8),
      port: u32(bytes, at + 12),
      start: at,
      end: at + size,
    }
    at += align(size)
  }
  if (at < length) throw new WireFault(`${length - at} bytes are no message header`, at)
}

type Fields = readonly (readonly [string, Codec<any, any>, number])[]

/** A decoded message: the fields of its header struct, and its attributes. */
export type MessageOf<F extends Fields, T extends AttributeTable> = StructValue<F> & { readonly attributes: ValuesOf<T> }
export type MessageInput<F extends Fields, T extends AttributeTable> = StructInput<F> & {
  readonly attributes?: InputsOf<T>
}

/** One sort of rtnetlink message: a header struct, a table of attributes, and its types. */
export interface MessageKind<F extends Fields = Fields, T extends AttributeTable = AttributeTable> {
  readonly name: string
  /** the message types that carry it, by their kernel names */
  readonly types: Readonly<Record<string, number>>
  readonly header: StructCodec<F>
  readonly attributes: AttributeSet<T>
  /** families whose attributes the table is of; those of another family's messages stay bytes. Absent: any */
  readonly families?: readonly number[] | undefined
}

export function messageKind<const F extends Fields, T extends AttributeTable>(
  name: string,
  types: Readonly<Record<string, number>>,
  header: StructCodec<F>,
  attributes: AttributeSet<T>,
  families?: readonly number[],
): MessageKind<F, T> {
  return { name, types, header, attributes, families }
}

const nobody = Object.freeze({})
const unread = attributeSet({})

/**
 * Decodes what follows a nlmsghdr.
 *
 * @throws WireFault
 */
export function readMessage<F extends Fields, T extends AttributeTable>(
  kind: MessageKind<F, T>,
  bytes: Uint8Array,
  start: number,
  end: number,
): MessageOf<F, T> {
  const size = kind.header.size
  if (end - start < size) throw new WireFault(`${kind.name}: a header of ${size} bytes expected, ${end - start} there`, start)
  const message = kind.header.read(bytes, start, start + size, nobody) as Record<string, unknown>
  const foreign = kind.families !== undefined && !kind.families.includes(message.family as number)
  message.attributes = (foreign ? unread : kind.attributes).read(bytes, start + align(size), end)
  irregular.met = false
  return message as MessageOf<F, T>
}

/**
 * Encodes a whole message, nlmsghdr first.
 *
 * @throws InputFault
 */
export function writeMessage<F extends Fields, T extends AttributeTable>(
  out: Writer,
  kind: MessageKind<F, T>,
  type: number,
  flags: number,
  sequence: number,
  message: MessageInput<F, T>,
): void {
  const at = writeFrame(out, type, flags, sequence)
  const { attributes, ...header } = message
  kind.header.write(out, header as unknown as StructInput<F>, nobody)
  out.reserve(align(out.length - at) - (out.length - at))
  if (attributes !== undefined) kind.attributes.write(out, attributes as InputsOf<T>)
  finishFrame(out, at)
}

/** Begins a message; answers where, for {@link finishFrame}. */
export function writeFrame(out: Writer, type: number, flags: number, sequence: number): number {
  const at = out.reserve(NLMSG_HDRLEN)
  putU16(out.bytes, at + 4, type)
  putU16(out.bytes, at + 6, flags)
  putU32(out.bytes, at + 8, sequence)
  return at
}

/** Writes the length of the message begun at `at`, and pads to the next one. */
export function finishFrame(out: Writer, at: number): void {
  const length = out.length - at
  putU32(out.bytes, at, length)
  out.reserve(align(length) - length)
}

/** The attribute of a request that the kernel's extended ACK points at, by name; '' when it points at none. */
export function attributePath(kind: MessageKind, request: Uint8Array, offset: number): string {
  const start = NLMSG_HDRLEN + align(kind.header.size)
  return offset < start || offset >= request.length ? '' : pathOf(kind, request, start, offset)
}

/** The attribute that a request lacks, by name: one of type `missing` in the attribute at `nest`, or in the message. */
export function missingPath(kind: MessageKind, request: Uint8Array, missing: number, nest: number | undefined): string {
  const start = NLMSG_HDRLEN + align(kind.header.size)
  const path = nest === undefined || nest < start || nest >= request.length ? '' : pathOf(kind, request, start, nest, missing)
  return path === '' ? kind.attributes.nameOf(missing) : path
}

function pathOf(kind: MessageKind, request: Uint8Array, start: number, offset: number, missing?: number): string {
  try {
    return kind.attributes.path(request, start, request.length, offset, missing)
  } catch (reason) {
    if (reason instanceof WireFault) return ''
    throw reason
  }
}
