import { describe, expect, it } from 'vitest'
import { align, putU16, putU32, u16, u16be, u32, u32be, u64 } from './bytes.js'
import { InputFault } from './fault.js'
import { Writer } from './writer.js'

describe('Writer', () => {
  it('grows and keeps what was written', () => {
    const out = new Writer(1)
    for (let value = 0; value < 300; value++) out.u8(value & 0xff)
    expect(out.length).toBe(300)
    expect([...out.take()]).toEqual(Array.from({ length: 300 }, (_, value) => value & 0xff))
  })

  it('grows from nothing, and to what one value needs', () => {
    const out = new Writer(0)
    out.raw(new Uint8Array(5000).fill(7))
    expect(out.take()).toEqual(new Uint8Array(5000).fill(7))
  })

  it('gives zeroed room after a reset', () => {
    const out = new Writer(8)
    out.u32(0xffff_ffff)
    out.reset()
    expect(out.reserve(4)).toBe(0)
    expect([...out.take()]).toEqual([0, 0, 0, 0])
  })

  it('takes a copy', () => {
    const out = new Writer()
    out.u8(1)
    const taken = out.take()
    out.reset()
    out.u8(2)
    expect([...taken]).toEqual([1])
  })

  it('writes numbers in host order', () => {
    const out = new Writer()
    out.u8(0x01)
    out.u16(0x0203)
    out.u32(0x04050607)
    out.u64(0x08090a0b0c0d0e0fn)
    expect(Buffer.from(out.take()).toString('hex')).toBe('010302070605040f0e0d0c0b0a0908')
  })

  it('gives an attribute its length and padding', () => {
    const out = new Writer()
    const at = out.open(0x8003)
    out.u8(9)
    out.close(at)
    expect(Buffer.from(out.take()).toString('hex')).toBe('0500038009000000')
  })

  it('refuses an attribute whose length does not fit its field', () => {
    const fits = new Writer()
    fits.open(1)
    fits.reserve(0xffff - 4)
    fits.close(0)
    expect(u16(fits.bytes, 0)).toBe(0xffff)
    const out = new Writer()
    out.open(1)
    out.reserve(0xffff - 3)
    expect(() => out.close(0)).toThrow(InputFault)
  })
})

describe('numbers in bytes', () => {
  const bytes = Uint8Array.of(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8)

  it('are read in both orders, unsigned', () => {
    expect(u16(bytes, 0)).toBe(0xfeff)
    expect(u16be(bytes, 0)).toBe(0xfffe)
    expect(u32(bytes, 0)).toBe(0xfcfdfeff)
    expect(u32be(bytes, 0)).toBe(0xfffefdfc)
    expect(u64(bytes, 0)).toBe(0xf8f9fafbfcfdfeffn)
    expect(u64(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), 0)).toBe(1n)
  })

  it('are written as they are read', () => {
    const into = new Uint8Array(6)
    putU16(into, 0, 0xfeff)
    putU32(into, 2, 0xfcfdfeff)
    expect([u16(into, 0), u32(into, 2)]).toEqual([0xfeff, 0xfcfdfeff])
  })

  it('align to four', () => {
    expect([0, 1, 3, 4, 5].map(align)).toEqual([0, 4, 4, 4, 8])
  })
})
