import { helperName } from './helper-names.js'
import { BPF_JMP32, BPF_PSEUDO_CALL, BPF_PSEUDO_KFUNC_CALL, type Instructions } from './instruction.js'

/** by the four upper bits of the opcode. Source: linux/bpf_common.h, linux/bpf.h */
const operators = ['', '==', '>', '>=', '&', '!=', 's>', 's>=', '', '', '<', '<=', 's<', 's<=']
const JA = 0x00
const CALL = 0x80
const EXIT = 0x90
const JCOND = 0xe0
const FROM_REGISTER = 0x08

const relative = (distance: number): string => `pc${distance < 0 ? '' : '+'}${distance}`

/** Jumps, calls and the end; undefined for what is none. */
export function jump(code: Instructions, slot: number, kfuncName?: (id: number, module: number) => string | undefined): string | undefined {
  const opcode = code.opcode(slot)
  const narrow = (opcode & 7) === BPF_JMP32
  const fromRegister = (opcode & FROM_REGISTER) !== 0
  const operation = opcode & 0xf0
  if (operation === JA) {
    if (fromRegister) return undefined
    return narrow ? `gotol ${relative(code.immediate(slot))}` : `goto ${relative(code.offset(slot))}`
  }
  if (operation === CALL) return narrow ? undefined : call(code, slot, fromRegister, kfuncName)
  if (operation === EXIT) return narrow || fromRegister ? undefined : 'exit'
  if (operation === JCOND) return narrow || fromRegister ? undefined : `may_goto ${relative(code.offset(slot))}`
  const operator = operators[operation >> 4]
  if (operator === undefined || operator === '') return undefined
  const letter = narrow ? 'w' : 'r'
  const with_ = fromRegister ? `${letter}${code.source(slot)}` : `0x${(code.immediate(slot) >>> 0).toString(16)}`
  return `if ${letter}${code.destination(slot)} ${operator} ${with_} goto ${relative(code.offset(slot))}`
}

function call(
  code: Instructions,
  slot: number,
  indirect: boolean,
  kfuncName?: (id: number, module: number) => string | undefined,
): string | undefined {
  const target = code.immediate(slot)
  if (indirect) return `callx r${code.destination(slot)}`
  switch (code.source(slot)) {
    case 0:
      return `call ${helper(target)}#${target}`
    case BPF_PSEUDO_CALL:
      return `call ${relative(target)}`
    case BPF_PSEUDO_KFUNC_CALL:
      return `call ${kfuncName?.(target, code.offset(slot)) ?? 'kernel-function'}#${target}`
    default:
      return undefined
  }
}

function helper(number: number): string {
  const name = helperName(number)
  return name === undefined ? 'unknown' : `bpf_${name}`
}
