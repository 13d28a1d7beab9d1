import { EndpointFlags, Place } from '@axoneme/datapath'
import { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import { IFINDEX, pods, remote } from '../datapath/cast.js'
import {
  type Case,
  doing,
  drops,
  endpoint,
  fromHost,
  fromNetdev,
  fromOverlay,
  fromPod,
  goesIntoTunnel,
  goesTo,
  goesToHost,
  only,
  passes,
  peer,
  prepared,
  raw,
  syn,
  synAck,
  together,
  toPod,
  withLink,
  withPush,
} from '../datapath/life-cases.js'
import { data, type End, eth, type Family, families, ip, quote, type Sight, tcp, udp, unreachable, wire } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import type { World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'

const { a, b, far, host } = pods
const { tunnelled, tunnelled6, native, world: outside, unknown } = remote
const end = (ip4: string, ip6: string): End => ({ ip4: Ipv4.parse(ip4).unwrap(), ip6: Ipv6.parse(ip6).unwrap() })
const nobody = end('0.0.0.0', '::')
/** another address of `a`: the ipcache alone knows it */
const second = end('10.42.0.99', 'fd00:42::99')
const knowsSecond = (family: Family) =>
  peer(only(family, second), { identity: a.identity, to: a.slot, peer: 50, place: Place.AXM_AT_ENDPOINT })

/** both the packet that the hot path reads, and one that it leaves to the stage */
const both = (family: Family, from: End, to: End): Layer[][] => [syn(family, from, to), [ip(family, from, to), udp(1, 2), data(1)]]

function spoofed(family: Family): Case[] {
  const anySource = EndpointFlags.AXM_ENDPOINT_REDIRECT_PEER | EndpointFlags.AXM_ENDPOINT_ANY_SOURCE
  const others: Record<string, End> = {
    'of another endpoint': b,
    'of the host': host,
    'of a peer elsewhere': tunnelled,
    'that nobody knows': unknown,
    'that is none': nobody,
    'of the loopback': end('127.0.0.1', '::1'),
    'of the link': end('169.254.0.5', 'fe80::5'),
    'of a group': end('224.0.0.5', 'ff02::5'),
  }
  const lie = (from: End, to: End) => fromPod('a', ...syn(family, from, to))
  return [
    ...Object.entries(others).map(
      ([whose, from]): Case => ({
        name: `${family}: an address ${whose}`,
        steps: both(family, from, b === from ? far : b).map((layers) => drops(fromPod('a', ...layers), 'DROP_SPOOFED')),
      }),
    ),
    {
      name: `${family}: the MAC of another, or half of it`,
      steps: both(family, a, b).flatMap((layers) =>
        [b.mac, a.gateway, Mac.parse('02:00:00:00:00:0f').unwrap(), Mac.parse('03:00:00:00:00:0a').unwrap(), Mac.ANY].map((mac) =>
          drops(withLink(fromPod('a', ...layers), eth(mac, a.gateway)), 'DROP_SPOOFED'),
        ),
      ),
    },
    {
      name: `${family}: a flow that is known is no excuse`,
      steps: [
        prepared(fromPod('b', ...syn(family, b, far))),
        drops(fromPod('a', ...syn(family, b, far)), 'DROP_SPOOFED'),
        prepared(fromPod('a', ...syn(family, a, b))),
        drops(withLink(fromPod('a', ...syn(family, a, b)), eth(b.mac, a.gateway)), 'DROP_SPOOFED'),
      ],
    },
    {
      name: `${family}: an endpoint that may send from any address does`,
      given: endpoint('a', { flags: anySource }),
      policies: { b: ['denyByDefault', 'allow'] },
      steps: [
        goesTo('b', lie(unknown, b), 'NEW_FLOW'),
        goesTo('b', lie(unknown, b)),
        goesTo('b', withLink(fromPod('a', ...syn(family, unknown, b, 1001)), eth(far.mac, a.gateway)), 'NEW_FLOW'),
        // and its answers find it
        goesTo('a', fromPod('b', ...synAck(family, b, unknown))),
      ],
    },
    {
      name: `${family}: an endpoint whose link carries no MACs`,
      given: endpoint('a', { flags: EndpointFlags.AXM_ENDPOINT_NO_LINK_LAYER }),
      steps: [
        goesTo('b', withLink(fromPod('a', ...syn(family, a, b)), eth(Mac.ANY, Mac.ANY)), 'NEW_FLOW'),
        [
          fromPod('b', ...synAck(family, b, a)),
          // none is written either
          {
            what: 'redirect FORWARD_LOCAL',
            frame: [eth(b.mac, b.gateway), ip(family, b, a, { ttl: 63, hopLimit: 63 }), tcp(80, 1000, 'SA')],
          },
        ],
        drops(lie(far, b), 'DROP_SPOOFED'),
      ],
    },
    {
      name: `${family}: a second address, which only the ipcache knows`,
      given: knowsSecond(family),
      policies: { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] },
      steps: [
        goesTo('b', lie(second, b), 'NEW_FLOW'),
        goesTo('b', lie(second, b)),
        goesTo('a', fromPod('b', ...synAck(family, b, second))),
        drops(fromPod('far', ...syn(family, second, b)), 'DROP_SPOOFED'),
      ],
    },
    {
      name: `${family}: a second address is reached`,
      given: knowsSecond(family),
      steps: [
        goesTo('a', fromPod('b', ...syn(family, b, second)), 'NEW_FLOW'),
        goesTo('b', fromPod('a', ...synAck(family, second, b))),
        [toPod('a', ...syn(family, b, second)), 'ok FORWARD_LOCAL'],
        drops(toPod('far', ...syn(family, b, second)), 'DROP_NOT_FOR_ENDPOINT'),
      ],
    },
    {
      name: `${family}: an endpoint without an address of this family has none, not the one of zeros`,
      given: endpoint('a', family === 'v4' ? { ipv4: nobody.ip4 } : { ipv6: nobody.ip6 }),
      steps: both(family, nobody, b).map((layers) => drops(fromPod('a', ...layers), 'DROP_SPOOFED')),
    },
    {
      name: `${family}: nothing is for an endpoint without an address of this family`,
      given: endpoint('a', family === 'v4' ? { ipv4: nobody.ip4 } : { ipv6: nobody.ip6 }),
      steps: both(family, outside, nobody).map((layers) => drops(toPod('a', ...layers), 'DROP_NOT_FOR_ENDPOINT')),
    },
  ]
}

function identities(family: Family): Case[] {
  const from = (identity: number, sender: End, port = 1000) => fromOverlay(identity, ...syn(family, sender, a, port))
  const answer = fromPod('a', ...synAck(family, a, unknown))
  const more = fromPod('a', ip(family, a, unknown), tcp(80, 1000, 'A'), data(10))
  /** identity of the side of a flow that is not `a` */
  const known = (as: number) => (world: World) => {
    const { flows4, flows6 } = world.datapath.maps
    const all = [...(family === 'v4' ? flows4 : flows6).entries()].map((each) => each.unwrap()[1])
    const found = all.flatMap(({ side }) => side.map(({ identity }) => identity)).filter((identity) => identity !== a.identity)
    return found.length === 1 && found[0] === as ? undefined : `the other's identity is ${found.join(', ')}, ought to be ${as}`
  }
  return [
    {
      name: `${family}: nobody is known at the other end`,
      steps: both(family, a, unknown).map((layers) => drops(fromPod('a', ...layers), 'DROP_UNKNOWN_IDENTITY')),
    },
    {
      name: `${family}: the identity of nobody is nobody's`,
      given: peer(only(family, unknown), { identity: 0, to: 3, peer: 50, place: Place.AXM_AT_NODE }),
      steps: [drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_UNKNOWN_IDENTITY')],
    },
    {
      name: `${family}: a tunnel's key of 0 names nobody`,
      steps: [drops(from(0, tunnelled), 'DROP_UNKNOWN_IDENTITY'), drops(from(0, unknown), 'DROP_UNKNOWN_IDENTITY')],
    },
    {
      name: `${family}: the key names a sender whom nobody here knows; answers have no way to it`,
      steps: [
        goesTo('a', from(50_077, unknown), 'NEW_FLOW'),
        known(50_077),
        goesTo('a', from(50_077, unknown)),
        drops(answer, 'DROP_UNKNOWN_IDENTITY'),
        drops(more, 'DROP_UNKNOWN_IDENTITY'),
      ],
    },
    {
      name: `${family}: answers go as soon as their receiver is known`,
      policies: { a: ['denyByDefault', 'allow'] },
      steps: [
        goesTo('a', from(50_077, unknown), 'NEW_FLOW'),
        (world) => {
          world.peer(only(family, unknown), { identity: 50_077, to: 3, peer: 60, place: Place.AXM_AT_NODE })
          return undefined
        },
        goesIntoTunnel(answer, 'JUDGED_AGAIN'),
        goesIntoTunnel(more),
        (world) => {
          peer(only(family, unknown), { identity: 50_077, to: 3, peer: 60, place: Place.AXM_AT_NODE })(world)()
          return undefined
        },
      ],
    },
    {
      name: `${family}: another node's host is a remote node here`,
      steps: [goesTo('a', from(1, tunnelled), 'NEW_FLOW'), known(6), goesTo('a', from(1, tunnelled))],
    },
    {
      name: `${family}: the key counts, not what the ipcache says`,
      steps: [
        goesTo('a', from(50_078, tunnelled), 'NEW_FLOW'),
        known(50_078),
        goesTo('a', from(50_078, tunnelled)),
        // and another key is another sender
        goesTo('a', from(tunnelled.identity, tunnelled), 'JUDGED_AGAIN'),
        known(tunnelled.identity),
      ],
    },
    {
      name: `${family}: from the wire nobody but the ipcache says who it is`,
      steps: [drops(fromNetdev(...syn(family, unknown, a)), 'DROP_UNKNOWN_IDENTITY')],
    },
  ]
}

function outsiders(family: Family): Case[] {
  const overlay = (sender: End, to: End, identity = 50_002): Sight => fromOverlay(identity, ...syn(family, sender, to))
  const local = fromPod('b', ...syn(family, b, a))
  const about: Layer[] = [wire, ...syn(family, a, b)]
  const error = (from: End) => [ip(family, from, a), unreachable(family), quote(about)]
  return [
    {
      name: `${family}: an endpoint of this node does not come by the tunnel or the wire`,
      steps: [
        drops(overlay(b, a), 'DROP_SPOOFED'),
        drops(overlay(b, a, 50_077), 'DROP_SPOOFED'),
        drops(overlay(a, a), 'DROP_SPOOFED'),
        drops(fromNetdev(...syn(family, b, a)), 'DROP_SPOOFED'),
        prepared(local),
        drops(overlay(b, a), 'DROP_SPOOFED'),
        drops(fromNetdev(...syn(family, b, a)), 'DROP_SPOOFED'),
      ],
    },
    {
      name: `${family}: nor does this node`,
      steps: [
        drops(overlay(host, a), 'DROP_SPOOFED'),
        drops(overlay(host, a, 1), 'DROP_SPOOFED'),
        drops(fromNetdev(...syn(family, host, a)), 'DROP_SPOOFED'),
        prepared(fromHost(...syn(family, host, a))),
        drops(overlay(host, a), 'DROP_SPOOFED'),
        drops(fromNetdev(...syn(family, host, a)), 'DROP_SPOOFED'),
      ],
    },
    {
      name: `${family}: outsiders say nothing of flows within`,
      steps: [
        prepared(fromPod('a', ...syn(family, a, b))),
        drops(fromOverlay(6, ...error(unknown)), 'DROP_SPOOFED'),
        drops(fromNetdev(...error(unknown)), 'DROP_SPOOFED'),
        drops(fromOverlay(tunnelled.identity, ...error(tunnelled)), 'DROP_SPOOFED'),
      ],
    },
    {
      name: `${family}: an error is about its receiver's own packet`,
      steps: [
        prepared(fromPod('a', ...syn(family, a, tunnelled))),
        drops(
          fromOverlay(6, ip(family, unknown, b), unreachable(family), quote([wire, ...syn(family, a, tunnelled)])),
          'DROP_RELATED_UNKNOWN',
        ),
        drops(
          fromOverlay(6, ip(family, unknown, a), unreachable(family), quote([wire, ...syn(family, a, tunnelled, 1001)])),
          'DROP_RELATED_UNKNOWN',
        ),
        drops(fromPod('b', ip(family, b, a), unreachable(family), quote([wire, ...syn(family, a, tunnelled)])), 'DROP_RELATED_UNKNOWN'),
      ],
    },
    {
      name: `${family}: the tunnel is the way of none but this node's own`,
      steps: [
        drops(overlay(tunnelled, native, tunnelled.identity), 'DROP_NO_WAY'),
        drops(overlay(tunnelled, tunnelled6, tunnelled.identity), 'DROP_NO_WAY'),
        drops(overlay(tunnelled, outside, tunnelled.identity), 'DROP_NO_WAY'),
        drops(overlay(tunnelled, unknown, tunnelled.identity), 'DROP_UNKNOWN_IDENTITY'),
        goesToHost(overlay(tunnelled, host, tunnelled.identity), 'NEW_FLOW'),
      ],
    },
    {
      name: `${family}: from the wire what is not for an endpoint is not ours`,
      steps: [
        passes(fromNetdev(...syn(family, outside, host))),
        passes(fromNetdev(...syn(family, outside, unknown))),
        passes(fromNetdev(...syn(family, outside, native))),
        passes(fromNetdev(...syn(family, unknown, host))),
      ],
    },
    {
      name: `${family}: from the host what is for the outside is not ours`,
      steps: [passes(fromHost(...syn(family, host, outside))), passes(fromHost(...syn(family, host, host)))],
    },
  ]
}

function links(family: Family): Case[] {
  const packet = syn(family, a, b)
  const gone = { policy: { egress: 0, ingress: 0, revision: 0 }, ifindex: 0 }
  return [
    {
      name: `${family}: a link that is no endpoint's`,
      steps: [
        drops(withPush(fromPod('a', ...packet), { ifindex: IFINDEX.uplink }), 'DROP_NO_ENDPOINT'),
        drops(withPush(toPod('b', ...packet), { ifindex: IFINDEX.uplink }), 'DROP_NO_ENDPOINT'),
        drops(withPush(fromPod('a', ip(family, a, b), udp(1, 2), data(1)), { ifindex: IFINDEX.vxlan }), 'DROP_NO_ENDPOINT'),
      ],
    },
    {
      name: `${family}: the endpoint of a link whose slot was taken`,
      steps: [
        goesTo('b', fromPod('far', ...syn(family, far, b)), 'NEW_FLOW'),
        goesTo('far', fromPod('b', ...synAck(family, b, far))),
        goesTo('b', fromPod('far', ...syn(family, far, b))),
        goesTo('b', fromPod('far', ip(family, far, b), udp(1, 2), data(1)), 'NEW_FLOW'),
        [toPod('far', ...synAck(family, b, far)), 'ok FORWARD_LOCAL'],
        drops(fromPod('far', ...packet), 'DROP_SPOOFED'),
      ],
    },
    {
      name: `${family}: a link whose other slot is somebody else's`,
      given: (world) => {
        const { moreEndpoints } = world.datapath.maps
        moreEndpoints.update(IFINDEX.uplink, a.slot).unwrap()
        return () => void moreEndpoints.delete(IFINDEX.uplink).unwrap()
      },
      steps: [drops(withPush(fromPod('a', ...packet), { ifindex: IFINDEX.uplink }), 'DROP_NO_ENDPOINT')],
    },
    {
      name: `${family}: an endpoint that is gone sends nothing and gets nothing`,
      given: (world) => () => together(endpoint('a', {}), endpoint('b', {}))(world)(),
      steps: [
        goesTo('b', fromPod('a', ...packet), 'NEW_FLOW'),
        doing((world) => world.endpoint('b', gone)),
        drops(fromPod('a', ...packet), 'DROP_NO_WAY'),
        drops(fromPod('a', ...syn(family, a, b, 1001)), 'DROP_NO_WAY'),
        drops(fromPod('b', ...synAck(family, b, a)), 'DROP_NO_ENDPOINT'),
        drops(toPod('b', ...packet), 'DROP_NO_ENDPOINT'),
        drops(fromOverlay(tunnelled.identity, ...syn(family, tunnelled, b)), 'DROP_NO_WAY'),
        drops(fromNetdev(...syn(family, outside, b)), 'DROP_NO_WAY'),
        drops(fromHost(...syn(family, host, b)), 'DROP_NO_WAY'),
      ],
    },
    {
      name: `${family}: an endpoint without a revision is not ready`,
      given: endpoint('a', { policy: { egress: 1, ingress: 1, revision: 0 } }),
      steps: [
        drops(fromPod('a', ...packet), 'DROP_NO_ENDPOINT'),
        drops(fromPod('b', ...syn(family, b, a)), 'DROP_NO_ENDPOINT'),
        drops(toPod('a', ...syn(family, outside, a)), 'DROP_NO_ENDPOINT'),
      ],
    },
  ]
}

tableTest('sources and identities', () =>
  families.flatMap((family) => [...spoofed(family), ...identities(family), ...outsiders(family), ...links(family)]),
)

/** LLDP, a VLAN, MPLS, EAPOL, 802.3 with a length */
const types = [0x88cc, 0x8100, 0x8847, 0x888e, 0x0040]
const of = (type: number): Uint8Array => frame(eth(a.mac, a.gateway, type), data(46))
const tunnel = { identity: tunnelled.identity }
tableTest('what is neither IPv4 nor IPv6', () => [
  {
    name: 'is dropped from and to endpoints and tunnels',
    steps: types.flatMap((type) => [
      drops(raw(of(type)), 'DROP_UNKNOWN_PROTOCOL'),
      drops(raw(of(type), 'toContainer'), 'DROP_UNKNOWN_PROTOCOL'),
      drops(raw(of(type), 'fromOverlay', tunnel), 'DROP_UNKNOWN_PROTOCOL'),
      drops(raw(of(type), 'toOverlay'), 'DROP_UNKNOWN_PROTOCOL'),
    ]),
  },
  {
    name: 'is not ours elsewhere',
    steps: types.flatMap((type) => [
      passes(raw(of(type), 'fromNetdev')),
      passes(raw(of(type), 'toNetdev')),
      passes(raw(of(type), 'fromHost')),
      passes(raw(of(type), 'toHost')),
    ]),
  },
  {
    name: 'at the link of nobody',
    steps: types.flatMap((type) => [drops(raw(of(type), 'fromContainer', { ifindex: IFINDEX.uplink }), 'DROP_NO_ENDPOINT')]),
  },
])
