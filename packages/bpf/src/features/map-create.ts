import type { Sys } from '@axoneme/sys'
import { BPF_MAP_TYPE, type MapType } from '../spec/map-type.js'
import { Attr } from '../syscall/attr.js'

/** What a map is tried with. */
export interface MapTry {
  readonly type: MapType
  readonly keySize?: number
  readonly valueSize?: number
  readonly entries?: number
  readonly flags?: number
  readonly innerFd?: number
  readonly btf?: { readonly fd: number; readonly key: number; readonly value: number }
  /** a type of the kernel's own BTF */
  readonly kernelValueType?: number
}

/** BPF_MAP_CREATE: a descriptor, or -errno. Source: linux/bpf.h */
export function mapCreate(sys: Sys, map: MapTry): number {
  const { keySize = 4, valueSize = 4, entries = 1, flags = 0, innerFd = 0, btf, kernelValueType = 0 } = map
  return new Attr(sys, 72)
    .u32(0, BPF_MAP_TYPE[map.type])
    .u32(4, keySize)
    .u32(8, valueSize)
    .u32(12, entries)
    .u32(16, flags)
    .u32(20, innerFd)
    .u32(48, btf?.fd ?? 0)
    .u32(52, btf?.key ?? 0)
    .u32(56, btf?.value ?? 0)
    .u32(60, kernelValueType)
    .call('MAP_CREATE')
}
