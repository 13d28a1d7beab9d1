import { describe, expect, it } from 'vitest'
import {
  boolCodec,
  bytesCodec,
  type Codec,
  flagCodec,
  irregular,
  s32Codec,
  textCodec,
  u8Codec,
  u16beCodec,
  u16Codec,
  u32beCodec,
  u32Codec,
  u64Codec,
} from './codec.js'
import { InputFault, WireFault } from './fault.js'
import { Writer } from './writer.js'

function write(codec: Codec<any, any>, value: unknown): string {
  const out = new Writer()
  codec.write(out, value, {})
  return Buffer.from(out.take()).toString('hex')
}

function read(codec: Codec<any, any>, hex: string): { value: unknown; irregular: boolean } {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  irregular.met = false
  const value = codec.read(bytes, 0, bytes.length, {})
  return { value, irregular: irregular.met }
}

function fault(run: () => unknown): InputFault {
  try {
    run()
  } catch (reason) {
    if (reason instanceof InputFault) return reason
    throw reason
  }
  throw new Error('nothing was thrown')
}

const numbers: readonly [
  name: string,
  codec: Codec<any, any>,
  size: number,
  valid: readonly [unknown, string][],
  bad: readonly unknown[],
][] = [
  [
    'u8',
    u8Codec(),
    1,
    [
      [0, '00'],
      [255, 'ff'],
    ],
    [-1, 256, 1.5, NaN, '1', undefined, null, 1n],
  ],
  [
    'u8 with a range',
    u8Codec(9, 2),
    1,
    [
      [2, '02'],
      [9, '09'],
    ],
    [1, 10],
  ],
  [
    'u16',
    u16Codec(),
    2,
    [
      [0, '0000'],
      [0x1234, '3412'],
      [0xffff, 'ffff'],
    ],
    [-1, 0x1_0000, Infinity],
  ],
  [
    'u16 big-endian',
    u16beCodec(),
    2,
    [
      [0x1234, '1234'],
      [0xffff, 'ffff'],
    ],
    [-1, 0x1_0000],
  ],
  [
    'u32',
    u32Codec(),
    4,
    [
      [0x12345678, '78563412'],
      [0xffff_ffff, 'ffffffff'],
    ],
    [-1, 0x1_0000_0000],
  ],
  [
    'u32 big-endian',
    u32beCodec(),
    4,
    [
      [0x12345678, '12345678'],
      [0xffff_ffff, 'ffffffff'],
    ],
    [-1, 0x1_0000_0000],
  ],
  [
    's32',
    s32Codec(),
    4,
    [
      [-1, 'ffffffff'],
      [-0x8000_0000, '00000080'],
      [0x7fff_ffff, 'ffffff7f'],
    ],
    [0x8000_0000, -0x8000_0001, 0.5],
  ],
  [
    'u64',
    u64Codec(),
    8,
    [
      [1n, '0100000000000000'],
      [0xffff_ffff_ffff_ffffn, 'ffffffffffffffff'],
    ],
    [-1n, 1n << 64n, 1.5, 2 ** 60, '1'],
  ],
]

describe.each(numbers)('%s', (_name, codec, size, valid, bad) => {
  it('writes and reads its range', () => {
    for (const [value, hex] of valid) {
      expect(write(codec, value)).toBe(hex)
      expect(read(codec, hex)).toEqual({ value, irregular: false })
    }
  })

  it('refuses what is outside, saying what to give', () => {
    for (const value of bad) {
      const { problem, hint } = fault(() => write(codec, value))
      expect(problem).toContain('is not an integer from')
      expect(hint).toMatch(/^Give /)
    }
  })

  it('refuses too few bytes and keeps too many', () => {
    expect(() => read(codec, '00'.repeat(size - 1))).toThrow(WireFault)
    const [[value, hex] = []] = valid
    expect(read(codec, `${hex}00`)).toEqual({ value, irregular: true })
  })
})

