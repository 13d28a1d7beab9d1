import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { type Ip, parseIp } from './ip.js'
import { Ipv4 } from './ipv4.js'
import { Ipv6 } from './ipv6.js'
import { Prefix } from './prefix.js'

const runs = { numRuns: 1000 }
const width = { 4: 32, 6: 128 } as const
const families = [4, 6] as const

function bitsOf(address: Ip): bigint {
  return BigInt(`0x${Buffer.from(address.bytes()).toString('hex')}`)
}

function ofBits(family: 4 | 6, bits: bigint): Ip {
  const bytes = Uint8Array.from(Buffer.from(bits.toString(16).padStart(width[family] / 4, '0'), 'hex'))
  return family === 4 ? Ipv4.read(bytes, 0) : Ipv6.read(bytes, 0)
}

function maskBits(family: 4 | 6, length: number): bigint {
  const host = BigInt(width[family] - length)
  return ((1n << BigInt(width[family])) - 1n) & ~((1n << host) - 1n)
}

function addressOf(family: 4 | 6): fc.Arbitrary<Ip> {
  return fc.bigInt({ min: 0n, max: (1n << BigInt(width[family])) - 1n }).map((bits) => ofBits(family, bits))
}

function prefixOf(family: 4 | 6): fc.Arbitrary<Prefix> {
  return fc.tuple(addressOf(family), fc.nat(width[family])).map(([address, length]) => Prefix.of(address, length))
}

/** Two prefixes that often share their first bits: one of the other's addresses with some low bits changed. */
function pairOf(family: 4 | 6): fc.Arbitrary<[Prefix, Prefix]> {
  return fc.tuple(prefixOf(family), addressOf(family), fc.nat(width[family]), fc.nat(width[family])).map(([one, noise, keep, length]) => {
    const mask = maskBits(family, keep)
    return [one, Prefix.of(ofBits(family, (bitsOf(one.address) & mask) | (bitsOf(noise) & ~mask)), length)]
  })
}

