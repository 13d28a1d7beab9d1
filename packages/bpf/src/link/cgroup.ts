import {
  Err,
  Errno,
  errnoName,
  type InputInvalid,
  inputInvalid,
  O_CLOEXEC,
  O_RDONLY,
  permissionDenied,
  type Result,
  type Sys,
  sysFailed,
} from '@axoneme/sys'
import { missing } from '../errors.js'
import { attachFeatures } from '../features/attach.js'
import type { BpfProgram } from '../program/program.js'
import type { AttachType } from '../spec/program-section.js'
import { type LinkAnchor, position } from './anchor.js'
import type { Descriptor } from './descriptor.js'
import type { BpfLink } from './link.js'
import { createOrderedLink, type OrderOptions } from './ordered.js'
import { type Attached, queryHook } from './query.js'
import type { LinkError } from './refusal.js'

/** What happens in a cgroup and its children that a program may decide on. */
export type CgroupAttachType = Extract<AttachType, `cgroup_${string}`>

export interface CgroupHook {
  /** a folder of the cgroup2 file system, or its descriptor */
  readonly cgroup: string | Descriptor
  readonly at: CgroupAttachType
}

/** Source: linux/bpf.h BPF_F_QUERY_EFFECTIVE */
const BPF_F_QUERY_EFFECTIVE = 1 << 0

/** Runs a call with the descriptor of a cgroup, opened for it when a path is given. */
function withCgroup<T>(sys: Sys, cgroup: string | Descriptor, run: (fd: number) => Result<T, LinkError>): Result<T, LinkError> {
  if (typeof cgroup !== 'string')
    return cgroup
      .use()
      .mapErr((error): LinkError => error)
      .andThen(run)
  const fd = sys.open(cgroup, O_RDONLY | O_CLOEXEC, 0)
  if (fd < 0) return Err(openError(cgroup, -fd))
  const result = run(fd)
  sys.close(fd)
  return result
}

function openError(path: string, errno: number): LinkError {
  const what = `open the cgroup ${path}`
  if (errno === Errno.ENOENT || errno === Errno.ENOTDIR)
    return missing(path, `${what}: it is not there`, 'Make the folder below the mount of cgroup2 first.')
  if (errno === Errno.EPERM || errno === Errno.EACCES) return permissionDenied(what, 'CAP_DAC_OVERRIDE', errno, errnoName(errno))
  return sysFailed(what, errno)
}

function wrongType(at: unknown): InputInvalid | undefined {
  return typeof at === 'string' && at.startsWith('cgroup_')
    ? undefined
    : inputInvalid('at', `${String(at)} is no attach type of cgroups`, 'Give cgroup_inet4_connect, cgroup_inet_egress and so on.')
}

/**
 * Attaches a program to a cgroup: it decides for every process in it and below.
 *
 * @shape   order: among the links of this cgroup, by links only; kernels without an order refuse it
 * @errors  feature.unsupported (cgroup-link, or cgroup-order when an order is asked for) · bpf.attach-refused (ESTALE: the revision moved;
 *   ENOENT: the anchor is not there) · bpf.missing (no such cgroup) · bpf.refused (EBADF: not of cgroup2) · permission.denied (also EPERM: a
 *   parent has a program that was attached so that none may follow) · input.invalid · sys.closed · sys.failed
 * @feature cgroup-link
 * @lifetime detaches on close() unless pinned, and with its cgroup
 * @source  linux/bpf.h BPF_LINK_CREATE; kernel/bpf/cgroup.c
 */
export function attachCgroup(
  sys: Sys,
  program: BpfProgram,
  { cgroup, at, ...order }: CgroupHook & OrderOptions<LinkAnchor>,
): Result<BpfLink, LinkError> {
  const invalid = wrongType(at)
  if (invalid !== undefined) return Err(invalid)
  const ordered =
    (order.expectedRevision ?? 0n) !== 0n ||
    position(order.order)
      .map(({ flags }) => flags !== 0)
      .unwrapOr(false)
  const feature = ordered ? attachFeatures.cgroupOrder : attachFeatures.cgroupLink
  const where = `${at} of ${typeof cgroup === 'string' ? cgroup : 'a cgroup'}`
  return withCgroup(sys, cgroup, (fd) => createOrderedLink(sys, program, at, fd, order, { where, feature }))
}

/**
 * What is attached to a cgroup, in the order in which it runs.
 *
 * @param hook `effective`: with what parents' programs do to it, as the kernel runs them; without links then
 * @errors  bpf.missing (no such cgroup) · bpf.refused (EBADF: not of cgroup2) · feature.unsupported · input.invalid · permission.denied · sys.closed ·
 *   sys.failed
 * @feature cgroup-link
 * @source  linux/bpf.h BPF_PROG_QUERY
 */
export function queryCgroup(
  sys: Sys,
  { cgroup, at, effective = false }: CgroupHook & { readonly effective?: boolean },
): Result<Attached, LinkError> {
  const invalid = wrongType(at)
  if (invalid !== undefined) return Err(invalid)
  return withCgroup(sys, cgroup, (target) =>
    queryHook(sys, {
      attachType: at,
      target,
      flags: effective ? BPF_F_QUERY_EFFECTIVE : 0,
      where: `${at} of a cgroup`,
      feature: attachFeatures.cgroupLink,
      details: !effective,
    }),
  )
}
