import type { Sys } from '@axoneme/sys'

/** The commands of bpf(2). Source: linux/bpf.h enum bpf_cmd. */
export const BPF = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  MAP_GET_NEXT_KEY: 4,
  PROG_LOAD: 5,
  OBJ_PIN: 6,
  OBJ_GET: 7,
  PROG_ATTACH: 8,
  PROG_DETACH: 9,
  PROG_TEST_RUN: 10,
  PROG_GET_NEXT_ID: 11,
  MAP_GET_NEXT_ID: 12,
  PROG_GET_FD_BY_ID: 13,
  MAP_GET_FD_BY_ID: 14,
  OBJ_GET_INFO_BY_FD: 15,
  PROG_QUERY: 16,
  RAW_TRACEPOINT_OPEN: 17,
  BTF_LOAD: 18,
  BTF_GET_FD_BY_ID: 19,
  TASK_FD_QUERY: 20,
  MAP_LOOKUP_AND_DELETE_ELEM: 21,
  MAP_FREEZE: 22,
  BTF_GET_NEXT_ID: 23,
  MAP_LOOKUP_BATCH: 24,
  MAP_LOOKUP_AND_DELETE_BATCH: 25,
  MAP_UPDATE_BATCH: 26,
  MAP_DELETE_BATCH: 27,
  LINK_CREATE: 28,
  LINK_UPDATE: 29,
  LINK_GET_FD_BY_ID: 30,
  LINK_GET_NEXT_ID: 31,
  ENABLE_STATS: 32,
  ITER_CREATE: 33,
  LINK_DETACH: 34,
  PROG_BIND_MAP: 35,
} as const
export type BpfCommand = keyof typeof BPF

/**
 * union bpf_attr of one command: fields by their byte offsets in linux/bpf.h. It keeps every buffer whose address it holds
 * alive until the call is over.
 */
export class Attr {
  readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly held: Uint8Array[] = []

  /** @param size up to the last field that is used: an older kernel refuses what it does not know unless it is zero */
  constructor(
    private readonly sys: Sys,
    size: number,
  ) {
    this.bytes = new Uint8Array(size)
    this.view = new DataView(this.bytes.buffer)
  }

  u32(at: number, value: number): this {
    this.view.setUint32(at, value >>> 0, true)
    return this
  }

  u64(at: number, value: bigint | number): this {
    this.view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true)
    return this
  }

  /** The address of a buffer; absent: null. */
  pointer(at: number, buffer: Uint8Array | undefined): this {
    if (buffer === undefined) return this.u64(at, 0n)
    this.held.push(buffer)
    return this.u64(at, this.sys.address(buffer))
  }

  /** Text up to 15 bytes with the NUL that ends it, characters that the kernel refuses replaced. */
  name(at: number, name: string): this {
    const text = name.replace(/[^A-Za-z0-9_.]/g, '_').slice(0, 15)
    for (let index = 0; index < text.length; index++) this.bytes[at + index] = text.charCodeAt(index)
    return this
  }

  readU32(at: number): number {
    return this.view.getUint32(at, true)
  }

  readU64(at: number): bigint {
    return this.view.getBigUint64(at, true)
  }

  /** Makes the call: what the kernel answers, or -errno. */
  call(command: BpfCommand): number {
    const answer = this.sys.bpf(BPF[command], this.bytes)
    // used after the call, so that no buffer is collected before
    return this.held.length >= 0 ? answer : 0
  }
}

/** Text as C has it. */
export function cText(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`)
}
