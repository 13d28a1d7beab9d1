import { Err, Errno, type Netns, type Result, type Sys } from '@axoneme/sys'
import { attachFeatures } from '../features/attach.js'
import type { BpfProgram } from '../program/program.js'
import { createLink } from './create.js'
import type { BpfLink } from './link.js'
import { type Attached, queryHook } from './query.js'
import type { LinkError } from './refusal.js'

/** What a program may decide for a whole namespace. */
export interface NetnsHook {
  readonly netns: Netns
  /** which socket gets a packet (several programs), or how packets are taken apart (one program) */
  readonly at: 'sk_lookup' | 'flow_dissector'
}

const features = { sk_lookup: attachFeatures.skLookup, flow_dissector: attachFeatures.netnsLink } as const

const taken = {
  sk_lookup: 'The namespace holds as many such programs as it can: detach one first.',
  flow_dissector:
    'A namespace has one flow dissector, and one of the first namespace of the machine is for all: detach that first, or update its link in place.',
} as const

/**
 * Attaches a program of type sk_lookup or flow_dissector to a network namespace.
 *
 * @errors  feature.unsupported · bpf.attach-refused (E2BIG, EEXIST: the namespace has a flow dissector, or as many programs as it can) ·
 *   bpf.refused · permission.denied · sys.closed
 * @feature netns-link
 * @lifetime detaches on close() unless pinned, and with its namespace
 * @source  linux/bpf.h BPF_LINK_CREATE; kernel/bpf/net_namespace.c
 */
export function attachNetns(sys: Sys, program: BpfProgram, { netns, at }: NetnsHook): Result<BpfLink, LinkError> {
  const target = netns.use()
  if (target.isErr()) return Err(target.error)
  return createLink(sys, {
    program,
    target: target.value,
    attachType: at,
    where: `${at} of namespace ${netns.where}`,
    feature: features[at],
    words: { taken: { [Errno.EEXIST]: taken[at], [Errno.E2BIG]: taken[at] } },
  })
}

/**
 * What is attached to a network namespace. Links are not told by this hook.
 *
 * @errors  feature.unsupported · bpf.refused · permission.denied · sys.closed
 * @feature netns-link
 * @source  linux/bpf.h BPF_PROG_QUERY
 */
export function queryNetns(sys: Sys, { netns, at }: NetnsHook): Result<Attached, LinkError> {
  const target = netns.use()
  if (target.isErr()) return Err(target.error)
  const where = `${at} of namespace ${netns.where}`
  return queryHook(sys, { attachType: at, target: target.value, where, feature: features[at], details: false })
}
