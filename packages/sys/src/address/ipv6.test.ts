import { isIPv6 } from 'node:net'
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
/** many zeros, so that runs of them are common */
const group = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat(0xffff) },
  { weight: 1, arbitrary: fc.nat(0xf) },
)
const groups = fc.array(group, { minLength: 8, maxLength: 8 })

/** Every text of an address that RFC 4291 §2.2 allows: case, leading zeros, any run of zeros compressed, a dotted tail. */
const written = fc
  .record({
    groups,
    zeros: fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
    upper: fc.boolean(),
    dotted: fc.boolean(),
    pick: fc.option(fc.nat()),
  })
  .map(({ groups, zeros, upper, dotted, pick }) => {
    const end = dotted ? 6 : 8
    const parts = groups.slice(0, end).map((value, at) => {
      const digits = value.toString(16)
      return digits.padStart(Math.min(4, digits.length + (zeros[at] ?? 0)), '0')
    })
    if (dotted)
      parts.push(
        groups
          .slice(6)
          .flatMap((value) => [value >> 8, value & 255])
          .join('.'),
      )
    const places: [number, number][] = []
    for (let from = 0; from < end; from++) for (let to = from + 1; to <= end && groups[to - 1] === 0; to++) places.push([from, to])
    const place = pick === null || places.length === 0 ? undefined : places[pick % places.length]
    const text = place === undefined ? parts.join(':') : `${parts.slice(0, place[0]).join(':')}::${parts.slice(place[1]).join(':')}`
    return { text: upper ? text.toUpperCase() : text, groups }
  })
