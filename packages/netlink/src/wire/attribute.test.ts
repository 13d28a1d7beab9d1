import { describe, expect, it } from 'vitest'
import { attribute, attributeSet, late, nest } from './attribute.js'
import { bytesCodec, flagCodec, irregular, textCodec, u8Codec, u32Codec } from './codec.js'
import { chosen } from './composite.js'
import { InputFault, WireFault } from './fault.js'
import { Writer } from './writer.js'

const inner = attributeSet({ low: attribute(1, u8Codec(10)), name: attribute(2, textCodec(15)) })
const set = attributeSet({
  number: attribute(1, u32Codec()),
  flag: attribute(2, flagCodec()),
  nested: nest(3, inner),
  plain: attribute(4, inner),
  form: late(
    attribute(
      5,
      chosen<any, any>((parent) => ((parent as { number?: number }).number === 7 ? inner : undefined)),
    ),
  ),
})

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))

function read(hex: string) {
  const bytes = bytesOf(hex)
  return set.read(bytes, 0, bytes.length)
}

function write(values: Parameters<typeof set.write>[1]): string {
  const out = new Writer()
  set.write(out, values)
  return Buffer.from(out.take()).toString('hex')
}

function fault(values: unknown): InputFault {
  try {
    write(values as never)
  } catch (reason) {
    if (reason instanceof InputFault) return reason
    throw reason
  }
  throw new Error('nothing was thrown')
}

describe('a set of attributes', () => {
  it('reads by name, in the order of the wire, and writes the same bytes', () => {
    const hex = '0c00040005000100010000000400020008000100 07000000'.replace(' ', '')
    const values = read(hex)
    expect(Object.keys(values)).toEqual(['plain', 'flag', 'number'])
    expect(values).toEqual({ plain: { low: 1 }, flag: true, number: 7 })
    expect(write(values)).toBe(hex)
  })

  it('flags nests as the table says, and keeps other flags', () => {
    expect(write({ nested: { low: 1 } })).toBe('0c0003800500010001000000')
    expect(write({ plain: { low: 1 } })).toBe('0c0004000500010001000000')
    const unflagged = read('0c00 0300 0500 0100 01000000')
    expect(unflagged).toEqual({ nested: { low: 1 } })
    expect(write(unflagged)).toBe('0c0003000500010001000000')
    expect(write({ ...unflagged })).toBe('0c0003800500010001000000')
    const flagged = read('0800 0140 07000000')
    expect(write(flagged)).toBe('0800014007000000')
  })

  it('keeps what it does not know through read, change and write', () => {
    const values = read('0800 0100 07000000 0600 4d00 aabb0000 0500 4d80 cc000000')
    expect(values).toEqual({ number: 7, '#77': Uint8Array.of(0xaa, 0xbb), '#32845': Uint8Array.of(0xcc) })
    expect(write({ ...values, number: 8 })).toBe('080001000800000006004d00aabb000005004d80cc000000')
  })

  it('keeps a second attribute of a type, and a third, in their places', () => {
    const hex = '0800010001000000 0800010002000000 0800010003000000 0500090001000000 0500090002000000 0500090003000000 0500090004000000'
    const values = read(hex)
    expect(Object.keys(values)).toEqual(['number', '#1', '#1+', '#9', '#9+', '#9+2', '#9+3'])
    expect(values.number).toBe(1)
    expect(write(values)).toBe(hex.replace(/\s/g, ''))
  })

  it('reads as many of a type as fit in a message without slowing down', () => {
    const bytes = new Uint8Array(65_532)
    for (let at = 0; at < bytes.length; at += 4) bytes.set([4, 0, 77, 0], at)
    const values = set.read(bytes, 0, bytes.length)
    expect(Object.keys(values)).toHaveLength(16_383)
    const out = new Writer()
    set.write(out, values)
    expect(out.take()).toEqual(bytes)
  })

  it('keeps the very bytes of a form that it would not write, until the value changes', () => {
    const long = read('0c00 0100 07000000 99999999')
    expect(long.number).toBe(7)
    expect(write(long)).toBe('0c0001000700000099999999')
    const outside = read('0c00 0400 0500 0100 63000000')
    expect(outside.plain).toEqual({ low: 99 })
    expect(write(outside)).toBe('0c0004000500010063000000')
    expect(fault({ plain: { ...outside.plain } })).toMatchObject({ path: 'plain.low' })
  })

  it('keeps the missing last padding of a nest, and bytes after its last attribute', () => {
    for (const hex of ['0900 0400 0500010007 000000', '0e00 0400 0500010007000000 aabb 0000']) {
      const values = read(hex)
      expect(values).toEqual({ plain: { low: 7 } })
      expect(write(values)).toBe(hex.replace(/\s/g, ''))
    }
  })

  it('reads late what depends on a sibling that comes later', () => {
    const values = read('0c00 0500 0500 0100 01000000 0800 0100 07000000')
    expect(values).toEqual({ form: { low: 1 }, number: 7 })
    expect(Object.keys(values)).toEqual(['form', 'number'])
    expect(read('0c00 0500 0500 0100 01000000')).toEqual({ form: bytesOf('0500010001000000') })
    expect(write({ number: 7, form: { low: 1 } })).toBe('08000100070000000c0005000500010001000000')
  })

  it('leaves out what is undefined, and flags that are false', () => {
    expect(write({ number: undefined, flag: false })).toBe('')
    expect(write({ flag: true })).toBe('04000200')
  })

  it.each([
    ['0300 0100', 0],
    ['0900 0100 00000000', 0],
    ['0800 0100 00000000 ffff 0200', 8],
    ['0600 0100 0000 0000', 4],
    ['0c00 0300 0900 0100 00000000', 4],
  ])('%s is malformed at byte %i', (hex, offset) => {
    try {
      read(hex)
      expect.unreachable()
    } catch (reason) {
      expect(reason).toBeInstanceOf(WireFault)
      expect((reason as WireFault).offset).toBe(offset)
    }
  })

  it('leaves no trace of an odd form for the next reader', () => {
    read('0c00 0100 07000000 99999999')
    expect(irregular.met).toBe(false)
  })
})

