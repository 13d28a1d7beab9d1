import { describe, expect, it } from 'vitest'
import { hasPorts, isIcmp, portSchema, protocolName, protocolNumber } from './port.js'

describe('a protocol', () => {
  it.each([
    ['tcp', 6, 'tcp', true, false],
    ['udp', 17, 'udp', true, false],
    ['sctp', 132, 'sctp', true, false],
    ['icmp', 1, 'icmp', false, true],
    ['icmpv6', 58, 'icmpv6', false, true],
    ['igmp', 2, 'igmp', false, false],
    ['vrrp', 112, 'vrrp', false, false],
    [47, 47, 'protocol 47', false, false],
    [0, 0, 'protocol 0', false, false],
    [6, 6, 'tcp', true, false],
  ] as const)('%s', (protocol, number, name, ported, icmp) => {
    expect([protocolNumber(protocol), protocolName(number), hasPorts(number), isIcmp(number)]).toEqual([number, name, ported, icmp])
  })
})

describe('a port', () => {
  it.each([
    ['no protocol', { port: 80 }],
    ['an unknown protocol', { protocol: 'quic', port: 80 }],
    ['a protocol in capitals', { protocol: 'TCP', port: 80 }],
    ['port 0', { protocol: 'tcp', port: 0 }],
    ['an empty name', { protocol: 'tcp', port: '' }],
    ['an end that is too large', { protocol: 'tcp', port: 1, endPort: 65536 }],
    ['an unknown field', { protocol: 'tcp', ports: [80] }],
  ])('is refused with %s', (_, port) => {
    expect(portSchema.safeParse(port).success).toBe(false)
  })

  it.each([
    { protocol: 'tcp', port: 65535 },
    { protocol: 'tcp', port: 1, endPort: 1 },
    { protocol: 6, port: 'http' },
    { protocol: 'icmp', icmpType: 0 },
    { protocol: 58, icmpType: 255 },
    { protocol: 'transport', port: 80, endPort: 90 },
    { protocol: 255 },
  ])('is %j', (port) => {
    expect(portSchema.parse(port)).toEqual(port)
  })
})
