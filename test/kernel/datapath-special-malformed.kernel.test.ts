import { Place } from '@axoneme/datapath'
import { Ipv4, Ipv6 } from '@axoneme/sys'
import { pods, remote } from '../datapath/cast.js'
import {
  type Case,
  cut,
  cutHonestly,
  drops,
  fromHost,
  fromNetdev,
  fromOverlay,
  fromPod,
  goesTo,
  hopByHop,
  passes,
  patched,
  peer,
  prepared,
  toHost,
  toNetdev,
  toOverlay,
  toPod,
  withPush,
} from '../datapath/life-cases.js'
import {
  bytes,
  data,
  type End,
  echo,
  type Family,
  families,
  icmp,
  ip,
  quote,
  type Sight,
  tcp,
  udp,
  unreachable,
  wire,
} from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import { frame } from '../packet/build.js'
import type { Extension, Layer } from '../packet/layers.js'

/** Packets that cannot be, and those that are only rare. */
const { a, b } = pods
const { tunnelled, world: outside } = remote
const L3 = 14
const l4 = (family: Family): number => L3 + (family === 'v4' ? 20 : 40)

const kinds = ['tcp', 'udp', 'sctp', 'icmp'] as const
type Kind = (typeof kinds)[number]
const SIZE: Readonly<Record<Kind, number>> = { tcp: 20, udp: 8, sctp: 12, icmp: 8 }
const transport = (family: Family, kind: Kind): Layer =>
  kind === 'tcp'
    ? tcp(1000, 80)
    : kind === 'udp'
      ? udp(1000, 53)
      : kind === 'sctp'
        ? { layer: 'sctp', src: 1, dst: 2 }
        : echo(family, 'request', 9)
const packet = (family: Family, kind: Kind, from: End = a, to: End = b): Layer[] => [
  ip(family, from, to),
  transport(family, kind),
  data(16),
]

const malformed = (sight: Sight) => drops(sight, 'DROP_MALFORMED')
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)

function truncated(family: Family): Case[] {
  return kinds.flatMap((kind): Case[] => {
    const size = l4(family) + SIZE[kind]
    const whole = size + 16
    const out = fromPod('a', ...packet(family, kind))
    const overlay = fromOverlay(tunnelled.identity, ...packet(family, kind, tunnelled, a))
    const netdev = fromNetdev(...packet(family, kind, outside, a))
    const container = toPod('a', ...packet(family, kind, outside, a))
    return [
      {
        name: `${kind} ${family}: the frame ends before the packet does, anywhere`,
        steps: range(L3, whole).map((length) => malformed(cut(out, length))),
      },
      {
        name: `${kind} ${family}: the packet ends before its header does, anywhere`,
        steps: range(l4(family), size).map((length) => malformed(cutHonestly(out, length))),
      },
      {
        name: `${kind} ${family}: the same out of the tunnel, off the wire, and to a pod`,
        steps: [overlay, netdev, container].flatMap((sight) => [
          ...[L3, L3 + 1, l4(family) - 1, l4(family), size - 1, size, whole - 1].map((length) => malformed(cut(sight, length))),
          ...[l4(family), size - 1].map((length) => malformed(cutHonestly(sight, length))),
        ]),
      },
      {
        name: `${kind} ${family}: nothing remains of it`,
        steps: [
          prepared(cut(out, whole - 1), cutHonestly(out, size - 1)),
          (world) => {
            const { flows4, flows6 } = world.datapath.maps
            const flows = [...flows4.keys(), ...flows6.keys()].length
            return flows === 0 ? undefined : `${flows} flows are known`
          },
          goesTo('b', out, 'NEW_FLOW'),
        ],
      },
    ]
  })
}

/** at the end of the frame, as Ethernet fills it up */
const padded = (sight: Sight): Sight => ({
  ...sight,
  layers: [bytes(Uint8Array.of(...frame(...sight.layers), ...new Uint8Array(10).fill(0xee)))],
})