const nearlyWritten = fc
  .tuple(
    written,
    fc.array(
      fc.tuple(
        fc.nat(40),
        fc.nat(2),
        fc.constantFrom('', ':', '::', ':::', '.', '0', '1.2.3.4', 'f', 'F', 'g', '-', ' ', '/', '\n', '256', 'š'),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([{ text }, edits]) =>
    edits.reduce((at, [place, cut, put]) => at.slice(0, place % (at.length + 1)) + put + at.slice((place % (at.length + 1)) + cut), text),
  )

function ofGroups(values: readonly number[]): Ipv6 {
  return Ipv6.fromBytes(Uint8Array.from(values.flatMap((value) => [value >> 8, value & 255]))).unwrap()
}

function bits(values: readonly number[]): bigint {
  return values.reduce((sum, value) => (sum << 16n) | BigInt(value), 0n)
}

function expectInvalid(result: Result<unknown, InputInvalid>): void {
  const error = result.unwrapErr()
  expect(error).toMatchObject({ code: 'input.invalid', path: '' })
  expect(error.message).toMatch(/not an? .*IPv6 address|names a scope/)
  expect(error.hint).toMatch(/./)
}

describe('Ipv6', () => {
  it('parses every form of RFC 4291 §2.2', () => {
    fc.assert(
      fc.property(written, ({ text, groups }) => {
        const address = Ipv6.parse(text).unwrap()
        expect([...address.bytes()]).toEqual(groups.flatMap((value) => [value >> 8, value & 255]))
        // "::1.2.3.4" is ::ffff:1.2.3.4 to ipaddr.js; RFC 4291 §2.5.5.1 has it as the deprecated ::102:304
        if (!/^::\d+\.\d+\.\d+\.\d+$/.test(text)) expect(ipaddr.IPv6.parse(text).parts).toEqual(groups)
      }),
      manyRuns,
    )
  })

  it('writes RFC 5952, as ipaddr.js does', () => {
    fc.assert(
      fc.property(groups, (values) => {
        const address = ofGroups(values)
        const theirs = new ipaddr.IPv6(values)
        expect(`${address}`).toBe(theirs.isIPv4MappedAddress() ? `::ffff:${theirs.toIPv4Address()}` : theirs.toRFC5952String())
        expect(JSON.stringify(address)).toBe(`"${address}"`)
        expect(Ipv6.parse(`${address}`).unwrap().equals(address)).toBe(true)
      }),
      runs,
    )
  })

  it.each([
    ['4.1', '2001:0db8::0001', '2001:db8::1'],
    ['4.2.1', '2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['4.2.1', '2001:db8::0:1', '2001:db8::1'],
    ['4.2.2', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['4.2.2', '2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['4.2.3', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['4.2.3', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['4.3', '2001:DB8:AAAA::CCCC', '2001:db8:aaaa::cccc'],
    ['5', '::ffff:c000:201', '::ffff:192.0.2.1'],
    ['5', '0:0:0:0:0:FFFF:129.144.52.38', '::ffff:129.144.52.38'],
    ['2.1', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2.1', '2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2.1', '2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2.1', '2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['ends', '::', '::'],
    ['ends', '1::', '1::'],
    ['ends', '0:0:0:0:0:0:0:1', '::1'],
    ['ends', '1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['ends', '::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['not mapped', '::192.0.2.1', '::c000:201'],
    ['not mapped', '64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('writes the examples of RFC 5952 §%s: %s as %s', (_section, text, canonical) => {
    expect(`${Ipv6.parse(text).unwrap()}`).toBe(canonical)
  })

  it('agrees with node, and takes nothing that ipaddr.js refuses, on text that is nearly an address', () => {
    fc.assert(
      fc.property(nearlyWritten, (text) => {
        const result = Ipv6.parse(text)
        expect(result.isOk()).toBe(isIPv6(text))
        if (result.isErr()) return expectInvalid(result)
        expect(ipaddr.IPv6.isValid(text)).toBe(true)
        if (!/^::\d+\.\d+\.\d+\.\d+$/.test(text))
          expect(result.value.bytes()).toEqual(Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray()))
      }),
      manyRuns,
    )
  })

  // a scope names a link of one host (RFC 4007 §11): no part of the address; octets keep Ipv4's strictness
  it.each(['fe80::1%eth0', '::1%1', '::ffff:010.0.0.1', '::ffff:1.2.3.04'])('refuses %s, which ipaddr.js takes', (text) => {
    expect(ipaddr.IPv6.isValid(text)).toBe(true)
    expectInvalid(Ipv6.parse(text))
  })

  it('says of a scope that it is one', () => {
    expect(Ipv6.parse('fe80::1%eth0').unwrapErr()).toMatchObject({
      message: '"fe80::1%eth0" names a scope',
      hint: expect.stringContaining('%'),
    })
  })

  it.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2:3:4:5:6:7:8',
    '::1::',
    '1:::2',
    ':1::2',
    '1::2:',
    '1:2:3:4:5:6:7:8:',
    ':1:2:3:4:5:6:7:8',
    '12345::',
    '::00001',
    'g::',
    '::1.2.3',
    '::1.2.3.4.5',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1:2:3:4:5:1.2.3.4',
    '::256.0.0.1',
    '::a.1.2.3',
    '::1 ',
    ' ::1',
    '::1\n',
    '[::1]',
    '::1/64',
    '1.2.3.4',
    '::-1',
  ])('refuses %j', (text) => {
    expectInvalid(Ipv6.parse(text))
  })

  it('refuses what is not text, and words and bytes that are no address', () => {
    for (const value of [undefined, null, 1, {}]) expectInvalid(Ipv6.parse(value as never))
    for (const word of [-1, 2 ** 32, 0.5, Number.NaN]) {
      const error = Ipv6.fromWords([0, 0, 0, word]).unwrapErr()
      expect(error).toMatchObject({ code: 'input.invalid', message: `${word} is not a word of an IPv6 address`, hint: expect.any(String) })
    }
    for (const [length, offset] of [
      [15, 0],
      [32, 17],
      [32, -1],
    ] as const)
      expect(Ipv6.fromBytes(new Uint8Array(length), offset).unwrapErr()).toMatchObject({ code: 'input.invalid', hint: 'Give 16 bytes.' })
  })

  it('goes through bytes and words, at any offset', () => {
    fc.assert(
      fc.property(groups, fc.nat(16), (values, offset) => {
        const address = ofGroups(values)
        const bytes = new Uint8Array(32).fill(0xaa)
        address.write(bytes, offset)
        expect(bytes.filter((byte, at) => (at < offset || at >= offset + 16) && byte !== 0xaa)).toHaveLength(0)
        expect(Ipv6.fromBytes(bytes, offset).unwrap().equals(address)).toBe(true)
        expect(Ipv6.read(bytes, offset).bytes()).toEqual(address.bytes())
        const { word0, word1, word2, word3 } = address
        expect(Ipv6.fromWords([word0, word1, word2, word3]).unwrap().equals(address)).toBe(true)
        expect((BigInt(word0) << 96n) | (BigInt(word1) << 64n) | (BigInt(word2) << 32n) | BigInt(word3)).toBe(bits(values))
      }),
      runs,
    )
  })

  it('compares as numbers, after every IPv4 address', () => {
    const sharing = fc
      .tuple(groups, groups, fc.nat(8))
      .map(([left, right, same]) => [left, [...left.slice(0, same), ...right.slice(same)]] as const)
    fc.assert(
      fc.property(sharing, ([left, right]) => {
        const [a, b] = [ofGroups(left), ofGroups(right)]
        const order = bits(left) < bits(right) ? -1 : bits(left) > bits(right) ? 1 : 0
        expect(Math.sign(a.compare(b))).toBe(order)
        expect(a.equals(b)).toBe(order === 0)
        expect(a.compare(Ipv4.fromNumber(0xffff_ffff).unwrap())).toBeGreaterThan(0)
      }),
      runs,
    )
  })

  it('knows the special ranges as ipaddr.js does', () => {
    const near = fc.constantFrom(
      '::',
      '::1',
      '::2',
      '::1:0:0:0',
      '::ffff:0:0',
      '::fffe:ffff:ffff',
      '::1:0:0',
      'fe7f::',
      'fe80::',
      'febf::1',
      'fec0::',
      'fbff::',
      'fc00::',
      'fdff::',
      'fe00::',
      'feff::',
      'ff00::',
      'ff02::1',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          near,
          written.map(({ groups }) => `${ofGroups(groups)}`),
        ),
        (text) => {
          const address = Ipv6.parse(text).unwrap()
          const theirs = new ipaddr.IPv6([...address.bytes()])
          const range = theirs.range()
          expect(address.isUnspecified).toBe(range === 'unspecified')
          expect(address.isLoopback).toBe(range === 'loopback')
          expect(address.isMulticast).toBe(range === 'multicast')
          expect(address.isLinkLocal).toBe(range === 'linkLocal')
          expect(address.isPrivate).toBe(range === 'uniqueLocal')
          expect(address.isMapped).toBe(theirs.isIPv4MappedAddress())
        },
      ),
      runs,
    )
  })

  it('maps IPv4 addresses in and out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        const inner = Ipv4.fromNumber(value).unwrap()
        expect(Ipv6.mapped(inner).toIpv4()?.value).toBe(value)
        expect(`${Ipv6.mapped(inner)}`).toBe(`::ffff:${inner}`)
      }),
    )
    expect(Ipv6.parse('::1.2.3.4').unwrap().toIpv4()).toBeUndefined()
  })
})
