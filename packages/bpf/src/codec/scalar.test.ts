import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rawCodec } from './codec.js'
import * as scalar from './scalar.js'

const { readBits, writeBits, readText, writeText, readRaw, writeRaw, checkLength } = scalar

describe.each([
  [8, false, scalar.u8Codec, false],
  [8, true, scalar.s8Codec, false],
  [16, false, scalar.u16Codec, false],
  [16, true, scalar.s16Codec, false],
  [32, false, scalar.u32Codec, false],
  [32, true, scalar.s32Codec, false],
  [16, false, scalar.u16beCodec, true],
  [32, false, scalar.u32beCodec, true],
] as const)('a number of %i bits, signed: %s', (bits, signed, codec, big) => {
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]

  it('stands where a view says, and nothing round it changes', () => {
    fc.assert(
      fc.property(fc.integer({ min: least, max: most }), fc.nat(8), (value, at) => {
        const bytes = new Uint8Array(20).fill(0xa5)
        codec.write(value, bytes, at)
        const view = new DataView(bytes.buffer)
        const there = bits === 8 ? view.getUint8(at) : bits === 16 ? view.getUint16(at, !big) : view.getUint32(at, !big)
        expect(there).toBe(value < 0 ? value + 2 ** bits : value)
        expect(codec.read(bytes, at)).toBe(value)
        expect(bytes.filter((byte, place) => (place < at || place >= at + codec.sizeBytes) && byte !== 0xa5)).toHaveLength(0)
      }),
    )
  })

  it('has its least and most', () => {
    const bytes = new Uint8Array(codec.sizeBytes)
    expect(codec.sizeBytes).toBe(bits / 8)
    for (const value of [least, most]) {
      codec.write(value, bytes, 0)
      expect(codec.read(bytes, 0)).toBe(value)
    }
    for (const value of [least - 1, most + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => codec.write(value, bytes, 0), String(value)).toThrow(RangeError)
  })
})

describe.each([
  ['unsigned', scalar.u64Codec, 0n, (1n << 64n) - 1n],
  ['signed', scalar.s64Codec, -(1n << 63n), (1n << 63n) - 1n],
  ['of the wire', scalar.u64beCodec, 0n, (1n << 64n) - 1n],
] as const)('a number of 64 bits, %s', (what, codec, least, most) => {
  it('stands where a view says', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: least, max: most }), (value) => {
        const bytes = new Uint8Array(10)
        codec.write(value, bytes, 1)
        expect(new DataView(bytes.buffer).getBigUint64(1, what !== 'of the wire')).toBe(BigInt.asUintN(64, value))
        expect(codec.read(bytes, 1)).toBe(value)
      }),
    )
  })

  it('has its least and most, and what is exact as a double', () => {
    const bytes = new Uint8Array(8)
    const edges = [least, most, 0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, (1n << 53n) - 1n, 1n << 53n, (1n << 53n) + 1n, 0x7fff_ffff_8000_0000n]
    for (const value of edges) {
      codec.write(value, bytes, 0)
      expect(codec.read(bytes, 0)).toBe(value)
    }
    for (const value of [least - 1n, most + 1n]) expect(() => codec.write(value, bytes, 0)).toThrow(RangeError)
  })
})

it('a truth is any byte that is not zero', () => {
  const bytes = Uint8Array.of(0, 1, 2, 255)
  expect([0, 1, 2, 3].map((at) => scalar.readBool(bytes, at))).toEqual([false, true, true, true])
  scalar.boolCodec.write(true, bytes, 3)
  expect(bytes[3]).toBe(1)
})

describe('bits', () => {
  it('are read back, and their neighbours stay', () => {
    const field = fc.record({ offset: fc.nat(40), width: fc.integer({ min: 1, max: 32 }), signed: fc.boolean(), seed: fc.nat() })
    fc.assert(
      fc.property(field, fc.uint8Array({ minLength: 12, maxLength: 12 }), ({ offset, width, signed, seed }, before) => {
        const unsigned = seed % 2 ** width
        const value = signed && unsigned >= 2 ** (width - 1) ? unsigned - 2 ** width : unsigned
        const bytes = before.slice()
        writeBits(bytes, 1, offset, width, signed, value)
        expect(readBits(bytes, 1, offset, width, signed)).toBe(value)
        const whole = (all: Uint8Array): bigint => all.reduce((sum, byte, at) => sum | (BigInt(byte) << BigInt(8 * at)), 0n)
        const mask = ((1n << BigInt(width)) - 1n) << BigInt(8 + offset)
        expect(whole(bytes) & ~mask).toBe(whole(before) & ~mask)
        expect((whole(bytes) & mask) >> BigInt(8 + offset)).toBe(BigInt(unsigned))
      }),
    )
  })

  it('that do not fit are refused', () => {
    for (const value of [8, -1, 1.5, Number.NaN]) expect(() => writeBits(new Uint8Array(4), 0, 0, 3, false, value)).toThrow(RangeError)
    for (const value of [4, -5]) expect(() => writeBits(new Uint8Array(4), 0, 0, 3, true, value)).toThrow(RangeError)
  })
})

describe('text', () => {
  it('ends at its NUL or with its room', () => {
    const bytes = Uint8Array.from(Buffer.from('xhi\0yz'))
    expect([readText(bytes, 1, 5), readText(bytes, 4, 2), readText(bytes, 1, 2), readText(bytes, 0, 0)]).toEqual(['hi', 'yz', 'hi', ''])
  })

  it('is read back, the rest of its room zeros', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.includes('\0')),
        (text) => {
          const room = Buffer.byteLength(text) + 3
          const bytes = new Uint8Array(room + 2).fill(0xff)
          writeText(bytes, 1, room, text)
          expect(readText(bytes, 1, room)).toBe(text)
          expect([bytes[0], bytes[room - 1], bytes[room], bytes[room + 1]]).toEqual([0xff, 0, 0, 0xff])
        },
      ),
    )
  })

  it('has room for its NUL, counted in bytes', () => {
    writeText(new Uint8Array(4), 0, 4, 'abc')
    expect(() => writeText(new Uint8Array(4), 0, 4, 'abcd')).toThrow('at most 3 fit')
    expect(() => writeText(new Uint8Array(4), 0, 4, 'üü')).toThrow('has 4 bytes')
  })
})

describe('bytes', () => {
  it('are copies, of Buffers too', () => {
    for (const bytes of [Uint8Array.of(1, 2, 3), Buffer.from([1, 2, 3])]) {
      const read = readRaw(bytes, 1, 2)
      bytes[1] = 9
      expect([...read]).toEqual([2, 3])
    }
    expect([...rawCodec(2).read(Uint8Array.of(1, 2, 3), 1)]).toEqual([2, 3])
  })

  it('of another length are refused', () => {
    expect(() => writeRaw(new Uint8Array(4), 0, 2, new Uint8Array(3))).toThrow('3 bytes where 2')
    expect(() => rawCodec(2).write(new Uint8Array(3), new Uint8Array(4), 0)).toThrow(RangeError)
    expect(() => checkLength([1], 2)).toThrow('1 elements where 2')
  })
})
