import { describe, expect, it } from 'vitest'
import { attribute, attributeSet } from './attribute.js'
import { type Codec, irregular, textCodec, u8Codec, u16Codec, u32Codec } from './codec.js'
import { array, chosen, list, named, struct } from './composite.js'
import { InputFault, WireFault } from './fault.js'
import { Writer } from './writer.js'

function write(codec: Codec<any, any>, value: unknown, parent: object = {}): string {
  const out = new Writer()
  codec.write(out, value, parent)
  return Buffer.from(out.take()).toString('hex')
}

function read(codec: Codec<any, any>, hex: string, parent: object = {}): { value: unknown; irregular: boolean } {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  irregular.met = false
  const value = codec.read(bytes, 0, bytes.length, parent)
  const odd = irregular.met
  irregular.met = false
  return { value, irregular: odd }
}

function fault(codec: Codec<any, any>, value: unknown): InputFault {
  try {
    write(codec, value)
  } catch (reason) {
    if (reason instanceof InputFault) return reason
    throw reason
  }
  throw new Error('nothing was thrown')
}

describe('a struct', () => {
  const codec = struct(
    [
      ['kind', u8Codec(), 1],
      ['_pad', u8Codec(), 1],
      ['port', u16Codec(), 2],
      ['since', u32Codec(), 4],
    ],
    4,
  )

  it('has its fields in order, padding not shown', () => {
    expect(codec.size).toBe(8)
    expect(read(codec, '0100020003000000')).toEqual({ value: { kind: 1, port: 2, since: 3 }, irregular: false })
    expect(write(codec, { kind: 1, port: 2, since: 3 })).toBe('0100020003000000')
  })

  it('has zeros where nothing is said', () => {
    expect(write(codec, { port: 2 })).toBe('0000020000000000')
  })

  it('of an older kernel lacks its last fields, of a newer one is kept whole', () => {
    expect(read(codec, '01000200')).toEqual({ value: { kind: 1, port: 2 }, irregular: true })
    expect(read(codec, '010002000300')).toEqual({ value: { kind: 1, port: 2 }, irregular: true })
    expect(read(codec, '010002000300000099')).toEqual({ value: { kind: 1, port: 2, since: 3 }, irregular: true })
    expect(() => read(codec, '010002')).toThrow(WireFault)
  })

  it('whose padding is not zero is kept', () => {
    expect(read(codec, '0199020003000000')).toEqual({ value: { kind: 1, port: 2, since: 3 }, irregular: true })
  })

  it('refuses fields by name', () => {
    expect(fault(codec, { port: 70_000 })).toMatchObject({ path: 'port' })
    expect(fault(codec, { prot: 1 })).toMatchObject({ problem: 'has no field prot', hint: 'Known here: kind, port, since.' })
    expect(fault(codec, 7)).toMatchObject({ hint: 'Give kind, port, since.' })
  })
})

describe('an array', () => {
  const codec = array(u16Codec(9), 2)

  it('has values without headers', () => {
    expect(read(codec, '01000200')).toEqual({ value: [1, 2], irregular: false })
    expect(read(codec, '010002')).toEqual({ value: [1], irregular: true })
    expect(write(codec, [1, 2])).toBe('01000200')
  })

  it('refuses by index', () => {
    expect(fault(codec, [1, 10])).toMatchObject({ path: '1' })
    expect(fault(codec, 'ab')).toMatchObject({ hint: 'Give an array.' })
  })
})

describe('a list', () => {
  const codec = list(53, textCodec(15))

  it('has one attribute for each value', () => {
    expect(write(codec, ['ab', 'c'])).toBe('0700350061620000060035006300' + '0000')
    expect(read(codec, '07003500616200000600350063000000')).toEqual({ value: ['ab', 'c'], irregular: false })
    expect(read(codec, '')).toEqual({ value: [], irregular: false })
  })

  it('counts its types, or flags them, when its form says so', () => {
    expect(write(list(1, u8Codec(), { counted: true }), [7, 8])).toBe('05000100070000000500020008000000')
    expect(write(list(1, u8Codec(), { nested: true }), [7])).toBe('0500018007000000')
    expect(read(list(1, u8Codec(), { counted: true }), '05000100070000000500020008000000').irregular).toBe(false)
  })

  it('with other types, odd entries, or bytes left over is kept', () => {
    expect(read(codec, '0700340061620000')).toEqual({ value: ['ab'], irregular: true })
    expect(read(codec, '06003500616200000600350063000000').irregular).toBe(true)
    expect(read(codec, '0700350061620000aa')).toEqual({ value: ['ab'], irregular: true })
    expect(read(codec, '07003500616200')).toEqual({ value: ['ab'], irregular: true })
  })

  it('that does not fit is malformed', () => {
    expect(() => read(codec, '03003500')).toThrow(WireFault)
    expect(() => read(codec, '09003500616200')).toThrow(WireFault)
  })

  it('refuses by index', () => {
    expect(fault(codec, ['ok', 'x'.repeat(16)])).toMatchObject({ path: '1' })
    expect(fault(list(1, attributeSet({ a: attribute(1, u8Codec()) })), [{ a: 1 }, { a: 256 }])).toMatchObject({ path: '1.a' })
  })
})

describe('a form that a sibling chooses', () => {
  const codec = chosen<any, any>((parent) => ((parent as { kind?: string }).kind === 'known' ? u8Codec() : undefined))

  it('is its own, or bytes', () => {
    expect(read(codec, '07', { kind: 'known' }).value).toBe(7)
    expect(read(codec, '07', { kind: 'new' }).value).toEqual(Uint8Array.of(7))
    expect(write(codec, 7, { kind: 'known' })).toBe('07')
    expect(write(codec, Uint8Array.of(9, 9), { kind: 'known' })).toBe('0909')
  })

  it('refuses values for which there is none', () => {
    expect(fault(codec, 7)).toMatchObject({ problem: 'has no known form here', hint: 'Give its bytes as a Uint8Array.' })
  })
})

describe('names for numbers', () => {
  const codec = named({ low: 1, high: 2 }, u8Codec())

  it('go both ways, and numbers without a name stay numbers', () => {
    expect([read(codec, '01').value, read(codec, '02').value, read(codec, '09').value]).toEqual(['low', 'high', 9])
    expect([write(codec, 'high'), write(codec, 1), write(codec, 9)]).toEqual(['02', '01', '09'])
  })

  it('refuse other names', () => {
    expect(fault(codec, 'middle')).toMatchObject({
      problem: '"middle" is not one of low, high',
      hint: 'Give one of the names, or the number.',
    })
    expect(fault(codec, 'constructor').problem).toContain('is not one of')
    expect(fault(codec, 256).problem).toContain('is not an integer')
  })
})