describe('input to a set', () => {
  it('is refused by the path of its names', () => {
    expect(fault({ nested: { low: 11 } })).toMatchObject({ path: 'nested.low', problem: '11 is not an integer from 0 to 10' })
    expect(fault({ number: 7, form: { name: 'a'.repeat(16) } })).toMatchObject({ path: 'form.name' })
    expect(fault({ form: { low: 1 } })).toMatchObject({ path: 'form', hint: 'Give its bytes as a Uint8Array.' })
    expect(fault({ mtu: 1 })).toMatchObject({ path: 'mtu', hint: 'Known here: number, flag, nested, plain, form.' })
    expect(fault({ toString: 1 })).toMatchObject({ path: 'toString' })
    expect(fault({ nested: 5 })).toMatchObject({ path: 'nested', problem: '5 is not an object', hint: 'Known here: low, name.' })
    expect(fault({ flag: 'yes' })).toMatchObject({ path: 'flag' })
    expect(fault(null)).toMatchObject({ problem: 'null is not an object' })
  })

  it('by number needs a number and bytes', () => {
    expect(write({ '#65535': Uint8Array.of(1) })).toBe('0500ffff01000000')
    expect(fault({ '#65536': new Uint8Array() })).toMatchObject({ path: '#65536', hint: 'Write "#" and its type from 0 to 65535.' })
    expect(fault({ '#x': new Uint8Array() })).toMatchObject({ path: '#x' })
    expect(fault({ '#7': 1 })).toMatchObject({ path: '#7', problem: 'is not a Uint8Array' })
  })

  it('that is too long for an attribute is named', () => {
    const wide = attributeSet({ data: attribute(1, bytesCodec()) })
    expect(() => wide.write(new Writer(), { data: new Uint8Array(65532) })).toThrow(expect.objectContaining({ path: 'data' }))
  })

  it('goes on with what is no fault of the caller', () => {
    const broken = attributeSet({
      bad: attribute(1, {
        read: () => 0,
        write() {
          throw new TypeError('a bug')
        },
      }),
    })
    expect(() => broken.write(new Writer(), { bad: 1 })).toThrow(TypeError)
  })
})
