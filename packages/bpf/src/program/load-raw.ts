import { Errno, type Sys } from '@axoneme/sys'
import { type AttachType, BPF_ATTACH_TYPE, BPF_PROG_TYPE, type ProgramType } from '../spec/program-section.js'
import { Attr, cText } from '../syscall/attr.js'

/** Records for the kernel, as they stand in .BTF.ext: `recordBytes` each. */
export interface Records {
  readonly bytes: Uint8Array
  readonly recordBytes: number
}

/** Everything that BPF_PROG_LOAD takes. Descriptors are the caller's, open for the length of the call. */
export interface RawProgram {
  readonly type: ProgramType
  /** relocated: with map descriptors and BTF ids in place */
  readonly instructions: Uint8Array
  /** `GPL` opens helpers that ask for it */
  readonly license: string
  /** cut at 15 characters */
  readonly name: string
  readonly expectedAttachType?: AttachType
  /** BPF_F_* of BPF_PROG_LOAD */
  readonly flags?: number
  /** loads onto the card of that link (hardware offload), or binds an XDP program to it (BPF_F_XDP_DEV_BOUND_ONLY) */
  readonly ifindex?: number
  /** LINUX_VERSION_CODE, which kernels before 5.0 ask of kprobes */
  readonly kernelVersion?: number
  /** the object's own BTF, loaded */
  readonly btfFd?: number
  /** struct bpf_func_info and bpf_line_info; instruction offsets in slots */
  readonly functions?: Records
  readonly lines?: Records
  /** struct bpf_core_relo: relocations left to the kernel */
  readonly coreRelocations?: Records
  /** what a tracing, LSM or extension program goes on: a function or type by its BTF id… */
  readonly attachBtfId?: number
  /** …of a module's BTF; absent: the kernel's own */
  readonly attachBtfFd?: number
  /** …or of another program */
  readonly attachProgramFd?: number
  /** what BPF_PSEUDO_MAP_IDX and the offsets of kfunc calls count in */
  readonly fdArray?: readonly number[]
  readonly tokenFd?: number
  /**
   * - `on-failure` (when absent): loads without, and once more with the log when that is refused: a log costs time
   * - `never`
   * - a level (1: what is needed, 2: every instruction, 4: statistics, added up): always with the log
   */
  readonly log?: 'on-failure' | 'never' | { readonly level: number }
}

/** A loaded program: its descriptor, the caller's to close. */
export interface RawLoaded {
  readonly fd: number
  readonly log: string
}

/** A refusal. The log is empty when the verifier was never reached. */
export interface RawRefused {
  /** positive */
  readonly errno: number
  readonly log: string
}

/** Offsets in union bpf_attr, the struct of BPF_PROG_LOAD. Source: linux/bpf.h */
const AT = {
  type: 0,
  instructionCount: 4,
  instructions: 8,
  license: 16,
  logLevel: 24,
  logSize: 28,
  log: 32,
  kernelVersion: 40,
  flags: 44,
  name: 48,
  ifindex: 64,
  expectedAttachType: 68,
  btfFd: 72,
  functionBytes: 76,
  functions: 80,
  functionCount: 88,
  lineBytes: 92,
  lines: 96,
  lineCount: 104,
  attachBtfId: 108,
  attachFd: 112,
  coreCount: 116,
  fdArray: 120,
  core: 128,
  coreBytes: 136,
  logTrueSize: 140,
  tokenFd: 144,
} as const
const SIZE = 152
/** Source: linux/bpf.h BPF_F_TOKEN_FD */
const BPF_F_TOKEN_FD = 1 << 16

const FIRST_LOG_BYTES = 1 << 16
/** what every kernel takes: UINT_MAX >> 8 */
const LARGEST_LOG_BYTES = (1 << 24) - 1
/** a signal that waits (the engine's own, a profiler's) makes the verifier give up half-way: seen to happen five times in a row */
const ATTEMPTS = 40

