/**
 * Instructions as they stand in memory: 8 bytes each (a *slot*), a 64-bit constant two of them. They are read and changed in
 * place, so that a program of thousands costs no objects. Source: Documentation/bpf/standardization/instruction-set.rst.
 */
export const SLOT_BYTES = 8

/** the three bits that say what sort of instruction it is */
export const BPF_LD = 0x00
export const BPF_LDX = 0x01
export const BPF_ST = 0x02
export const BPF_STX = 0x03
export const BPF_ALU = 0x04
export const BPF_JMP = 0x05
export const BPF_JMP32 = 0x06
export const BPF_ALU64 = 0x07

/** whole opcodes that the loader deals with */
export const LD_IMM64 = 0x18
export const CALL = 0x85
export const CALL_X = 0x8d
export const EXIT = 0x95
export const JA = 0x05
export const JA32 = 0x06

/** what the source register says of a 64-bit constant or a call. Source: linux/bpf.h */
export const BPF_PSEUDO_MAP_FD = 1
export const BPF_PSEUDO_MAP_VALUE = 2
export const BPF_PSEUDO_BTF_ID = 3
export const BPF_PSEUDO_FUNC = 4
export const BPF_PSEUDO_MAP_IDX = 5
export const BPF_PSEUDO_MAP_IDX_VALUE = 6
export const BPF_PSEUDO_CALL = 1
export const BPF_PSEUDO_KFUNC_CALL = 2

/** A view on instructions; slots are counted, not bytes. */
export class Instructions {
  private readonly view: DataView
  readonly length: number

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.length = Math.floor(bytes.length / SLOT_BYTES)
  }

  opcode(slot: number): number {
    return this.bytes[slot * 8] as number
  }
  destination(slot: number): number {
    return (this.bytes[slot * 8 + 1] as number) & 15
  }
  source(slot: number): number {
    return (this.bytes[slot * 8 + 1] as number) >> 4
  }
  offset(slot: number): number {
    return this.view.getInt16(slot * 8 + 2, true)
  }
  immediate(slot: number): number {
    return this.view.getInt32(slot * 8 + 4, true)
  }
  setOpcode(slot: number, opcode: number): void {
    this.bytes[slot * 8] = opcode
  }
  setDestination(slot: number, register: number): void {
    this.bytes[slot * 8 + 1] = ((this.bytes[slot * 8 + 1] as number) & 0xf0) | register
  }
  setSource(slot: number, register: number): void {
    this.bytes[slot * 8 + 1] = ((this.bytes[slot * 8 + 1] as number) & 0x0f) | (register << 4)
  }
  setOffset(slot: number, offset: number): void {
    this.view.setInt16(slot * 8 + 2, offset, true)
  }
  setImmediate(slot: number, value: number): void {
    this.view.setInt32(slot * 8 + 4, value | 0, true)
  }
  /** The constant of a LD_IMM64 and the slot after it, as an unsigned number. */
  immediate64(slot: number): bigint {
    return (BigInt(this.view.getUint32(slot * 8 + 12, true)) << 32n) | BigInt(this.view.getUint32(slot * 8 + 4, true))
  }
  setImmediate64(slot: number, value: bigint): void {
    this.view.setUint32(slot * 8 + 4, Number(value & 0xffff_ffffn), true)
    this.view.setUint32(slot * 8 + 12, Number((value >> 32n) & 0xffff_ffffn), true)
  }
  isLoad64(slot: number): boolean {
    return this.opcode(slot) === LD_IMM64 && slot + 1 < this.length
  }
  isCall(slot: number): boolean {
    return this.opcode(slot) === CALL
  }
}