function headers4(): Case[] {
  const of = (kind: Kind, patches: Readonly<Record<number, readonly number[]>>) =>
    malformed(patched(fromPod('a', ...packet('v4', kind)), patches))
  const [version, length] = [L3, L3 + 2]
  return [
    { name: 'v4: another version', steps: [0x05, 0x35, 0x55, 0x65, 0xf5].map((value) => of('tcp', { [version]: [value] })) },
    { name: 'v4: a header of less than 20 bytes', steps: range(0, 5).map((words) => of('tcp', { [version]: [0x40 | words] })) },
    {
      name: 'v4: a header longer than the packet',
      steps: [
        // 56 bytes are there: up to 14 words
        malformed(patched(fromPod('a', ...packet('v4', 'tcp')), { [version]: [0x4f] })),
        // and where the rest is no TCP header
        malformed(patched(fromPod('a', ...packet('v4', 'tcp')), { [version]: [0x4e] })),
        malformed(patched(fromPod('a', ip('v4', a, b), udp(1, 2)), { [version]: [0x48] })),
      ],
    },
    {
      name: 'v4: a total length that cannot be',
      steps: [
        ...[0, 1, 19, 20, 39].map((total) => of('tcp', { [length]: [0, total] })),
        of('tcp', { [length]: [0, 57] }),
        of('tcp', { [length]: [0xff, 0xff] }),
        of('udp', { [length]: [0, 27] }),
        of('udp', { [length]: [0, 45] }),
        of('sctp', { [length]: [0, 31] }),
        of('icmp', { [length]: [0, 27] }),
      ],
    },
    {
      name: 'v4: of a header whose IP says that it ends within it',
      steps: [of('udp', { [length]: [0, 30] }), of('tcp', { [length]: [0, 42], [l4('v4') + 12]: [0x60] })],
    },
  ]
}

function headers6(): Case[] {
  const of = (kind: Kind, patches: Readonly<Record<number, readonly number[]>>) =>
    malformed(patched(fromPod('a', ...packet('v6', kind)), patches))
  const [version, length] = [L3, L3 + 4]
  return [
    { name: 'v6: another version', steps: [0x00, 0x40, 0x50, 0x70, 0xf0].map((value) => of('tcp', { [version]: [value] })) },
    {
      name: 'v6: a payload length that cannot be',
      steps: [
        of('tcp', { [length]: [0, 0] }),
        of('tcp', { [length]: [0, 19] }),
        of('tcp', { [length]: [0, 37] }),
        of('tcp', { [length]: [0xff, 0xff] }),
        of('udp', { [length]: [0, 7] }),
        of('udp', { [length]: [0, 25] }),
        of('sctp', { [length]: [0, 11] }),
        of('icmp', { [length]: [0, 7] }),
      ],
    },
  ]
}

