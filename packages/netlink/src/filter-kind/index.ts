import { type AttributeSet, attribute, attributeSet, bytesCodec, textCodec, u16Codec, u32Codec } from '../wire/index.js'

/** `flags` of a bpf filter: the program's return value is the verdict. Source: linux/pkt_cls.h. */
export const TCA_BPF_FLAG_ACT_DIRECT = 1

/** An eBPF program as a filter. Source: linux/pkt_cls.h TCA_BPF_*, tc-bpf(8). */
export const bpfFilter = attributeSet({
  classId: attribute(3, u32Codec()),
  opsLength: attribute(4, u16Codec()),
  ops: attribute(5, bytesCodec()),
  fd: attribute(6, u32Codec()),
  name: attribute(7, textCodec(255)),
  flags: attribute(8, u32Codec()),
  hardwareFlags: attribute(9, u32Codec()),
  tag: attribute(10, bytesCodec(8)),
  id: attribute(11, u32Codec()),
})

const filterKinds: Readonly<Record<string, AttributeSet<any>>> = { bpf: bpfFilter }

/** The options' table of a kind of filter, or undefined. */
export function findFilterKind(kind: string): AttributeSet | undefined {
  return Object.hasOwn(filterKinds, kind) ? filterKinds[kind] : undefined
}
