import type { Address, Neighbour, Rule } from '@axoneme/netlink'
import { type Field, FOREVER, hex, hexNumber, macHex, peerTable, protocolNumber, scopeNumber, tableNumber, textHex, u32 } from './field.js'

export const addressFields: readonly Field<Address>[] = [
  { name: 'link', ours: (a) => a.link, peer: (p) => p.data.index, ip: (r) => r.ifindex },
  { name: 'family', ours: (a) => a.family, peer: (p) => (p.data.family === 2 ? 4 : 6), ip: (r) => (r.family === 'inet' ? 4 : 6) },
  { name: 'address', ours: (a) => hex(a.address.address), peer: (p) => hex(p.attrs.local ?? p.attrs.address), ip: (r) => textHex(r.local) },
  { name: 'length', ours: (a) => a.address.length, peer: (p) => p.data.prefixlen, ip: (r) => r.prefixlen },
  {
    name: 'peer',
    ours: (a) => hex(a.peer),
    peer: (p) => (p.attrs.local === undefined || p.attrs.local.equals(p.attrs.address) ? undefined : hex(p.attrs.address)),
    ip: (r) => textHex(r.address),
  },
  { name: 'broadcast', ours: (a) => hex(a.broadcast), peer: (p) => hex(p.attrs.broadcast), ip: (r) => textHex(r.broadcast) },
  { name: 'label', ours: (a) => a.label, peer: (p) => p.attrs.label, ip: (r) => r.label },
  { name: 'scope', ours: (a) => scopeNumber(a.scope), peer: (p) => p.data.scope, ip: (r) => scopeNumber(r.scope) },
  { name: 'permanent', ours: (a) => a.permanent, peer: (p) => p.attrs.flags?.permanent ?? false, ip: (r) => !(r.dynamic ?? false) },
  {
    name: 'secondary',
    ours: (a) => a.secondary,
    peer: (p) => p.attrs.flags?.secondary ?? false,
    ip: (r) => r.secondary ?? r.temporary ?? false,
  },
  { name: 'tentative', ours: (a) => a.tentative, peer: (p) => p.attrs.flags?.tentative ?? false, ip: (r) => r.tentative ?? false },
  {
    name: 'noPrefixRoute',
    ours: (a) => (a.flags & 0x200) !== 0,
    peer: (p) => p.attrs.flags?.noprefixroute ?? false,
    ip: (r) => r.noprefixroute ?? false,
  },
  { name: 'noDad', ours: (a) => (a.flags & 0x2) !== 0, peer: (p) => p.attrs.flags?.nodad ?? false, ip: (r) => r.nodad ?? false },
  {
    name: 'validSeconds',
    tolerance: 5,
    ours: (a) => a.validSeconds ?? FOREVER,
    peer: (p) => p.attrs.cacheInfo.ifaValid,
    ip: (r) => r.valid_life_time,
  },
  {
    name: 'preferredSeconds',
    tolerance: 5,
    ours: (a) => a.preferredSeconds ?? FOREVER,
    peer: (p) => p.attrs.cacheInfo.ifaPrefered,
    ip: (r) => r.preferred_life_time,
  },
  { name: 'created', ours: (a) => a.attributes.cacheInfo?.created, peer: (p) => p.attrs.cacheInfo.cstamp },
]

const ruleActions: Readonly<Record<string, string>> = {
  toTbl: 'table',
  goto: 'goto',
  nop: 'nop',
  blackhole: 'blackhole',
  unreachable: 'unreachable',
  prohibit: 'prohibit',
}
const range = (start: number | undefined, end: number | undefined): string | undefined =>
  start === undefined ? undefined : `${start}-${end}`
const given = (value: number | undefined): number | undefined => (value === 0 || value === FOREVER ? undefined : value)