function transports(family: Family): Case[] {
  const at = l4(family)
  const of = (kind: Kind, offset: number, ...values: readonly number[]): Sight =>
    patched(fromPod('a', ...packet(family, kind)), { [at + offset]: values })
  const foreign = family === 'v4' ? icmp('v6', 128, 0, 1) : icmp('v4', 8, 0, 1)
  return [
    {
      name: `${family}: a TCP header of less than 20 bytes, or longer than the packet`,
      steps: [
        ...range(0, 5).map((words) => malformed(of('tcp', 12, words << 4))),
        // 36 bytes are there
        ...range(10, 16).map((words) => malformed(of('tcp', 12, words << 4))),
      ],
    },
    { name: `${family}: a TCP header that fills the packet`, steps: [goesTo('b', tcpOnly(family), 'NEW_FLOW')] },
    {
      name: `${family}: the length of a datagram that cannot be`,
      steps: [1, 7, 25, 0x7fff, 0xffff].map((length) => malformed(of('udp', 4, length >> 8, length & 255))),
    },
    {
      name: `${family}: ICMP of the other family`,
      steps: [malformed(fromPod('a', ip(family, a, b), foreign, data(16)))],
    },
    {
      name: `${family}: padding is not the packet's`,
      steps: kinds.map((kind) => {
        const plain = fromPod('a', ...packet(family, kind))
        const step = goesTo('b', plain, 'NEW_FLOW')
        const after = step[1].frame as readonly Layer[]
        return [padded(plain), { ...step[1], frame: padded({ ...plain, layers: after }).layers }] as const
      }),
    },
    {
      name: `${family}: an error that quotes too little`,
      steps: [
        prepared(fromPod('b', ...packet(family, 'udp', b, a))),
        ...[0, 8, 19, 20, 27]
          .concat(family === 'v6' ? [39, 40, 47] : [])
          .map((length) =>
            malformed(fromPod('a', ip(family, a, b), unreachable(family), quote([wire, ...packet(family, 'udp', b, a)], length))),
          ),
        goesTo('b', fromPod('a', ip(family, a, b), unreachable(family), quote([wire, ...packet(family, 'udp', b, a)]))),
      ],
    },
    {
      name: `${family}: an error that quotes what is no packet`,
      steps: [
        prepared(fromPod('b', ...packet(family, 'udp', b, a))),
        ...(family === 'v4' ? [0x55, 0x65, 0x44, 0x40] : [0x40, 0x50, 0x00]).map((first) =>
          malformed(
            patched(fromPod('a', ip(family, a, b), unreachable(family), quote([wire, ...packet(family, 'udp', b, a)])), {
              [l4(family) + 8]: [first],
            }),
          ),
        ),
      ],
    },
    {
      name: `${family}: an error that quotes more than its packet has, whatever follows in the frame`,
      steps: [
        prepared(fromPod('b', ...packet(family, 'udp', b, a))),
        malformed(patched(errorAbout(family), family === 'v4' ? { [L3 + 2]: [0, 20 + 8 + 20] } : { [L3 + 4]: [0, 8 + 40] })),
      ],
    },
  ]
}
const tcpOnly = (family: Family): Sight =>
  fromPod('a', ip(family, a, b), { layer: 'tcp', src: 1, dst: 2, flags: 'S', options: new Uint8Array(40).fill(1) })
const errorAbout = (family: Family): Sight =>
  fromPod('a', ip(family, a, b), unreachable(family), quote([wire, ...packet(family, 'udp', b, a)]))

// ---- what is rare, and right ----

const destination: Extension = { header: 60, data: Uint8Array.of(1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) }
/** no segments left */
const routing: Extension = { header: 43, data: Uint8Array.of(4, 0, 0, 0, 0, 0) }
/** RFC 4302: its length counts words of four bytes less two; 24 bytes with the four of the next header and length */
const behind = (extensions: readonly Extension[], kind: Kind = 'udp'): Sight =>
  fromPod('a', ip('v6', a, b, { extensions }), transport('v6', kind), data(16))
/** an authentication header of 24 bytes before the transport, as the payload of a header that names it */
function authenticated(kind: Kind): Sight {
  const inner = frame(ip('v6', a, b), transport('v6', kind), data(16)).slice(40)
  const protocol = { tcp: 6, udp: 17, sctp: 132, icmp: 58 }[kind]
  return fromPod('a', ip('v6', a, b, { protocol: 51 }), bytes(Uint8Array.of(protocol, 4, ...new Uint8Array(22), ...inner)))
}

