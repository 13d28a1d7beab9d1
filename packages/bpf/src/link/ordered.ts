import { Err, Errno, type Feature, type Netns, type Result, type Sys } from '@axoneme/sys'
import type { BpfProgram } from '../program/program.js'
import type { AttachType } from '../spec/program-section.js'
import { type Anchor, type Order, position } from './anchor.js'
import { createLink } from './create.js'
import type { BpfLink } from './link.js'
import type { LinkError } from './refusal.js'

/** What hooks with an order of programs take besides. */
export interface OrderOptions<A extends Anchor = Anchor> {
  /** absent: last */
  readonly order?: Order<A>
  /** the hook's revision that the order was decided on, from a query; another there is refused */
  readonly expectedRevision?: bigint
}

/** Where the fields of struct tcx, netkit and cgroup stand: all alike. Source: linux/bpf.h, link_create */
const AT = { relative: 16, expectedRevision: 24 } as const

/** BPF_LINK_CREATE on a hook that keeps its programs in an order. Source: kernel/bpf/mprog.c */
export function createOrderedLink(
  sys: Sys,
  program: BpfProgram,
  attachType: AttachType,
  target: number,
  options: OrderOptions,
  about: { readonly where: string; readonly feature: Feature; readonly netns?: Netns | undefined },
): Result<BpfLink, LinkError> {
  const at = position(options.order)
  if (at.isErr()) return Err(at.error)
  return createLink(sys, {
    program,
    target,
    attachType,
    flags: at.value.flags,
    own: (attr) => attr.u32(AT.relative, at.value.relative).u64(AT.expectedRevision, options.expectedRevision ?? 0n),
    ...about,
    words: {
      hints: {
        [Errno.EINVAL]: 'The program must be loaded for this attach type, and an anchor must be a program or link as it was said to be.',
      },
    },
  })
}
