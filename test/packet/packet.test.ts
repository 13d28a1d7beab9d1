import { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frame } from './build.js'
import { crc32c, internetChecksum, pseudoHeader, sum16 } from './checksum.js'
import type { Ip4, Ip6, Layer } from './layers.js'
import { parse } from './parse.js'
import { differences, show } from './show.js'

const mac = (text: string): Mac => Mac.parse(text).unwrap()
const ip = (text: string): Ipv4 => Ipv4.parse(text).unwrap()
const ip6 = (text: string): Ipv6 => Ipv6.parse(text).unwrap()
const eth: Layer = { layer: 'eth', dst: mac('02:00:00:00:00:02'), src: mac('02:00:00:00:00:01') }
const four: Ip4 = { layer: 'ip4', src: ip('10.0.0.1'), dst: ip('10.0.0.2') }
const six: Ip6 = { layer: 'ip6', src: ip6('2001:db8::1'), dst: ip6('2001:db8::2') }
const data: Layer = { layer: 'payload', bytes: new TextEncoder().encode('hello, world') }
const unhex = (text: string): Uint8Array => Uint8Array.from(text.replace(/\s/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

describe('checksums', () => {
  it('are those of the standards', () => {
    // RFC 1071 §3: the example
    expect(sum16(unhex('0001 f203 f4f5 f6f7'))).toBe(0xddf2)
    // the check value of CRC32c, e3069283, in the order of bytes that SCTP writes
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0x839206e3)
  })

  it.each<[string, Layer[]]>([
    ['tcp', [four, { layer: 'tcp', src: 1234, dst: 80, flags: 'S', seq: 7 }, data]],
    ['udp', [four, { layer: 'udp', src: 1234, dst: 53 }, data]],
    ['tcp over IPv6', [six, { layer: 'tcp', src: 1234, dst: 80, flags: 'A' }, data]],
    ['icmp6', [six, { layer: 'icmp6', type: 128, rest: 0x0001_0002 }, data]],
  ])('make the whole sum to all ones: %s', (_, layers) => {
    const [around] = layers as [Ip4 | Ip6]
    const bytes = frame(...layers)
    const transport = bytes.slice(around.layer === 'ip4' ? 20 : 40)
    const protocol = { tcp: 6, udp: 17, icmp6: 58 }[layers[1]?.layer as 'tcp']
    expect(sum16(transport, pseudoHeader(around.src.bytes(), around.dst.bytes(), protocol as number, transport.length))).toBe(0xffff)
    if (around.layer === 'ip4') expect(internetChecksum(bytes.slice(0, 20))).toBe(0)
  })
})

describe('a frame', () => {
  // captured on loopback, Linux 6.18: the kernel's answers to a datagram for a closed port, whose checksums it made itself
  it.each([
    [
      'IPv4',
      '000000000000000000000000080045c0003d453b0000400136c37f0000017f0000010303a76b0000000045000021345a4000401108707f0000017f00000113880009000dfe2068656c6c6f',
      'eth 00:00:00:00:00:00 > 00:00:00:00:00:00 0x0800 | ip4 127.0.0.1 > 127.0.0.1 ttl 64 | icmp type 3 code 3 | ip4 127.0.0.1 > 127.0.0.1 ttl 64 | udp 5000 > 9 | 5 B',
    ],
    [
      'IPv6',
      '00000000000000000000000086dd600a93fb003d3a4000000000000000000000000000000001000000000000000000000000000000010104ba0f0000000060077b8c000d1140000000000000000000000000000000010000000000000000000000000000000113880009000d002068656c6c6f',
      'eth 00:00:00:00:00:00 > 00:00:00:00:00:00 0x86dd | ip6 ::1 > ::1 hops 64 | icmp6 type 1 code 4 | ip6 ::1 > ::1 hops 64 | udp 5000 > 9 | 5 B',
    ],
  ])('is read and built as the kernel builds it: %s', (_, captured, shown) => {
    const bytes = unhex(captured)
    const layers = parse(bytes)
    expect(show(bytes)).toBe(shown)
    expect(frame(...layers)).toEqual(bytes)
    // and the error's own checksums are made up to be the same
    const made = layers.map((layer, at): Layer => (at === 1 || at === 2 ? ({ ...layer, checksum: undefined } as unknown as Layer) : layer))
    expect(frame(...made)).toEqual(bytes)
  })

  const packets: [string, Layer[]][] = [
    ['tcp', [eth, four, { layer: 'tcp', src: 1, dst: 80, flags: 'SA', options: unhex('020405b4') }, data]],
    ['udp', [eth, six, { layer: 'udp', src: 1, dst: 53 }, data]],
    ['sctp', [eth, four, { layer: 'sctp', src: 5, dst: 6, tag: 9 }, data]],
    [
      'arp',
      [
        eth,
        {
          layer: 'arp',
          operation: 1,
          senderMac: mac('02:00:00:00:00:01'),
          sender: ip('10.0.0.1'),
          targetMac: Mac.ANY,
          target: ip('10.0.0.2'),
        },
      ],
    ],
    [
      'an error about a packet',
      [eth, four, { layer: 'icmp', type: 3, code: 4, rest: 1400 }, { ...four, length: 36 }, { layer: 'udp', src: 1, dst: 2 }],
    ],
    [
      'extension headers',
      [
        eth,
        {
          ...six,
          extensions: [
            { header: 0, data: unhex('050200000100') },
            { header: 60, data: unhex('010400000000') },
          ],
        },
        { layer: 'udp', src: 1, dst: 2 },
        data,
      ],
    ],
    ['a later fragment', [eth, { ...four, fragmentOffset: 1480, id: 7, protocol: 17 }, data]],
    ['a later fragment of IPv6', [eth, { ...six, protocol: 17, extensions: [{ header: 44, data: unhex('00b9 00000007') }] }, data]],
    [
      'vxlan',
      [
        eth,
        four,
        { layer: 'udp', src: 40_000, dst: 4789 },
        { layer: 'vxlan', vni: 42 },
        eth,
        six,
        { layer: 'tcp', src: 1, dst: 2, flags: 'F' },
        data,
      ],
    ],
    [
      'geneve',
      [
        eth,
        six,
        { layer: 'udp', src: 40_000, dst: 6081 },
        { layer: 'geneve', vni: 42, options: unhex('01020001 deadbeef') },
        eth,
        four,
        { layer: 'icmp', type: 0 },
        data,
      ],
    ],
  ]

  it.each(packets)('is parsed into the layers that it is built of: %s', (_, layers) => {
    const bytes = frame(...layers)
    const parsed = parse(bytes)
    expect(parsed.map(({ layer }) => layer)).toEqual(layers.map(({ layer }) => layer))
    for (const [at, layer] of layers.entries()) expect(parsed[at]).toMatchObject(layer)
    expect(frame(...parsed)).toEqual(bytes)
  })

  it('is taken as it is, damaged as it may be', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...packets),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 8 }),
        fc.nat(200),
        ([, layers], edits, length) => {
          const bytes = frame(...layers).slice(0, Math.max(1, length))
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
          expect(show(bytes)).not.toContain('undefined')
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('is shown in a line, and what changed in words', () => {
    const before = frame(eth, four, { layer: 'tcp', src: 1234, dst: 80, flags: 'S' }, data)
    expect(show(before)).toBe('eth 02:00:00:00:00:01 > 02:00:00:00:00:02 0x0800 | ip4 10.0.0.1 > 10.0.0.2 ttl 64 | tcp 1234 > 80 S | 12 B')
    const after = frame(eth, { ...four, ttl: 63 }, { layer: 'tcp', src: 1234, dst: 80, flags: 'S' }, data)
    expect(differences(before, after)).toEqual(['ip4 ttl 64 → 63', expect.stringMatching(/^ip4 checksum \d+ → \d+$/)])
    expect(differences(before, before)).toEqual([])
    expect(differences(before, frame(eth, data))).toEqual([expect.stringContaining(' became ')])
  })
})
