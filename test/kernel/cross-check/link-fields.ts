import type { Link } from '@axoneme/netlink'
import { byte, type Field, hex, macHex, u32 } from './field.js'

const linkFlags: Readonly<Record<string, number>> = {
  UP: 0x1,
  BROADCAST: 0x2,
  LOOPBACK: 0x8,
  POINTOPOINT: 0x10,
  NOARP: 0x80,
  PROMISC: 0x100,
  ALLMULTI: 0x200,
  MASTER: 0x400,
  SLAVE: 0x800,
  MULTICAST: 0x1000,
  LOWER_UP: 0x1_0000,
}
const peerLinkFlags: Readonly<Record<string, string>> = {
  up: 'UP',
  broadcast: 'BROADCAST',
  loopback: 'LOOPBACK',
  pointopoint: 'POINTOPOINT',
  noarp: 'NOARP',
  promisc: 'PROMISC',
  allmulti: 'ALLMULTI',
  master: 'MASTER',
  slave: 'SLAVE',
  multicast: 'MULTICAST',
  lowerUp: 'LOWER_UP',
}
const flagNames = (flags: number): string =>
  Object.keys(linkFlags)
    .filter((name) => (flags & (linkFlags[name] as number)) !== 0)
    .sort()
    .join()
const types: Readonly<Record<number, string>> = { 1: 'ether', 772: 'loopback' }
const operStates = ['unknown', 'not-present', 'down', 'lower-layer-down', 'testing', 'dormant', 'up']

export const linkFields: readonly Field<Link>[] = [
  { name: 'index', ours: (l) => l.index, peer: (p) => p.data.index, ip: (r) => r.ifindex },
  { name: 'name', ours: (l) => l.name, peer: (p) => p.attrs.ifname, ip: (r) => r.ifname },
  { name: 'type', ours: (l) => types[l.type], peer: (p) => p.data.type.toLowerCase(), ip: (r) => r.link_type },
  {
    name: 'flags',
    ours: (l) => flagNames(l.flags),
    peer: (p) =>
      Object.keys(p.data.flags)
        .flatMap((name) => peerLinkFlags[name] ?? [])
        .sort()
        .join(),
    ip: (r) =>
      r.flags
        .filter((name: string) => name in linkFlags)
        .sort()
        .join(),
  },
  { name: 'mtu', ours: (l) => l.mtu, peer: (p) => p.attrs.mtu, ip: (r) => r.mtu },
  { name: 'qdisc', ours: (l) => l.qdisc, peer: (p) => p.attrs.qdisc, ip: (r) => r.qdisc },
  {
    name: 'operState',
    ours: (l) => l.operState,
    peer: (p) => operStates[p.attrs.operstate],
    ip: (r) => operStates.find((name) => name.replaceAll('-', '') === r.operstate.toLowerCase()),
  },
  { name: 'linkMode', ours: (l) => l.attributes.linkMode, peer: (p) => p.attrs.linkmode },
  { name: 'group', ours: (l) => l.group, peer: (p) => p.attrs.group, ip: (r) => (r.group === 'default' ? 0 : Number(r.group)) },
  { name: 'txQueueLength', ours: (l) => l.txQueueLength, peer: (p) => p.attrs.txqlen, ip: (r) => r.txqlen },
  { name: 'address', ours: (l) => hex(l.address), peer: (p) => hex(p.attrs.address), ip: (r) => macHex(r.address) },
  { name: 'broadcast', ours: (l) => hex(l.attributes.broadcast), peer: (p) => hex(p.attrs.broadcast), ip: (r) => macHex(r.broadcast) },
  { name: 'alias', ours: (l) => l.alias, peer: (p) => p.attrs.ifalias, ip: (r) => r.ifalias },
  { name: 'altNames', ours: (l) => l.altNames.join(), ip: (r) => (r.altnames ?? []).join() },
  { name: 'promiscuity', ours: (l) => l.attributes.promiscuity, peer: (p) => p.attrs.promiscuity, ip: (r) => r.promiscuity },
  { name: 'allmulti', ours: (l) => l.attributes.allmulti, ip: (r) => r.allmulti },
  { name: 'minMtu', ours: (l) => l.attributes.minMtu, peer: (p) => p.attrs.minMtu, ip: (r) => r.min_mtu },
  { name: 'maxMtu', ours: (l) => l.attributes.maxMtu, peer: (p) => p.attrs.maxMtu, ip: (r) => r.max_mtu },
  { name: 'txQueues', ours: (l) => l.txQueues, peer: (p) => p.attrs.numTxQueues, ip: (r) => r.num_tx_queues },
  { name: 'rxQueues', ours: (l) => l.rxQueues, peer: (p) => p.attrs.numRxQueues, ip: (r) => r.num_rx_queues },
  { name: 'gsoMaxSize', ours: (l) => l.gsoMaxSize, peer: (p) => p.attrs.gsoMaxSize, ip: (r) => r.gso_max_size },
  { name: 'gsoMaxSegments', ours: (l) => l.gsoMaxSegments, peer: (p) => p.attrs.gsoMaxSegs, ip: (r) => r.gso_max_segs },
  { name: 'groMaxSize', ours: (l) => l.groMaxSize, ip: (r) => r.gro_max_size },
  { name: 'tsoMaxSize', ours: (l) => l.attributes.tsoMaxSize, ip: (r) => r.tso_max_size },
  { name: 'tsoMaxSegments', ours: (l) => l.attributes.tsoMaxSegments, ip: (r) => r.tso_max_segs },
  { name: 'carrier', ours: (l) => l.attributes.carrier, peer: (p) => p.attrs.carrier },
  { name: 'carrierChanges', ours: (l) => l.attributes.carrierChanges, peer: (p) => p.attrs.carrierChanges },
  { name: 'carrierUpCount', ours: (l) => l.attributes.carrierUpCount, peer: (p) => p.attrs.carrierUpCount },
  { name: 'protoDown', ours: (l) => l.attributes.protoDown, peer: (p) => byte(p.attrs.protoDown) },
  { name: 'master', ours: (l) => l.master, peer: (p) => p.attrs.master, ip: (r, index) => index.get(r.master) },
  { name: 'link', ours: (l) => l.link, peer: (p) => u32(p.attrs.link), ip: (r, index) => index.get(r.link) },
  { name: 'kind', ours: (l) => l.kind, peer: (p) => p.info?.kind, ip: (r) => r.linkinfo?.info_kind },
  { name: 'portKind', ours: (l) => l.portKind, peer: (p) => p.info?.slaveKind, ip: (r) => r.linkinfo?.info_slave_kind },
]