function rare(): Case[] {
  return [
    ...kinds.flatMap((kind): Case[] => [
      {
        name: `v4: ${kind} behind options is of the same flow`,
        policies: { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] },
        steps: [4, 16, 40].flatMap((length, at) => [
          goesTo(
            'b',
            fromPod('a', ip('v4', a, b, { options: new Uint8Array(length).fill(1) }), transport('v4', kind), data(16)),
            at === 0 ? 'NEW_FLOW' : '',
          ),
          goesTo('b', fromPod('a', ...packet('v4', kind))),
        ]),
      },
      {
        name: `v6: ${kind} behind extension headers is of the same flow`,
        policies: { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] },
        steps: [
          goesTo('b', behind([hopByHop], kind), 'NEW_FLOW'),
          goesTo('b', fromPod('a', ...packet('v6', kind))),
          goesTo('b', behind([destination], kind)),
          goesTo('b', behind([routing], kind)),
          goesTo('b', behind([hopByHop, destination, routing, destination], kind)),
          goesTo('b', authenticated(kind)),
        ],
      },
    ]),
    {
      name: 'v6: a denied port is denied behind extension headers too',
      policies: { b: ['allow', 'denyByRule'] },
      steps: [behind([hopByHop]), behind([destination, routing]), authenticated('udp')].map((sight) => drops(sight, 'DROP_DENIED_BY_RULE')),
    },
    {
      name: 'v6: six extension headers are followed, seven are not',
      steps: [
        goesTo('b', behind(Array.from({ length: 6 }, () => destination)), 'NEW_FLOW'),
        drops(behind(Array.from({ length: 7 }, () => destination)), 'DROP_EXTENSIONS'),
        drops(behind(Array.from({ length: 20 }, () => destination)), 'DROP_EXTENSIONS'),
      ],
    },
    {
      name: 'v6: extension headers that reach further than is followed',
      steps: [
        goesTo('b', behind([{ header: 60, data: new Uint8Array(398) }]), 'NEW_FLOW'),
        drops(behind([{ header: 60, data: new Uint8Array(502) }]), 'DROP_EXTENSIONS'),
        drops(behind([{ header: 60, data: new Uint8Array(1000 - 2) }]), 'DROP_EXTENSIONS'),
      ],
    },
    {
      name: 'v6: an extension header that is cut short, or says that it is longer than the packet',
      steps: [
        ...range(0, 8).map((length) => malformed(cutHonestly(behind([hopByHop]), 54 + length))),
        ...range(8, 16).map((length) => malformed(cutHonestly(behind([hopByHop]), 54 + length))),
        malformed(patched(behind([hopByHop]), { 55: [9] })),
        malformed(patched(behind([hopByHop]), { 55: [255] })),
      ],
    },
    {
      name: 'a datagram of length 0 is a jumbogram of IPv6, and nothing of IPv4',
      steps: [malformed(patched(fromPod('a', ...packet('v4', 'udp')), { [l4('v4') + 4]: [0, 0] }))],
    },
    {
      name: 'a packet too long for its length: what is cut up later',
      steps: families.flatMap((family) => {
        const sight = withPush(fromPod('a', ip(family, a, b, { length: 0 }), tcp(1000, 80), data(2800)), { gsoSize: 1400, gsoSegs: 2 })
        // nobody but the kernel makes them: without segments the length is wrong
        return [goesTo('b', sight, 'NEW_FLOW'), malformed({ ...sight, push: {} })]
      }),
    },
    ...families.flatMap((family): Case[] =>
      [47, 50, 4, 41, 89, 103, 255].map((protocol) => ({
        name: `${family}: protocol ${protocol} is a flow without ports`,
        policies: { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] },
        steps: [
          goesTo('b', fromPod('a', ip(family, a, b, { protocol }), data(24)), 'NEW_FLOW'),
          goesTo('b', fromPod('a', ip(family, a, b, { protocol }), bytes(new Uint8Array(24).fill(9)))),
          goesTo('b', fromPod('a', ip(family, a, b, { protocol }))),
          goesTo('a', fromPod('b', ip(family, b, a, { protocol }), data(24))),
          drops(fromPod('b', ip(family, b, a, { protocol: protocol === 89 ? 90 : 89 }), data(24)), 'DROP_DENIED_BY_DEFAULT'),
        ],
      })),
    ),
    {
      name: 'protocols without ports are asked of the tables too',
      policies: { b: ['allow', 'denyByRule'] },
      steps: families.map((family) => drops(fromPod('a', ip(family, a, b, { protocol: 47 }), data(24)), 'DROP_DENIED_BY_RULE')),
    },
  ]
}

