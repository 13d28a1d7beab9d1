import { EXIT, LD_IMM64, SLOT_BYTES } from './instruction.js'

/** One instruction; what is not given is zero. */
export function encode(opcode: number, destination = 0, source = 0, offset = 0, immediate = 0): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  bytes[0] = opcode
  bytes[1] = destination | (source << 4)
  view.setInt16(2, offset, true)
  view.setInt32(4, immediate | 0, true)
  return bytes
}

/** The two slots of a 64-bit constant; `source` says what it is (BPF_PSEUDO_*). */
export function encodeLoad64(destination: number, value: bigint, source = 0): Uint8Array {
  const low = Number(BigInt.asIntN(32, value))
  const high = Number(BigInt.asIntN(32, value >> 32n))
  return concat([encode(LD_IMM64, destination, source, 0, low), encode(0, 0, 0, 0, high)])
}

/** Instructions one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const MOV64_IMMEDIATE = 0xb7

/** `return value`: the smallest program there is. */
export function returning(value: number): Uint8Array {
  return concat([encode(MOV64_IMMEDIATE, 0, 0, 0, value), encode(EXIT)])
}
