import { EndpointFlags } from '@axoneme/datapath'
import { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import { GATEWAY4, GATEWAY6, IFINDEX, pods, remote } from '../datapath/cast.js'
import {
  type Case,
  cut,
  drops,
  endpoint,
  fromHost,
  fromNetdev,
  fromOverlay,
  fromPod,
  passes,
  patched,
  raw,
  toPod,
  withLink,
  withPush,
} from '../datapath/life-cases.js'
import { ANSWER_MARK, bytes, type Fate, icmp, type Sight } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import { frame } from '../packet/build.js'
import type { Extension, Layer } from '../packet/layers.js'

/** What a pod asks of its link: RFC 826, RFC 4861, RFC 5227. */
const { a, b, far, host } = pods
const v6 = (text: string): Ipv6 => Ipv6.parse(text).unwrap()
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.of(...parts.flatMap((part) => [...part]))

interface Question {
  readonly operation?: number
  readonly senderMac?: Mac
  readonly sender?: Ipv4
  readonly target?: Ipv4
  readonly source?: Mac
}
const arp = ({ operation = 1, senderMac = a.mac, sender = a.ip4, target = GATEWAY4, source = a.mac }: Question): Sight =>
  withLink(fromPod('a', { layer: 'arp', operation, senderMac, sender, targetMac: Mac.ANY, target }), {
    layer: 'eth',
    src: source,
    dst: Mac.BROADCAST,
  })
const isAt = (sight: Sight, asker: Ipv4 = a.ip4, askerMac: Mac = a.mac): readonly [Sight, Fate] => [
  sight,
  {
    what: 'redirect ANSWERED_ARP',
    mark: ANSWER_MARK,
    frame: [
      { layer: 'eth', src: a.gateway, dst: askerMac },
      { layer: 'arp', operation: 2, senderMac: a.gateway, sender: GATEWAY4, targetMac: askerMac, target: asker },
    ],
  },
]
const any = EndpointFlags.AXM_ENDPOINT_REDIRECT_PEER | EndpointFlags.AXM_ENDPOINT_ANY_SOURCE

const arps: readonly Case[] = [
  { name: 'ARP for the gateway is answered', steps: [isAt(arp({}))] },
  {
    name: 'ARP sent to the gateway alone, as a neighbour table confirms',
    steps: [isAt(withLink(arp({}), { layer: 'eth', src: a.mac, dst: a.gateway }))],
  },
  { name: 'an ARP probe is answered: the address is taken', steps: [isAt(arp({ sender: Ipv4.ANY }), Ipv4.ANY)] },
  {
    name: 'ARP for anybody else is not',
    steps: [b.ip4, a.ip4, host.ip4, remote.unknown.ip4, Ipv4.ANY].map((target) => drops(arp({ target }), 'DROP_LINK_LOCAL')),
  },
  {
    name: 'ARP of a sender that is another',
    steps: [
      drops(arp({ sender: b.ip4 }), 'DROP_SPOOFED'),
      drops(arp({ sender: GATEWAY4 }), 'DROP_SPOOFED'),
      drops(arp({ senderMac: b.mac }), 'DROP_SPOOFED'),
      drops(arp({ senderMac: a.gateway }), 'DROP_SPOOFED'),
      drops(arp({ source: b.mac }), 'DROP_SPOOFED'),
      drops(arp({ operation: 2, sender: b.ip4 }), 'DROP_SPOOFED'),
      drops(arp({ operation: 2, senderMac: b.mac }), 'DROP_SPOOFED'),
      drops(arp({ operation: 2, sender: GATEWAY4 }), 'DROP_SPOOFED'),
    ],
  },
  { name: 'an ARP answer goes to the host', steps: [[arp({ operation: 2, target: host.ip4 }), 'ok FORWARD_HOST']] },
  {
    name: 'ARP of other operations',
    steps: [0, 3, 4, 8, 0x100, 0xffff].map((operation) => drops(arp({ operation }), 'DROP_LINK_LOCAL')),
  },
  {
    name: 'ARP that is none',
    steps: [
      drops(patched(arp({}), { 14: [0, 6] }), 'DROP_MALFORMED'),
      drops(patched(arp({}), { 16: [0x86, 0xdd] }), 'DROP_MALFORMED'),
      drops(patched(arp({}), { 18: [8] }), 'DROP_MALFORMED'),
      drops(patched(arp({}), { 19: [16] }), 'DROP_MALFORMED'),
    ],
  },
  {
    name: 'ARP cut short',
    steps: Array.from({ length: 28 }, (_, length) => drops(cut(arp({}), 14 + length), 'DROP_MALFORMED')),
  },
  {
    name: 'ARP of a link of nobody',
    steps: [drops(withPush(arp({}), { ifindex: IFINDEX.uplink }), 'DROP_NO_ENDPOINT')],
  },
  {
    name: 'ARP to a pod passes: the host asks, or its link answers',
    steps: [
      [
        toPod('a', { layer: 'arp', operation: 1, senderMac: a.gateway, sender: GATEWAY4, targetMac: Mac.ANY, target: a.ip4 }),
        'ok FORWARD_PASSED',
      ],
      [
        withPush(toPod('a', { layer: 'arp', operation: 2, senderMac: a.gateway, sender: GATEWAY4, targetMac: a.mac, target: a.ip4 }), {
          mark: ANSWER_MARK,
        }),
        { what: 'ok FORWARD_PASSED', mark: ANSWER_MARK },
      ],
    ],
  },
  {
    name: 'ARP elsewhere is not ours, and does not come by the tunnel',
    steps: [
      passes(
        fromNetdev({ layer: 'arp', operation: 1, senderMac: far.mac, sender: remote.world.ip4, targetMac: Mac.ANY, target: host.ip4 }),
      ),
      drops(
        fromOverlay(50_003, {
          layer: 'arp',
          operation: 1,
          senderMac: far.mac,
          sender: remote.tunnelled.ip4,
          targetMac: Mac.ANY,
          target: a.ip4,
        }),
        'DROP_UNKNOWN_PROTOCOL',
      ),
    ],
  },
  {
    name: 'ARP of an endpoint that may send from any address',
    given: endpoint('a', { flags: any }),
    steps: [isAt(arp({ sender: far.ip4, senderMac: far.mac, source: far.mac }), far.ip4, far.mac)],
  },
  {
    name: 'ARP of zeros by an endpoint without an address of its own',
    given: endpoint('a', { ipv4: Ipv4.ANY }),
    steps: [drops(arp({}), 'DROP_SPOOFED'), drops(arp({ operation: 2, sender: b.ip4 }), 'DROP_SPOOFED')],
  },
]

// ---- neighbour discovery ----

const SOLICITATION = 135
const ADVERTISEMENT = 136
interface Solicitation {
  readonly type?: number
  readonly code?: number
  readonly flags?: number
  readonly from?: Ipv6
  readonly to?: Ipv6
  readonly target?: Ipv6
  readonly hopLimit?: number
  readonly options?: Uint8Array
  readonly source?: Mac
  readonly extensions?: readonly Extension[]
  readonly length?: number
}
const NODES_OF_GATEWAY = v6('ff02::1:ff00:1')
const LINK_LOCAL_A = v6('fe80::ff:fe00:a')
const macOption = (kind: number, mac: Mac): Uint8Array => join(Uint8Array.of(kind, 1), mac.bytes())

function message(given: Solicitation): Layer[] {
  const { type = SOLICITATION, code = 0, flags = 0, from = a.ip6, to = NODES_OF_GATEWAY, target = GATEWAY6, hopLimit = 255 } = given
  const { options = macOption(1, a.mac), extensions, length } = given
  const header: Layer = {
    layer: 'ip6',
    src: from,
    dst: to,
    hopLimit,
    ...(extensions === undefined ? {} : { extensions }),
    ...(length === undefined ? {} : { length }),
  }
  return [header, icmp('v6', type, code, flags), bytes(join(target.bytes(), options))]
}
const solicitation = (given: Solicitation): Sight =>
  withLink(fromPod('a', ...message(given)), { layer: 'eth', src: given.source ?? a.mac, dst: Mac.parse('33:33:ff:00:00:01').unwrap() })
/** router, solicited, override; the link's own MAC as the target's */
const advertised = (sight: Sight, to: Ipv6 = a.ip6, toMac: Mac = a.mac): readonly [Sight, Fate] => [
  sight,
  {
    what: 'redirect ANSWERED_NEIGHBOUR',
    mark: ANSWER_MARK,
    frame: [
      { layer: 'eth', src: a.gateway, dst: toMac },
      { layer: 'ip6', src: GATEWAY6, dst: to, hopLimit: 255 },
      icmp('v6', ADVERTISEMENT, 0, 0xe000_0000),
      bytes(join(GATEWAY6.bytes(), macOption(2, a.gateway))),
    ],
  },
]

const solicitations: readonly Case[] = [
  { name: 'a solicitation for the gateway is answered', steps: [advertised(solicitation({}))] },
  { name: 'a solicitation to the gateway alone', steps: [advertised(solicitation({ to: GATEWAY6 }))] },
  { name: "a solicitation from the pod's address of the link", steps: [advertised(solicitation({ from: LINK_LOCAL_A }), LINK_LOCAL_A)] },
  {
    name: 'a solicitation without options, and with more than one',
    steps: [
      advertised(solicitation({ options: new Uint8Array(0) })),
      advertised(solicitation({ options: join(macOption(1, a.mac), Uint8Array.of(14, 1, 1, 2, 3, 4, 5, 6)) })),
    ],
  },
  {
    name: 'a solicitation for anybody else is not answered',
    steps: [b.ip6, a.ip6, host.ip6, remote.unknown.ip6, Ipv6.ANY, v6('fe80::1'), v6('fd00:42::2'), v6('fd00:43::1')].map((target) =>
      drops(solicitation({ target }), 'DROP_LINK_LOCAL'),
    ),
  },
  {
    name: 'duplicate detection is not answered',
    steps: [
      drops(solicitation({ from: Ipv6.ANY, target: a.ip6, options: new Uint8Array(0) }), 'DROP_LINK_LOCAL'),
      drops(solicitation({ from: Ipv6.ANY, target: LINK_LOCAL_A, options: new Uint8Array(0) }), 'DROP_LINK_LOCAL'),
    ],
  },
  {
    name: 'solicitations and advertisements of routers, and redirects',
    steps: [
      drops(solicitation({ type: 133, to: v6('ff02::2') }), 'DROP_LINK_LOCAL'),
      drops(solicitation({ type: 134, to: v6('ff02::1') }), 'DROP_LINK_LOCAL'),
      drops(solicitation({ type: 137, to: b.ip6 }), 'DROP_LINK_LOCAL'),
    ],
  },
  {
    name: 'a solicitation of another sender',
    steps: [
      drops(solicitation({ from: b.ip6 }), 'DROP_SPOOFED'),
      drops(solicitation({ from: GATEWAY6 }), 'DROP_SPOOFED'),
      drops(solicitation({ source: b.mac }), 'DROP_SPOOFED'),
    ],
  },
  {
    name: 'an advertisement of its own address goes to the host',
    steps: [
      [solicitation({ type: ADVERTISEMENT, flags: 0x6000_0000, to: GATEWAY6, target: a.ip6 }), 'ok FORWARD_HOST'],
      [
        solicitation({ type: ADVERTISEMENT, flags: 0x6000_0000, to: GATEWAY6, from: LINK_LOCAL_A, target: LINK_LOCAL_A }),
        'ok FORWARD_HOST',
      ],
      [solicitation({ type: ADVERTISEMENT, flags: 0x2000_0000, to: v6('ff02::1'), target: a.ip6 }), 'ok FORWARD_HOST'],
    ],
  },
  {
    name: 'an advertisement of what is not its own',
    steps: [
      ...[b.ip6, GATEWAY6, host.ip6, remote.unknown.ip6].map((target) =>
        drops(solicitation({ type: ADVERTISEMENT, target }), 'DROP_SPOOFED'),
      ),
      drops(solicitation({ type: ADVERTISEMENT, target: a.ip6, source: b.mac }), 'DROP_SPOOFED'),
    ],
  },
  {
    name: 'messages that came from further than the link',
    steps: [254, 64, 1, 0].flatMap((hopLimit) => [
      drops(solicitation({ hopLimit }), 'DROP_MALFORMED'),
      drops(solicitation({ hopLimit, type: ADVERTISEMENT, target: a.ip6 }), 'DROP_MALFORMED'),
    ]),
  },
  {
    name: 'a code that there is not: RFC 4861 §7.1.1',
    steps: [drops(solicitation({ code: 1 }), 'DROP_MALFORMED')],
  },
  {
    name: 'a message behind an extension header',
    steps: [drops(solicitation({ extensions: [{ header: 0, data: Uint8Array.of(1, 4, 0, 0, 0, 0) }] }), 'DROP_MALFORMED')],
  },
  {
    name: 'a solicitation cut short',
    steps: Array.from({ length: 24 }, (_, length) => drops(honest(length), 'DROP_MALFORMED')),
  },
  {
    name: 'a solicitation whose packet ends before it does, whatever follows in the frame',
    steps: [8, 16, 23].map((length) => drops(solicitation({ length }), 'DROP_MALFORMED')),
  },
  {
    name: 'to a pod the host may ask, and answer',
    steps: [
      passes(toPod('a', ...message({ from: GATEWAY6, to: v6('ff02::1:ff00:a'), target: a.ip6 }))),
      passes(toPod('a', ...message({ type: ADVERTISEMENT, flags: 0xe000_0000, from: GATEWAY6, to: a.ip6, target: GATEWAY6 }))),
      passes(withPush(toPod('a', ...message({ type: ADVERTISEMENT, from: GATEWAY6, to: a.ip6, target: GATEWAY6 })), { mark: ANSWER_MARK })),
    ],
  },
  {
    name: 'at the uplink and the host they are not ours',
    steps: [
      passes(fromNetdev(...message({ from: remote.world.ip6, to: host.ip6, target: host.ip6 }))),
      passes(fromNetdev(...message({ from: remote.world.ip6, to: v6('ff02::1:ff00:1'), target: host.ip6 }))),
      passes(fromHost(...message({ from: host.ip6, to: v6('ff02::1:ff00:1'), target: a.ip6 }))),
    ],
  },
  {
    name: 'by the tunnel none comes',
    steps: [drops(fromOverlay(50_003, ...message({ from: v6('fe80::9') })), 'DROP_LINK_LOCAL')],
  },
  {
    name: 'a solicitation of an endpoint that may send from any address',
    given: endpoint('a', { flags: any }),
    steps: [advertised(solicitation({ from: far.ip6, source: far.mac, options: macOption(1, far.mac) }), far.ip6, far.mac)],
  },
  {
    name: 'an endpoint without an IPv6 address advertises none',
    given: endpoint('a', { ipv6: Ipv6.ANY }),
    steps: [drops(solicitation({ type: ADVERTISEMENT, target: Ipv6.ANY }), 'DROP_SPOOFED')],
  },
]

/** with so many bytes of the message, and a length that says so */
function honest(length: number): Sight {
  const whole = frame(...solicitation({}).layers)
  const short = whole.slice(0, 54 + length)
  short.set([0, length], 18)
  return raw(short, 'fromContainer', { ifindex: IFINDEX.a })
}

tableTest('neighbours', () => [...arps, ...solicitations])
tableTest(
  'a node without gateways answers for none',
  () => [
    {
      name: 'neither for an address nor for that of zeros',
      steps: [
        drops(arp({}), 'DROP_LINK_LOCAL'),
        drops(arp({ target: Ipv4.ANY }), 'DROP_LINK_LOCAL'),
        drops(solicitation({}), 'DROP_LINK_LOCAL'),
        drops(solicitation({ target: Ipv6.ANY }), 'DROP_LINK_LOCAL'),
      ],
    },
  ],
  { gateway4: undefined, gateway6: undefined } as never,
)
