import { anonymousNetns, Errno, type Feature, type Netns, type Probe, type Sys, withNetns } from '@axoneme/sys'
import { returning } from '../asm/encode.js'
import { type AttachType, BPF_ATTACH_TYPE, type ProgramType } from '../spec/program-section.js'
import { Attr } from '../syscall/attr.js'
import { mapCreate } from './map-create.js'
import { knows, outcome, refusal, withProgram } from './outcome.js'

const CALL = 'bpf(BPF_LINK_CREATE)'
const LOOPBACK = 1
/** Source: linux/if_link.h XDP_FLAGS_SKB_MODE; linux/bpf.h BPF_F_BEFORE; linux/netfilter.h */
const XDP_FLAGS_SKB_MODE = 1 << 1
const BPF_F_BEFORE = 1 << 3
const NFPROTO_IPV4 = 2
const NF_INET_LOCAL_IN = 1
/** a descriptor that nobody has: complained about by a kernel that knows the rest */
const NO_FD = 0x7fff_ffff

function linkCreate(sys: Sys, program: number, target: number, attach: AttachType, flags = 0): Attr {
  return new Attr(sys, 64).u32(0, program).u32(4, target).u32(8, BPF_ATTACH_TYPE[attach]).u32(12, flags)
}

/** A link that was made is taken back; a complaint about what was given shows that the rest is known. */
function linkOutcome(sys: Sys, answer: number, complaints: readonly number[]): Probe {
  return complaints.includes(-answer) ? knows(answer, CALL, complaints) : outcome(sys, answer, CALL)
}

/** Runs a try in a namespace of its own, whose loopback link nobody else has anything on. */
function inside(sys: Sys, run: (netns: Netns) => Probe): Probe {
  const netns = anonymousNetns(sys)
  if (netns.isErr()) return { unknown: netns.error.message }
  const probe = withNetns(sys, netns.value, () => run(netns.value))
  netns.value.close()
  return probe.isOk() ? probe.value : { unknown: probe.error.message }
}

/** Attaches a program that lets everything pass to the loopback link of a namespace made for it. */
function onLoopback(type: ProgramType, attach: AttachType, flags = 0, complaints: readonly number[] = []) {
  return (sys: Sys): Probe =>
    withProgram(sys, { type, expectedAttachType: attach, instructions: returning(type === 'xdp' ? 2 : 0) }, (fd) =>
      inside(sys, () => linkOutcome(sys, linkCreate(sys, fd, LOOPBACK, attach, flags).call('LINK_CREATE'), complaints)),
    )
}

function onNetns(type: ProgramType, attach: AttachType) {
  return (sys: Sys): Probe =>
    withProgram(sys, { type, expectedAttachType: attach, instructions: returning(type === 'sk_lookup' ? 1 : 0) }, (fd) =>
      inside(sys, (netns) => outcome(sys, linkCreate(sys, fd, netns.fd, attach).call('LINK_CREATE'), CALL)),
    )
}

/** A cgroup that is none: EBADF from a kernel that has got as far as looking for it. */
function onNoCgroup(flags = 0) {
  return (sys: Sys): Probe =>
    withProgram(sys, { type: 'cgroup_skb', expectedAttachType: 'cgroup_inet_ingress', instructions: returning(1) }, (fd) =>
      linkOutcome(sys, linkCreate(sys, fd, NO_FD, 'cgroup_inet_ingress', flags).call('LINK_CREATE'), [Errno.EBADF]),
    )
}

function netfilter(sys: Sys): Probe {
  return withProgram(sys, { type: 'netfilter', expectedAttachType: 'netfilter', instructions: returning(1) }, (fd) =>
    inside(sys, () => {
      const attr = linkCreate(sys, fd, 0, 'netfilter').u32(16, NFPROTO_IPV4).u32(20, NF_INET_LOCAL_IN).u32(24, 77)
      return outcome(sys, attr.call('LINK_CREATE'), CALL)
    }),
  )
}

function sockmap(sys: Sys): Probe {
  const map = mapCreate(sys, { type: 'sockmap' })
  if (map < 0) return refusal(-map, 'bpf(BPF_MAP_CREATE)')
  const probe = withProgram(sys, { type: 'sk_msg', expectedAttachType: 'sk_msg_verdict', instructions: returning(1) }, (fd) =>
    outcome(sys, linkCreate(sys, fd, map, 'sk_msg_verdict').call('LINK_CREATE'), CALL),
  )
  sys.close(map)
  return probe
}

/** How programs are attached. */
export const attachFeatures = {
  link: {
    name: 'bpf-link',
    since: '5.7',
    summary: 'attachments that are descriptors, and end with them',
    insteadOf: 'attachments that stay until somebody takes them off',
    probe: (sys) => linkOutcome(sys, linkCreate(sys, NO_FD, NO_FD, 'cgroup_inet_ingress').call('LINK_CREATE'), [Errno.EBADF]),
  },
  cgroupLink: {
    name: 'cgroup-link',
    since: '5.7',
    summary: 'links on cgroups',
    insteadOf: 'refused',
    probe: onNoCgroup(),
  },
  netnsLink: {
    name: 'netns-link',
    since: '5.8',
    summary: 'links on namespaces (flow dissector)',
    insteadOf: 'refused',
    probe: onNetns('flow_dissector', 'flow_dissector'),
  },
  linkDetach: {
    name: 'link-detach',
    since: '5.9',
    summary: 'links taken off while they are held',
    insteadOf: 'closing every descriptor and pin',
    probe: (sys) => knows(new Attr(sys, 4).u32(0, NO_FD).call('LINK_DETACH'), 'bpf(BPF_LINK_DETACH)'),
  },
  xdpLink: {
    name: 'xdp-link',
    since: '5.9',
    summary: 'XDP programs as links',
    insteadOf: 'XDP by rtnetlink',
    probe: onLoopback('xdp', 'xdp', XDP_FLAGS_SKB_MODE),
  },
  skLookup: {
    name: 'sk-lookup-link',
    since: '5.9',
    summary: 'which socket gets a connection, decided by a program',
    insteadOf: 'one socket for each address and port',
    probe: onNetns('sk_lookup', 'sk_lookup'),
  },
  netfilterLink: {
    name: 'netfilter-link',
    since: '6.4',
    summary: 'programs on netfilter hooks',
    insteadOf: 'programs on tc',
    probe: netfilter,
  },
  tcx: {
    name: 'tcx',
    since: '6.6',
    summary: 'tc programs as links, in an order of their own',
    insteadOf: 'filters on clsact',
    probe: onLoopback('sched_cls', 'tcx_ingress'),
  },
  netkit: {
    name: 'netkit-attach',
    since: '6.7',
    summary: 'programs on both ends of a netkit pair',
    insteadOf: 'tc programs on veth',
    // the loopback link is no netkit: ENXIO from a kernel that has the driver
    probe: onLoopback('sched_cls', 'netkit_primary', 0, [Errno.ENXIO]),
  },
  sockmapLink: {
    name: 'sockmap-link',
    since: '6.10',
    summary: 'links on maps of sockets',
    insteadOf: 'attachments that stay with the map',
    probe: sockmap,
  },
  cgroupOrder: {
    name: 'cgroup-order',
    since: '6.17',
    summary: 'an order among the programs of a cgroup',
    insteadOf: 'the order in which they were attached',
    probe: onNoCgroup(BPF_F_BEFORE),
  },
} as const satisfies Record<string, Feature>