export const ruleFields: readonly Field<Rule>[] = [
  { name: 'family', ours: (o) => o.family, peer: (p) => (p.data.family === 2 ? 4 : 6), ip: (r) => r.family },
  { name: 'priority', ours: (o) => o.priority, peer: (p) => p.attrs.priority ?? 0, ip: (r) => r.priority },
  {
    name: 'from',
    ours: (o) => (o.from === undefined ? undefined : `${hex(o.from.address)}/${o.from.length}`),
    peer: (p) => (p.attrs.src === undefined ? undefined : `${hex(p.attrs.src)}/${p.data.srcLen}`),
    ip: (r) => (r.src === 'all' ? undefined : `${textHex(r.src)}/${r.srclen ?? (r.family === 4 ? 32 : 128)}`),
  },
  {
    name: 'to',
    ours: (o) => (o.to === undefined ? undefined : `${hex(o.to.address)}/${o.to.length}`),
    peer: (p) => (p.attrs.dst === undefined ? undefined : `${hex(p.attrs.dst)}/${p.data.dstLen}`),
    ip: (r) => (r.dst === undefined ? undefined : `${textHex(r.dst)}/${r.dstlen ?? (r.family === 4 ? 32 : 128)}`),
  },
  { name: 'inputLink', ours: (o) => o.inputLink, peer: (p) => p.attrs.iifname, ip: (r) => r.iif },
  { name: 'outputLink', ours: (o) => o.outputLink, peer: (p) => p.attrs.oifname, ip: (r) => r.oif },
  { name: 'fwmark', ours: (o) => o.fwmark, peer: (p) => p.attrs.fwmark, ip: (r) => hexNumber(r.fwmark) },
  { name: 'fwmask', ours: (o) => given(o.fwmask), peer: (p) => given(p.attrs.fwmask), ip: (r) => hexNumber(r.fwmask) },
  { name: 'tos', ours: (o) => o.tos, peer: (p) => p.data.tos, ip: (r) => hexNumber(r.tos) ?? 0 },
  {
    name: 'ipProtocol',
    ours: (o) => o.ipProtocol,
    peer: (p) => p.attrs.ipProto,
    ip: (r) => ({ tcp: 6, udp: 17, icmp: 1 })[r.ipproto as string],
  },
  {
    name: 'sourcePorts',
    ours: (o) => range(o.sourcePorts?.start, o.sourcePorts?.end),
    peer: (p) => range(p.attrs.sportRange?.start, p.attrs.sportRange?.end),
    ip: (r) => range(r.sport ?? r.sport_start, r.sport ?? r.sport_end),
  },
  {
    name: 'destinationPorts',
    ours: (o) => range(o.destinationPorts?.start, o.destinationPorts?.end),
    peer: (p) => range(p.attrs.dportRange?.start, p.attrs.dportRange?.end),
    ip: (r) => range(r.dport ?? r.dport_start, r.dport ?? r.dport_end),
  },
  {
    name: 'uids',
    ours: (o) => range(o.uids?.start, o.uids?.end),
    peer: (p) => range(p.attrs.uidRange?.start, p.attrs.uidRange?.end),
    ip: (r) => range(r.uid_start, r.uid_end),
  },
  {
    name: 'action',
    ours: (o) => o.action,
    peer: (p) => ruleActions[p.data.action],
    ip: (r) => r.action ?? (r.goto === undefined ? 'table' : 'goto'),
  },
  {
    name: 'table',
    ours: (o) => given(tableNumber(o.table) as number),
    peer: (p) => given(peerTable(p)),
    ip: (r) => (r.table === undefined ? undefined : tableNumber(r.table)),
  },
  { name: 'goto', ours: (o) => o.goto, peer: (p) => p.attrs.goto, ip: (r) => r.goto },
  {
    name: 'suppressPrefixLength',
    ours: (o) => o.suppressPrefixLength,
    peer: (p) => (u32(p.attrs.suppressPrefixlen) === FOREVER ? undefined : u32(p.attrs.suppressPrefixlen)),
    ip: (r) => r.suppress_prefixlen,
  },
  { name: 'invert', ours: (o) => o.invert, peer: (p) => p.data.flags.invert ?? false, ip: (r) => 'not' in r },
  { name: 'protocol', ours: (o) => protocolNumber(o.protocol), peer: (p) => p.attrs.protocol, ip: (r) => protocolNumber(r.protocol) },
]

export const neighbourFields: readonly Field<Neighbour>[] = [
  { name: 'link', ours: (o) => o.link, peer: (p) => p.data.ifindex, ip: (r, index) => index.get(r.dev) },
  { name: 'family', ours: (o) => o.family, peer: (p) => (p.data.family === 2 ? 4 : 6), ip: (r) => (r.dst.includes(':') ? 6 : 4) },
  { name: 'address', ours: (o) => hex(o.address), peer: (p) => hex(p.attrs.dst), ip: (r) => textHex(r.dst) },
  { name: 'hardwareAddress', ours: (o) => hex(o.hardwareAddress), peer: (p) => hex(p.attrs.lladdr), ip: (r) => macHex(r.lladdr) },
  {
    name: 'states',
    ours: (o) => o.states.join(),
    peer: (p) =>
      Object.keys(p.data.state)
        .filter((name) => name !== '__unknown')
        .join(),
    ip: (r) => (r.state ?? []).join().toLowerCase(),
  },
  { name: 'proxy', ours: (o) => o.proxy, peer: (p) => p.data.flags.proxy ?? false, ip: (r) => 'proxy' in r },
  { name: 'router', ours: (o) => o.router, peer: (p) => p.data.flags.router ?? false, ip: (r) => 'router' in r },
  {
    name: 'externallyLearned',
    ours: (o) => o.externallyLearned,
    peer: (p) => p.data.flags.extLearned ?? false,
    ip: (r) => 'extern_learn' in r,
  },
  { name: 'probes', ours: (o) => o.attributes.probes, peer: (p) => p.attrs.probes },
]
