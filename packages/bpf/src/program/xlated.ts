import { Ok, type Result, type Sys } from '@axoneme/sys'
import { Instructions } from '../asm/instruction.js'
import { Btf } from '../btf/btf.js'
import type { FuncInfo, LineInfo } from '../btf/ext.js'
import type { BpfCallError } from '../errors.js'
import { ObjectFault } from '../fault.js'
import { openById } from '../object-id.js'
import { readInfo } from '../object-info.js'
import { PROG_INFO, PROG_INFO_BYTES, readProgramInfo } from './info.js'

/** A program as the kernel runs it: after the verifier changed it. */
export interface Xlated {
  /** empty when the kernel does not show them to this process */
  readonly instructions: Instructions
  readonly functions: readonly FuncInfo[]
  /** `file` and `text` are empty when the BTF cannot be read */
  readonly lines: readonly LineInfo[]
  /** its own BTF; undefined without */
  readonly btf: Btf | undefined
}

const FUNC_INFO_BYTES = 8
const LINE_INFO_BYTES = 16

/**
 * Reads instructions, functions and lines of a program: one call for the sizes, one for the bytes.
 *
 * @errors bpf.missing · bpf.refused · permission.denied
 * @source linux/bpf.h struct bpf_prog_info
 */
export function readXlated(sys: Sys, fd: number, what: string): Result<Xlated, BpfCallError> {
  return readProgramInfo(sys, fd, what).andThen((sizes) => {
    const code = new Uint8Array(sizes.getUint32(PROG_INFO.xlatedLength, true))
    const functions = new Uint8Array(sizes.getUint32(PROG_INFO.functionCount, true) * FUNC_INFO_BYTES)
    const lines = new Uint8Array(sizes.getUint32(PROG_INFO.lineCount, true) * LINE_INFO_BYTES)
    const info = new Uint8Array(PROG_INFO_BYTES)
    const view = new DataView(info.buffer)
    const ask = (buffer: Uint8Array, pointer: number, count: number, records: number): void => {
      if (buffer.length === 0) return
      view.setUint32(count, records, true)
      view.setBigUint64(pointer, sys.address(buffer), true)
    }
    ask(code, PROG_INFO.xlated, PROG_INFO.xlatedLength, code.length)
    ask(functions, PROG_INFO.functions, PROG_INFO.functionCount, functions.length / FUNC_INFO_BYTES)
    view.setUint32(PROG_INFO.functionBytes, FUNC_INFO_BYTES, true)
    ask(lines, PROG_INFO.lines, PROG_INFO.lineCount, lines.length / LINE_INFO_BYTES)
    view.setUint32(PROG_INFO.lineBytes, LINE_INFO_BYTES, true)
    return readInfo(sys, fd, info, what).andThen(() =>
      programBtf(sys, sizes.getUint32(PROG_INFO.btfId, true)).map((btf) => ({
        // kptr_restrict or a missing capability: the kernel answers a null pointer and no instructions
        instructions: new Instructions(view.getBigUint64(PROG_INFO.xlated, true) === 0n ? new Uint8Array(0) : code),
        functions: records(functions, FUNC_INFO_BYTES, (at, u32) => ({ slot: u32(at), type: u32(at + 4) })),
        lines: records(lines, LINE_INFO_BYTES, (at, u32) => lineOf(btf, u32(at), u32(at + 4), u32(at + 8), u32(at + 12))),
        btf,
      })),
    )
  })
}

function records<T>(bytes: Uint8Array, width: number, read: (at: number, u32: (at: number) => number) => T): T[] {
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / width }, (_, index) => read(index * width, (at) => view.getUint32(at, true)))
}

function lineOf(btf: Btf | undefined, slot: number, file: number, text: number, place: number): LineInfo {
  const string = (offset: number): string => {
    try {
      return btf?.string(offset) ?? ''
    } catch (reason) {
      if (reason instanceof ObjectFault) return ''
      throw reason
    }
  }
  return { slot, file: string(file), text: string(text), line: place >>> 10, column: place & 0x3ff, raw: [file, text, place] }
}

/** Offsets in struct bpf_btf_info. Source: linux/bpf.h */
const BTF_INFO = { btf: 0, size: 8 } as const
const BTF_INFO_BYTES = 32

function programBtf(sys: Sys, id: number): Result<Btf | undefined, BpfCallError> {
  if (id === 0) return Ok(undefined)
  return openById(sys, 'btf', id).andThen((fd) => {
    const read = readBtf(sys, fd)
    sys.close(fd)
    return read
  })
}

function readBtf(sys: Sys, fd: number): Result<Btf | undefined, BpfCallError> {
  const info = new Uint8Array(BTF_INFO_BYTES)
  const view = new DataView(info.buffer)
  return readInfo(sys, fd, info, 'the BTF of a program').andThen(() => {
    const bytes = new Uint8Array(view.getUint32(BTF_INFO.size, true))
    info.fill(0)
    view.setBigUint64(BTF_INFO.btf, sys.address(bytes), true)
    view.setUint32(BTF_INFO.size, bytes.length, true)
    return readInfo(sys, fd, info, 'the BTF of a program').map(() => {
      try {
        return new Btf(bytes)
      } catch (reason) {
        // of a kind that is newer than this library: lines then come without their text
        if (reason instanceof ObjectFault) return undefined
        throw reason
      }
    })
  })
}
