import type { LineInfo } from '../btf/ext.js'
import { arithmetic } from './disassemble-arithmetic.js'
import { jump } from './disassemble-jump.js'
import { memory } from './disassemble-memory.js'
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_JMP,
  BPF_JMP32,
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  Instructions,
  LD_IMM64,
} from './instruction.js'

/** One instruction as text. */
export interface Disassembled {
  readonly slot: number
  readonly opcode: number
  /** the kernel's own way of writing it: `r1 = *(u32 *)(r2 +4)` */
  readonly text: string
  /** the line of C that begins here */
  readonly source?: LineInfo
}

export interface DisassembleOptions {
  /** lines of C, in the order of their slots */
  readonly lines?: readonly LineInfo[]
  /** what maps stand by in 64-bit constants: descriptors as a program is loaded, ids as the kernel gives it back */
  readonly mapsBy?: 'fd' | 'id'
  /** the name behind a kfunc's BTF id, and the module that it is of (0: the kernel itself) */
  readonly kfuncName?: (id: number, module: number) => string | undefined
}

/**
 * Instructions as text, one after the other, the way the verifier writes them in its log. What it does not know is
 * shown as bytes, never left out.
 *
 * @source kernel/bpf/disasm.c, Documentation/bpf/standardization/instruction-set.rst
 */
export function* disassemble(code: Instructions | Uint8Array, options: DisassembleOptions = {}): Generator<Disassembled> {
  const instructions = code instanceof Instructions ? code : new Instructions(code)
  const lines = new Map((options.lines ?? []).map((line) => [line.slot, line]))
  for (let slot = 0; slot < instructions.length; slot++) {
    const opcode = instructions.opcode(slot)
    const source = lines.get(slot)
    yield { slot, opcode, text: textOf(instructions, slot, options), ...(source === undefined ? {} : { source }) }
    if (instructions.isLoad64(slot)) slot++
  }
}

function textOf(code: Instructions, slot: number, options: DisassembleOptions): string {
  if (code.opcode(slot) === LD_IMM64) return code.isLoad64(slot) ? load64(code, slot, options.mapsBy ?? 'fd') : unknownText(code, slot)
  switch (code.opcode(slot) & 7) {
    case BPF_ALU:
    case BPF_ALU64:
      return arithmetic(code, slot) ?? unknownText(code, slot)
    case BPF_JMP:
    case BPF_JMP32:
      return jump(code, slot, options.kfuncName) ?? unknownText(code, slot)
    default:
      return memory(code, slot) ?? unknownText(code, slot)
  }
}

function unknownText(code: Instructions, slot: number): string {
  return `unknown: ${Buffer.from(code.bytes.subarray(slot * 8, slot * 8 + 8)).toString('hex')}`
}

function load64(code: Instructions, slot: number, by: string): string {
  const register = `r${code.destination(slot)}`
  const [low, high] = [code.immediate(slot), code.immediate(slot + 1)]
  switch (code.source(slot)) {
    case BPF_PSEUDO_MAP_FD:
      return `${register} = map[${by}:${low}]`
    case BPF_PSEUDO_MAP_VALUE:
      return `${register} = map[${by}:${low}][0]+${high >>> 0}`
    case BPF_PSEUDO_MAP_IDX:
      return `${register} = map[idx:${low}]`
    case BPF_PSEUDO_MAP_IDX_VALUE:
      return `${register} = map[idx:${low}][0]+${high >>> 0}`
    case BPF_PSEUDO_BTF_ID:
      return `${register} = btf[${low}]${high === 0 ? '' : ` of module[fd:${high}]`}`
    case BPF_PSEUDO_FUNC:
      return `${register} = subprog[${low < 0 ? '' : '+'}${low}]`
    default:
      return `${register} = 0x${code.immediate64(slot).toString(16)}`
  }
}

/** A whole listing, as `bpftool prog dump xlated` prints it: source lines after `;`, the slot, the opcode, the text. */
export function renderDisassembly(code: Instructions | Uint8Array, options: DisassembleOptions = {}): string {
  const out: string[] = []
  for (const { slot, opcode, text, source } of disassemble(code, options)) {
    if (source !== undefined && source.text !== '') out.push(`; ${source.text.trim()}`)
    out.push(`${String(slot).padStart(4)}: (${opcode.toString(16).padStart(2, '0')}) ${text}`)
  }
  return out.join('\n')
}
