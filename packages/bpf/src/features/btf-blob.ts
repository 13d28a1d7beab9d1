import type { Sys } from '@axoneme/sys'
import { Attr } from '../syscall/attr.js'

/** Source: Documentation/bpf/btf.rst */
const HEADER_BYTES = 24
export const KIND = { int: 1, func: 12, funcProto: 13, var: 14, datasec: 15, float: 16, declTag: 17, typeTag: 18, enum64: 19 } as const
const STRINGS = '\0a\0'
/** the offset of the name `a` */
export const NAME = 1

/** struct btf_type, `info` put together from kind and vlen, with what follows it. */
export function btfType(name: number, kind: number, vlen: number, sizeOrType: number, ...rest: readonly number[]): readonly number[] {
  return [name, (kind << 24) | vlen, sizeOrType, ...rest]
}

/** A signed 32-bit int, which most tries need as type 1. */
export const INT: readonly number[] = btfType(NAME, KIND.int, 0, 4, (1 << 24) | 32)

/** Types, and the one name that they have, as BTF. */
export function btfBlob(types: readonly (readonly number[])[]): Uint8Array {
  const words = Uint32Array.from(types.flat(), (word) => word >>> 0)
  const bytes = new Uint8Array(HEADER_BYTES + words.byteLength + STRINGS.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xeb9f, true)
  bytes[2] = 1
  view.setUint32(4, HEADER_BYTES, true)
  view.setUint32(12, words.byteLength, true)
  view.setUint32(16, words.byteLength, true)
  view.setUint32(20, STRINGS.length, true)
  bytes.set(new Uint8Array(words.buffer), HEADER_BYTES)
  bytes.set(Buffer.from(STRINGS, 'latin1'), HEADER_BYTES + words.byteLength)
  return bytes
}

/** BPF_BTF_LOAD: a descriptor, or -errno. Source: linux/bpf.h */
export function btfLoad(sys: Sys, blob: Uint8Array): number {
  return new Attr(sys, 28).pointer(0, blob).u32(16, blob.length).call('BTF_LOAD')
}
