import { fakeSys } from '@axoneme/sys/testing'
import { describe, expect, test } from 'vitest'
import { returning } from '../asm/encode.js'
import { loadRaw } from './load-raw.js'

const program = { type: 'xdp', instructions: returning(2), license: 'GPL', name: 'axm_name.that/is_too_long' } as const
const u32 = (attr: Uint8Array, at: number): number => new DataView(attr.buffer, attr.byteOffset).getUint32(at, true)

/** A kernel that answers each load with the next of the list, and sees the attr. */
function answering(...answers: readonly ((attr: Uint8Array) => number)[]) {
  const attrs: Uint8Array[] = []
  const sys = fakeSys({
    bpf(command, attr) {
      expect(command).toBe(5)
      attrs.push(attr.slice())
      return (answers[Math.min(attrs.length, answers.length) - 1] as (attr: Uint8Array) => number)(attr)
    },
  })
  return { sys, attrs }
}

describe('loadRaw', () => {
  test('a program that is accepted is loaded without a log', () => {
    const { sys, attrs } = answering(() => 7)
    expect(loadRaw(sys, program)).toEqual({ fd: 7, log: '' })
    expect(attrs).toHaveLength(1)
    const [attr = new Uint8Array()] = attrs
    expect([u32(attr, 0), u32(attr, 4), u32(attr, 24), u32(attr, 28)]).toEqual([6, 2, 0, 0])
    expect(Buffer.from(attr.subarray(48, 64)).toString('latin1')).toBe('axm_name.that_i\0')
  })

  test('every field stands at its place', () => {
    const { sys, attrs } = answering(() => 7)
    loadRaw(sys, {
      ...program,
      expectedAttachType: 'xdp',
      flags: 0x20,
      ifindex: 3,
      kernelVersion: 0x40500,
      btfFd: 11,
      functions: { bytes: new Uint8Array(16), recordBytes: 8 },
      lines: { bytes: new Uint8Array(48), recordBytes: 16 },
      coreRelocations: { bytes: new Uint8Array(32), recordBytes: 16 },
      attachBtfId: 12,
      attachBtfFd: 13,
      fdArray: [1, 2],
      tokenFd: 14,
    })
    const [attr = new Uint8Array()] = attrs
    const fields = {
      kernel: 40,
      flags: 44,
      ifindex: 64,
      attach: 68,
      btf: 72,
      fnBytes: 76,
      fns: 88,
      lineBytes: 92,
      lines: 104,
      id: 108,
      fd: 112,
      core: 116,
      coreBytes: 136,
      token: 144,
    }
    expect(Object.fromEntries(Object.entries(fields).map(([name, at]) => [name, u32(attr, at)]))).toEqual({
      kernel: 0x40500,
      flags: 0x10020,
      ifindex: 3,
      attach: 37,
      btf: 11,
      fnBytes: 8,
      fns: 2,
      lineBytes: 16,
      lines: 3,
      id: 12,
      fd: 13,
      core: 2,
      coreBytes: 16,
      token: 14,
    })
    for (const pointer of [8, 16, 80, 96, 120, 128]) expect(u32(attr, pointer), `pointer at ${pointer}`).toBe(0x1000)
  })

  test('a refusal is tried again with a log, and keeps the first errno', () => {
    const { sys, attrs } = answering(
      () => -13,
      () => -22,
    )
    expect(loadRaw(sys, program)).toEqual({ errno: 13, log: '' })
    expect(attrs.map((attr) => [u32(attr, 24), u32(attr, 28)])).toEqual([
      [0, 0],
      [1, 65_536],
    ])
  })

  test('never: one attempt', () => {
    const { sys, attrs } = answering(() => -13)
    expect(loadRaw(sys, { ...program, log: 'never' })).toEqual({ errno: 13, log: '' })
    expect(attrs).toHaveLength(1)
  })

  test('accepted the second time is accepted', () => {
    const { sys } = answering(
      () => -12,
      () => 9,
    )
    expect(loadRaw(sys, program)).toEqual({ fd: 9, log: '' })
  })

  test('the log grows until it fits: by what the kernel says it needs, else fourfold', () => {
    const needs = (bytes: number) => (attr: Uint8Array) => {
      new DataView(attr.buffer, attr.byteOffset).setUint32(140, bytes, true)
      return -28
    }
    const { sys, attrs } = answering(needs(0), needs(1_000_000), () => 7)
    expect(loadRaw(sys, { ...program, log: { level: 3 } })).toEqual({ fd: 7, log: '' })
    expect(attrs.map((attr) => [u32(attr, 24), u32(attr, 28)])).toEqual([
      [3, 65_536],
      [3, 262_144],
      [3, 1_048_576],
    ])
  })

  test('a log that no buffer holds does not decide about the program', () => {
    const { sys, attrs } = answering((attr) => (u32(attr, 24) === 0 ? 8 : -28))
    expect(loadRaw(sys, { ...program, log: { level: 2 } })).toEqual({ fd: 8, log: '' })
    expect(attrs.map((attr) => u32(attr, 28)).at(-2)).toBe((1 << 24) - 1)
    const refusing = answering((attr) => (u32(attr, 24) === 0 ? -7 : -28))
    expect(loadRaw(refusing.sys, { ...program, log: { level: 2 } })).toEqual({ errno: 7, log: '' })
  })

  test('a signal that waits is no answer, forty times at most', () => {
    const { sys, attrs } = answering(
      () => -11,
      () => -11,
      () => 7,
    )
    expect(loadRaw(sys, program)).toEqual({ fd: 7, log: '' })
    expect(attrs).toHaveLength(3)
    const never = answering(() => -11)
    expect(loadRaw(never.sys, { ...program, log: 'never' })).toEqual({ errno: 11, log: '' })
    expect(never.attrs).toHaveLength(40)
  })
})
