import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import type { InputInvalid } from '../error.js'
import type { Result } from '../result.js'
import { Ipv4 } from './ipv4.js'
import { Ipv6 } from './ipv6.js'

const runs = { numRuns: 1000 }
/** for what is cheap to try and has many ways to be wrong */
const manyRuns = { numRuns: 5000 }
const number = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff))
const quad = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255))).map((octets) => octets.join('.'))
/** valid text with up to three characters put in, taken out or replaced */
const nearlyQuad = fc
  .tuple(
    quad,
    fc.array(fc.tuple(fc.nat(15), fc.nat(1), fc.constantFrom('', '.', '0', '1', '5', '9', ' ', '-', '+', 'x', 'a', ':', '/', '\n', '٣')), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([text, edits]) => edits.reduce((at, [place, cut, put]) => at.slice(0, place) + put + at.slice(place + cut), text))

function expectInvalid(result: Result<unknown, InputInvalid>): void {
  const error = result.unwrapErr()
  expect(error).toMatchObject({ code: 'input.invalid', path: '' })
  expect(error.message).toMatch(/is not an IPv4 address|are not an IPv4 address/)
  expect(error.hint).toMatch(/./)
}

describe('Ipv4', () => {
  it('parses and writes what ipaddr.js does', () => {
    fc.assert(
      fc.property(quad, (text) => {
        const address = Ipv4.parse(text).unwrap()
        expect([...address.bytes()]).toEqual(ipaddr.IPv4.parse(text).octets)
        expect(`${address}`).toBe(text)
        expect(JSON.stringify(address)).toBe(`"${text}"`)
      }),
      manyRuns,
    )
  })

  it('agrees with ipaddr.js in its strict mode, and with node, on text that is nearly an address', () => {
    fc.assert(
      fc.property(nearlyQuad, (text) => {
        const result = Ipv4.parse(text)
        expect(result.isOk()).toBe(ipaddr.IPv4.isValidFourPartDecimal(text))
        expect(result.isOk()).toBe(isIPv4(text))
        if (result.isErr()) expectInvalid(result)
      }),
      manyRuns,
    )
  })

  // inet_aton(3) reads all of these, and each reader another number: RFC 6943 §3.1.1 calls it a way past filters
  it.each(['1', '1.2', '1.2.3', '0x7f.0.0.1', '0x7f000001', '010.0.0.1', '10.0.0.00', '4294967295'])(
    'refuses %s, which ipaddr.js takes',
    (text) => {
      expect(ipaddr.IPv4.isValid(text)).toBe(true)
      expectInvalid(Ipv4.parse(text))
    },
  )

  it.each([
    '',
    '.',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '1.2.3.-4',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '1.2.3.4/8',
    '::1',
    '1.2.3.１',
  ])('refuses %j', (text) => expectInvalid(Ipv4.parse(text)))

  it('refuses what is not text', () => {
    for (const value of [undefined, null, 1, {}, ['1.2.3.4']]) expectInvalid(Ipv4.parse(value as never))
  })

  it('goes through numbers and bytes, at any offset', () => {
    fc.assert(
      fc.property(number, fc.nat(4), (value, offset) => {
        const address = Ipv4.fromNumber(value).unwrap()
        const bytes = new Uint8Array(8).fill(0xaa)
        address.write(bytes, offset)
        expect(new DataView(bytes.buffer).getUint32(offset)).toBe(value)
        expect(bytes.filter((byte, at) => (at < offset || at >= offset + 4) && byte !== 0xaa)).toHaveLength(0)
        expect(Ipv4.fromBytes(bytes, offset).unwrap().value).toBe(value)
        expect(Ipv4.read(address.bytes(), 0).equals(address)).toBe(true)
        expect(Ipv4.parse(address.toString()).unwrap().value).toBe(value)
      }),
      runs,
    )
  })

  it('refuses numbers and bytes that are no address', () => {
    for (const value of [-1, 2 ** 32, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expectInvalid(Ipv4.fromNumber(value))
    expectInvalid(Ipv4.fromBytes(new Uint8Array(3)))
    expectInvalid(Ipv4.fromBytes(new Uint8Array(8), 5))
    expectInvalid(Ipv4.fromBytes(new Uint8Array(8), -1))
  })

  it('compares as numbers, before every IPv6 address', () => {
    fc.assert(
      fc.property(number, number, (left, right) => {
        const [a, b] = [Ipv4.fromNumber(left).unwrap(), Ipv4.fromNumber(right).unwrap()]
        expect(Math.sign(a.compare(b))).toBe(Math.sign(left - right))
        expect(a.equals(b)).toBe(left === right)
        expect(a.compare(Ipv6.ANY)).toBeLessThan(0)
        expect(a.equals(Ipv6.mapped(a))).toBe(false)
      }),
      runs,
    )
  })

  it('knows the special ranges as ipaddr.js does', () => {
    const near = fc.constantFrom(
      '0.0.0.0',
      '0.0.0.1',
      '9.255.255.255',
      '10.0.0.0',
      '10.255.255.255',
      '11.0.0.0',
      '126.255.255.255',
      '127.0.0.0',
      '127.255.255.255',
      '128.0.0.0',
      '169.253.255.255',
      '169.254.0.0',
      '169.254.255.255',
      '169.255.0.0',
      '172.15.255.255',
      '172.16.0.0',
      '172.31.255.255',
      '172.32.0.0',
      '192.167.255.255',
      '192.168.0.0',
      '192.168.255.255',
      '192.169.0.0',
      '223.255.255.255',
      '224.0.0.0',
      '239.255.255.255',
      '240.0.0.0',
    )
    fc.assert(
      fc.property(fc.oneof(near, quad), (text) => {
        const address = Ipv4.parse(text).unwrap()
        const range = ipaddr.IPv4.parse(text).range()
        expect(address.isLoopback).toBe(range === 'loopback')
        expect(address.isMulticast).toBe(range === 'multicast')
        expect(address.isLinkLocal).toBe(range === 'linkLocal')
        expect(address.isPrivate).toBe(range === 'private')
        expect(address.isUnspecified).toBe(text === '0.0.0.0')
      }),
      runs,
    )
    expect(Ipv4.ANY.isUnspecified && Ipv4.LOOPBACK.isLoopback).toBe(true)
  })
})
