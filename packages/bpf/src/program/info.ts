import type { Result, Sys } from '@axoneme/sys'
import type { BpfCallError } from '../errors.js'
import { fixedText, readInfo } from '../object-info.js'
import type { ProgramType } from '../spec/program-section.js'
import { programTypeName } from './type-name.js'

/** What the kernel says of a loaded program. Source: linux/bpf.h struct bpf_prog_info */
export interface ProgramInfo {
  /** undefined: a type that is newer than this library; `typeNumber` has it */
  readonly type: ProgramType | undefined
  readonly typeNumber: number
  readonly id: number
  /** of the instructions, in hex: programs with the same code have the same */
  readonly tag: string
  /** at most 15 characters */
  readonly name: string
  readonly gplCompatible: boolean
  /** nanoseconds since boot (CLOCK_BOOTTIME) */
  readonly loadTimeNs: bigint
  readonly createdByUid: number
  readonly mapIds: readonly number[]
  /** the instructions after the verifier; 0 when the kernel does not show them */
  readonly xlatedBytes: number
  /** the machine code; 0 when it is interpreted, or the kernel does not show it */
  readonly jitedBytes: number
  /** how many instructions the verifier walked through; 0 before Linux 5.16 */
  readonly verifiedInstructions: number
  /** counted while statistics are enabled */
  readonly runTimeNs: bigint
  readonly runCount: bigint
  /** runs that did not happen because the program was running on that CPU already */
  readonly recursionMisses: bigint
  /** of its BTF; 0 without */
  readonly btfId: number
  /** the link whose card it is offloaded to; 0 otherwise */
  readonly ifindex: number
  readonly attachBtfObjectId: number
  readonly attachBtfId: number
  readonly functionCount: number
  readonly lineCount: number
}

/** Offsets in struct bpf_prog_info. Source: linux/bpf.h */
export const PROG_INFO = {
  type: 0,
  id: 4,
  tag: 8,
  jitedLength: 16,
  xlatedLength: 20,
  xlated: 32,
  loadTime: 40,
  uid: 48,
  mapCount: 52,
  maps: 56,
  name: 64,
  ifindex: 80,
  gpl: 84,
  btfId: 128,
  functionBytes: 132,
  functions: 136,
  functionCount: 144,
  lineCount: 148,
  lines: 152,
  lineBytes: 172,
  runTime: 192,
  runCount: 200,
  recursionMisses: 208,
  verified: 216,
  attachBtfObjectId: 220,
  attachBtfId: 224,
} as const
export const PROG_INFO_BYTES = 232

/** The struct as the kernel fills it without any pointer: sizes and counts. */
export function readProgramInfo(sys: Sys, fd: number, what: string): Result<DataView, BpfCallError> {
  const info = new Uint8Array(PROG_INFO_BYTES)
  return readInfo(sys, fd, info, what).map(() => new DataView(info.buffer))
}

/**
 * What the kernel says of the program behind a descriptor.
 *
 * @errors bpf.refused · permission.denied
 * @source linux/bpf.h BPF_OBJ_GET_INFO_BY_FD, struct bpf_prog_info
 */
export function programInfo(sys: Sys, fd: number, what: string): Result<ProgramInfo, BpfCallError> {
  return readProgramInfo(sys, fd, what).andThen((info) =>
    mapIds(sys, fd, what, info.getUint32(PROG_INFO.mapCount, true)).map((ids) => decodeProgramInfo(info, ids)),
  )
}

/** what a program may use at the most. Source: linux/bpf_verifier.h MAX_USED_MAPS; bound ones come on top */
const MOST_MAPS = 4096

function mapIds(sys: Sys, fd: number, what: string, told: number): Result<readonly number[], BpfCallError> {
  const count = Math.min(told, MOST_MAPS)
  const ids = new Uint32Array(count)
  const info = new Uint8Array(PROG_INFO_BYTES)
  const view = new DataView(info.buffer)
  const bytes = new Uint8Array(ids.buffer)
  view.setUint32(PROG_INFO.mapCount, count, true)
  view.setBigUint64(PROG_INFO.maps, count === 0 ? 0n : sys.address(bytes), true)
  // a map that was bound to the program meanwhile does not fit and is left out
  return readInfo(sys, fd, info, what).map(() => [...ids.subarray(0, Math.min(count, view.getUint32(PROG_INFO.mapCount, true)))])
}

export function decodeProgramInfo(info: DataView, ids: readonly number[]): ProgramInfo {
  const bytes = new Uint8Array(info.buffer, info.byteOffset, info.byteLength)
  const u32 = (at: number): number => info.getUint32(at, true)
  const u64 = (at: number): bigint => info.getBigUint64(at, true)
  return {
    type: programTypeName(u32(PROG_INFO.type)),
    typeNumber: u32(PROG_INFO.type),
    id: u32(PROG_INFO.id),
    tag: Buffer.from(bytes.subarray(PROG_INFO.tag, PROG_INFO.tag + 8)).toString('hex'),
    name: fixedText(bytes, PROG_INFO.name, 16),
    gplCompatible: (u32(PROG_INFO.gpl) & 1) === 1,
    loadTimeNs: u64(PROG_INFO.loadTime),
    createdByUid: u32(PROG_INFO.uid),
    mapIds: ids,
    xlatedBytes: u32(PROG_INFO.xlatedLength),
    jitedBytes: u32(PROG_INFO.jitedLength),
    verifiedInstructions: u32(PROG_INFO.verified),
    runTimeNs: u64(PROG_INFO.runTime),
    runCount: u64(PROG_INFO.runCount),
    recursionMisses: u64(PROG_INFO.recursionMisses),
    btfId: u32(PROG_INFO.btfId),
    ifindex: u32(PROG_INFO.ifindex),
    attachBtfObjectId: u32(PROG_INFO.attachBtfObjectId),
    attachBtfId: u32(PROG_INFO.attachBtfId),
    functionCount: u32(PROG_INFO.functionCount),
    lineCount: u32(PROG_INFO.lineCount),
  }
}
