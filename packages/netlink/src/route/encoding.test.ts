import { Netns } from '@axoneme/sys'
import { fakeSys } from '@axoneme/sys/testing'
import { describe, expect, it } from 'vitest'
import type { Request } from '../transport/index.js'
import { execute } from '../transport/index.js'
import { scriptedKernel } from '../transport/scripted-kernel.js'
import { caughtInput } from '../wire/index.js'
import { addAddress, deleteAddress, listAddresses } from './address.js'
import { createLink, deleteLink, deleteLinkGroup, getLink, updateLink } from './link.js'
import { addFdbEntry, addNeighbour, deleteFdbEntry, deleteNeighbour, listFdb, listNeighbours } from './neighbour.js'
import { assignNsid, getNsid } from './nsid.js'
import { addRoute, deleteRoute, listRoutes, lookUpRoute } from './route.js'
import { addRule, deleteRule } from './rule.js'
import {
  addClass,
  addFilter,
  addQdisc,
  deleteClass,
  deleteFilter,
  deleteQdisc,
  getQdisc,
  listClasses,
  listFilters,
  listQdiscs,
} from './tc.js'

/** Builds and encodes a request, as a call does; the error of it. */
async function refused(build: () => Request): Promise<{ code: string; path?: string; message: string; hint?: string }> {
  const built = caughtInput(build)
  if ('error' in built) return built.error
  const kernel = scriptedKernel(() => [])
  const outcome = await execute(kernel.connection, built.value)
  expect(kernel.sent).toEqual([])
  return outcome.unwrapErr() as never
}

const long = 'x'.repeat(16)
const closed = Netns.of(fakeSys(), 5, '/run/netns/gone', 1)
closed.close()
const any = (value: unknown): any => value
const veth = (more: object): any => ({ kind: 'veth', name: 'e0', ...more })
const vxlan = (data: object): any => ({ kind: 'vxlan', name: 'vx0', data })
const link = (spec: unknown) => () => createLink(any(spec)).create
const follow = (spec: unknown) => () => createLink(any(spec)).followUp as Request
const way = (more: object): any => ({ destination: '10.9.0.0/16', ...more })
const tbf = (options: unknown) => () => addQdisc(any({ kind: 'tbf', link: 1, options }))
const htb = (options: unknown) => () => addQdisc(any({ kind: 'htb', link: 1, options }))
const cls =
  (options: unknown, more = {}) =>
  () =>
    addClass(any({ kind: 'htb', link: 1, parent: '1:', handle: '1:1', options, ...more }))
const rate = 1_000_000

