import type { PerCpuArrayMap, WalkError } from '@axoneme/bpf'
import { Ok, type Result } from '@axoneme/sys'
import { type Counter, Direction, Hook, hookName, type Reason, reasonName } from './generated/datapath.generated.js'

/** What became of packets at one hook. */
export interface Metric {
  readonly reason: keyof typeof Reason
  readonly hook: keyof typeof Hook
  readonly direction: 'egress' | 'ingress'
  readonly packets: bigint
  readonly bytes: bigint
}

/** Where a counter is in axm_metrics. */
export function metricIndex(reason: Reason, hook: Hook, direction: Direction): number {
  return (reason * Hook.AXM_HOOKS + hook) * 2 + direction
}

/** All counters that are not zero, summed over CPUs. */
export function countersOf(metrics: PerCpuArrayMap<Counter>): Result<Metric[], WalkError> {
  const all = metrics.lookupAll()
  return all.andThen((entries) => {
    const found: Metric[] = []
    for (const [index, perCpu] of entries) {
      const reason = reasonName(index >> 4)
      const hook = hookName((index >> 1) & 7)
      let packets = 0n
      let bytes = 0n
      for (const counter of perCpu) {
        packets += counter.packets
        bytes += counter.bytes
      }
      if (packets === 0n || reason === undefined || hook === undefined) continue
      found.push({ reason, hook, direction: (index & 1) === Direction.AXM_INGRESS ? 'ingress' : 'egress', packets, bytes })
    }
    return Ok(found)
  })
}
