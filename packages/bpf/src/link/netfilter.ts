import { Errno, type Netns, type Result, type Sys } from '@axoneme/sys'
import { attachFeatures } from '../features/attach.js'
import type { BpfProgram } from '../program/program.js'
import { createLink } from './create.js'
import type { BpfLink } from './link.js'
import type { LinkError } from './refusal.js'

/** Source: linux/netfilter.h enum nf_inet_hooks, NFPROTO_* */
const hooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const
const families = { 4: 2, 6: 10 } as const
/** Source: linux/bpf.h BPF_F_NETFILTER_IP_DEFRAG */
const IP_DEFRAG = 1

/** Where fields of struct netfilter stand. Source: linux/bpf.h, link_create */
const AT = { family: 16, hook: 20, priority: 24, flags: 28 } as const

export interface NetfilterHook {
  readonly family: 4 | 6
  readonly hook: keyof typeof hooks
  /** the lower the earlier; the first and the last number are the kernel's own, and one is taken by one program only */
  readonly priority: number
  /** fragments are joined before the program sees them, which happens at priority -400: it must come later. Linux 6.6 */
  readonly defragment?: boolean
  /** absent: the caller's */
  readonly netns?: Netns
}

/**
 * Attaches a program of type netfilter to a hook of netfilter.
 *
 * @errors  feature.unsupported · bpf.attach-refused (EBUSY: the priority is taken; ERANGE: it is not for programs) · bpf.refused · permission.denied · sys.closed · sys.failed · input.invalid
 * @feature netfilter-link
 * @lifetime detaches on close() unless pinned, and with its namespace
 * @source  linux/bpf.h BPF_LINK_CREATE, struct netfilter; net/netfilter/nf_bpf_link.c
 */
export function attachNetfilter(
  sys: Sys,
  program: BpfProgram,
  { family, hook, priority, defragment = false, netns }: NetfilterHook,
): Result<BpfLink, LinkError> {
  return createLink(sys, {
    program,
    target: 0,
    attachType: 'netfilter',
    own: (attr) =>
      attr
        .u32(AT.family, families[family])
        .u32(AT.hook, hooks[hook])
        .u32(AT.priority, priority)
        .u32(AT.flags, defragment ? IP_DEFRAG : 0),
    netns,
    where: `netfilter ${hook} of IPv${family}`,
    feature: attachFeatures.netfilterLink,
    words: {
      taken: {
        [Errno.EBUSY]: 'Another program has that priority at that hook: give another.',
        [Errno.ERANGE]: 'The first and the last priority are not for programs, nor, with defragment, one up to -400: give one between.',
      },
    },
  })
}
