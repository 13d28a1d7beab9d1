import { Err, Errno, Ok, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import { type BpfCallError, refused } from '../errors.js'
import { attachFeatures } from '../features/attach.js'
import type { BpfProgram } from '../program/program.js'
import type { AttachType } from '../spec/program-section.js'
import { Attr, cText } from '../syscall/attr.js'
import { createLink } from './create.js'
import type { Descriptor } from './descriptor.js'
import { BpfLink } from './link.js'
import { explainAttach, type LinkError } from './refusal.js'

/** Source: linux/bpf.h, struct raw_tracepoint of union bpf_attr */
const RAW = { name: 0, program: 8, cookie: 16 } as const

function openRaw(sys: Sys, program: BpfProgram, name: string | undefined, where: string, cookie = 0n): Result<BpfLink, LinkError> {
  const fd = program.use()
  if (fd.isErr()) return Err(fd.error)
  const attr = new Attr(sys, 24)
    .pointer(RAW.name, name === undefined ? undefined : cText(name))
    .u32(RAW.program, fd.value)
    .u64(RAW.cookie, cookie)
  const answer = attr.call('RAW_TRACEPOINT_OPEN')
  if (answer >= 0) return Ok(BpfLink.of(sys, answer, where))
  return Err(
    explainAttach(sys, attachFeatures.link, where, `attach ${program.what} to ${where}`, 'BPF_RAW_TRACEPOINT_OPEN', -answer, {
      taken: {
        [Errno.ENOENT]: 'The kernel has no such tracepoint: see available_events in tracefs; the name is what stands after the colon.',
      },
    }),
  )
}

/**
 * Attaches a program of type raw_tracepoint to a tracepoint.
 *
 * @param name as the kernel has it: `sched_switch`
 * @errors bpf.attach-refused (ENOENT: no such tracepoint) · bpf.refused · feature.unsupported · permission.denied · sys.closed
 * @feature bpf-link
 * @lifetime detaches on close()
 * @source linux/bpf.h BPF_RAW_TRACEPOINT_OPEN
 */
export function attachRawTracepoint(sys: Sys, program: BpfProgram, name: string): Result<BpfLink, LinkError> {
  return openRaw(sys, program, name, `raw tracepoint ${name}`)
}

/**
 * Attaches a program of type tracing, lsm or ext to the function that it was loaded for.
 *
 * @param options `cookie`: what the program gets back from bpf_get_attach_cookie, so that one can tell its attachments apart
 * @errors bpf.attach-refused (EBUSY: the function holds as many programs as it can) · bpf.refused · feature.unsupported · permission.denied · sys.closed
 * @feature bpf-link
 * @lifetime detaches on close() unless pinned
 * @source linux/bpf.h BPF_RAW_TRACEPOINT_OPEN, BPF_LINK_CREATE struct tracing
 */
export function attachTracing(
  sys: Sys,
  program: BpfProgram,
  { attachType, cookie }: { readonly attachType: AttachType; readonly cookie?: bigint },
): Result<BpfLink, LinkError> {
  // links of tracing are made by the older command too, on every kernel that has them; only a cookie asks for the newer
  if (cookie === undefined) return openRaw(sys, program, undefined, `the function of ${program.what}`)
  return createLink(sys, {
    program,
    target: 0,
    attachType,
    own: (attr) => attr.u64(24, cookie),
    where: `the function of ${program.what}`,
    feature: attachFeatures.link,
  })
}

/**
 * Attaches an iterator: a program of type tracing that was loaded for trace_iter, run for each of what the kernel holds.
 *
 * @param options `map`: the map whose entries are walked, for iterators over maps
 * @errors bpf.refused · feature.unsupported · permission.denied · sys.closed · bpf.attach-refused
 * @feature bpf-link
 * @lifetime until close(), unless pinned
 * @source linux/bpf.h BPF_LINK_CREATE, union bpf_iter_link_info
 */
export function attachIterator(sys: Sys, program: BpfProgram, { map }: { readonly map?: Descriptor } = {}): Result<BpfLink, LinkError> {
  const info = new Uint8Array(16)
  if (map !== undefined) {
    const fd = map.use()
    if (fd.isErr()) return Err(fd.error)
    new DataView(info.buffer).setUint32(0, fd.value, true)
  }
  return createLink(sys, {
    program,
    target: 0,
    attachType: 'trace_iter',
    own: (attr) => {
      if (map !== undefined) attr.pointer(16, info).u32(24, info.length)
    },
    where: `iterator ${program.name}`,
    feature: attachFeatures.link,
  })
}

/**
 * One walk of an iterator: a descriptor that is read to its end.
 *
 * @errors bpf.refused · permission.denied · sys.closed
 * @lifetime the caller's to close
 * @source linux/bpf.h BPF_ITER_CREATE
 */
export function openIterator(sys: Sys, link: BpfLink): Result<OwnedFd, BpfCallError> {
  const fd = link.use()
  if (fd.isErr()) return Err(fd.error)
  const answer = new Attr(sys, 8).u32(0, fd.value).call('ITER_CREATE')
  return answer < 0 ? Err(refused(`walk ${link.where}`, 'BPF_ITER_CREATE', -answer)) : Ok(new OwnedFd(sys, answer, link.where))
}
