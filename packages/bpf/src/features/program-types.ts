import { Errno, type Feature, type Probe, type Sys } from '@axoneme/sys'
import { returning } from '../asm/encode.js'
import { loadRaw, type RawProgram } from '../program/load-raw.js'
import { BPF_F_SLEEPABLE, type ProgramType } from '../spec/program-section.js'
import { AVAILABLE, outcome, refusal } from './outcome.js'

/** Source: the first release whose linux/bpf.h has the type */
const since: Readonly<Record<Exclude<ProgramType, 'unspec'>, string>> = {
  socket_filter: '3.19',
  kprobe: '4.1',
  sched_cls: '4.1',
  sched_act: '4.1',
  tracepoint: '4.7',
  xdp: '4.8',
  perf_event: '4.9',
  cgroup_skb: '4.10',
  cgroup_sock: '4.10',
  lwt_in: '4.10',
  lwt_out: '4.10',
  lwt_xmit: '4.10',
  sock_ops: '4.13',
  sk_skb: '4.14',
  cgroup_device: '4.15',
  sk_msg: '4.17',
  raw_tracepoint: '4.17',
  cgroup_sock_addr: '4.17',
  lwt_seg6local: '4.18',
  lirc_mode2: '4.18',
  sk_reuseport: '4.19',
  flow_dissector: '4.20',
  cgroup_sysctl: '5.2',
  raw_tracepoint_writable: '5.2',
  cgroup_sockopt: '5.3',
  tracing: '5.5',
  struct_ops: '5.6',
  ext: '5.6',
  lsm: '5.7',
  sk_lookup: '5.9',
  syscall: '5.14',
  netfilter: '6.4',
}

/** What a type asks for besides instructions. */
export const programShapes: Partial<Record<ProgramType, Pick<RawProgram, 'expectedAttachType' | 'flags' | 'attachBtfId'>>> = {
  cgroup_sock_addr: { expectedAttachType: 'cgroup_inet4_connect' },
  cgroup_sockopt: { expectedAttachType: 'cgroup_setsockopt' },
  lirc_mode2: { expectedAttachType: 'lirc_mode2' },
  sk_lookup: { expectedAttachType: 'sk_lookup' },
  sk_reuseport: { expectedAttachType: 'sk_reuseport_select' },
  flow_dissector: { expectedAttachType: 'flow_dissector' },
  syscall: { flags: BPF_F_SLEEPABLE },
  netfilter: { expectedAttachType: 'netfilter' },
  // these go on a function of the kernel; type 1 of its BTF is none, and a kernel that knows the type says so
  tracing: { expectedAttachType: 'trace_fentry', attachBtfId: 1 },
  lsm: { expectedAttachType: 'lsm_mac', attachBtfId: 1 },
  ext: { attachBtfId: 1 },
  struct_ops: { attachBtfId: 1 },
}
function tryType(sys: Sys, type: ProgramType): Probe {
  const shape = programShapes[type] ?? {}
  const log = shape.attachBtfId === undefined ? 'never' : { level: 1 }
  const answer = loadRaw(sys, { type, instructions: returning(0), license: 'GPL', name: 'axm_probe', ...shape, log })
  if ('fd' in answer) return outcome(sys, answer.fd, 'bpf(BPF_PROG_LOAD)')
  // a kernel without the type refuses before the verifier has anything to say
  if (shape.attachBtfId !== undefined && (answer.errno === Errno.ENOTSUPP || answer.log !== '')) return AVAILABLE
  return refusal(answer.errno, 'bpf(BPF_PROG_LOAD)')
}

/** Every program type, each loaded once, as the smallest program there is. */
export const programTypeFeatures: readonly Feature[] = Object.entries(since).map(([name, version]) => ({
  name: `program-${name.replaceAll('_', '-')}`,
  since: version,
  summary: `programs of type ${name}`,
  insteadOf: 'refused, naming the program',
  probe: (sys) => tryType(sys, name as ProgramType),
}))
