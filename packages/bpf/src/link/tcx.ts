import type { Netns, Result, Sys } from '@axoneme/sys'
import { attachFeatures } from '../features/attach.js'
import type { BpfProgram } from '../program/program.js'
import type { BpfLink } from './link.js'
import { createOrderedLink, type OrderOptions } from './ordered.js'
import { type Attached, queryHook } from './query.js'
import type { LinkError } from './refusal.js'

/** Which way packets go, seen from the link: ingress is what it receives. */
export interface TcxHook {
  readonly ifindex: number
  readonly at: 'ingress' | 'egress'
  /** where the link is; absent: the caller's */
  readonly netns?: Netns
}

/**
 * Attaches a program of type sched_cls to a link's tcx hook.
 *
 * @shape   order: `before`/`after` name another attachment of the hook; absent means last
 * @unit    `expectedRevision` is the kernel's counter for this hook, not a version
 * @errors  feature.unsupported · bpf.attach-refused (ESTALE: the revision moved; ENOENT: the anchor is not there; EEXIST: the program is
 *   there) · bpf.missing (no such link) · bpf.refused · input.invalid · permission.denied · sys.closed · sys.failed
 * @feature tcx
 * @lifetime detaches on close() unless pinned, and with its link
 * @source  linux/bpf.h BPF_LINK_CREATE, struct tcx
 */
export function attachTcx(
  sys: Sys,
  program: BpfProgram,
  { ifindex, at, netns, ...order }: TcxHook & OrderOptions,
): Result<BpfLink, LinkError> {
  return createOrderedLink(sys, program, `tcx_${at}`, ifindex, order, {
    where: `tcx_${at} of link ${ifindex}`,
    feature: attachFeatures.tcx,
    netns,
  })
}

/**
 * What is attached to a link's tcx hook, in the order in which it runs.
 *
 * @errors  feature.unsupported · bpf.missing (no such link) · bpf.refused · permission.denied · sys.closed · sys.failed
 * @feature tcx
 * @source  linux/bpf.h BPF_PROG_QUERY
 */
export function queryTcx(sys: Sys, { ifindex, at, netns }: TcxHook): Result<Attached, LinkError> {
  return queryHook(sys, {
    attachType: `tcx_${at}`,
    target: ifindex,
    netns,
    where: `tcx_${at} of link ${ifindex}`,
    feature: attachFeatures.tcx,
  })
}
