/** Program types and attach types by their kernel numbers. Source: linux/bpf.h enum bpf_prog_type, enum bpf_attach_type. */
export const BPF_PROG_TYPE = {
  unspec: 0,
  socket_filter: 1,
  kprobe: 2,
  sched_cls: 3,
  sched_act: 4,
  tracepoint: 5,
  xdp: 6,
  perf_event: 7,
  cgroup_skb: 8,
  cgroup_sock: 9,
  lwt_in: 10,
  lwt_out: 11,
  lwt_xmit: 12,
  sock_ops: 13,
  sk_skb: 14,
  cgroup_device: 15,
  sk_msg: 16,
  raw_tracepoint: 17,
  cgroup_sock_addr: 18,
  lwt_seg6local: 19,
  lirc_mode2: 20,
  sk_reuseport: 21,
  flow_dissector: 22,
  cgroup_sysctl: 23,
  raw_tracepoint_writable: 24,
  cgroup_sockopt: 25,
  tracing: 26,
  struct_ops: 27,
  ext: 28,
  lsm: 29,
  sk_lookup: 30,
  syscall: 31,
  netfilter: 32,
} as const
export type ProgramType = keyof typeof BPF_PROG_TYPE

export const BPF_ATTACH_TYPE = {
  cgroup_inet_ingress: 0,
  cgroup_inet_egress: 1,
  cgroup_inet_sock_create: 2,
  cgroup_sock_ops: 3,
  sk_skb_stream_parser: 4,
  sk_skb_stream_verdict: 5,
  cgroup_device: 6,
  sk_msg_verdict: 7,
  cgroup_inet4_bind: 8,
  cgroup_inet6_bind: 9,
  cgroup_inet4_connect: 10,
  cgroup_inet6_connect: 11,
  cgroup_inet4_post_bind: 12,
  cgroup_inet6_post_bind: 13,
  cgroup_udp4_sendmsg: 14,
  cgroup_udp6_sendmsg: 15,
  lirc_mode2: 16,
  flow_dissector: 17,
  cgroup_sysctl: 18,
  cgroup_udp4_recvmsg: 19,
  cgroup_udp6_recvmsg: 20,
  cgroup_getsockopt: 21,
  cgroup_setsockopt: 22,
  trace_raw_tp: 23,
  trace_fentry: 24,
  trace_fexit: 25,
  modify_return: 26,
  lsm_mac: 27,
  trace_iter: 28,
  cgroup_inet4_getpeername: 29,
  cgroup_inet6_getpeername: 30,
  cgroup_inet4_getsockname: 31,
  cgroup_inet6_getsockname: 32,
  xdp_devmap: 33,
  cgroup_inet_sock_release: 34,
  xdp_cpumap: 35,
  sk_lookup: 36,
  xdp: 37,
  sk_skb_verdict: 38,
  sk_reuseport_select: 39,
  sk_reuseport_select_or_migrate: 40,
  perf_event: 41,
  trace_kprobe_multi: 42,
  lsm_cgroup: 43,
  struct_ops: 44,
  netfilter: 45,
  tcx_ingress: 46,
  tcx_egress: 47,
  trace_uprobe_multi: 48,
  cgroup_unix_connect: 49,
  cgroup_unix_sendmsg: 50,
  cgroup_unix_recvmsg: 51,
  cgroup_unix_getpeername: 52,
  cgroup_unix_getsockname: 53,
  netkit_primary: 54,
  netkit_peer: 55,
  trace_kprobe_session: 56,
  trace_uprobe_session: 57,
} as const
export type AttachType = keyof typeof BPF_ATTACH_TYPE

/** Source: linux/bpf.h BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS. */
export const BPF_F_SLEEPABLE = 1 << 4
export const BPF_F_XDP_HAS_FRAGS = 1 << 5

/** What a section's name says of the program in it. */
export interface SectionMeaning {
  readonly type: ProgramType
  /** expected_attach_type at load; absent: none is needed */
  readonly attachType: AttachType | undefined
  readonly flags: number
  /** what stands behind the slash, when the section's sort takes that: a function, a tracepoint, a hook */
  readonly target: string | undefined
}

interface Row {
  readonly name: string
  readonly type: ProgramType
  readonly attachType?: AttachType
  readonly flags?: number
  /** `name/…`: 'needed', 'allowed', or absent */
  readonly target?: 'needed' | 'allowed'
}

