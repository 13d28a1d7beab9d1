import { Place } from '@axoneme/datapath'
import { Ipv4, Ipv6, Mac } from '@axoneme/sys'

/** Who is on the stage: the links, endpoints and peers of the datapath's tests. */
const v4 = (text: string): Ipv4 => Ipv4.parse(text).unwrap()
const v6 = (text: string): Ipv6 => Ipv6.parse(text).unwrap()
const mac = (text: string): Mac => Mac.parse(text).unwrap()

export const IFINDEX = { host: 20, a: 21, b: 22, vxlan: 23, uplink: 24, far: 85 } as const

export const GATEWAY4 = v4('10.42.0.1')
export const GATEWAY6 = v6('fd00:42::1')
export const NODE4 = v4('192.0.2.1')
export const NODE6 = v6('2001:db8::1')

export interface Pod {
  readonly slot: number
  readonly ifindex: number
  readonly identity: number
  readonly ip4: Ipv4
  readonly ip6: Ipv6
  readonly mac: Mac
  readonly gateway: Mac
}

const pod = (slot: number, ifindex: number, identity: number, last: string): Pod => ({
  slot,
  ifindex,
  identity,
  ip4: v4(`10.42.0.${Number.parseInt(last, 16)}`),
  ip6: v6(`fd00:42::${last}`),
  mac: mac(`02:00:00:00:00:${last}`),
  gateway: mac(`02:00:00:00:01:${last}`),
})

/** `host` is the node itself; `far` has a link whose slot by its number is that of `a` */
export const pods = {
  host: {
    slot: 0,
    ifindex: IFINDEX.host,
    identity: 1,
    ip4: NODE4,
    ip6: NODE6,
    mac: mac('02:00:00:00:00:01'),
    gateway: mac('02:00:00:00:01:01'),
  },
  a: pod(21, IFINDEX.a, 50_001, '0a'),
  b: pod(22, IFINDEX.b, 50_002, '0b'),
  far: pod(30, IFINDEX.far, 50_009, '0c'),
} as const satisfies Record<string, Pod>
export type EndpointName = keyof typeof pods

/** Peers that are not here, by what is behind them. */
export const remote = {
  /** behind node 3, by the tunnel */
  tunnelled: { identity: 50_003, ip4: v4('10.42.1.7'), ip6: v6('fd00:42:1::7') },
  /** behind node 4, by the uplink */
  native: { identity: 50_004, ip4: v4('10.42.2.7'), ip6: v6('fd00:42:2::7') },
  /** behind node 5, by a tunnel over IPv6 */
  tunnelled6: { identity: 50_005, ip4: v4('10.42.3.7'), ip6: v6('fd00:42:3::7') },
  world: { identity: 9, ip4: v4('198.51.100.9'), ip6: v6('2001:db8:ffff::9') },
  /** nobody knows it */
  unknown: { identity: 0, ip4: v4('203.0.113.9'), ip6: v6('3fff::9') },
} as const

export const peers: readonly (readonly [prefix: string, peer: { identity: number; to: number; peer: number; place: number }])[] = [
  ['10.42.1.0/24', { identity: 50_003, to: 3, peer: 40, place: Place.AXM_AT_NODE }],
  ['fd00:42:1::/64', { identity: 50_003, to: 3, peer: 40, place: Place.AXM_AT_NODE }],
  ['10.42.2.0/24', { identity: 50_004, to: 4, peer: 41, place: Place.AXM_AT_NODE }],
  ['fd00:42:2::/64', { identity: 50_004, to: 4, peer: 41, place: Place.AXM_AT_NODE }],
  ['10.42.3.0/24', { identity: 50_005, to: 5, peer: 42, place: Place.AXM_AT_NODE }],
  ['fd00:42:3::/64', { identity: 50_005, to: 5, peer: 42, place: Place.AXM_AT_NODE }],
  ['198.51.100.0/24', { identity: 9, to: 0, peer: 43, place: Place.AXM_AT_OUTSIDE }],
  ['2001:db8:ffff::/48', { identity: 10, to: 0, peer: 44, place: Place.AXM_AT_OUTSIDE }],
]
