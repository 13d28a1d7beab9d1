import { sys } from './fixture.js'

/** Program types. Source: linux/bpf.h enum bpf_prog_type */
export const SCHED_CLS = 3
export const XDP = 6
/** Source: linux/bpf.h enum bpf_attach_type */
export const BPF_XDP_DEVMAP = 33
export const BPF_XDP_CPUMAP = 35

/** One instruction: struct bpf_insn. */
export function instruction(code: number, destination: number, source: number, offset: number, immediate: number): Uint8Array {
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  bytes[0] = code
  bytes[1] = destination | (source << 4)
  view.setInt16(2, offset, true)
  view.setInt32(4, immediate, true)
  return bytes
}

/** The instructions that the tests are made of, by what they do. */
export const asm = {
  move: (to: number, from: number) => instruction(0xbf, to, from, 0, 0),
  set: (to: number, value: number) => instruction(0xb7, to, 0, 0, value),
  add: (to: number, value: number) => instruction(0x07, to, 0, 0, value),
  and: (to: number, value: number) => instruction(0x57, to, 0, 0, value),
  load: (to: number, from: number, offset: number) => instruction(0x79, to, from, offset, 0),
  store: (to: number, offset: number, from: number) => instruction(0x7b, to, from, offset, 0),
  call: (helper: number) => instruction(0x85, 0, 0, 0, helper),
  /** jumps over `skip` instructions */
  ifZero: (register: number, skip: number) => instruction(0x15, register, 0, skip, 0),
  ifLess: (register: number, value: number, skip: number) => instruction(0xa5, register, 0, skip, value),
  jump: (skip: number) => instruction(0x05, 0, 0, skip, 0),
  exit: () => instruction(0x95, 0, 0, 0, 0),
  /** a map, as helpers take it; counts as two */
  map: (to: number, fd: number) => Buffer.concat([instruction(0x18, to, 1, 0, fd), instruction(0, 0, 0, 0, 0)]),
  /** the memory of an array's first value; counts as two */
  value: (to: number, fd: number) => Buffer.concat([instruction(0x18, to, 2, 0, fd), instruction(0, 0, 0, 0, 0)]),
}

/** Loads a program; the caller closes its descriptor. */
export function load(type: number, code: readonly Uint8Array[], expectedAttachType = 0): number {
  const instructions = new Uint8Array(Buffer.concat(code))
  const license = new TextEncoder().encode('GPL\0')
  const log = new Uint8Array(1 << 16)
  const attr = new Uint8Array(128)
  const view = new DataView(attr.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, instructions.length / 8, true)
  view.setBigUint64(8, sys.address(instructions), true)
  view.setBigUint64(16, sys.address(license), true)
  view.setUint32(68, expectedAttachType, true)
  const fd = sys.bpf(5, attr)
  if (fd >= 0 && license.length > 0) return fd
  view.setUint32(24, 1, true)
  view.setUint32(28, log.length, true)
  view.setBigUint64(32, sys.address(log), true)
  sys.bpf(5, attr)
  throw new Error(`bpf(BPF_PROG_LOAD): ${fd}\n${Buffer.from(log.subarray(0, log.indexOf(0))).toString()}`)
}

/** Runs a program `repeat` times on a packet of 64 bytes; what it answered last. */
export function testRun(fd: number, repeat = 1): number {
  const packet = new Uint8Array(64)
  const attr = new Uint8Array(80)
  const view = new DataView(attr.buffer)
  view.setUint32(0, fd, true)
  view.setUint32(8, packet.length, true)
  view.setBigUint64(16, sys.address(packet), true)
  view.setUint32(32, repeat, true)
  const answer = sys.bpf(10, attr)
  if (answer < 0 || packet.length === 0) throw new Error(`bpf(BPF_PROG_TEST_RUN): ${answer}`)
  return view.getUint32(4, true)
}
