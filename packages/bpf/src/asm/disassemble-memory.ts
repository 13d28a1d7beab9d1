import { BPF_LD, BPF_LDX, BPF_ST, BPF_STX, type Instructions } from './instruction.js'

/** by the size bits of the opcode. Source: linux/bpf_common.h, linux/bpf.h */
const unsigned = ['u32', 'u16', 'u8', 'u64']
const signed = ['s32', 's16', 's8', undefined]
const DOUBLE_WORD = 3

const MODE = { abs: 1, ind: 2, mem: 3, memsx: 4, atomic: 6 } as const
const FETCH = 0x01
const EXCHANGE = 0xe1
const COMPARE_EXCHANGE = 0xf1
const LOAD_ACQUIRE = 0x100
const STORE_RELEASE = 0x110
const operations: Readonly<Record<number, { readonly operator: string; readonly name: string }>> = {
  0: { operator: '+=', name: 'add' },
  64: { operator: '|=', name: 'or' },
  80: { operator: '&=', name: 'and' },
  160: { operator: '^=', name: 'xor' },
}

/** Loads, stores and atomics; undefined for what is none. */
export function memory(code: Instructions, slot: number): string | undefined {
  const opcode = code.opcode(slot)
  const size = (opcode >> 3) & 3
  const mode = opcode >> 5
  const [to, from] = [`r${code.destination(slot)}`, `r${code.source(slot)}`]
  const offset = code.offset(slot)
  const place = (type: string, register: string): string => `(${type} *)(${register} ${offset < 0 ? '' : '+'}${offset})`
  const type = unsigned[size] as string
  switch (opcode & 7) {
    case BPF_LD:
      if (mode === MODE.abs) return `r0 = *(${type} *)skb[${code.immediate(slot)}]`
      return mode === MODE.ind ? `r0 = *(${type} *)skb[${from} + ${code.immediate(slot)}]` : undefined
    case BPF_LDX:
      if (mode === MODE.mem) return `${to} = *${place(type, from)}`
      return mode === MODE.memsx && signed[size] !== undefined ? `${to} = *${place(signed[size], from)}` : undefined
    case BPF_ST:
      return mode === MODE.mem ? `*${place(type, to)} = ${code.immediate(slot)}` : undefined
    case BPF_STX:
      if (mode === MODE.mem) return `*${place(type, to)} = ${from}`
      return mode === MODE.atomic ? atomic(code.immediate(slot), size, to, from, (register) => place(type, register)) : undefined
    default:
      return undefined
  }
}

function atomic(operation: number, size: number, to: string, from: string, place: (register: string) => string): string | undefined {
  if (operation === LOAD_ACQUIRE) return `${to} = load_acquire(${place(from)})`
  if (operation === STORE_RELEASE) return `store_release(${place(to)}, ${from})`
  const width = size === DOUBLE_WORD ? '64' : ''
  if (operation === COMPARE_EXCHANGE) return `r0 = atomic${width}_cmpxchg(${place(to)}, r0, ${from})`
  if (operation === EXCHANGE) return `${from} = atomic${width}_xchg(${place(to)}, ${from})`
  const known = operations[operation & ~FETCH]
  if (known === undefined) return undefined
  if ((operation & FETCH) === 0) return `lock *${place(to)} ${known.operator} ${from}`
  return `${from} = atomic${width}_fetch_${known.name}(${place(to)}, ${from})`
}
