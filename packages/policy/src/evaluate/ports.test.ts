import { describe, expect, it } from 'vitest'
import { definePolicy } from '../schema/define.js'
import { ask, type PortInput, rules } from '../testing/shop.js'
import type { Flow } from './flow.js'

type Carried = Pick<Flow, 'protocol' | 'port' | 'icmpType'>

/** What is carried, in short: `tcp 80`, `icmp 8`, `47`. */
function carried(text: string): Carried {
  const [name = '', number] = text.split(' ')
  const protocol = /^\d+$/.test(name) ? Number(name) : (name as 'tcp')
  if (number === undefined) return { protocol }
  return name.startsWith('icmp') ? { protocol, icmpType: Number(number) } : { protocol, port: Number(number) }
}

const probes = [
  'tcp 79',
  'tcp 80',
  'tcp 81',
  'tcp 0',
  'tcp 65535',
  'udp 80',
  'sctp 80',
  'icmp 0',
  'icmp 8',
  'icmpv6 128',
  '47',
  'vrrp',
  '0',
]
const passing = (...ports: PortInput[]): string[] => probes.filter((text) => ask([rules({ ports })], carried(text)).verdict === 'allow')

describe('ports', () => {
  it.each<[string, PortInput[], string[]]>([
    ['one', [{ protocol: 'tcp', port: 80 }], ['tcp 80']],
    ['one of a protocol by number', [{ protocol: 6, port: 80 }], ['tcp 80']],
    ['a range, both ends included', [{ protocol: 'tcp', port: 79, endPort: 80 }], ['tcp 79', 'tcp 80']],
    ['a range of one', [{ protocol: 'tcp', port: 80, endPort: 80 }], ['tcp 80']],
    ['all numbers but 0', [{ protocol: 'tcp', port: 1, endPort: 65535 }], ['tcp 79', 'tcp 80', 'tcp 81', 'tcp 65535']],
    ['every port of a protocol', [{ protocol: 'tcp' }], ['tcp 79', 'tcp 80', 'tcp 81', 'tcp 0', 'tcp 65535']],
    ['transport: TCP, UDP, SCTP and not ICMP', [{ protocol: 'transport', port: 80 }], ['tcp 80', 'udp 80', 'sctp 80']],
    ['transport without a port', [{ protocol: 'transport' }], probes.filter((text) => /^(tcp|udp|sctp)/.test(text))],
    ['UDP', [{ protocol: 'udp', port: 80 }], ['udp 80']],
    ['SCTP', [{ protocol: 'sctp', port: 80 }], ['sctp 80']],
    ['ICMP, every type', [{ protocol: 'icmp' }], ['icmp 0', 'icmp 8']],
    ['ICMP type 0, which is not an absence', [{ protocol: 'icmp', icmpType: 0 }], ['icmp 0']],
    ['ICMP type 8', [{ protocol: 'icmp', icmpType: 8 }], ['icmp 8']],
    ['ICMPv6 is not ICMP', [{ protocol: 'icmpv6', icmpType: 128 }], ['icmpv6 128']],
    ['another protocol by number', [{ protocol: 47 }], ['47']],
    ['another protocol by name', [{ protocol: 'vrrp' }], ['vrrp']],
    ['protocol 0', [{ protocol: 0 }], ['0']],
    [
      'several: any of them',
      [
        { protocol: 'udp', port: 80 },
        { protocol: 'icmp', icmpType: 8 },
      ],
      ['udp 80', 'icmp 8'],
    ],
    ['none in the list: nothing', [], []],
  ])('%s', (_, ports, expected) => {
    expect(passing(...ports)).toEqual(expected)
  })

  it('absent: everything, ICMP and every other protocol too', () => {
    expect(probes.filter((text) => ask([rules({})], carried(text)).verdict === 'allow')).toEqual(probes)
  })

  it('and peers must be of one rule', () => {
    const split = rules(
      { peers: [{ kind: 'entity', entity: 'host' }], ports: [{ protocol: 'tcp', port: 80 }] },
      { peers: [{ kind: 'endpoints' }], ports: [{ protocol: 'tcp', port: 81 }] },
    )
    expect(ask([split], { port: 80 }).verdict).toBe('deny')
    expect(ask([split], { port: 81 }).verdict).toBe('allow')
    expect(ask([split], { port: 80, from: { object: 'here' } }).verdict).toBe('allow')
  })
})

