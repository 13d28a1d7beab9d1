import { Err, type Feature, type Netns, Ok, type Result, type Sys } from '@axoneme/sys'
import { inNetns } from '../in-netns.js'
import type { BpfProgram } from '../program/program.js'
import { type AttachType, BPF_ATTACH_TYPE } from '../spec/program-section.js'
import { Attr } from '../syscall/attr.js'
import { BpfLink } from './link.js'
import { explainAttach, type HookWords, type LinkError } from './refusal.js'

/** One BPF_LINK_CREATE, whatever the hook. */
export interface LinkRequest {
  readonly program: BpfProgram
  /** a descriptor, or a link number */
  readonly target: number
  readonly attachType: AttachType
  readonly flags?: number
  /** fills the union of the hook's own fields, from byte 16 on */
  readonly own?: (attr: Attr) => void
  /** where a link number is looked up; absent: the caller's */
  readonly netns?: Netns | undefined
  /** for messages: `tcx_ingress of link 7` */
  readonly where: string
  readonly feature: Feature
  readonly words?: HookWords
}

/** Source: linux/bpf.h, struct link_create of union bpf_attr */
const AT = { program: 0, target: 4, attachType: 8, flags: 12 } as const
const SIZE = 64

/** The kernel's answer: a link, or the refusal explained. */
export function createLink(sys: Sys, request: LinkRequest): Result<BpfLink, LinkError> {
  const { program, where, feature } = request
  const fd = program.use()
  if (fd.isErr()) return Err(fd.error)
  const attr = new Attr(sys, SIZE)
    .u32(AT.program, fd.value)
    .u32(AT.target, request.target)
    .u32(AT.attachType, BPF_ATTACH_TYPE[request.attachType])
    .u32(AT.flags, request.flags ?? 0)
  request.own?.(attr)
  const answer = inNetns(sys, request.netns, () => attr.call('LINK_CREATE'))
  if (answer.isErr()) return Err(answer.error)
  if (answer.value >= 0) return Ok(BpfLink.of(sys, answer.value, where))
  return Err(explainAttach(sys, feature, where, `attach ${program.what} to ${where}`, 'BPF_LINK_CREATE', -answer.value, request.words))
}
