import { Errno, type Netns, type Result, type Sys } from '@axoneme/sys'
import { attachFeatures } from '../features/attach.js'
import type { BpfProgram } from '../program/program.js'
import { createLink } from './create.js'
import type { BpfLink } from './link.js'
import type { LinkError } from './refusal.js'

/** Source: linux/if_link.h XDP_FLAGS_SKB_MODE, XDP_FLAGS_DRV_MODE, XDP_FLAGS_HW_MODE */
const modes = { generic: 1 << 1, native: 1 << 2, offload: 1 << 3 } as const

export interface XdpHook {
  readonly ifindex: number
  /** in the driver, in the stack (any link, slower), or on the card; absent: in the driver if it can, else in the stack */
  readonly mode?: keyof typeof modes
  /** where the link is; absent: the caller's */
  readonly netns?: Netns
}

/**
 * Attaches a program of type xdp to a link. A link has room for one.
 *
 * @errors  feature.unsupported · bpf.attach-refused (EBUSY: a program is there; EEXIST: one in another mode is there) · bpf.refused (EINVAL:
 *   no such link; EOPNOTSUPP: the driver cannot) · input.invalid · permission.denied · sys.closed · sys.failed
 * @feature xdp-link
 * @lifetime detaches on close() unless pinned, and with its link
 * @source  linux/bpf.h BPF_LINK_CREATE; net/core/dev.c bpf_xdp_link_attach
 */
export function attachXdp(sys: Sys, program: BpfProgram, { ifindex, mode, netns }: XdpHook): Result<BpfLink, LinkError> {
  return createLink(sys, {
    program,
    target: ifindex,
    attachType: 'xdp',
    flags: mode === undefined ? 0 : modes[mode],
    netns,
    where: `xdp of link ${ifindex}`,
    feature: attachFeatures.xdpLink,
    words: {
      hints: {
        [Errno.EINVAL]: 'There is no such link in that namespace, the program is for devmaps or cpumaps, or the MTU is too large for it.',
        [Errno.EOPNOTSUPP]: "The link's driver does not run programs so: attach in mode generic.",
      },
    },
  })
}
