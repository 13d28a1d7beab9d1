import { Err, Ok, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import { type BpfCallError, refused } from '../errors.js'
import { Attr } from '../syscall/attr.js'

/** Source: linux/bpf.h BPF_STATS_RUN_TIME */
const BPF_STATS_RUN_TIME = 0

/**
 * Makes the kernel count runs and time of every program on the machine, which costs each run some 20 ns. The counts are in
 * each program's info, and stay when counting ends.
 *
 * @errors bpf.refused · permission.denied
 * @feature bpf-statistics
 * @lifetime counts until every such descriptor is closed
 * @source linux/bpf.h BPF_ENABLE_STATS
 */
export function enableStatistics(sys: Sys): Result<OwnedFd, BpfCallError> {
  const answer = new Attr(sys, 4).u32(0, BPF_STATS_RUN_TIME).call('ENABLE_STATS')
  return answer < 0
    ? Err(refused('enable run statistics', 'BPF_ENABLE_STATS', -answer))
    : Ok(new OwnedFd(sys, answer, 'bpf run statistics'))
}