const bad: readonly [what: string, build: () => Request, path: string, hint: RegExp][] = [
  // links
  ['a name above 15 bytes', link(veth({ name: long })), 'name', /at most 15 bytes/],
  ['an empty name', link(veth({ name: '' })), 'name', /1 to 15 bytes/],
  ['no name', link({ kind: 'veth' }), 'name', /1 to 15 bytes/],
  ['a name with a slash', link(veth({ name: 'a/b' })), 'name', /No "\/"/],
  ['a name with a blank', link(veth({ name: 'a b' })), 'name', /white space/],
  ['the name ..', link(veth({ name: '..' })), 'name', /not "\."/],
  ['an unknown kind', link(veth({ kind: 'token-ring' })), 'kind', /Give one of bond, bridge/],
  ['an MTU below 0', link(veth({ mtu: -1 })), 'mtu', /minMtu and maxMtu/],
  ['an MTU that is text', link(veth({ mtu: '1500' })), 'mtu', /minMtu and maxMtu/],
  ['an MTU above 31 bits', link(veth({ mtu: 2 ** 31 })), 'mtu', /minMtu and maxMtu/],
  ['a hardware address that is none', link(veth({ address: '02:00' })), 'address', /six bytes/],
  ['a broadcast that is none', link(veth({ broadcast: 'no' })), 'broadcast', /six bytes/],
  ['no queues', link(veth({ txQueues: 0 })), 'txQueues', /from 1 to 4096/],
  ['too many queues', link(veth({ rxQueues: 4097 })), 'rxQueues', /from 1 to 4096/],
  ['a peer with a long name', link(veth({ data: { peer: { name: long } } })), 'data.peer.name', /at most 15 bytes/],
  ['a peer that is nothing', link(veth({ data: { peer: null } })), 'data.peer', /Give the name of the other end/],
  ['a peer with a wrong MTU', link(veth({ data: { peer: { name: 'e1', mtu: -1 } } })), 'data.peer.mtu', /^Give an integer/],
  ['a peer in no namespace', link(veth({ data: { peer: { name: 'e1', netns: { fd: -1 } } } })), 'data.peer.netns', /^Give an integer/],
  ['a closed namespace', link(veth({ netns: closed })), 'netns', /^Give an integer/],
  ['a process below 0', link(veth({ netns: { pid: -1 } })), 'netns', /^Give an integer/],
  ['a VNI above 24 bits', link(vxlan({ vni: 2 ** 24 })), 'data.vni', /from 0 to 16777215/],
  ['an option that the kind has not', link(vxlan({ vin: 7 })), 'data.vin', /Known here: vni, group/],
  ['an address of the other family', link(vxlan({ local: '2001:db8::1' })), 'data.local', /^Give an IPv4 address/],
  ['a wrong name of a mode', link({ kind: 'macvlan', name: 'm0', data: { mode: 'bridged' } }), 'data.mode', /Give one of the names/],
  ['a vlan without an id', link({ kind: 'vlan', name: 'v0', link: 3 }), 'data.id', /cannot be made without it/],
  ['a vrf without a table', link({ kind: 'vrf', name: 'v0', data: {} }), 'data.table', /cannot be made without it/],
  ['data for a kind that has none', link({ kind: 'dummy', name: 'd0', data: { x: 1 } }), 'data', /Uint8Array/],
  ['a long alias', follow(veth({ alias: 'x'.repeat(256) })), 'alias', /At most 255 bytes/],
  ['a wrong port setting', follow(veth({ port: { state: 5 } })), 'port.state', /from 0 to 4/],
  ['an XDP descriptor that is none', follow(veth({ xdp: { fd: 'a' } })), 'xdp.fd', /^Give an integer/],
  ['index 0', () => getLink(0), 'link', /positive integer/],
  ['an index that is a fraction', () => deleteLink(1.5), 'link', /positive integer/],
  ['an alternative name above 127 bytes', () => getLink('x'.repeat(128)), 'link', /At most 127 bytes/],
  ['a link named with a blank', () => updateLink('a b', {}), 'link', /white space/],
  ['a new name above 15 bytes', () => updateLink(3, { name: long }), 'name', /at most 15 bytes/],
  ['a rename by name', () => updateLink('e0', { name: 'e1' }), 'link', /give its index/],
  ['data and port at once', () => updateLink(3, { kind: 'bridge', data: {}, port: {} }), 'port', /two changes/],
  ['data without a kind', () => updateLink(3, { data: { vni: 1 } }), 'kind', /as in Link.kind/],
  ['wrong data in a change', () => updateLink(3, { kind: 'vxlan', data: { ttl: 256 } }), 'data.ttl', /from 0 to 255/],
  ['a wrong master', () => updateLink(3, { master: -1 }), 'master', /^Give an integer/],
  ['group 0', () => deleteLinkGroup(0), 'group', /group of their own/],
  ['a group below 0', () => deleteLinkGroup(-1), 'group', /^Give an integer/],
  // addresses
  ['an address that is none', () => addAddress({ link: 1, address: '10.0.0.300/24' }), 'address', /four decimal numbers/],
  ['a length that is none', () => addAddress({ link: 1, address: '10.0.0.1/33' }), 'address', /a slash/],
  ['an address on no link', () => addAddress({ link: 0, address: '10.0.0.1/24' }), 'link', /positive integer/],
  ['an address on an index above 31 bits', () => deleteAddress({ link: 2 ** 31, address: '10.0.0.1/24' }), 'link', /positive integer/],
  ['a peer of the other family', () => addAddress({ link: 1, address: '10.0.0.1', peer: '::1' }), 'peer', /Give an IPv4 address/],
  ['a peer that is none', () => addAddress({ link: 1, address: '10.0.0.1', peer: 'x' }), 'peer', /four decimal numbers/],
  [
    'a broadcast address that is none',
    () => addAddress({ link: 1, address: '10.0.0.1/24', broadcast: '10.0' }),
    'broadcast',
    /four decimal numbers/,
  ],
  ['a label above 15 bytes', () => addAddress({ link: 1, address: '10.0.0.1/24', label: long }), 'label', /At most 15 bytes/],
  [
    'preferred for longer than valid',
    () => addAddress({ link: 1, address: '::2/64', validSeconds: 1, preferredSeconds: 2 }),
    'preferredSeconds',
    /longer than it is valid/,
  ],
  ['a lifetime below 0', () => addAddress({ link: 1, address: '::2/64', validSeconds: -1 }), 'validSeconds', /leave it out for ever/],
  [
    'a lifetime that is a fraction',
    () => addAddress({ link: 1, address: '::2/64', preferredSeconds: 1.5 }),
    'preferredSeconds',
    /leave it out for ever/,
  ],
  ['a priority below 0', () => addAddress({ link: 1, address: '::2/64', priority: -1 }), 'priority', /^Give an integer/],
  ['an unknown scope', () => addAddress({ link: 1, address: '::2/64', scope: any('world') }), 'scope', /Give one of the names/],
  ['a protocol above a byte', () => addAddress({ link: 1, address: '::2/64', protocol: 256 }), 'protocol', /from 0 to 255/],
  ['addresses of no link', () => listAddresses({ link: -1 }), 'link', /^Give an integer/],
  // routes
  ['a destination that is none', () => addRoute({ destination: '10.9' }), 'destination', /four decimal numbers/],
  ['a destination with host bits', () => addRoute({ destination: '10.9.0.1/16' }), 'destination', /10\.9\.0\.0\/16/],
  ['a destination of another family', () => addRoute(way({ family: 6 })), 'family', /Leave family out/],
  ['a gateway that is none', () => addRoute(way({ via: 'x' })), 'via', /four decimal numbers/],
  ['an IPv4 gateway to IPv6', () => addRoute({ destination: '::/0', via: '10.0.0.1' }), 'via', /Give an IPv6 address/],
  ['onlink without a gateway', () => addRoute(way({ onlink: true })), 'onlink', /Give via/],
  ['a source prefix that is none', () => addRoute(way({ from: 'x' })), 'from', /four decimal numbers/],
  ['a source that is none', () => addRoute(way({ source: 'x' })), 'source', /four decimal numbers/],
  ['a link that is a name', () => addRoute(way({ link: 'e0' })), 'link', /^Give an integer/],
  ['a type of service above a byte', () => addRoute(way({ tos: 256 })), 'tos', /from 0 to 255/],
  ['an unknown table', () => addRoute(way({ table: 'mine' })), 'table', /Give one of the names/],
  ['a table that is a fraction', () => addRoute(way({ table: 1.5 })), 'table', /Give a name, or an integer/],
  ['an unknown type', () => addRoute(way({ type: 'black' })), 'type', /Give one of the names/],
  ['an expiry below 0', () => addRoute(way({ expiresSeconds: -1 })), 'expiresSeconds', /^Give an integer/],
  ['a metric that is none', () => addRoute(way({ metrics: { mtu: '1' } })), 'metrics.mtu', /^Give an integer/],
  ['an unknown metric', () => addRoute(way({ metrics: { mut: 1 } })), 'metrics.mut', /Known here: lock, mtu/],
  ['ways and a way', () => addRoute(way({ link: 1, nexthops: [{ link: 1 }] })), 'nexthops', /into the nexthops/],
  ['no ways', () => addRoute(way({ nexthops: [] })), 'nexthops', /at least one/],
  ['a weight of 0', () => addRoute(way({ nexthops: [{ link: 1 }, { link: 1, weight: 0 }] })), 'nexthops.1.weight', /from 1 to 256/],
  ['a weight above 256', () => addRoute(way({ nexthops: [{ link: 1, weight: 257 }] })), 'nexthops.0.weight', /from 1 to 256/],
  ['a way by a name', () => addRoute(way({ nexthops: [{ link: 'e0' }] })), 'nexthops.0.link', /positive integer/],
  ['a way by a gateway that is none', () => addRoute(way({ nexthops: [{ via: 'x' }] })), 'nexthops.0.via', /four decimal numbers/],
  ['an unknown encapsulation', () => addRoute(way({ link: 1, encap: { type: 'gre' } })), 'encap.type', /Give one of mpls, ip/],
  ['an encapsulation with a wrong key', () => addRoute(way({ link: 1, encap: { type: 'ip', id: -1n } })), 'encap.id', /Give a bigint/],
  [
    'tunnel options',
    () => addRoute(way({ link: 1, encap: { type: 'ip', options: new Uint8Array(8) } })),
    'encap.options',
    /stops for good/,
  ],
  [
    'a way with a wrong encapsulation',
    () => addRoute(way({ nexthops: [{ link: 1, encap: { type: 'ip6', destination: 'x' } }] })),
    'nexthops.0.encap.destination',
    /./,
  ],
  [
    'no segments',
    () => addRoute({ destination: '::/0', link: 1, encap: any({ type: 'seg6', header: { segments: [] } }) }),
    'encap.header.segments',
    /1 to 100/,
  ],
  [
    'a segment that is none',
    () => addRoute({ destination: '::/0', link: 1, encap: { type: 'seg6', header: { segments: ['::1', '10.0.0.1'] } } }),
    'encap.header.segments.1',
    /./,
  ],
  [
    'an unknown mode',
    () => addRoute({ destination: '::/0', link: 1, encap: any({ type: 'seg6', header: { mode: 'x', segments: ['::1'] } }) }),
    'encap.header.mode',
    /inline, encap/,
  ],
  [
    'a mode that is a fraction',
    () => addRoute({ destination: '::/0', link: 1, encap: { type: 'seg6', header: { mode: 1.5, segments: ['::1'] } } }),
    'encap.header.mode',
    /or the number/,
  ],
  ['a route to delete that is none', () => deleteRoute({ destination: 'x/y' }), 'destination', /./],
  ['an unknown protocol to list', () => listRoutes({ protocol: any('x') }), 'protocol', /Give one of the names/],
  ['routes of no link', () => listRoutes({ link: -1 }), 'link', /^Give an integer/],
  ['a destination to look up that is none', () => lookUpRoute('x', {}), 'destination', /four decimal numbers/],
  ['a source to look up that is none', () => lookUpRoute('10.0.0.1', { source: 'x' }), 'source', /four decimal numbers/],
  ['a mark to look up that is none', () => lookUpRoute('10.0.0.1', { mark: -1 }), 'mark', /^Give an integer/],
  ['a link to look up that is none', () => lookUpRoute('10.0.0.1', { link: -1 }), 'link', /^Give an integer/],
  // rules
  ['a prefix that is none', () => addRule({ from: 'x' }), 'from', /four decimal numbers/],
  ['prefixes of two families', () => addRule({ from: '10.0.0.0/8', to: '::/0' }), 'to', /one family/],
  ['a link name above 15 bytes', () => addRule({ inputLink: long }), 'inputLink', /At most 15 bytes/],
  ['an empty link name', () => addRule({ outputLink: '' }), 'outputLink', /at least 1 character/],
  ['a mark above 32 bits', () => addRule({ fwmark: 2 ** 32 }), 'fwmark', /^Give an integer/],
  ['ports above 16 bits', () => addRule({ destinationPorts: { start: 1, end: 65536 } }), 'destinationPorts.end', /from 0 to 65535/],
  ['user ids that are none', () => addRule({ uids: { start: -1, end: 5 } }), 'uids.start', /^Give an integer/],
  ['a jump to nowhere', () => addRule({ action: 'goto' }), 'goto', /priority of a later rule/],
  ['an unknown action', () => deleteRule({ action: any('jump') }), 'action', /Give one of the names/],
  ['an unknown rule table', () => addRule({ table: any('mine') }), 'table', /Give one of the names/],
  // neighbours
  ['a neighbour address that is none', () => addNeighbour({ link: 1, address: 'x' }), 'address', /four decimal numbers/],
  ['a neighbour on no link', () => addNeighbour({ link: -1, address: '10.0.0.1' }), 'link', /positive integer/],
  [
    'a neighbour hardware address that is none',
    () => addNeighbour({ link: 1, address: '10.0.0.1', hardwareAddress: 'x' }),
    'hardwareAddress',
    /six bytes/,
  ],
  ['a permanent neighbour without one', () => addNeighbour({ link: 1, address: '10.0.0.1' }), 'hardwareAddress', /a proxy entry does not/],
  ['an unknown state', () => addNeighbour({ link: 1, address: '10.0.0.1', state: any('alive') }), 'state', /Give one of incomplete/],
  ['a neighbour to delete on a huge index', () => deleteNeighbour({ link: 2 ** 31, address: '10.0.0.1' }), 'link', /positive integer/],
  ['neighbours of no link', () => listNeighbours({ link: -1 }), 'link', /^Give an integer/],
  ['an entry without a hardware address that is one', () => addFdbEntry({ link: 1, hardwareAddress: 'x' }), 'hardwareAddress', /six bytes/],
  [
    'an entry with a remote that is none',
    () => addFdbEntry({ link: 1, hardwareAddress: '02:00:00:00:00:01', remote: 'x' }),
    'remote',
    /four decimal numbers/,
  ],
  [
    'an entry with an unknown state',
    () => addFdbEntry({ link: 1, hardwareAddress: '02:00:00:00:00:01', state: any('alive') }),
    'state',
    /Give one of/,
  ],
  [
    'an entry with a vlan above 12 bits',
    () => addFdbEntry({ link: 1, hardwareAddress: '02:00:00:00:00:01', vlan: 4096 }),
    'vlan',
    /from 0 to 4095/,
  ],
  [
    'an entry with a VNI above 24 bits',
    () => addFdbEntry({ link: 1, hardwareAddress: '02:00:00:00:00:01', vni: 2 ** 24 }),
    'vni',
    /from 0 to 16777215/,
  ],
  [
    'an entry leaving by no link',
    () => deleteFdbEntry({ link: 1, hardwareAddress: '02:00:00:00:00:01', via: -1 }),
    'via',
    /^Give an integer/,
  ],
  ['entries of no link', () => listFdb({ link: 2 ** 40 }), 'link', /^Give an integer/],
  ['entries of no master', () => listFdb({ master: -1 }), 'master', /^Give an integer/],
  // namespace ids
  ['a namespace id below -1', () => assignNsid({ pid: 1 }, -2), 'nsid', /lets the kernel choose/],
  ['a namespace by no descriptor', () => getNsid({ fd: -1 }), 'fd', /^Give an integer/],
  // tc
  ['a handle that is none', () => addQdisc({ kind: 'fq', link: 1, handle: '1' }), 'handle', /major:minor/],
  ['a handle above 32 bits', () => addQdisc({ kind: 'fq', link: 1, handle: 2 ** 32 }), 'handle', /32 bits/],
  ['a parent that is none', () => addQdisc({ kind: 'fq', link: 1, parent: 'top' }), 'parent', /Write root/],
  ['an unknown qdisc', () => addQdisc(any({ kind: 'cbq', link: 1 })), 'kind', /Give one of bfifo, clsact/],
  ['options for a qdisc that has none', () => addQdisc(any({ kind: 'clsact', link: 1, options: {} })), 'options', /Leave them out/],
  ['a qdisc on no link', () => addQdisc({ kind: 'fq', link: 0 }), 'link', /positive integer/],
  ['an unknown option', () => addQdisc({ kind: 'fq', link: 1, options: any({ limti: 1 }) }), 'options.limti', /Known here: limit/],
  ['an option out of range', () => addQdisc({ kind: 'fq', link: 1, options: { bucketsLog: 19 } }), 'options.bucketsLog', /from 1 to 18/],
  [
    'an option that is no yes or no',
    () => addQdisc({ kind: 'fq_codel', link: 1, options: { ecn: any('off') } }),
    'options.ecn',
    /Give true or false/,
  ],
  ['a wrong field of a fifo', () => addQdisc({ kind: 'pfifo', link: 1, options: any({ length: 3 }) }), 'options', /Known here: limit/],
  ['a fifo of a fraction', () => addQdisc({ kind: 'bfifo', link: 1, options: { limit: 0.5 } }), 'options.limit', /^Give an integer/],
  ['a tbf without options', tbf(undefined), 'options', /Give all three/],
  ['a tbf rate of 0', tbf({ rateBytesPerSecond: 0, burstBytes: 1, limitBytes: 1 }), 'options.rateBytesPerSecond', /1 or more/],
  [
    'a tbf rate of a fraction',
    tbf({ rateBytesPerSecond: 0.5, burstBytes: 1, limitBytes: 1 }),
    'options.rateBytesPerSecond',
    /Give a bigint/,
  ],
  [
    'a tbf rate above 64 bits',
    tbf({ rateBytesPerSecond: 1n << 64n, burstBytes: 1, limitBytes: 1 }),
    'options.rateBytesPerSecond',
    /within 64 bits/,
  ],
  [
    'a tbf burst of a fraction',
    tbf({ rateBytesPerSecond: rate, burstBytes: 1.5, limitBytes: 1 }),
    'options.burstBytes',
    /^Give an integer/,
  ],
  ['a tbf burst below 0', tbf({ rateBytesPerSecond: rate, burstBytes: -1, limitBytes: 1 }), 'options.burstBytes', /^Give an integer/],
  [
    'a tbf burst that takes too long',
    tbf({ rateBytesPerSecond: 1, burstBytes: 4_000_000, limitBytes: 1 }),
    'options.burstBytes',
    /smaller burst/,
  ],
  ['a tbf limit that is text', tbf({ rateBytesPerSecond: rate, burstBytes: 1, limitBytes: '1' }), 'options.limitBytes', /^Give an integer/],
  [
    'a tbf peak without an MTU',
    tbf({ rateBytesPerSecond: rate, burstBytes: 1, limitBytes: 1, peakRateBytesPerSecond: 1 }),
    'options',
    /both, or neither/,
  ],
  [
    'a tbf peak of 0',
    tbf({ rateBytesPerSecond: rate, burstBytes: 1, limitBytes: 1, peakRateBytesPerSecond: 0, mtuBytes: 1 }),
    'options.peakRateBytesPerSecond',
    /1 or more/,
  ],
  [
    'a tbf MTU that is a fraction',
    tbf({ rateBytesPerSecond: rate, burstBytes: 1, limitBytes: 1, peakRateBytesPerSecond: 1, mtuBytes: 1.5 }),
    'options.mtuBytes',
    /^Give an integer/,
  ],
  ['an htb class below 0', htb({ defaultClass: -1 }), 'options.defaultClass', /^Give an integer/],
  ['an htb quantum of text', htb({ rateToQuantum: 'x' }), 'options.rateToQuantum', /^Give an integer/],
  ['an htb queue below 0', htb({ directQueueLength: -1 }), 'options.directQueueLength', /^Give an integer/],
  ['a class without a rate', cls({}), 'options.rateBytesPerSecond', /guaranteed/],
  ['a class with a ceil of 0', cls({ rateBytesPerSecond: 1000, ceilBytesPerSecond: 0 }), 'options.ceilBytesPerSecond', /1 or more/],
  ['a class with a burst of a fraction', cls({ rateBytesPerSecond: 1000, burstBytes: 0.5 }), 'options.burstBytes', /^Give an integer/],
  ['a class with a priority above 7', cls({ rateBytesPerSecond: 1000, priority: 8 }), 'options.priority', /from 0 to 7/],
  ['a class with a priority below 0', cls({ rateBytesPerSecond: 1000, priority: -1 }), 'options.priority', /from 0 to 7/],
  ['a class with a quantum of text', cls({ rateBytesPerSecond: 1000, quantumBytes: 'x' }), 'options.quantumBytes', /^Give an integer/],
  ['a class of a kind that has none', cls({}, { kind: 'fq' }), 'kind', /Give htb/],
  ['a class with a handle that is none', cls({ rateBytesPerSecond: 1 }, { handle: 'x' }), 'handle', /major:minor/],
  ['a filter without a descriptor', () => addFilter({ link: 1, at: 'ingress', fd: -1, name: 'x' }), 'fd', /SCHED_CLS/],
  [
    'a filter with a priority above 16 bits',
    () => addFilter({ link: 1, at: 'ingress', fd: 3, name: 'x', priority: 65536 }),
    'priority',
    /1 to 65535/,
  ],
  [
    'a filter with an ethertype above 16 bits',
    () => addFilter({ link: 1, at: 'ingress', fd: 3, name: 'x', protocol: 65536 }),
    'protocol',
    /0x0800/,
  ],
  ['a filter with a long name', () => addFilter({ link: 1, at: 'ingress', fd: 3, name: 'x'.repeat(256) }), 'name', /At most 255 bytes/],
  ['a filter at no place', () => addFilter({ link: 1, at: 'middle', fd: 3, name: 'x' }), 'at', /Write root, clsact/],
  [
    'a filter with a handle below 0',
    () => addFilter({ link: 1, at: 'ingress', fd: 3, name: 'x', handle: -1 }),
    'handle',
    /^Give an integer/,
  ],
  ['a filter to delete at no place', () => deleteFilter({ link: 1, at: 'middle' }), 'at', /Write root/],
  ['a qdisc to delete on no link', () => deleteQdisc({ link: 0 }), 'link', /positive integer/],
  ['a class to delete by no handle', () => deleteClass({ link: 1, handle: 'x' }), 'handle', /major:minor/],
  ['a qdisc to get on no link', () => getQdisc({ link: 0 }), 'link', /positive integer/],
  ['qdiscs of no link', () => listQdiscs(2 ** 31), 'link', /^Give an integer/],
  ['classes of no link', () => listClasses(0), 'link', /positive integer/],
  ['filters of no place', () => listFilters({ link: 1, at: 'x' }), 'at', /Write root/],
]

describe('bad input', () => {
  it.each(bad)('%s is refused where the caller gave it, with what to do', async (_what, build, path, hint) => {
    const error = await refused(build)
    expect(error).toMatchObject({ code: 'input.invalid', path })
    expect(error.message.startsWith(`${path}: `)).toBe(true)
    expect(error.hint).toMatch(hint)
    expect(error.message).not.toContain('undefined: ')
  })
})
