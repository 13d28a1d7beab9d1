import { errnoName, type Feature, type Probe, type Sys } from '@axoneme/sys'
import { concat, encode } from '../asm/encode.js'
import { helperNumber } from '../asm/helper-names.js'
import { CALL, EXIT } from '../asm/instruction.js'
import { loadRaw } from '../program/load-raw.js'
import type { ProgramType } from '../spec/program-section.js'
import { AVAILABLE } from './outcome.js'
import { programShapes } from './program-types.js'

/** How kernels say that a helper is not for a program: up to 6.1, later, and a number that no helper has. */
const missingWords = /unknown func|program of this type cannot use helper|invalid func/
const known = new WeakMap<Sys, Map<string, Probe>>()

/**
 * Whether programs of a type may call a helper: by a program that calls it without arguments, and the verifier's words.
 * Whatever it complains about besides, it knows the helper. Tried once for each kernel, unless the try could not be made.
 *
 * Types that go on a function of the kernel (tracing, lsm, ext, struct_ops) are not reached by this and are unknown.
 *
 * @source kernel/bpf/verifier.c check_helper_call
 */
export function probeHelper(sys: Sys, programType: ProgramType, helper: number): Probe {
  const cache = known.get(sys) ?? new Map<string, Probe>()
  known.set(sys, cache)
  const key = `${programType} ${helper}`
  const before = cache.get(key)
  if (before !== undefined) return before
  const probe = tryHelper(sys, programType, helper)
  if (!('unknown' in probe)) cache.set(key, probe)
  return probe
}

function tryHelper(sys: Sys, type: ProgramType, helper: number): Probe {
  const shape = programShapes[type] ?? {}
  if (shape.attachBtfId !== undefined) return { unknown: `programs of type ${type} go on a function of the kernel` }
  const instructions = concat([encode(CALL, 0, 0, 0, helper), encode(EXIT)])
  const answer = loadRaw(sys, { type, instructions, license: 'GPL', name: 'axm_probe', ...shape, log: { level: 1 } })
  if ('fd' in answer) {
    sys.close(answer.fd)
    return AVAILABLE
  }
  const words = missingWords.exec(answer.log)
  if (words !== null) return { available: false, reason: `verifier: ${words[0]}` }
  // the verifier was never reached: no permission, or no such program type
  return answer.log === '' ? { unknown: `bpf(BPF_PROG_LOAD): ${errnoName(answer.errno)}` } : AVAILABLE
}

/** helper, type of the program that is to call it, first release with both, what for, what instead */
type Row = readonly [helper: string, type: ProgramType, since: string, summary: string, insteadOf: string]

const rows: readonly Row[] = [
  ['tail_call', 'sched_cls', '4.2', 'going on in another program', 'one large program'],
  ['skb_change_head', 'sched_cls', '5.8', 'room for a link header', 'packets of links without one are passed on'],
  ['redirect_map', 'xdp', '4.14', 'XDP redirection by a map', 'redirection by link number'],
  ['xdp_adjust_meta', 'xdp', '4.15', 'metadata before XDP packets', 'the mark, set again in tc'],
  ['fib_lookup', 'sched_cls', '4.18', 'routes looked up by programs', 'the host stack routes'],
  ['skb_cgroup_id', 'sched_cls', '4.18', 'the cgroup that sent a packet', 'no per-cgroup accounting of packets'],
  ['sk_lookup_tcp', 'sched_cls', '4.20', 'sockets looked up by programs', 'refused'],
  ['spin_lock', 'sched_cls', '5.1', 'locks in map values', 'atomics'],
  ['skb_ecn_set_ce', 'sched_cls', '5.2', 'congestion marked on packets', 'dropping'],
  ['sk_storage_get', 'sched_cls', '5.2', 'storage on sockets', 'a hash by socket cookie'],
  ['get_netns_cookie', 'cgroup_sock_addr', '5.7', 'which namespace a socket is of', 'every namespace alike'],
  ['sk_assign', 'sched_cls', '5.7', 'packets given to a socket (transparent proxy)', 'iptables TPROXY'],
  ['csum_level', 'sched_cls', '5.8', 'checksums kept over encapsulation', 'software checksums'],
  ['ktime_get_boot_ns', 'sched_cls', '5.8', 'a clock that goes on in suspend', 'the monotonic clock'],
  ['ringbuf_output', 'sched_cls', '5.8', 'events through one shared ring', 'a perf event array'],
  ['redirect_neigh', 'sched_cls', '5.10', 'packets sent to the next hop past the host stack', 'the host stack routes'],
  ['redirect_peer', 'sched_cls', '5.10', 'packets put straight into a pod', 'redirection to the host side of the pair'],
  ['check_mtu', 'sched_cls', '5.12', 'the MTU of a route or link', 'the MTU given by the caller'],
  ['for_each_map_elem', 'sched_cls', '5.13', 'a function for each entry of a map', 'walks from user space'],
  ['timer_init', 'sched_cls', '5.15', 'timers in map values', 'expiry by user space'],
  ['loop', 'sched_cls', '5.17', 'long loops', 'bounded, unrolled loops'],
  ['xdp_load_bytes', 'xdp', '5.18', 'bytes of XDP packets in several buffers', 'packets of one buffer only'],
  ['set_retval', 'cgroup_sock_addr', '5.18', 'the errno that a refused call answers', 'EPERM'],
  ['skb_set_tstamp', 'sched_cls', '5.18', 'the time when a packet leaves, over forwarding', 'shaping where packets are not forwarded'],
  ['dynptr_from_mem', 'sched_cls', '5.19', 'pointers with a length', 'fixed lengths'],
  ['kptr_xchg', 'sched_cls', '5.19', 'kernel objects in map values (kptr)', 'lookups each time'],
  ['map_lookup_percpu_elem', 'sched_cls', '5.19', "another CPU's value of a per-CPU map", 'sums from user space'],
  ['tcp_raw_gen_syncookie_ipv4', 'xdp', '6.0', 'SYN cookies made by programs', 'the host stack makes them'],
  ['ktime_get_tai_ns', 'sched_cls', '6.1', 'the clock of the ETF qdisc', 'the monotonic clock'],
  ['user_ringbuf_drain', 'sched_cls', '6.1', 'events from user space to programs', 'a map'],
]

/** The helpers that decide how a datapath works. */
export const helperFeatures: readonly Feature[] = rows.map(([helper, type, since, summary, insteadOf]) => ({
  name: `helper-${helper.replaceAll('_', '-')}`,
  since,
  summary,
  insteadOf,
  probe: (sys) => probeHelper(sys, type, helperNumber(helper) as number),
}))