describe('numbers from the wire', () => {
  it('beyond what may be written are shown, and kept', () => {
    expect(read(u8Codec(4), '09')).toEqual({ value: 9, irregular: true })
    expect(read(u16Codec(4094), 'ffff')).toEqual({ value: 0xffff, irregular: true })
    expect(read(u32Codec(4096, 1), '00000000')).toEqual({ value: 0, irregular: true })
    expect(read(u32beCodec(0xf_ffff), 'ffffffff')).toEqual({ value: 0xffff_ffff, irregular: true })
  })

  it('of 64 bits may be given as safe integers', () => {
    expect(write(u64Codec(), 0x1_0000_0000)).toBe('0000000001000000')
  })
})

describe('yes and no', () => {
  it('in a byte', () => {
    expect([write(boolCodec(), true), write(boolCodec(), false)]).toEqual(['01', '00'])
    expect(read(boolCodec(), '00')).toEqual({ value: false, irregular: false })
    expect(read(boolCodec(), '02')).toEqual({ value: true, irregular: true })
    expect(fault(() => write(boolCodec(), 1)).hint).toBe('Give true or false.')
  })

  it('by presence', () => {
    expect(flagCodec().presence).toBe(true)
    expect(write(flagCodec(), true)).toBe('')
    expect(read(flagCodec(), '')).toEqual({ value: true, irregular: false })
    expect(read(flagCodec(), '01')).toEqual({ value: true, irregular: true })
    expect(fault(() => write(flagCodec(), 'yes')).problem).toBe('yes is not true or false')
  })
})

describe('text', () => {
  const codec = textCodec(5, 1)

  it('ends with a NUL', () => {
    expect(write(codec, 'abc')).toBe('61626300')
    expect(read(codec, '61626300')).toEqual({ value: 'abc', irregular: false })
  })

  it('counts bytes, not characters', () => {
    expect(write(codec, 'äö')).toBe('c3a4c3b600')
    expect(read(codec, 'c3a4c3b600')).toEqual({ value: 'äö', irregular: false })
    expect(fault(() => write(codec, 'äöü'))).toMatchObject({
      problem: '"äöü" is 6 bytes long',
      hint: 'At most 5 bytes fit; choose a shorter one.',
    })
  })

  it('keeps a mark of byte order at its start', () => {
    expect(read(codec, 'efbbbf6100')).toEqual({ value: '\uFEFFa', irregular: false })
  })

  it('is kept when its end is not the usual one, or it is no UTF-8', () => {
    expect(read(codec, '6162')).toEqual({ value: 'ab', irregular: true })
    expect(read(codec, '61006200')).toEqual({ value: 'a', irregular: true })
    expect(read(codec, '61ff00')).toEqual({ value: 'a\u00ff', irregular: true })
    expect(read(codec, '00')).toEqual({ value: '', irregular: true })
    expect(read(codec, '61616161616100')).toEqual({ value: 'aaaaaa', irregular: true })
  })

  it('refuses what is no text', () => {
    expect(fault(() => write(codec, 7)).problem).toBe('7 is not a string')
    expect(fault(() => write(codec, '')).hint).toBe('Give at least 1 character.')
    expect(fault(() => write(textCodec(5, 2), 'a')).hint).toBe('Give at least 2 characters.')
    expect(fault(() => write(codec, 'a\0')).problem).toBe('holds a NUL character')
  })
})

describe('bytes', () => {
  it('are as they are', () => {
    expect(write(bytesCodec(), Uint8Array.of(1, 2))).toBe('0102')
    expect(read(bytesCodec(), '0102')).toEqual({ value: Uint8Array.of(1, 2), irregular: false })
  })

  it('of a fixed length', () => {
    expect(() => read(bytesCodec(4), '0102')).toThrow(WireFault)
    expect(read(bytesCodec(1), '0102').irregular).toBe(true)
    expect(fault(() => write(bytesCodec(4), Uint8Array.of(1))).hint).toBe('Give 4 bytes.')
    expect(fault(() => write(bytesCodec(), 'ab')).problem).toBe('is not a Uint8Array')
  })
})
