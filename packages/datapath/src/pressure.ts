import type { BpfCallError, MapInfo, PerCpuArrayMap, WalkError } from '@axoneme/bpf'
import { Err, Ok, type Result } from '@axoneme/sys'
import { FlowCount } from './generated/datapath.generated.js'

/** How full the flow tables are. */
export interface Pressure {
  readonly flows4: { readonly entries: number; readonly capacity: number }
  readonly flows6: { readonly entries: number; readonly capacity: number }
  /** flows written since the counters began */
  readonly inserted: bigint
  /** flows that were not written, by the kernel's answer: their packets were dropped */
  readonly failed: Readonly<Record<'ENOMEM' | 'E2BIG' | 'EBUSY' | 'other', bigint>>
  /** flows that were found after their time */
  readonly expired: bigint
  /**
   * entries that made room for others (or were deleted by hand): inserted less present. What of them was alive shows as AXM_MIDSTREAM
   * among the metrics, when its next packet opens a flow without a SYN
   */
  readonly evicted: bigint
}

interface FlowTable {
  keys(): Iterable<Result<unknown, WalkError>>
  info(): Result<MapInfo, BpfCallError>
}
interface FlowMaps {
  readonly flows4: FlowTable
  readonly flows6: FlowTable
  readonly flowCounts: PerCpuArrayMap<bigint>
}

type Fill = Pressure['flows4']

function fillOf(map: FlowTable): Result<Fill, WalkError | BpfCallError> {
  const info = map.info()
  if (info.isErr()) return Err(info.error)
  let entries = 0
  for (const key of map.keys()) {
    if (key.isErr()) return Err(key.error)
    entries++
  }
  return Ok({ entries, capacity: info.value.maxEntries })
}

export function pressureOf({ flows4, flows6, flowCounts }: FlowMaps): Result<Pressure, WalkError | BpfCallError> {
  const four = fillOf(flows4)
  if (four.isErr()) return Err(four.error)
  const six = fillOf(flows6)
  if (six.isErr()) return Err(six.error)
  const counts = flowCounts.lookupAll()
  if (counts.isErr()) return Err(counts.error)
  const sums = new Map(counts.value.map(([index, perCpu]) => [index, perCpu.reduce((sum, each) => sum + each, 0n)]))
  const of = (count: FlowCount): bigint => sums.get(count) ?? 0n
  const inserted = of(FlowCount.AXM_FLOWS_INSERTED)
  const present = BigInt(four.value.entries + six.value.entries)
  return Ok({
    flows4: four.value,
    flows6: six.value,
    inserted,
    failed: {
      ENOMEM: of(FlowCount.AXM_FLOWS_ENOMEM),
      E2BIG: of(FlowCount.AXM_FLOWS_E2BIG),
      EBUSY: of(FlowCount.AXM_FLOWS_EBUSY),
      other: of(FlowCount.AXM_FLOWS_EOTHER),
    },
    expired: of(FlowCount.AXM_FLOWS_EXPIRED),
    evicted: inserted > present ? inserted - present : 0n,
  })
}
