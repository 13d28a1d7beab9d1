import { Ok, type Result, type Sys } from '@axoneme/sys'
import type { BpfCallError } from '../errors.js'
import { fixedText, readInfo } from '../object-info.js'
import { attachTypeName } from '../program/type-name.js'
import type { AttachType } from '../spec/program-section.js'

/** Source: linux/bpf.h enum bpf_link_type */
const LINK_TYPE = [
  'unspec',
  'raw_tracepoint',
  'tracing',
  'cgroup',
  'iter',
  'netns',
  'xdp',
  'perf_event',
  'kprobe_multi',
  'struct_ops',
  'netfilter',
  'tcx',
  'uprobe_multi',
  'netkit',
  'sockmap',
] as const
export type LinkType = (typeof LINK_TYPE)[number]

interface Common {
  readonly id: number
  /** 0 for a link that holds no program (struct_ops) */
  readonly programId: number
}

/** What it is attached to, by its type. An attach type that is newer than this library is undefined. */
export type LinkTarget =
  | { readonly type: 'raw_tracepoint'; readonly name: string }
  | {
      readonly type: 'tracing'
      readonly attachType: AttachType | undefined
      /** BTF object (or program) and type that it is on */
      readonly targetObjectId: number
      readonly targetBtfId: number
    }
  | { readonly type: 'cgroup'; readonly attachType: AttachType | undefined; readonly cgroupId: bigint }
  | { readonly type: 'iter'; readonly name: string }
  | { readonly type: 'netns'; readonly attachType: AttachType | undefined; readonly netnsInode: number }
  /** link number in its own namespace; 0 once that link is gone */
  | { readonly type: 'xdp'; readonly ifindex: number }
  | { readonly type: 'tcx' | 'netkit'; readonly attachType: AttachType | undefined; readonly ifindex: number }
  | { readonly type: 'sockmap'; readonly attachType: AttachType | undefined; readonly mapId: number }
  | { readonly type: 'struct_ops'; readonly mapId: number }
  | {
      readonly type: 'netfilter'
      /** NFPROTO_*: 2 for IPv4, 10 for IPv6 */
      readonly family: number
      readonly hook: number
      readonly priority: number
      readonly defragments: boolean
    }
  | { readonly type: 'perf_event' | 'kprobe_multi' | 'uprobe_multi' }
  /** a type that is newer than this library */
  | { readonly type: 'unknown'; readonly typeNumber: number }

export type LinkInfo = Common & LinkTarget

/** Room for every member of the union up to Linux 6.18. */
const LINK_INFO_BYTES = 64
/** where struct bpf_link_info's union begins. Source: linux/bpf.h */
const UNION = 16
const NAME_BYTES = 128
const BPF_NETFILTER_IP_DEFRAG = 1

/**
 * What the kernel says of the link behind a descriptor.
 *
 * @errors bpf.refused · permission.denied
 * @source linux/bpf.h struct bpf_link_info
 */
export function linkInfo(sys: Sys, fd: number, what: string): Result<LinkInfo, BpfCallError> {
  const info = new Uint8Array(LINK_INFO_BYTES)
  const view = new DataView(info.buffer)
  return readInfo(sys, fd, info, what).andThen(() => {
    const type = LINK_TYPE[view.getUint32(0, true)]
    if (type !== 'raw_tracepoint' && type !== 'iter') return readOk(view, '')
    // the name wants a place of its own
    const name = new Uint8Array(NAME_BYTES)
    info.fill(0)
    view.setBigUint64(UNION, sys.address(name), true)
    view.setUint32(UNION + 8, NAME_BYTES, true)
    return readInfo(sys, fd, info, what).andThen(() => readOk(view, fixedText(name, 0, NAME_BYTES)))
  })
}

function readOk(view: DataView, name: string): Result<LinkInfo, BpfCallError> {
  return Ok({ id: view.getUint32(4, true), programId: view.getUint32(8, true), ...decodeTarget(view, name) })
}

export function decodeTarget(view: DataView, name: string): LinkTarget {
  const number = view.getUint32(0, true)
  const type = LINK_TYPE[number]
  const u32 = (at: number): number => view.getUint32(UNION + at, true)
  const attachType = (at: number): AttachType | undefined => attachTypeName(u32(at))
  switch (type) {
    case 'raw_tracepoint':
    case 'iter':
      return { type, name }
    case 'tracing':
      return { type, attachType: attachType(0), targetObjectId: u32(4), targetBtfId: u32(8) }
    case 'cgroup':
      return { type, attachType: attachType(8), cgroupId: view.getBigUint64(UNION, true) }
    case 'netns':
      return { type, attachType: attachType(4), netnsInode: u32(0) }
    case 'xdp':
      return { type, ifindex: u32(0) }
    case 'tcx':
    case 'netkit':
      return { type, attachType: attachType(4), ifindex: u32(0) }
    case 'sockmap':
      return { type, attachType: attachType(4), mapId: u32(0) }
    case 'struct_ops':
      return { type, mapId: u32(0) }
    case 'netfilter':
      return {
        type,
        family: u32(0),
        hook: u32(4),
        priority: view.getInt32(UNION + 8, true),
        defragments: (u32(12) & BPF_NETFILTER_IP_DEFRAG) !== 0,
      }
    case 'perf_event':
    case 'kprobe_multi':
    case 'uprobe_multi':
      return { type }
    default:
      return { type: 'unknown', typeNumber: number }
  }
}
