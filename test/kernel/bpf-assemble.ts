/** eBPF programs in a few lines. Registers and numbers as they are; offsets of jumps in instructions, or a label. */
const REGISTERS = 11

export interface Line {
  readonly bytes: readonly number[]
  readonly label?: string
  readonly jumpTo?: string
}

function instruction(opcode: number, dst = 0, src = 0, offset = 0, immediate = 0): Line {
  if (dst >= REGISTERS) throw new Error(`no register r${dst}`)
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  bytes[0] = opcode
  bytes[1] = dst | (src << 4)
  view.setInt16(2, offset, true)
  view.setInt32(4, immediate | 0, true)
  return { bytes: [...bytes] }
}

const size = { u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 } as const
export type Size = keyof typeof size
const alus = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  mod: 0x90,
  xor: 0xa0,
  arsh: 0xc0,
} as const
const jumps = { eq: 0x10, gt: 0x20, ge: 0x30, set: 0x40, ne: 0x50, sgt: 0x60, sge: 0x70, lt: 0xa0, le: 0xb0, slt: 0xc0, sle: 0xd0 } as const

export const label = (name: string): Line => ({ bytes: [], label: name })
export const mov = (dst: number, immediate: number): Line => instruction(0xb7, dst, 0, 0, immediate)
export const movr = (dst: number, src: number): Line => instruction(0xbf, dst, src)
export const alu = (operation: keyof typeof alus, dst: number, immediate: number): Line =>
  instruction(0x07 | alus[operation], dst, 0, 0, immediate)
export const alur = (operation: keyof typeof alus, dst: number, src: number): Line => instruction(0x0f | alus[operation], dst, src)
export const ldx = (width: Size, dst: number, src: number, offset: number): Line => instruction(0x61 | size[width], dst, src, offset)
export const stx = (width: Size, dst: number, offset: number, src: number): Line => instruction(0x63 | size[width], dst, src, offset)
export const st = (width: Size, dst: number, offset: number, immediate: number): Line =>
  instruction(0x62 | size[width], dst, 0, offset, immediate)
export const jmp = (operation: keyof typeof jumps, dst: number, immediate: number, to: string): Line => ({
  ...instruction(0x05 | jumps[operation], dst, 0, 0, immediate),
  jumpTo: to,
})
export const jmpr = (operation: keyof typeof jumps, dst: number, src: number, to: string): Line => ({
  ...instruction(0x0d | jumps[operation], dst, src),
  jumpTo: to,
})
export const goto = (to: string): Line => ({ ...instruction(0x05), jumpTo: to })
export const call = (helper: number): Line => instruction(0x85, 0, 0, 0, helper)
export const exit: Line = instruction(0x95)
/** any instruction, field by field */
export const raw = instruction

const pair = (dst: number, src: number, low: number, high: number): Line => ({
  bytes: [...instruction(0x18, dst, src, 0, low).bytes, ...instruction(0, 0, 0, 0, high).bytes],
})
export const ld64 = (dst: number, value: bigint): Line =>
  pair(dst, 0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
export const ldMapFd = (dst: number, fd: number): Line => pair(dst, 1, fd, 0)
/** the address `offset` bytes into an array's first value */
export const ldMapValue = (dst: number, fd: number, offset = 0): Line => pair(dst, 2, fd, offset)
/** `lock *(size *)(dst + offset) += src` and its kin, by their immediate */
export const atomic = (width: 'u32' | 'u64', dst: number, offset: number, src: number, operation: number): Line =>
  instruction(0xc3 | size[width], dst, src, offset, operation)

/** The lines as bytes, labels found. */
export function assemble(...lines: readonly Line[]): Uint8Array {
  const labels = new Map<string, number>()
  let slot = 0
  for (const { bytes, label: name } of lines) {
    if (name !== undefined) labels.set(name, slot)
    slot += bytes.length / 8
  }
  const code = new Uint8Array(slot * 8)
  const view = new DataView(code.buffer)
  slot = 0
  for (const { bytes, jumpTo } of lines) {
    code.set(bytes, slot * 8)
    if (jumpTo !== undefined) {
      const target = labels.get(jumpTo)
      if (target === undefined) throw new Error(`no label ${jumpTo}`)
      view.setInt16(slot * 8 + 2, target - slot - 1, true)
    }
    slot += bytes.length / 8
  }
  return code
}
