import { type InputInvalid, inputInvalid } from '@axoneme/sys'
import type { ProgramType } from '../spec/program-section.js'

/**
 * The fields of struct __sk_buff that a test run takes and gives back; absent ones are zero. The kernel refuses any other
 * that is not zero. Source: net/bpf/test_run.c convert___skb_to_skb
 */
export interface SkbContext {
  readonly mark?: number
  readonly priority?: number
  readonly ingressIfindex?: number
  /** a link of the namespace where the run happens */
  readonly ifindex?: number
  /** five numbers; what is not given is zero */
  readonly cb?: readonly number[]
  /** how much of the packet is linear; the rest is in pages. Linux 6.18 */
  readonly dataEnd?: number
  readonly tstamp?: bigint
  /** at least the packet's length */
  readonly wireLen?: number
  readonly gsoSegs?: number
  readonly gsoSize?: number
  readonly hwtstamp?: bigint
}

/** The fields of struct xdp_md, as offsets into the data given and given back: what lies before `data` is the packet's metadata. */
export interface XdpContext {
  readonly data?: number
  /** absent: as long as the data that is given */
  readonly dataEnd?: number
  readonly dataMeta?: number
  /** a link of the namespace where the run happens */
  readonly ingressIfindex?: number
  readonly rxQueueIndex?: number
}

/** Types whose context is struct __sk_buff. Source: net/core/filter.c, the operations that test-run with an skb */
type SkbType = 'socket_filter' | 'sched_cls' | 'sched_act' | 'cgroup_skb' | 'lwt_in' | 'lwt_out' | 'lwt_xmit' | 'lwt_seg6local' | 'sk_skb'
const skbTypes: ReadonlySet<ProgramType> = new Set<SkbType>([
  'socket_filter',
  'sched_cls',
  'sched_act',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'lwt_seg6local',
  'sk_skb',
])

/** The context of a program type: typed for packets, bytes for the rest (struct bpf_sk_lookup, a syscall program's own). */
export type ContextOf<T extends ProgramType> = T extends SkbType ? SkbContext : T extends 'xdp' ? XdpContext : Uint8Array

interface Field {
  readonly name: string
  readonly at: number
  readonly size: 4 | 8
  readonly count?: number
}

/** Source: linux/bpf.h struct __sk_buff */
const skbFields: readonly Field[] = [
  { name: 'mark', at: 8, size: 4 },
  { name: 'priority', at: 32, size: 4 },
  { name: 'ingressIfindex', at: 36, size: 4 },
  { name: 'ifindex', at: 40, size: 4 },
  { name: 'cb', at: 48, size: 4, count: 5 },
  { name: 'dataEnd', at: 80, size: 4 },
  { name: 'tstamp', at: 152, size: 8 },
  { name: 'wireLen', at: 160, size: 4 },
  { name: 'gsoSegs', at: 164, size: 4 },
  { name: 'gsoSize', at: 176, size: 4 },
  { name: 'hwtstamp', at: 184, size: 8 },
]
const SKB_BYTES = 192
/** Source: linux/bpf.h struct xdp_md */
const xdpFields: readonly Field[] = [
  { name: 'data', at: 0, size: 4 },
  { name: 'dataEnd', at: 4, size: 4 },
  { name: 'dataMeta', at: 8, size: 4 },
  { name: 'ingressIfindex', at: 12, size: 4 },
  { name: 'rxQueueIndex', at: 16, size: 4 },
]
const XDP_BYTES = 24

/** How a type's context stands in memory; undefined when it is bytes. */
export function contextLayout(type: ProgramType): ContextLayout | undefined {
  if (skbTypes.has(type)) return new ContextLayout('struct __sk_buff', SKB_BYTES, skbFields)
  return type === 'xdp' ? new ContextLayout('struct xdp_md', XDP_BYTES, xdpFields) : undefined
}

export class ContextLayout {
  constructor(
    private readonly struct: string,
    readonly sizeBytes: number,
    private readonly fields: readonly Field[],
  ) {}

  write(context: object): Uint8Array | InputInvalid {
    const bytes = new Uint8Array(this.sizeBytes)
    const view = new DataView(bytes.buffer)
    for (const [name, value] of Object.entries(context) as [string, unknown][]) {
      const field = this.fields.find((known) => known.name === name)
      if (field === undefined)
        return inputInvalid(
          `context.${name}`,
          `a test run has no such field`,
          `${this.struct} has: ${this.fields.map((known) => known.name).join(', ')}.`,
        )
      const numbers = field.count === undefined ? [value] : value
      if (!Array.isArray(numbers) || numbers.length > (field.count ?? 1) || !numbers.every((number) => fits(number, field.size)))
        return inputInvalid(
          `context.${name}`,
          `${String(value)} does not fit`,
          `It is ${field.count ?? 'one'} unsigned number(s) of ${field.size * 8} bits.`,
        )
      numbers.forEach((number: number | bigint, index) => {
        if (field.size === 8) view.setBigUint64(field.at, BigInt(number), true)
        else view.setUint32(field.at + index * 4, Number(number), true)
      })
    }
    return bytes
  }

  read(bytes: Uint8Array): Record<string, unknown> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const read = ({ at, size, count }: Field): unknown => {
      if (size === 8) return view.getBigUint64(at, true)
      if (count === undefined) return view.getUint32(at, true)
      return Array.from({ length: count }, (_, index) => view.getUint32(at + index * 4, true))
    }
    return Object.fromEntries(this.fields.map((field) => [field.name, read(field)]))
  }
}

function fits(value: unknown, size: 4 | 8): boolean {
  if (size === 8)
    return (
      (typeof value === 'bigint' || Number.isSafeInteger(value)) && BigInt.asUintN(64, BigInt(value as bigint)) === BigInt(value as bigint)
    )
  return Number.isInteger(value) && (value as number) >>> 0 === value
}