describe('a named port', () => {
  const named = (direction: 'ingress' | 'egress', protocol: PortInput['protocol'], port: string) =>
    rules({ direction, ports: [{ protocol, port }] })
  it.each<[string, Partial<Flow>, PortInput['protocol'], string, string]>([
    ['is that of the subject, coming in', { to: { object: 'shop/web' }, from: { object: 'shop/db' }, port: 8080 }, 'tcp', 'http', 'allow'],
    ['is another number on another endpoint', { to: { object: 'shop/db' }, port: 9090 }, 'tcp', 'http', 'allow'],
    ['is not the number of the sender', { to: { object: 'shop/db' }, from: { object: 'shop/web' }, port: 8080 }, 'tcp', 'http', 'deny'],
    ['is of a protocol', { to: { object: 'shop/web' }, protocol: 'udp', port: 53 }, 'tcp', 'dns', 'deny'],
    ['of the right protocol', { to: { object: 'shop/web' }, protocol: 'udp', port: 53 }, 'udp', 'dns', 'allow'],
    ['of whatever transport', { to: { object: 'shop/web' }, protocol: 'udp', port: 53 }, 'transport', 'dns', 'allow'],
    [
      'of whatever transport, not its number on another',
      { to: { object: 'shop/web' }, protocol: 'tcp', port: 53 },
      'transport',
      'dns',
      'deny',
    ],
    ['that the endpoint has not', { to: { object: 'shop/bare' }, port: 8080 }, 'tcp', 'http', 'deny'],
    ['that is written as digits is a name', { to: { object: 'shop/web' }, port: 80 }, 'tcp', '80', 'deny'],
  ])('%s', (_, flow, protocol, port, expected) => {
    expect(ask([named('ingress', protocol, port)], flow).verdict).toBe(expected)
  })

  it.each<[string, Partial<Flow>, string]>([
    ['is that of the peer, going out', { from: { object: 'shop/web' }, to: { object: 'shop/db' }, port: 9090 }, 'allow'],
    ['is not that of the subject, going out', { from: { object: 'shop/web' }, to: { object: 'shop/db' }, port: 8080 }, 'deny'],
    ['differs from peer to peer', { from: { object: 'shop/db' }, to: { object: 'shop/web' }, port: 8080 }, 'allow'],
    ['is nobody’s outside', { from: { object: 'shop/db' }, to: { ip: '203.0.113.7' }, port: 8080 }, 'deny'],
  ])('%s', (_, flow, expected) => {
    expect(ask([named('egress', 'tcp', 'http')], { direction: 'egress', ...flow }).verdict).toBe(expected)
  })
})

describe('what is no port is refused', () => {
  it.each<[string, PortInput, string]>([
    ['a range backwards', { protocol: 'tcp', port: 80, endPort: 79 }, '79 comes before port 80'],
    ['a range from a name', { protocol: 'tcp', port: 'http', endPort: 79 }, 'a range begins with a numeric port'],
    ['a range from nowhere', { protocol: 'tcp', endPort: 79 }, 'a range begins with a numeric port'],
    ['a port of ICMP', { protocol: 'icmp', port: 80 }, 'icmp has no ports'],
    ['a port of protocol 47', { protocol: 47, port: 80 }, 'protocol 47 has no ports'],
    ['an ICMP type of TCP', { protocol: 'tcp', icmpType: 0 }, 'tcp has no ICMP types'],
    ['an ICMP type of transport', { protocol: 'transport', icmpType: 0 }, 'tcp has no ICMP types'],
  ])('%s', (_, port, message) => {
    const policy = definePolicy({
      kind: 'network-policy',
      key: 'p',
      subject: { kind: 'endpoints' },
      rules: [{ direction: 'ingress', ports: [port] }],
    })
    expect(policy.isErr() && policy.error.message).toContain(message)
  })

  it.each([0, 65536, 1.5, -1])('port %d', (port) => {
    expect(() => rules({ ports: [{ protocol: 'tcp', port }] })).toThrow()
  })
  it.each([256, -1, 1.5])('protocol %d', (protocol) => {
    expect(() => rules({ ports: [{ protocol }] })).toThrow()
  })
  it.each([256, -1, 1.5])('ICMP type %d', (icmpType) => {
    expect(() => rules({ ports: [{ protocol: 'icmp', icmpType }] })).toThrow()
  })
})
