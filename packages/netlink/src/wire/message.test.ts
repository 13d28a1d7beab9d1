import { describe, expect, it } from 'vitest'
import { attribute, attributeSet, late, nest } from './attribute.js'
import { irregular, textCodec, u8Codec, u32Codec } from './codec.js'
import { chosen, list, struct } from './composite.js'
import { InputFault, WireFault } from './fault.js'
import { attributePath, frames, messageKind, missingPath, readMessage, writeMessage } from './message.js'
import { Writer } from './writer.js'

const data = attributeSet({ vni: attribute(1, u32Codec(0xff_ffff)), deep: nest(2, attributeSet({ leaf: attribute(9, u8Codec()) })) })
const kind = messageKind(
  'thing',
  { RTM_NEWTHING: 16 },
  struct([
    ['family', u8Codec(), 1],
    ['_pad', u8Codec(), 1],
    ['length', u8Codec(), 1],
  ]),
  attributeSet({
    name: attribute(1, textCodec(15)),
    info: nest(
      18,
      attributeSet({
        kind: attribute(1, textCodec(15)),
        data: late(
          attribute(
            2,
            chosen<any, any>((parent) => ((parent as { kind?: string }).kind === 'vxlan' ? data : undefined)),
          ),
        ),
      }),
    ),
    list: attribute(20, list(1, data)),
  }),
  [0, 2],
)

function encoded(message: Parameters<typeof writeMessage<any, any>>[5]): Uint8Array {
  const out = new Writer()
  writeMessage(out, kind, 16, 0x405, 77, message as never)
  return out.take()
}

/** where a run of bytes begins */
function find(bytes: Uint8Array, hex: string): number {
  const at = Buffer.from(bytes).indexOf(Buffer.from(hex, 'hex'))
  expect(at).toBeGreaterThan(0)
  return at
}

describe('frames', () => {
  const one = encoded({ family: 2, attributes: { name: 'e0' } })

  it('are the messages of a datagram', () => {
    const two = Uint8Array.from([...one, ...one])
    const found = [...frames(two, two.length)]
    expect(found).toHaveLength(2)
    expect(found[1]).toEqual({ type: 16, flags: 0x405, sequence: 77, port: 0, start: one.length, end: 2 * one.length })
    expect([...frames(new Uint8Array(0), 0)]).toEqual([])
  })

  it('end where the datagram does, not where the buffer does', () => {
    const buffer = new Uint8Array(1000)
    buffer.set(one)
    expect([...frames(buffer, one.length)]).toHaveLength(1)
  })

  it.each([
    ['shorter than a header', 15, 0],
    ['longer than the datagram', one.length + 1, 0],
    ['of length 0', 0, 0],
  ])('%s are malformed', (_name, length, offset) => {
    const bytes = one.slice()
    bytes[0] = length
    bytes[1] = 0
    expect(() => [...frames(bytes, bytes.length)]).toThrow(expect.objectContaining({ offset }))
  })

  it('with bytes after them that are no header are malformed', () => {
    const bytes = Uint8Array.from([...one, 1, 2, 3, 4])
    const seen: number[] = []
    expect(() => {
      for (const { start } of frames(bytes, bytes.length)) seen.push(start)
    }).toThrow(WireFault)
    expect(seen).toEqual([0])
  })
})