function groups(): Case[] {
  const group = (ip4: string, ip6: string): End => ({ ip4: Ipv4.parse(ip4).unwrap(), ip6: Ipv6.parse(ip6).unwrap() })
  const all: Readonly<Record<Family, readonly End[]>> = {
    v4: ['224.0.0.1', '224.0.0.251', '232.1.2.3', '239.255.255.250', '255.255.255.255'].map((ip4) => group(ip4, '::')),
    v6: ['ff02::1', 'ff02::fb', 'ff05::2', 'ff0e::1', 'fe80::1', 'febf::1'].map((ip6) => group('0.0.0.0', ip6)),
  }
  /** as the ipcache of most nodes has it */
  const anywhere = (family: Family) =>
    peer(family === 'v4' ? '0.0.0.0/0' : '::/0', { identity: 2, to: 0, peer: 51, place: Place.AXM_AT_OUTSIDE })
  return families.flatMap((family): Case[] => {
    const to = (end: End, from: End): Layer[] => [ip(family, from, end), udp(5353, 5353), data(20)]
    const each = (steps: (end: End) => Case['steps'][number]) => all[family].map(steps)
    return [
      {
        name: `${family}: groups and the link's own addresses, from a pod`,
        steps: each((end) => drops(fromPod('a', ...to(end, a)), 'DROP_LINK_LOCAL')),
      },
      {
        name: `${family}: … by a pod that lies about itself as well`,
        steps: each((end) => drops(fromPod('a', ...to(end, b)), 'DROP_LINK_LOCAL')),
      },
      { name: `${family}: … to a pod`, steps: each((end) => drops(toPod('a', ...to(end, pods.host)), 'DROP_LINK_LOCAL')) },
      {
        name: `${family}: … through the tunnel`,
        steps: each((end) => drops(fromOverlay(tunnelled.identity, ...to(end, tunnelled)), 'DROP_LINK_LOCAL')).concat(
          each((end) => drops(toOverlay(...to(end, pods.host)), 'DROP_LINK_LOCAL')),
        ),
      },
      {
        name: `${family}: … are the host's own affair elsewhere`,
        steps: [
          ...each((end) => passes(fromNetdev(...to(end, outside)))),
          ...each((end) => passes(fromHost(...to(end, pods.host)))),
          ...each((end) => passes(toHost(...to(end, a)))),
          ...each((end) => passes(toNetdev(...to(end, pods.host)))),
        ],
      },
      {
        name: `${family}: … of which the ipcache says that they are outside`,
        given: anywhere(family),
        steps: [
          ...each((end) => drops(fromPod('a', ...to(end, a)), 'DROP_LINK_LOCAL')),
          ...each((end) => drops(fromOverlay(tunnelled.identity, ...to(end, tunnelled)), 'DROP_LINK_LOCAL')),
          ...each((end) => passes(fromNetdev(...to(end, outside)))),
        ],
      },
      {
        name: `${family}: … in fragments`,
        steps:
          family === 'v4'
            ? [drops(fromPod('a', ip('v4', a, all.v4[0] as End, { moreFragments: true, id: 3 }), udp(1, 2), data(16)), 'DROP_LINK_LOCAL')]
            : [],
      },
    ]
  })
}

tableTest('cut short', () => families.flatMap(truncated))
tableTest('headers that cannot be', () => [...headers4(), ...headers6(), ...families.flatMap(transports)])
tableTest('headers that are rare, and groups', () => [...rare(), ...groups()])
