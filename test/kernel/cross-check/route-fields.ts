import type { Route } from '@axoneme/netlink'
import { byte, type Field, hex, hexNumber, or, peerTable, protocolNumber, SKIP, scopeNumber, tableNumber, textHex, u32 } from './field.js'

const prefixHex = (address: string | undefined, bytes: number): string => (address === undefined ? '00'.repeat(bytes) : address)
/** `10.0.0.0/8`, `default`, or one address */
function ipPrefix(text: string | undefined, six: boolean): string | undefined {
  if (text === undefined) return undefined
  const [address = '', length] = text === 'default' || text === 'all' ? [six ? '::' : '0.0.0.0', '0'] : text.split('/')
  return `${textHex(address)}/${length ?? (address.includes(':') ? 128 : 32)}`
}
/** every IPv6 route has a preference */
const isSix = (row: any): boolean => row.pref !== undefined

/** struct rtnexthop, again and again. Source: linux/rtnetlink.h. */
function peerWays(buffer: Buffer | undefined): string | undefined {
  if (buffer === undefined) return undefined
  const ways: string[] = []
  for (let at = 0; at + 8 <= buffer.length; at += buffer.readUInt16LE(at))
    ways.push(`${buffer.readUInt32LE(at + 4)} weight ${(buffer[at + 3] as number) + 1}`)
  return ways.join()
}

export const routeFields: readonly Field<Route>[] = [
  { name: 'family', ours: (o) => o.family, peer: (p) => (p.data.family === 2 ? 4 : 6), ip: (r) => (isSix(r) ? 6 : 4) },
  // ip gives an encapsulation's own destination under the same key
  {
    name: 'destination',
    ours: (o) => `${hex(o.destination.address)}/${o.destination.length}`,
    peer: (p) => `${prefixHex(hex(p.attrs.dst), p.data.family === 2 ? 4 : 16)}/${p.data.dstLen}`,
    ip: (r) => (r.encap === undefined || r.encap === 'seg6' ? ipPrefix(r.dst, isSix(r)) : SKIP),
  },
  {
    name: 'via',
    ours: (o) => hex(o.via),
    peer: (p) => hex(p.attrs.gateway ?? (p.attrs.via === undefined ? undefined : p.attrs.via.addr)),
    ip: (r) => textHex(r.gateway ?? r.via?.host),
  },
  { name: 'link', ours: (o) => o.link, peer: (p) => p.attrs.oif, ip: (r, index) => index.get(r.dev) },
  { name: 'source', ours: (o) => hex(o.source), peer: (p) => hex(p.attrs.prefsrc), ip: (r) => textHex(r.prefsrc) },
  { name: 'table', ours: (o) => tableNumber(o.table), peer: peerTable, ip: (r) => tableNumber(r.table) },
  {
    name: 'protocol',
    ours: (o) => protocolNumber(o.protocol),
    peer: (p) => protocolNumber(p.data.protocol),
    ip: (r) => protocolNumber(r.protocol),
  },
  {
    name: 'scope',
    ours: (o) => scopeNumber(o.scope),
    peer: (p) => scopeNumber(String(p.data.scope).toLowerCase()),
    ip: (r) => scopeNumber(r.scope),
  },
  { name: 'type', ours: (o) => o.type, peer: (p) => String(p.data.type).toLowerCase(), ip: (r) => r.type },
  { name: 'priority', ours: (o) => o.priority, peer: (p) => p.attrs.priority ?? 0, ip: or('metric', 0) },
  { name: 'tos', ours: (o) => o.tos, peer: (p) => p.data.tos, ip: (r) => (r.encap === undefined ? (hexNumber(r.tos) ?? 0) : SKIP) },
  { name: 'onlink', ours: (o) => o.onlink, peer: (p) => p.data.flags?.onlink ?? SKIP, ip: (r) => r.flags.includes('onlink') },
  {
    name: 'preference',
    ours: (o) => o.attributes.preference,
    peer: (p) => byte(p.attrs.pref),
    ip: (r) => ({ low: 3, medium: 0, high: 1 })[r.pref as string],
  },
  { name: 'metrics.mtu', ours: (o) => o.metrics?.mtu, peer: (p) => u32(p.attrs.metrics?.mtu), ip: (r) => r.metrics?.[0]?.mtu },
  {
    name: 'metrics.advertisedMss',
    ours: (o) => o.metrics?.advertisedMss,
    peer: (p) => u32(p.attrs.metrics?.advmss),
    ip: (r) => r.metrics?.[0]?.advmss,
  },
  {
    name: 'metrics.hopLimit',
    ours: (o) => o.metrics?.hopLimit,
    peer: (p) => u32(p.attrs.metrics?.hoplimit),
    ip: (r) => r.metrics?.[0]?.hoplimit,
  },
  {
    name: 'metrics.initialCongestionWindow',
    ours: (o) => o.metrics?.initialCongestionWindow,
    peer: (p) => u32(p.attrs.metrics?.initcwnd),
    ip: (r) => r.metrics?.[0]?.initcwnd,
  },
  {
    name: 'metrics.congestionControl',
    ours: (o) => o.metrics?.congestionControl,
    peer: (p) => p.attrs.metrics?.ccAlgo?.toString().replace('\0', ''),
    ip: (r) => r.metrics?.[0]?.congestion,
  },
  {
    name: 'ways',
    ours: (o) => o.nexthops?.map((way) => `${way.link} weight ${way.weight}`).join(),
    peer: (p) => peerWays(p.attrs.multipath),
    ip: (r, index) => r.nexthops?.map((way: any) => `${index.get(way.dev)} weight ${way.weight}`).join(),
  },
  {
    name: 'gateways',
    ours: (o) => o.nexthops?.map(({ via }) => hex(via)).join(),
    ip: (r) => r.nexthops?.map((way: any) => textHex(way.gateway ?? way.via?.host)).join(),
  },
  {
    name: 'encap',
    ours: (o) => o.encap?.type,
    peer: (p) => ({ 1: 'mpls', 2: 'ip', 4: 'ip6', 5: 'seg6' })[p.attrs.encapType as number],
    ip: (r) => r.encap,
  },
  { name: 'encap.id', ours: (o) => encapOf(o)?.id?.toString(), ip: (r) => r.id?.toString() },
  {
    name: 'encap.destination',
    ours: (o) => hex(encapOf(o)?.destination),
    ip: (r) => (r.encap === 'ip' || r.encap === 'ip6' ? textHex(r.dst) : undefined),
  },
  { name: 'encap.source', ours: (o) => hex(encapOf(o)?.source), ip: (r) => textHex(r.src) },
  { name: 'encap.ttl', ours: (o) => encapOf(o)?.ttl ?? encapOf(o)?.hopLimit, ip: (r) => r.ttl ?? r.hoplimit },
  { name: 'encap.segments', ours: (o) => encapOf(o)?.header?.segments.map(hex).join(), ip: (r) => r.segs?.map(textHex).join() },
  { name: 'encap.mode', ours: (o) => encapOf(o)?.header?.mode, ip: (r) => r.mode },
  {
    name: 'expires',
    tolerance: 5,
    ours: (o) => (o.attributes.cacheInfo?.expires ? Math.round(o.attributes.cacheInfo.expires / 100) : undefined),
    peer: (p) => (p.attrs.cacheInfo?.rtaExpires ? Math.round(p.attrs.cacheInfo.rtaExpires / 100) : SKIP),
    ip: (r) => r.expires,
  },
]
const encapOf = (route: Route): any => route.encap?.value
