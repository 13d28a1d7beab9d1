import { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { hardwareCodec, ipCodec, ipv4Codec, ipv6Codec } from './address-codec.js'
import { type Codec, irregular } from './codec.js'
import { InputFault, WireFault } from './fault.js'
import { Writer } from './writer.js'

const v4 = 'c0000201'
const v6 = '20010db8000000000000000000000001'

function write(codec: Codec<any, any>, value: unknown): string {
  const out = new Writer()
  codec.write(out, value, {})
  return Buffer.from(out.take()).toString('hex')
}

function read(codec: Codec<any, any>, hex: string): unknown {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  irregular.met = false
  return codec.read(bytes, 0, bytes.length, {})
}

describe('addresses', () => {
  it('of either family are told apart by length', () => {
    expect(String(read(ipCodec(), v4))).toBe('192.0.2.1')
    expect(String(read(ipCodec(), v6))).toBe('2001:db8::1')
    expect(() => read(ipCodec(), 'c000')).toThrow(WireFault)
    expect(() => read(ipCodec(), '')).toThrow(WireFault)
  })

  it('are given as values or as text', () => {
    expect(write(ipCodec(), '192.0.2.1')).toBe(v4)
    expect(write(ipCodec(), Ipv4.parse('192.0.2.1').unwrap())).toBe(v4)
    expect(write(ipv6Codec(), '2001:db8::1')).toBe(v6)
    expect(write(ipv6Codec(), Ipv6.parse('2001:db8::1').unwrap())).toBe(v6)
  })

  it.each([
    [ipCodec(), '192.0.2', 'Write four decimal numbers'],
    [ipCodec(), 7, 'Give text'],
    [ipv6Codec(), '2001::db8::1', '"::"'],
  ] as const)('%# refused with the hint of the parser', (codec, text, hint) => {
    try {
      write(codec, text)
      expect.unreachable()
    } catch (reason) {
      expect(reason).toBeInstanceOf(InputFault)
      expect((reason as InputFault).hint).toContain(hint)
    }
  })

  it('of one family refuse the other', () => {
    expect(() => write(ipv4Codec(), '2001:db8::1')).toThrow('2001:db8::1 is not an IPv4 address')
    expect(() => write(ipv6Codec(), '192.0.2.1')).toThrow('192.0.2.1 is not an IPv6 address')
    expect(() => read(ipv4Codec(), 'c000')).toThrow(WireFault)
    expect(() => read(ipv6Codec(), v4)).toThrow(WireFault)
  })

  it('longer than their family are kept', () => {
    expect(String(read(ipv4Codec(), `${v4}00`))).toBe('192.0.2.1')
    expect(irregular.met).toBe(true)
    expect(String(read(ipv6Codec(), `${v6}00`))).toBe('2001:db8::1')
    expect(irregular.met).toBe(true)
  })
})

describe('hardware addresses', () => {
  it('are values when they have six bytes', () => {
    expect(String(read(hardwareCodec(), '02005e100001'))).toBe('02:00:5e:10:00:01')
    expect(write(hardwareCodec(), '02:00:5e:10:00:01')).toBe('02005e100001')
    expect(write(hardwareCodec(), Mac.BROADCAST)).toBe('ffffffffffff')
  })

  it('are bytes when they have not', () => {
    expect(read(hardwareCodec(), v4)).toEqual(Uint8Array.from(Buffer.from(v4, 'hex')))
    expect(write(hardwareCodec(), Uint8Array.of(1, 2))).toBe('0102')
  })

  it('refuse other text', () => {
    expect(() => write(hardwareCodec(), '02:00:5e')).toThrow('"02:00:5e" is not a hardware address')
  })
})

describe('an address that the writer has to grow for', () => {
  it.each([
    ['IPv4', ipv4Codec(), '192.0.2.1', [192, 0, 2, 1]],
    ['IPv6', ipv6Codec(), '::7', [...new Array(15).fill(0), 7]],
    ['either', ipCodec(), '192.0.2.1', [192, 0, 2, 1]],
    ['hardware', hardwareCodec(), '02:00:00:00:00:07', [2, 0, 0, 0, 0, 7]],
  ] as const)('is written where the bytes are then: %s', (_name, codec, text, bytes) => {
    const out = new Writer(1)
    out.u8(1)
    codec.write(out, text as never, {})
    expect([...out.take()]).toEqual([1, ...bytes])
  })
})
