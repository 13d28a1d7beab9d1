import { type Closed, Ok, type Result } from '@axoneme/sys'
import type { BpfProgram } from '../program/program.js'
import type { BpfLink } from './link.js'

/** Another link of the same hook. */
export type LinkAnchor = { readonly link: BpfLink } | { readonly linkId: number }

/** Another attachment of the same hook, by what it is at hand as. */
export type Anchor = { readonly program: BpfProgram } | { readonly programId: number } | LinkAnchor

/**
 * Where among the programs of a hook, which run in order: the first, the last, or right before or after another.
 * Absent: last.
 */
export type Order<A extends Anchor = Anchor> = 'first' | 'last' | { readonly before: A } | { readonly after: A }

/** Source: linux/bpf.h BPF_F_BEFORE and its kin */
export const BPF_F_BEFORE = 1 << 3
export const BPF_F_AFTER = 1 << 4
export const BPF_F_ID = 1 << 5
export const BPF_F_LINK = 1 << 13

/** An order as the kernel takes it. */
export interface Position {
  readonly flags: number
  /** a descriptor, or an id with BPF_F_ID; 0 for none */
  readonly relative: number
}

/** @errors sys.closed (the anchor is a closed handle) */
export function position(order: Order | undefined): Result<Position, Closed> {
  // the kernel's own default; asked for by no flag, so that kernels which have no orders do it too
  if (order === undefined || order === 'last') return Ok({ flags: 0, relative: 0 })
  if (order === 'first') return Ok({ flags: BPF_F_BEFORE, relative: 0 })
  const [side, anchor] = 'before' in order ? [BPF_F_BEFORE, order.before] : [BPF_F_AFTER, order.after]
  if ('programId' in anchor) return Ok({ flags: side | BPF_F_ID, relative: anchor.programId })
  if ('linkId' in anchor) return Ok({ flags: side | BPF_F_ID | BPF_F_LINK, relative: anchor.linkId })
  if ('link' in anchor) return anchor.link.use().map((relative) => ({ flags: side | BPF_F_LINK, relative }))
  return anchor.program.use().map((relative) => ({ flags: side, relative }))
}
