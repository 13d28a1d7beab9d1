import { BPF_ALU64, type Instructions } from './instruction.js'

/** by the four upper bits of the opcode. Source: linux/bpf_common.h, linux/bpf.h */
const operators = ['+=', '-=', '*=', '/=', '|=', '&=', '<<=', '>>=', undefined, '%=', '^=', '=', 's>>=']
const NEG = 0x80
const DIV = 0x30
const MOD = 0x90
const MOV = 0xb0
const END = 0xd0
const FROM_REGISTER = 0x08
/** what the offset of a move says. Source: kernel/bpf/disasm.c, linux/bpf.h BPF_ADDR_SPACE_CAST */
const ADDRESS_SPACE_CAST = 1
const PER_CPU_ADDRESS = -1

/** Arithmetic, moves and byte swaps; undefined for what is none. */
export function arithmetic(code: Instructions, slot: number): string | undefined {
  const opcode = code.opcode(slot)
  const wide = (opcode & 7) === BPF_ALU64
  const letter = wide ? 'r' : 'w'
  const to = `${letter}${code.destination(slot)}`
  const operation = opcode & 0xf0
  const fromRegister = (opcode & FROM_REGISTER) !== 0
  const offset = code.offset(slot)
  if (operation === END) return swap(code, slot, wide, fromRegister)
  if (operation === NEG) return `${to} = -${to}`
  const operator = operators[operation >> 4]
  if (operator === undefined) return undefined
  const signed = offset === 1 && (operation === DIV || operation === MOD) ? 's' : ''
  if (!fromRegister) return `${to} ${signed}${operator} ${code.immediate(slot)}`
  const from = `${letter}${code.source(slot)}`
  if (operation === MOV && offset !== 0) {
    if (wide && offset === ADDRESS_SPACE_CAST) {
      const spaces = code.immediate(slot) >>> 0
      return `${to} = addr_space_cast(${from}, ${spaces >>> 16}, ${spaces & 0xffff})`
    }
    if (wide && offset === PER_CPU_ADDRESS) return `${to} = &(void __percpu *)(${from})`
    return `${to} = (s${offset})${from}`
  }
  return `${to} ${signed}${operator} ${from}`
}

function swap(code: Instructions, slot: number, wide: boolean, toBig: boolean): string | undefined {
  const register = `r${code.destination(slot)}`
  const kind = wide ? 'bswap' : toBig ? 'be' : 'le'
  if (wide && toBig) return undefined
  return `${register} = ${kind}${code.immediate(slot)} ${register}`
}