describe('messages', () => {
  it('are a header, padded, and attributes', () => {
    const bytes = encoded({ family: 2, length: 24, attributes: { name: 'e0' } })
    expect(Buffer.from(bytes).toString('hex')).toBe('1c000000100005044d00000000000000' + '02001800' + '0700010065300000')
    expect(readMessage(kind, bytes, 16, bytes.length)).toEqual({ family: 2, length: 24, attributes: { name: 'e0' } })
  })

  it('shorter than their header are malformed', () => {
    expect(() => readMessage(kind, new Uint8Array(2), 0, 2)).toThrow('thing: a header of 3 bytes expected, 2 there')
    expect(readMessage(kind, new Uint8Array(3), 0, 3)).toEqual({ family: 0, length: 0, attributes: {} })
  })

  it('of a family that the table is not of keep their attributes as bytes', () => {
    const bytes = encoded({ family: 28, attributes: { name: 'e0' } })
    const message = readMessage(kind, bytes, 16, bytes.length)
    expect(message).toEqual({ family: 28, length: 0, attributes: { '#1': Uint8Array.of(0x65, 0x30, 0) } })
    expect(encoded(message as never)).toEqual(bytes)
  })

  it('name what is wrong with a value', () => {
    const path = (message: object): string => {
      try {
        encoded(message as never)
      } catch (reason) {
        if (reason instanceof InputFault) return reason.path
        throw reason
      }
      return 'no fault'
    }
    expect(path({ family: 256 })).toBe('family')
    expect(path({ fmaily: 2 })).toBe('')
    expect(path({ attributes: { info: { kind: 'vxlan', data: { vni: 2 ** 24 } } } })).toBe('info.data.vni')
    expect(path({ attributes: { list: [{}, { vni: -1 }] } })).toBe('list.1.vni')
  })

  it('leave no trace of odd bytes after the last attribute', () => {
    const bytes = Uint8Array.from([...encoded({}), 1, 2])
    readMessage(kind, bytes, 16, bytes.length)
    expect(irregular.met).toBe(false)
  })
})

describe('the attribute that an offset is about', () => {
  const request = encoded({
    family: 2,
    attributes: {
      name: 'e0',
      info: { kind: 'vxlan', data: { vni: 0x123456, deep: { leaf: 0x77 } } },
      list: [{ vni: 0x111111 }, { vni: 0x222222 }],
      '#99': Uint8Array.of(1),
    },
  })
  const at = (hex: string): number => find(request, hex)

  it.each([
    ['name', () => 20],
    ['name', () => 26],
    ['info', () => 28],
    ['info.kind', () => at('7678') - 4],
    ['info.data', () => at('08000100563412') - 4],
    ['info.data.vni', () => at('08000100563412')],
    ['info.data.vni', () => at('56341200')],
    ['info.data.deep', () => at('0c00028005000900')],
    ['info.data.deep.leaf', () => at('0500090077')],
    ['list.0', () => at('0c000100080001001111')],
    ['list.0.vni', () => at('11111100')],
    ['list.1.vni', () => at('22222200')],
    ['#99', () => at('05006300') + 4],
  ])('is %s', (path, offset) => {
    expect(attributePath(kind, request, offset())).toBe(path)
  })

  it('is none in the headers, beyond the end, or in what is no attribute', () => {
    for (const offset of [0, 16, 19, request.length, request.length + 8, 0xffff_ffff]) expect(attributePath(kind, request, offset)).toBe('')
    const broken = request.slice()
    broken[20] = 3
    expect(attributePath(kind, broken, 28)).toBe('')
    const inside = request.slice()
    inside[at('08000100563412')] = 0xff
    expect(attributePath(kind, inside, at('08000100563412'))).toBe('info.data')
  })

  it('by number inside what no table is known of', () => {
    const unknown = encoded({ attributes: { info: { kind: 'new', data: Uint8Array.of(8, 0, 1, 0, 9, 9, 9, 9) } } })
    expect(attributePath(kind, unknown, find(unknown, '09090909'))).toBe('info.data')
  })

  it('is missing from the message, or from a nest', () => {
    expect(missingPath(kind, request, 1, undefined)).toBe('name')
    expect(missingPath(kind, request, 55, undefined)).toBe('#55')
    expect(missingPath(kind, request, 2, 28)).toBe('info.data')
    expect(missingPath(kind, request, 1, at('08000100563412') - 4)).toBe('info.data.vni')
    expect(missingPath(kind, request, 9, at('0c00028005000900'))).toBe('info.data.deep.leaf')
    expect(missingPath(kind, request, 8, at('0c00028005000900'))).toBe('info.data.deep.#8')
    expect(missingPath(kind, request, 2, at('0c000100080001001111'))).toBe('list.0.deep')
    expect(missingPath(kind, request, 4, 20)).toBe('name.#4')
    expect(missingPath(kind, request, 4, find(request, '05006300'))).toBe('#99.#4')
    expect(missingPath(kind, request, 1, 5)).toBe('name')
  })
})
