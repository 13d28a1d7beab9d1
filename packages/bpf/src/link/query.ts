import { Err, Errno, errnoNumber, type Feature, type Netns, Ok, type Result, type Sys } from '@axoneme/sys'
import { inNetns } from '../in-netns.js'
import { type AttachType, BPF_ATTACH_TYPE } from '../spec/program-section.js'
import { Attr } from '../syscall/attr.js'
import { explainAttach, type LinkError } from './refusal.js'

/** One program of a hook. */
export interface AttachedProgram {
  readonly programId: number
  /** of the link that holds it; undefined when it was attached without one, or the hook does not tell */
  readonly linkId: number | undefined
  /** BPF_F_* that it was attached with, as the hook gives them back */
  readonly flags: number
}

/** What is attached to a hook, in the order in which it runs. */
export interface Attached {
  /** moves with each change of the hook; 0 where hooks have none */
  readonly revision: bigint
  readonly programs: readonly AttachedProgram[]
}

export interface HookQuery {
  readonly attachType: AttachType
  /** a descriptor, or a link number */
  readonly target: number
  /** BPF_F_QUERY_EFFECTIVE: of cgroups, with what is inherited */
  readonly flags?: number
  readonly netns?: Netns | undefined
  readonly where: string
  readonly feature: Feature
  /** false for hooks that refuse to tell flags and links */
  readonly details?: boolean
}

/** Source: linux/bpf.h, struct query of union bpf_attr */
const AT = {
  target: 0,
  attachType: 4,
  queryFlags: 8,
  programIds: 16,
  count: 24,
  programFlags: 32,
  linkIds: 40,
  linkFlags: 48,
  revision: 56,
} as const
/** all of it: the kernel writes the revision whatever the size */
const SIZE = 64
const FIRST_ROOM = 64
const ROUNDS = 8
const ENOSPC = Errno.ENOSPC
const E2BIG = errnoNumber('E2BIG') as number

/** BPF_PROG_QUERY, with as much room as it takes. */
export function queryHook(sys: Sys, query: HookQuery): Result<Attached, LinkError> {
  let details = query.details ?? true
  for (let room = FIRST_ROOM, round = 0; ; round++) {
    const list = (): Uint32Array => new Uint32Array(room)
    const [programs, programFlags, links, linkFlags] = [list(), list(), list(), list()]
    const bytes = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer)
    const attr = new Attr(sys, SIZE)
      .u32(AT.target, query.target)
      .u32(AT.attachType, BPF_ATTACH_TYPE[query.attachType])
      .u32(AT.queryFlags, query.flags ?? 0)
      .pointer(AT.programIds, bytes(programs))
      .u32(AT.count, room)
    if (details)
      attr.pointer(AT.programFlags, bytes(programFlags)).pointer(AT.linkIds, bytes(links)).pointer(AT.linkFlags, bytes(linkFlags))
    const called = inNetns(sys, query.netns, () => attr.call('PROG_QUERY'))
    if (called.isErr()) return Err(called.error)
    const errno = -called.value
    if (called.value >= 0) {
      const count = Math.min(attr.readU32(AT.count), room)
      const of = (index: number): AttachedProgram => ({
        programId: programs[index] as number,
        linkId: links[index] === 0 ? undefined : links[index],
        flags: programFlags[index] as number,
      })
      return Ok({ revision: attr.readU64(AT.revision), programs: Array.from({ length: count }, (_, index) => of(index)) })
    }
    // more than there was room for, or more each time; what a kernel has no fields for, it does not tell
    if (errno === ENOSPC && round < ROUNDS) room = Math.max(room * 2, attr.readU32(AT.count))
    else if ((errno === E2BIG || errno === Errno.EINVAL) && details) details = false
    else return Err(explainAttach(sys, query.feature, query.where, `query ${query.where}`, 'BPF_PROG_QUERY', errno))
  }
}