function attrOf(sys: Sys, program: RawProgram): Attr {
  const attr = new Attr(sys, SIZE)
    .u32(AT.type, BPF_PROG_TYPE[program.type])
    .u32(AT.instructionCount, program.instructions.length / 8)
    .pointer(AT.instructions, program.instructions)
    .pointer(AT.license, cText(program.license))
    .u32(AT.kernelVersion, program.kernelVersion ?? 0)
    .u32(AT.flags, (program.flags ?? 0) | (program.tokenFd === undefined ? 0 : BPF_F_TOKEN_FD))
    .name(AT.name, program.name)
    .u32(AT.ifindex, program.ifindex ?? 0)
    .u32(AT.expectedAttachType, program.expectedAttachType === undefined ? 0 : BPF_ATTACH_TYPE[program.expectedAttachType])
    .u32(AT.btfFd, program.btfFd ?? 0)
    .u32(AT.attachBtfId, program.attachBtfId ?? 0)
    .u32(AT.attachFd, program.attachProgramFd ?? program.attachBtfFd ?? 0)
    .u32(AT.tokenFd, program.tokenFd ?? 0)
  const records = (given: Records | undefined, bytes: number, pointer: number, count: number): void => {
    if (given === undefined || given.bytes.length === 0) return
    attr.u32(bytes, given.recordBytes).pointer(pointer, given.bytes)
    attr.u32(count, given.bytes.length / given.recordBytes)
  }
  records(program.functions, AT.functionBytes, AT.functions, AT.functionCount)
  records(program.lines, AT.lineBytes, AT.lines, AT.lineCount)
  records(program.coreRelocations, AT.coreBytes, AT.core, AT.coreCount)
  if (program.fdArray !== undefined && program.fdArray.length > 0)
    attr.pointer(AT.fdArray, new Uint8Array(Int32Array.from(program.fdArray).buffer))
  return attr
}

function load(sys: Sys, program: RawProgram, level: number, log: Uint8Array | undefined): { answer: number; trueSize: number } {
  for (let attempt = 1; ; attempt++) {
    const attr = attrOf(sys, program)
    if (log !== undefined) attr.u32(AT.logLevel, level).u32(AT.logSize, log.length).pointer(AT.log, log)
    const answer = attr.call('PROG_LOAD')
    if (answer === -Errno.EAGAIN && attempt < ATTEMPTS) continue
    return { answer, trueSize: attr.readU32(AT.logTrueSize) }
  }
}

function logText(log: Uint8Array): string {
  const end = log.indexOf(0)
  return Buffer.from(log.buffer, log.byteOffset, end < 0 ? log.length : end).toString('utf8')
}

/** Loads with a log that is as large as it must be, up to the largest that a kernel takes. */
function loadWithLog(sys: Sys, program: RawProgram, level: number): { answer: number; log: string } {
  for (let size = FIRST_LOG_BYTES; ; ) {
    const log = new Uint8Array(size)
    const { answer, trueSize } = load(sys, program, level, log)
    // a loaded program is returned with what fits; ENOSPC is the log's, never the program's
    if (answer !== -Errno.ENOSPC || size >= LARGEST_LOG_BYTES) return { answer, log: logText(log) }
    size = Math.min(Math.max(trueSize + 1, size * 4), LARGEST_LOG_BYTES)
  }
}

/**
 * The bare BPF_PROG_LOAD. It interprets nothing: what the kernel answers, and the verifier's log.
 *
 * @returns a descriptor, or errno and the log: plain data, for whoever makes an error of it (or a probe) knows more
 * @lifetime the caller closes the descriptor
 * @source linux/bpf.h BPF_PROG_LOAD
 */
export function loadRaw(sys: Sys, program: RawProgram): RawLoaded | RawRefused {
  const { log = 'on-failure' } = program
  if (typeof log === 'object') {
    const with_ = loadWithLog(sys, program, log.level)
    if (with_.answer >= 0) return { fd: with_.answer, log: with_.log }
    // the largest log was too small: whether the program is good is another question
    if (with_.answer !== -Errno.ENOSPC) return { errno: -with_.answer, log: with_.log }
    const { answer } = load(sys, program, 0, undefined)
    return answer >= 0 ? { fd: answer, log: with_.log } : { errno: -answer, log: with_.log }
  }
  const { answer } = load(sys, program, 0, undefined)
  if (answer >= 0) return { fd: answer, log: '' }
  if (log === 'never') return { errno: -answer, log: '' }
  const again = loadWithLog(sys, program, 1)
  // accepted the second time: the first was refused for something that has passed (memory, a signal)
  if (again.answer >= 0) return { fd: again.answer, log: again.log }
  return { errno: -answer, log: again.log }
}