const row = (name: string, type: ProgramType, attachType?: AttachType, more: Partial<Row> = {}): Row => ({
  name,
  type,
  ...(attachType === undefined ? {} : { attachType }),
  ...more,
})

/** The names of libbpf's convention, each once. Source: Documentation/bpf/libbpf/program_types.rst. */
const rows: readonly Row[] = [
  row('socket', 'socket_filter'),
  row('sk_reuseport/migrate', 'sk_reuseport', 'sk_reuseport_select_or_migrate'),
  row('sk_reuseport', 'sk_reuseport', 'sk_reuseport_select'),
  row('kprobe', 'kprobe', undefined, { target: 'allowed' }),
  row('kretprobe', 'kprobe', undefined, { target: 'allowed' }),
  row('uprobe', 'kprobe', undefined, { target: 'allowed' }),
  row('uretprobe', 'kprobe', undefined, { target: 'allowed' }),
  row('kprobe.multi', 'kprobe', 'trace_kprobe_multi', { target: 'allowed' }),
  row('kretprobe.multi', 'kprobe', 'trace_kprobe_multi', { target: 'allowed' }),
  row('tc/ingress', 'sched_cls', 'tcx_ingress'),
  row('tc/egress', 'sched_cls', 'tcx_egress'),
  row('tcx/ingress', 'sched_cls', 'tcx_ingress'),
  row('tcx/egress', 'sched_cls', 'tcx_egress'),
  row('tc', 'sched_cls'),
  row('classifier', 'sched_cls', undefined, { target: 'allowed' }),
  row('action', 'sched_act', undefined, { target: 'allowed' }),
  row('netkit/primary', 'sched_cls', 'netkit_primary'),
  row('netkit/peer', 'sched_cls', 'netkit_peer'),
  row('tracepoint', 'tracepoint', undefined, { target: 'allowed' }),
  row('tp', 'tracepoint', undefined, { target: 'allowed' }),
  row('raw_tracepoint.w', 'raw_tracepoint_writable', undefined, { target: 'allowed' }),
  row('raw_tp.w', 'raw_tracepoint_writable', undefined, { target: 'allowed' }),
  row('raw_tracepoint', 'raw_tracepoint', undefined, { target: 'allowed' }),
  row('raw_tp', 'raw_tracepoint', undefined, { target: 'allowed' }),
  row('tp_btf', 'tracing', 'trace_raw_tp', { target: 'allowed' }),
  row('fentry.s', 'tracing', 'trace_fentry', { target: 'allowed', flags: BPF_F_SLEEPABLE }),
  row('fentry', 'tracing', 'trace_fentry', { target: 'allowed' }),
  row('fexit.s', 'tracing', 'trace_fexit', { target: 'allowed', flags: BPF_F_SLEEPABLE }),
  row('fexit', 'tracing', 'trace_fexit', { target: 'allowed' }),
  row('fmod_ret.s', 'tracing', 'modify_return', { target: 'allowed', flags: BPF_F_SLEEPABLE }),
  row('fmod_ret', 'tracing', 'modify_return', { target: 'allowed' }),
  row('freplace', 'ext', undefined, { target: 'allowed' }),
  row('lsm.s', 'lsm', 'lsm_mac', { target: 'allowed', flags: BPF_F_SLEEPABLE }),
  row('lsm_cgroup', 'lsm', 'lsm_cgroup', { target: 'allowed' }),
  row('lsm', 'lsm', 'lsm_mac', { target: 'allowed' }),
  row('iter.s', 'tracing', 'trace_iter', { target: 'allowed', flags: BPF_F_SLEEPABLE }),
  row('iter', 'tracing', 'trace_iter', { target: 'allowed' }),
  row('syscall', 'syscall', undefined, { flags: BPF_F_SLEEPABLE }),
  row('xdp.frags/devmap', 'xdp', 'xdp_devmap', { flags: BPF_F_XDP_HAS_FRAGS }),
  row('xdp/devmap', 'xdp', 'xdp_devmap'),
  row('xdp.frags/cpumap', 'xdp', 'xdp_cpumap', { flags: BPF_F_XDP_HAS_FRAGS }),
  row('xdp/cpumap', 'xdp', 'xdp_cpumap'),
  row('xdp.frags', 'xdp', 'xdp', { flags: BPF_F_XDP_HAS_FRAGS }),
  row('xdp', 'xdp', 'xdp'),
  row('perf_event', 'perf_event', undefined, { target: 'allowed' }),
  row('lwt_in', 'lwt_in'),
  row('lwt_out', 'lwt_out'),
  row('lwt_xmit', 'lwt_xmit'),
  row('lwt_seg6local', 'lwt_seg6local'),
  row('sockops', 'sock_ops', 'cgroup_sock_ops'),
  row('sk_skb/stream_parser', 'sk_skb', 'sk_skb_stream_parser'),
  row('sk_skb/stream_verdict', 'sk_skb', 'sk_skb_stream_verdict'),
  row('sk_skb/verdict', 'sk_skb', 'sk_skb_verdict'),
  row('sk_skb', 'sk_skb'),
  row('sk_msg', 'sk_msg', 'sk_msg_verdict'),
  row('lirc_mode2', 'lirc_mode2', 'lirc_mode2'),
  row('flow_dissector', 'flow_dissector', 'flow_dissector'),
  row('cgroup_skb/ingress', 'cgroup_skb', 'cgroup_inet_ingress'),
  row('cgroup_skb/egress', 'cgroup_skb', 'cgroup_inet_egress'),
  row('cgroup/skb', 'cgroup_skb'),
  row('cgroup/sock_create', 'cgroup_sock', 'cgroup_inet_sock_create'),
  row('cgroup/sock_release', 'cgroup_sock', 'cgroup_inet_sock_release'),
  row('cgroup/sock', 'cgroup_sock', 'cgroup_inet_sock_create'),
  row('cgroup/post_bind4', 'cgroup_sock', 'cgroup_inet4_post_bind'),
  row('cgroup/post_bind6', 'cgroup_sock', 'cgroup_inet6_post_bind'),
  row('cgroup/bind4', 'cgroup_sock_addr', 'cgroup_inet4_bind'),
  row('cgroup/bind6', 'cgroup_sock_addr', 'cgroup_inet6_bind'),
  row('cgroup/connect4', 'cgroup_sock_addr', 'cgroup_inet4_connect'),
  row('cgroup/connect6', 'cgroup_sock_addr', 'cgroup_inet6_connect'),
  row('cgroup/connect_unix', 'cgroup_sock_addr', 'cgroup_unix_connect'),
  row('cgroup/sendmsg4', 'cgroup_sock_addr', 'cgroup_udp4_sendmsg'),
  row('cgroup/sendmsg6', 'cgroup_sock_addr', 'cgroup_udp6_sendmsg'),
  row('cgroup/sendmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_sendmsg'),
  row('cgroup/recvmsg4', 'cgroup_sock_addr', 'cgroup_udp4_recvmsg'),
  row('cgroup/recvmsg6', 'cgroup_sock_addr', 'cgroup_udp6_recvmsg'),
  row('cgroup/recvmsg_unix', 'cgroup_sock_addr', 'cgroup_unix_recvmsg'),
  row('cgroup/getpeername4', 'cgroup_sock_addr', 'cgroup_inet4_getpeername'),
  row('cgroup/getpeername6', 'cgroup_sock_addr', 'cgroup_inet6_getpeername'),
  row('cgroup/getpeername_unix', 'cgroup_sock_addr', 'cgroup_unix_getpeername'),
  row('cgroup/getsockname4', 'cgroup_sock_addr', 'cgroup_inet4_getsockname'),
  row('cgroup/getsockname6', 'cgroup_sock_addr', 'cgroup_inet6_getsockname'),
  row('cgroup/getsockname_unix', 'cgroup_sock_addr', 'cgroup_unix_getsockname'),
  row('cgroup/sysctl', 'cgroup_sysctl', 'cgroup_sysctl'),
  row('cgroup/getsockopt', 'cgroup_sockopt', 'cgroup_getsockopt'),
  row('cgroup/setsockopt', 'cgroup_sockopt', 'cgroup_setsockopt'),
  row('cgroup/dev', 'cgroup_device', 'cgroup_device'),
  row('sk_lookup', 'sk_lookup', 'sk_lookup'),
  row('netfilter', 'netfilter', 'netfilter'),
]

/** The meaning of a section's name; undefined for one of no convention. A `?` before it (do not load by default) is the caller's. */
export function sectionMeaning(name: string): SectionMeaning | undefined {
  for (const { name: known, type, attachType, flags = 0, target } of rows) {
    if (name === known) return { type, attachType, flags, target: undefined }
    if (target !== undefined && name.startsWith(`${known}/`)) return { type, attachType, flags, target: name.slice(known.length + 1) }
  }
  return undefined
}

/** Every name of the convention, for messages. */
export const sectionNames: readonly string[] = rows.map(({ name }) => name)
