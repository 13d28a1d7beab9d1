import { Err, Errno, errnoMeaning, errnoName, Ok, permissionDenied, type Result, type Sys } from '@axoneme/sys'
import type { FuncInfo, LineInfo } from '../btf/ext.js'
import type { BtfKind } from '../btf/type.js'
import { type BpfError, type ProgramRejected, refused } from '../errors.js'
import { ObjectFault } from '../fault.js'
import { loadRaw, type RawProgram, type RawRefused } from '../program/load-raw.js'
import type { CollectionSpec } from '../spec/collection.js'
import { objectError } from '../spec/collection.js'
import type { ProgramSpec } from '../spec/program-spec.js'
import { MissingSymbol, relocate, type Surroundings } from './relocate.js'
import { adviceFor, logLines, refusedSlot, sourceOf, summaryOf } from './verifier-log.js'

/** struct bpf_func_info */
function functionRecords(functions: readonly FuncInfo[]): Uint8Array {
  const words = new Uint32Array(functions.length * 2)
  for (const [index, { slot, type }] of functions.entries()) words.set([slot, type], index * 2)
  return new Uint8Array(words.buffer)
}

/** struct bpf_line_info */
function lineRecords(lines: readonly LineInfo[]): Uint8Array {
  const words = new Uint32Array(lines.length * 4)
  for (const [index, { slot, raw }] of lines.entries()) words.set([slot, ...raw], index * 4)
  return new Uint8Array(words.buffer)
}

/** What a tracing program's target is called in the kernel's types, by the attach type. */
const targets: Readonly<Record<string, { readonly prefix: string; readonly kind: BtfKind }>> = {
  trace_raw_tp: { prefix: 'btf_trace_', kind: 'typedef' },
  trace_fentry: { prefix: '', kind: 'func' },
  trace_fexit: { prefix: '', kind: 'func' },
  modify_return: { prefix: '', kind: 'func' },
  lsm_mac: { prefix: 'bpf_lsm_', kind: 'func' },
  lsm_cgroup: { prefix: 'bpf_lsm_', kind: 'func' },
  trace_iter: { prefix: 'bpf_iter_', kind: 'func' },
}

/** The BTF id that a tracing or LSM program goes on. @throws MissingSymbol */
function attachPoint(program: ProgramSpec, around: Surroundings): Pick<RawProgram, 'attachBtfId' | 'attachBtfFd'> {
  const known = program.attachType === undefined ? undefined : targets[program.attachType]
  if (known === undefined || program.target === undefined) return {}
  const name = known.prefix + program.target
  const found = around.kernel.find(name, known.kind)
  if (found === undefined) throw new MissingSymbol(name, program.name)
  const fd = found.module === '' ? undefined : around.module(found.module)
  return { attachBtfId: found.id, ...(fd === undefined ? {} : { attachBtfFd: fd }) }
}

/**
 * Loads one program.
 *
 * @param btfFd the object's BTF, loaded; undefined: without types
 * @param logLevel of the verifier's log; absent: only when it refuses
 * @returns its descriptor, the caller's, and the log if it was asked for
 */
export function loadProgram(
  sys: Sys,
  spec: CollectionSpec,
  program: ProgramSpec,
  around: Surroundings,
  btfFd: number | undefined,
  logLevel?: number,
): Result<{ readonly fd: number; readonly log: string }, BpfError> {
  let raw: RawProgram
  try {
    const { instructions, fdArray } = relocate(program, around)
    raw = {
      type: program.type,
      name: program.name,
      license: spec.license,
      instructions,
      flags: program.flags,
      fdArray,
      ...(program.attachType === undefined ? {} : { expectedAttachType: program.attachType }),
      ...attachPoint(program, around),
      ...(btfFd === undefined || program.functions.length === 0
        ? {}
        : {
            btfFd,
            functions: { bytes: functionRecords(program.functions), recordBytes: 8 },
            lines: { bytes: lineRecords(program.lines), recordBytes: 16 },
          }),
    }
  } catch (reason) {
    if (reason instanceof ObjectFault) return Err(objectError(reason))
    if (reason instanceof MissingSymbol)
      return Err(
        Object.freeze({
          code: 'bpf.symbol-missing',
          symbol: reason.symbol,
          program: reason.program,
          message: reason.message,
          hint: 'Load the module that has it, boot a newer kernel, or declare it __weak and ask whether it is there.',
        }),
      )
    throw reason
  }
  const loaded = loadRaw(sys, logLevel === undefined ? raw : { ...raw, log: { level: logLevel } })
  return 'fd' in loaded ? Ok(loaded) : Err(rejection(program, loaded))
}

function rejection(program: ProgramSpec, { errno, log }: RawRefused): BpfError {
  const what = `load program ${program.name} (${program.section})`
  const name = errnoName(errno)
  const lines = logLines(log)
  // given up, not refused
  if (errno === Errno.EAGAIN)
    return refused(
      what,
      'BPF_PROG_LOAD',
      errno,
      'Signals kept interrupting the verifier (a profiler in this process?): load it without them.',
    )
  // refused before the verifier looked
  if (lines.length === 0 && (errno === Errno.EPERM || errno === Errno.EACCES))
    return permissionDenied(what, 'CAP_BPF (and CAP_NET_ADMIN or CAP_PERFMON, by the type of the program)', errno, name)
  const summary = summaryOf(lines)
  const source = sourceOf(refusedSlot(lines), program.lines)
  const hint = lines.length === 0 ? beforeTheVerifier(errno) : adviceFor(lines)
  const at = source === undefined ? '' : ` at ${source.file.split('/').at(-1)}:${source.line}`
  const said = summary.at(-1) ?? errnoMeaning(errno) ?? 'refused'
  const rejected: ProgramRejected = {
    code: 'bpf.program-rejected',
    program: program.name,
    section: program.section,
    errno,
    errnoName: name,
    message: `${what}: refused${at}: ${said} (${name})`,
    log: Object.freeze(lines),
    summary: Object.freeze(summary),
    ...(source === undefined ? {} : { source }),
    ...(hint === undefined ? {} : { hint }),
  }
  return Object.freeze(rejected)
}

function beforeTheVerifier(errno: number): string | undefined {
  if (errno === Errno.EINVAL)
    return 'The kernel did not look at the instructions: it does not know the type, the attach type or a flag, or the license is missing.'
  if (errno === Errno.E2BIG) return 'The program has more instructions than the kernel takes.'
  return undefined
}
