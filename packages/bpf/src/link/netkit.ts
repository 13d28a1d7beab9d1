import type { Netns, Result, Sys } from '@axoneme/sys'
import { attachFeatures } from '../features/attach.js'
import type { BpfProgram } from '../program/program.js'
import type { BpfLink } from './link.js'
import { createOrderedLink, type OrderOptions } from './ordered.js'
import { type Attached, queryHook } from './query.js'
import type { LinkError } from './refusal.js'

/** An end of a netkit pair. Both are reached by the primary link: a pod cannot take its own programs off. */
export interface NetkitHook {
  /** the primary link */
  readonly ifindex: number
  /** whose outgoing packets the program sees */
  readonly at: 'primary' | 'peer'
  /** where the primary link is; absent: the caller's */
  readonly netns?: Netns
}

const where = ({ ifindex, at }: NetkitHook): string => `netkit_${at} of link ${ifindex}`

/**
 * Attaches a program of type sched_cls to an end of a netkit pair.
 *
 * @shape   order: `before`/`after` name another attachment of the hook; absent means last
 * @errors  feature.unsupported · bpf.attach-refused (ESTALE: the revision moved; ENOENT: the anchor is not there; EEXIST: the program is
 *   there) · bpf.missing (no such link) · bpf.refused (ENXIO: the link is no netkit; EACCES: it is not the primary one) · input.invalid ·
 *   permission.denied · sys.closed · sys.failed
 * @feature netkit-attach
 * @lifetime detaches on close() unless pinned, and with the pair
 * @source  linux/bpf.h BPF_LINK_CREATE, struct netkit; drivers/net/netkit.c
 */
export function attachNetkit(sys: Sys, program: BpfProgram, hook: NetkitHook & OrderOptions): Result<BpfLink, LinkError> {
  const about = { where: where(hook), feature: attachFeatures.netkit, netns: hook.netns }
  return createOrderedLink(sys, program, `netkit_${hook.at}`, hook.ifindex, hook, about)
}

/**
 * What is attached to an end of a netkit pair, in the order in which it runs.
 *
 * @errors  feature.unsupported · bpf.missing (no such link) · bpf.refused · permission.denied · sys.closed · sys.failed
 * @feature netkit-attach
 * @source  linux/bpf.h BPF_PROG_QUERY
 */
export function queryNetkit(sys: Sys, hook: NetkitHook): Result<Attached, LinkError> {
  return queryHook(sys, {
    attachType: `netkit_${hook.at}`,
    target: hook.ifindex,
    netns: hook.netns,
    where: where(hook),
    feature: attachFeatures.netkit,
  })
}