describe.each(families)('Prefix of IPv%i', (family) => {
  const all = maskBits(family, width[family])

  it('has mask, first, last, network and broadcast for every length', () => {
    const samples = fc.sample(addressOf(family), { numRuns: 8, seed: 1 }).concat(ofBits(family, 0n), ofBits(family, all))
    for (let length = 0; length <= width[family]; length++) {
      const mask = maskBits(family, length)
      for (const address of samples) {
        const prefix = Prefix.create(address, length).unwrap()
        const bits = bitsOf(address)
        expect(bitsOf(prefix.mask())).toBe(mask)
        expect(bitsOf(prefix.first())).toBe(bits & mask)
        expect(bitsOf(prefix.last())).toBe((bits & mask) | (all & ~mask))
        expect(prefix.isNetwork).toBe((bits & ~mask) === 0n)
        expect(`${prefix.network()}`).toBe(`${ofBits(family, bits & mask)}/${length}`)
        expect(prefix.network().isNetwork).toBe(true)
        expect(prefix.broadcast()?.toString()).toBe(family === 4 && length < 31 ? `${prefix.last()}` : undefined)
        if (family === 4) expect(`${prefix.mask()}`).toBe(ipaddr.IPv4.subnetMaskFromPrefixLength(length).toString())
        expect(prefix.contains(prefix.first()) && prefix.contains(prefix.last()) && prefix.contains(prefix)).toBe(true)
        if (bitsOf(prefix.first()) > 0n) expect(prefix.contains(ofBits(family, bitsOf(prefix.first()) - 1n))).toBe(false)
        if (bitsOf(prefix.last()) < all) expect(prefix.contains(ofBits(family, bitsOf(prefix.last()) + 1n))).toBe(false)
        expect(Prefix.parse(`${address}/${length}`).unwrap().equals(prefix)).toBe(true)
      }
    }
  })

  it('contains the addresses that ipaddr.js matches', () => {
    fc.assert(
      fc.property(pairOf(family), ([prefix, { address }]) => {
        const theirs = ipaddr.parse(`${address}`) as ipaddr.IPv4
        expect(prefix.contains(address)).toBe(theirs.match(ipaddr.parseCIDR(`${prefix}`) as [ipaddr.IPv4, number]))
      }),
      runs,
    )
  })

  it('contains and overlaps prefixes as their ranges do', () => {
    fc.assert(
      fc.property(pairOf(family), ([a, b]) => {
        const [aFirst, aLast, bFirst, bLast] = [a.first(), a.last(), b.first(), b.last()].map(bitsOf) as [bigint, bigint, bigint, bigint]
        expect(a.contains(b)).toBe(aFirst <= bFirst && bLast <= aLast)
        expect(a.overlaps(b)).toBe(aFirst <= bLast && bFirst <= aLast)
        expect(b.overlaps(a)).toBe(a.overlaps(b))
      }),
      runs,
    )
  })

  it('compares by address, then length', () => {
    fc.assert(
      fc.property(pairOf(family), ([a, b]) => {
        const [left, right] = [bitsOf(a.address), bitsOf(b.address)]
        expect(Math.sign(a.compare(b))).toBe(left < right ? -1 : left > right ? 1 : Math.sign(a.length - b.length))
        expect(a.equals(b)).toBe(a.compare(b) === 0)
      }),
      runs,
    )
  })

  it('is written and parsed back, with the bits beyond the length', () => {
    fc.assert(
      fc.property(prefixOf(family), (prefix) => {
        const [address, length] = ipaddr.parseCIDR(`${prefix}`)
        expect(prefix.family).toBe(family)
        expect([...prefix.address.bytes()]).toEqual(address.toByteArray())
        expect(prefix.length).toBe(length)
        expect(
          Prefix.parse(JSON.parse(JSON.stringify(prefix)))
            .unwrap()
            .equals(prefix),
        ).toBe(true)
      }),
      runs,
    )
  })

  it('refuses lengths out of range', () => {
    const address = ofBits(family, 1n)
    for (const length of [-1, width[family] + 1, 1.5, Number.NaN, '8' as never])
      expect(Prefix.create(address, length).unwrapErr()).toMatchObject({
        code: 'input.invalid',
        hint: `Give an integer from 0 to ${width[family]}.`,
      })
    for (const digits of [
      '',
      '-1',
      '+1',
      '08',
      '00',
      '1.0',
      '1e1',
      ' 8',
      '8 ',
      '8\n',
      '0x8',
      `${width[family] + 1}`,
      '1000',
      '8/8',
      '255.0.0.0',
      '٣',
    ]) {
      const error = Prefix.parse(`${address}/${digits}`).unwrapErr()
      expect(error).toMatchObject({
        code: 'input.invalid',
        path: '',
        hint: `Write the address, a slash, and a decimal number: ${address}/${width[family]}.`,
      })
      expect(error.message).toContain(`${address}/${digits}`)
    }
    expect(Prefix.of(address, 255).length).toBe(width[family])
  })

  it('takes an address without a length for that one address', () => {
    const prefix = Prefix.parse(`${ofBits(family, 1n)}`).unwrap()
    expect(prefix.length).toBe(width[family])
    expect(prefix.first().equals(prefix.last())).toBe(true)
  })
})

describe('Prefix', () => {
  it('keeps the families apart', () => {
    fc.assert(
      fc.property(prefixOf(4), prefixOf(6), (four, six) => {
        expect(four.contains(six) || six.contains(four) || four.overlaps(six) || four.equals(six)).toBe(false)
        expect(four.contains(six.address) || six.contains(four.address)).toBe(false)
        expect(four.compare(six)).toBeLessThan(0)
        expect(six.compare(four)).toBeGreaterThan(0)
      }),
    )
    // a mapped address is an IPv6 address
    expect(Prefix.parse('0.0.0.0/0').unwrap().contains(Ipv6.mapped(Ipv4.LOOPBACK))).toBe(false)
    expect(Prefix.parse('::ffff:10.0.0.0/104').unwrap().contains(parseIp('::ffff:10.9.9.9').unwrap())).toBe(true)
  })

  it('says of the address what is wrong with it', () => {
    for (const text of ['', '/8', '10.0.0/8', '10.0.0.0.0/8', '2001:db8:/32', 'fe80::1%eth0/64', ' 10.0.0.0/8'])
      expect(Prefix.parse(text).unwrapErr()).toMatchObject({
        code: 'input.invalid',
        message: expect.stringMatching(/address|scope/),
        hint: expect.stringMatching(/./),
      })
    for (const value of [undefined, null, 8, {}]) expect(Prefix.parse(value as never).unwrapErr().code).toBe('input.invalid')
  })
})
