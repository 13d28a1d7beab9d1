import { expect, it } from 'vitest'
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, sectionMeaning, sectionNames } from './program-section.js'

it.each(sectionNames)('%s is itself', (name) => {
  const meaning = sectionMeaning(name)
  expect(meaning).toBeDefined()
  expect(meaning?.target).toBeUndefined()
  expect(Object.keys(BPF_PROG_TYPE)).toContain(meaning?.type)
  if (meaning?.attachType !== undefined) expect(Object.keys(BPF_ATTACH_TYPE)).toContain(meaning.attachType)
})

it('names stand once', () => expect(new Set(sectionNames).size).toBe(sectionNames.length))

it.each([
  ['kprobe/do_sys_open', 'kprobe', undefined, 'do_sys_open'],
  ['tracepoint/sched/sched_switch', 'tracepoint', undefined, 'sched/sched_switch'],
  ['fentry.s/vfs_read', 'tracing', 'trace_fentry', 'vfs_read'],
  ['lsm_cgroup/socket_bind', 'lsm', 'lsm_cgroup', 'socket_bind'],
  ['uprobe//bin/sh:main', 'kprobe', undefined, '/bin/sh:main'],
  ['classifier/from_container', 'sched_cls', undefined, 'from_container'],
  ['freplace/main', 'ext', undefined, 'main'],
  ['xdp/devmap', 'xdp', 'xdp_devmap', undefined],
  ['sk_reuseport/migrate', 'sk_reuseport', 'sk_reuseport_select_or_migrate', undefined],
] as const)('%s', (name, type, attachType, target) => expect(sectionMeaning(name)).toMatchObject({ type, attachType, target }))

it.each(['', 'xdp2', 'xdp/', 'xdp/foo', 'tc/', 'sockops/x', 'kprobes/x', 'Xdp', '.text', '?xdp'])('"%s" is of no convention', (name) =>
  expect(sectionMeaning(name)).toBeUndefined(),
)

it('flags go with the sort', () => {
  expect([
    sectionMeaning('xdp.frags')?.flags,
    sectionMeaning('fexit.s/x')?.flags,
    sectionMeaning('syscall')?.flags,
    sectionMeaning('xdp')?.flags,
  ]).toEqual([32, 16, 16, 0])
})

it('is the convention of libbpf, name for name', () => {
  const convention =
    'socket sk_reuseport/migrate sk_reuseport kprobe uprobe kretprobe uretprobe kprobe.multi kretprobe.multi tc classifier action tcx/ingress tcx/egress tc/ingress tc/egress netkit/primary netkit/peer ' +
    'tracepoint tp raw_tracepoint raw_tp raw_tracepoint.w raw_tp.w tp_btf fentry fmod_ret fexit fentry.s fmod_ret.s fexit.s freplace lsm lsm.s lsm_cgroup iter iter.s syscall ' +
    'xdp.frags/devmap xdp/devmap xdp.frags/cpumap xdp/cpumap xdp.frags xdp perf_event lwt_in lwt_out lwt_xmit lwt_seg6local sockops sk_skb/stream_parser sk_skb/stream_verdict sk_skb/verdict sk_skb sk_msg ' +
    'lirc_mode2 flow_dissector cgroup_skb/ingress cgroup_skb/egress cgroup/skb cgroup/sock_create cgroup/sock_release cgroup/sock cgroup/post_bind4 cgroup/post_bind6 cgroup/bind4 cgroup/bind6 ' +
    'cgroup/connect4 cgroup/connect6 cgroup/connect_unix cgroup/sendmsg4 cgroup/sendmsg6 cgroup/sendmsg_unix cgroup/recvmsg4 cgroup/recvmsg6 cgroup/recvmsg_unix cgroup/getpeername4 cgroup/getpeername6 ' +
    'cgroup/getpeername_unix cgroup/getsockname4 cgroup/getsockname6 cgroup/getsockname_unix cgroup/sysctl cgroup/getsockopt cgroup/setsockopt cgroup/dev sk_lookup netfilter'
  expect(sectionNames.toSorted()).toEqual(convention.split(' ').sort())
})
