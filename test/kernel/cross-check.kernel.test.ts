import { withNetns, writeSysctl } from '@axoneme/sys'
import { compare, enough, tally } from './cross-check/compare.js'
import type { Indexes } from './cross-check/field.js'
import { dataFields, portFields } from './cross-check/link-data-fields.js'
import { linkFields } from './cross-check/link-fields.js'
import { addressFields, neighbourFields, ruleFields } from './cross-check/object-fields.js'
import { routeFields } from './cross-check/route-fields.js'
import { feature, pair, type Scratch, scratch, sys } from './fixture.js'
import { kernelTest, type Need } from './harness/index.js'

/** Another client of rtnetlink, written by others: the npm package of that name, with native code of its own. */
const peer: Need = {
  name: 'npm netlink',
  async probe() {
    try {
      await import('netlink')
      return true
    } catch (reason) {
      return `the package does not load: ${String(reason).split('\n')[0]}`
    }
  },
}

async function withPeer<T>(t: Scratch, run: (socket: any, ifla: any) => Promise<T>): Promise<T> {
  const { createRtNetlink, ifla } = await import('netlink')
  // its socket belongs to the namespace that it was opened in
  const socket = withNetns(sys, t.netns, () => createRtNetlink({ ref: true } as Parameters<typeof createRtNetlink>[0])).unwrap()
  try {
    return await run(socket, ifla)
  } finally {
    socket.socket.close()
    await new Promise(setImmediate)
  }
}

/** Nothing that comes and goes by itself: no duplicate address detection, no router solicitations. */
function quiet(t: Scratch): void {
  for (const which of ['all', 'default'])
    for (const [name, value] of [
      ['accept_dad', 0],
      ['router_solicitations', 0],
      ['accept_ra', 0],
    ] as const)
      writeSysctl(sys, t.netns, `net.ipv6.conf.${which}.${name}`, value).unwrap()
}

/** Takes all three dumps; again when ours changed meanwhile. */
async function settled<O, R>(list: () => Promise<O[]>, others: () => Promise<R>): Promise<{ ours: O[]; theirs: R }> {
  const text = (objects: O[]): string =>
    JSON.stringify(objects, (key, value) =>
      key === 'cacheInfo' || /Seconds$/.test(key) ? undefined : typeof value === 'bigint' ? `${value}` : value,
    )
  for (let tries = 0; ; tries++) {
    const ours = await list()
    const theirs = await others()
    if (tries === 10 || text(ours) === text(await list())) return { ours, theirs }
  }
}

async function indexes(t: Scratch): Promise<Indexes> {
  return new Map((await t.netlink.links.list()).unwrap().map(({ name, index }) => [name, index]))
}

const veth = feature('link-veth')

/** What a loaded tunnel module puts into every new namespace by itself (`fallback_tunnels` in net.core): there or not, they are not this test's. */
const fallback = new Set(['tunl0', 'ip6tnl0', 'sit0', 'gre0', 'gretap0', 'erspan0', 'ip6gre0', 'ip_vti0', 'ip6_vti0'])

kernelTest(
  'cross-check > links',
  { needs: [peer, veth, ...['bridge', 'vxlan', 'ifb', 'macvlan'].map((kind) => feature(`link-${kind}`))] },
  async () => {
    await using t = scratch()
    quiet(t)
    const { e0 } = await pair(t)
    const { links } = t.netlink
    ;(
      await links.create({
        kind: 'bridge',
        name: 'br0',
        up: true,
        data: { ageingTime: 12_300, forwardDelay: 400, priority: 0x1000, groupFwdMask: 0x4000, multicastHashMax: 512 },
      })
    ).unwrap()
    const br0 = await t.index('br0')
    ;(
      await links.create({
        kind: 'veth',
        name: 'p0',
        up: true,
        master: br0,
        alias: 'a port',
        data: { peer: { name: 'p1' } },
        port: { isolated: true, cost: 7, priority: 9, hairpin: true, learning: false },
      })
    ).unwrap()
    ;(
      await links.create({
        kind: 'veth',
        name: 'p2',
        mtu: 1400,
        group: 7,
        txQueueLength: 77,
        txQueues: 3,
        rxQueues: 2,
        address: '02:00:00:00:00:22',
        promiscuous: true,
        gsoMaxSize: 50_000,
        data: { peer: { name: 'p3', mtu: 1300 } },
      })
    ).unwrap()
    ;(
      await links.create({
        kind: 'vxlan',
        name: 'vx0',
        data: {
          vni: 7,
          port: 4789,
          local: '10.0.0.1',
          group: '10.0.0.9',
          ttl: 9,
          tos: 4,
          learning: false,
          ageing: 100,
          portRange: { low: 1000, high: 2000 },
          df: 'set',
          l2miss: true,
        },
      })
    ).unwrap()
    ;(
      await links.create({
        kind: 'vxlan',
        name: 'vx1',
        data: { collectMetadata: true, port: 8472, udpZeroChecksum6Tx: true, udpZeroChecksum6Rx: true },
      })
    ).unwrap()
    ;(await links.create({ kind: 'ifb', name: 'ifb0', alias: 'für Ströme' })).unwrap()
    ;(await links.create({ kind: 'macvlan', name: 'mv0', link: e0, data: { mode: 'private' } })).unwrap()
    ;(await links.update('p3', { allMulticast: true, noArp: true })).unwrap()
    // not all by our own hand: a number that is wrong in both directions would not show
    t.run(...'ip link add vx2 type vxlan id 42 group 239.1.1.1 dev e0 dstport 4790 ttl 5 tos 8 ageing 55 l3miss proxy'.split(' '))
    t.run(...'ip link add br1 type bridge forward_delay 300 hello_time 150 mcast_querier 1 group_fwd_mask 8'.split(' '))
    t.run(...'ip link add p4 mtu 1280 numtxqueues 4 numrxqueues 3 group 9 type veth peer name p5'.split(' '))
    t.run(...'ip link set p4 master br1 up'.split(' '))
    t.run(...'ip link set p4 type bridge_slave guard on fastleave on flood off mcast_flood off neigh_suppress on'.split(' '))
    t.run('ip', 'link', 'property', 'add', 'dev', 'e0', 'altname', 'an-alternative-name', 'altname', 'another-alternative-name')
    const index = await indexes(t)
    const count = tally()
    await withPeer(t, async (socket, ifla) => {
      const { ours, theirs } = await settled(
        async () => (await links.list()).unwrap().filter(({ name }) => !fallback.has(name)),
        async () => ({
          peer: ((await socket.getLinks()) as any[])
            .filter(({ attrs }) => !fallback.has(attrs.ifname))
            .map((message) => ({ ...message, info: message.attrs.linkinfo && ifla.parseInfo(message.attrs.linkinfo) })),
          ip: (t.ip('link') as any[]).filter(({ ifname }) => !fallback.has(ifname)),
        }),
      )
      compare(count, linkFields, ours, theirs, index)
      ours.forEach((link, at) => {
        const { info } = theirs.peer[at]
        const row = theirs.ip[at].linkinfo
        const table = dataFields[link.kind ?? '']
        const parse = { vxlan: ifla.parseVxlan, bridge: ifla.parseBridge, macvlan: ifla.parseMacvlan }[link.kind as 'vxlan']
        if (table !== undefined) compare(count, table, [link.data], { peer: [parse(info.data)], ip: [row.info_data] }, index)
        if (link.portKind === 'bridge')
          compare(count, portFields, [link.port], { peer: [ifla.parseBridgePort(info.slaveData)], ip: [row.info_slave_data] }, index)
      })
    })
    enough(count, { objects: 24, peer: 540, ip: 535 })
  },
)

kernelTest('cross-check > addresses', { needs: [peer, veth] }, async () => {
  await using t = scratch()
  quiet(t)
  const { e0, e1 } = await pair(t)
  const specs = [
    {
      link: e0,
      address: '10.1.0.1/24',
      broadcast: '10.1.0.255',
      label: 'e0:one',
      scope: 'link',
      validSeconds: 1000,
      preferredSeconds: 500,
      noPrefixRoute: true,
    },
    { link: e0, address: '10.1.0.2/24', scope: 'link' },
    { link: e0, address: '10.2.0.1/32', peer: '10.3.0.1' },
    { link: e1, address: '172.16.0.1/12', scope: 200 },
    { link: e1, address: '2001:db8:1::1/64', noDad: true, validSeconds: 3000 },
    { link: e1, address: '2001:db8:2::1/128', peer: '2001:db8:3::1', noDad: true, noPrefixRoute: true },
    { link: 1, address: '127.0.0.5/8' },
  ] as const
  for (const spec of specs) (await t.netlink.addresses.add(spec)).unwrap()
  t.run(...'ip address add 10.60.0.1/24 dev e1 broadcast 10.60.0.255 label e1:x noprefixroute valid_lft 900 preferred_lft 800'.split(' '))
  t.run(...'ip address add 2001:db8:60::1/64 dev e1 nodad noprefixroute'.split(' '))
  const count = tally()
  await withPeer(t, async (socket) => {
    const { ours, theirs } = await settled(
      async () => (await t.netlink.addresses.list()).unwrap(),
      async () => ({
        peer: (await socket.getAddresses()) as any[],
        ip: (t.ip('address') as any[]).flatMap(({ ifindex, addr_info }) => addr_info.map((row: any) => ({ ...row, ifindex }))),
      }),
    )
    // ip lists by link, the kernel by family
    const byFamily = [...theirs.ip.filter(({ family }) => family === 'inet'), ...theirs.ip.filter(({ family }) => family === 'inet6')]
    compare(count, addressFields, ours, { peer: theirs.peer, ip: byFamily }, new Map())
  })
  enough(count, { objects: 13, peer: 170, ip: 160 })
})

kernelTest(
  'cross-check > routes',
  { needs: [peer, ...['link-veth', 'route-encap-ip', 'route-encap-seg6', 'route-via-other-family'].map(feature)] },
  async () => {
    await using t = scratch()
    quiet(t)
    const { e0, e1 } = await pair(t)
    const specs = [
      { destination: 'default', via: '10.0.0.2' },
      { destination: '10.9.0.0/16', via: '10.0.0.2', priority: 50, tos: 0x10, protocol: 'bird', table: 1000, source: '10.0.0.1' },
      {
        destination: '10.10.0.0/16',
        via: '10.0.0.2',
        metrics: { mtu: 1400, advertisedMss: 1300, hopLimit: 33, initialCongestionWindow: 20, congestionControl: 'cubic' },
      },
      {
        destination: '10.11.0.0/16',
        nexthops: [
          { via: '10.0.0.2', weight: 2 },
          { via: '192.0.2.3', link: e1, weight: 5, onlink: true },
          { via: 'fe80::9', link: e0 },
        ],
      },
      { destination: '10.13.0.0/16', type: 'blackhole', priority: 9 },
      { destination: '10.14.0.0/16', type: 'unreachable' },
      { destination: '10.15.0.0/16', type: 'prohibit', table: 77 },
      { destination: '10.16.0.0/16', via: '192.0.2.1', link: e1, onlink: true },
      { destination: '10.17.0.0/16', link: e0, encap: { type: 'ip', id: 77, destination: '192.0.2.9', source: '10.0.0.1', ttl: 9 } },
      { destination: 'default', via: '2001:db8::2' },
      { destination: '2001:db8:10::/48', nexthops: [{ via: '2001:db8::2' }, { via: '2001:db8::3', weight: 3 }] },
      { destination: '2001:db8:11::/48', link: e0, expiresSeconds: 1000, priority: 7 },
      {
        destination: '2001:db8:12::/48',
        link: e0,
        encap: { type: 'seg6', header: { mode: 'encap', segments: ['2001:db8:5::1', '2001:db8:6::1'] } },
      },
      { destination: '2001:db8:13::/48', link: e0, encap: { type: 'ip6', id: 7, destination: '2001:db8:5::1', hopLimit: 9 } },
      { destination: '2001:db8:14::/48', via: '2001:db8::2', metrics: { mtu: 1300 }, table: 5000 },
    ] as const
    for (const spec of specs) (await t.netlink.routes.add(spec as never)).unwrap()
    t.run(
      ...'ip route add 10.60.0.0/16 via 10.0.0.2 proto bird metric 44 tos 8 src 10.0.0.1 mtu 1333 advmss 1222 initcwnd 11 table 44'.split(
        ' ',
      ),
    )
    t.run(...'ip route add 10.61.0.0/16 nexthop via 10.0.0.2 weight 9 nexthop via 10.0.0.3 weight 4'.split(' '))
    t.run(...'ip route add 10.62.0.0/16 encap ip id 9 dst 192.0.2.9 src 192.0.2.8 ttl 7 dev e0'.split(' '))
    t.run(...'ip -6 route add 2001:db8:60::/48 via 2001:db8::2 metric 44 pref high proto ra'.split(' '))
    const index = await indexes(t)
    const count = tally()
    await withPeer(t, async (socket) => {
      const { ours, theirs } = await settled(
        async () => (await t.netlink.routes.list()).unwrap(),
        async () => ({ peer: (await socket.getRoutes()) as any[], ip: t.ip('route', 'show', 'table', 'all') as any[] }),
      )
      compare(count, routeFields, ours, theirs, index)
    })
    // the other package gives up on a list that has one of these
    ;(await t.netlink.routes.add({ destination: '10.12.0.0/16', via: 'fe80::2', link: e0 })).unwrap()
    const { ours, theirs } = await settled(
      async () => (await t.netlink.routes.list()).unwrap(),
      async () => t.ip('route', 'show', 'table', 'all') as any[],
    )
    compare(count, routeFields, ours, { ip: theirs }, index)
    enough(count, { objects: 60, peer: 300, ip: 700 })
  },
)

kernelTest('cross-check > rules', { needs: [peer, veth, feature('rules')] }, async () => {
  await using t = scratch()
  await pair(t)
  const specs = [
    {
      from: '10.7.0.0/16',
      to: '10.8.0.0/16',
      inputLink: 'e0',
      fwmark: 0x100,
      fwmask: 0xf00,
      ipProtocol: 6,
      sourcePorts: { start: 1000, end: 2000 },
      destinationPorts: { start: 80, end: 80 },
      uids: { start: 0, end: 99 },
      table: 1000,
      priority: 100,
      protocol: 'static',
      suppressPrefixLength: 3,
      tos: 16,
    },
    { from: '10.7.0.1/32', goto: 32766, priority: 99, invert: true },
    { action: 'blackhole', outputLink: 'e0', priority: 98 },
    { action: 'prohibit', to: '10.20.0.0/16', priority: 97 },
    { from: '2001:db8::/32', table: 77, priority: 96, protocol: 'bird' },
    { family: 6, fwmark: 9, table: 'local', priority: 95 },
  ] as const
  for (const spec of specs) (await t.netlink.rules.add(spec)).unwrap()
  t.run(
    ...'ip rule add not from 10.60.0.0/16 iif e1 fwmark 3/7 ipproto udp sport 53 dport 100-200 uidrange 5-6 priority 60 table 44'.split(
      ' ',
    ),
  )
  t.run(...'ip -6 rule add oif e0 priority 61 suppress_prefixlength 9 table 45 protocol bird'.split(' '))
  const count = tally()
  await withPeer(t, async (socket) => {
    const ofFamily = (family: 4 | 6): any[] => (t.ip(`-${family}`, 'rule') as any[]).map((row) => ({ ...row, family }))
    const { ours, theirs } = await settled(
      async () => (await t.netlink.rules.list()).unwrap(),
      // those of multicast routing (families 128 and 129) come too
      async () => ({
        peer: ((await socket.getRules()) as any[]).filter(({ data }) => data.family < 128),
        ip: [...ofFamily(4), ...ofFamily(6)],
      }),
    )
    compare(count, ruleFields, ours, theirs, new Map())
  })
  enough(count, { objects: 13, peer: 110, ip: 110 })
})

kernelTest('cross-check > neighbours', { needs: [peer, veth] }, async () => {
  await using t = scratch()
  quiet(t)
  const { e0, e1 } = await pair(t)
  const specs = [
    { link: e0, address: '10.0.0.7', hardwareAddress: '02:00:00:00:00:07' },
    { link: e0, address: '10.0.0.8', hardwareAddress: '02:00:00:00:00:08', state: 'reachable' },
    { link: e1, address: '10.0.0.9', hardwareAddress: '02:00:00:00:00:09', state: 'noarp', externallyLearned: true },
    { link: e0, address: '2001:db8::7', hardwareAddress: '02:00:00:00:00:07', router: true },
    { link: e1, address: '2001:db8::8', hardwareAddress: '02:00:00:00:00:08', state: 'stale' },
    { link: e0, address: '10.0.0.20', proxy: true },
    { link: e1, address: '10.0.0.21', proxy: true },
    { link: e0, address: '2001:db8::20', proxy: true },
  ] as const
  for (const spec of specs) (await t.netlink.neighbours.add(spec)).unwrap()
  t.run(...'ip neighbour add 2001:db8::60 lladdr 02:00:00:00:00:60 dev e0 router nud stale'.split(' '))
  t.run(...'ip neighbour add 10.0.0.60 lladdr 02:00:00:00:00:60 dev e0 extern_learn nud permanent'.split(' '))
  t.run(...'ip neighbour add proxy 10.0.0.61 dev e0'.split(' '))
  const index = await indexes(t)
  const count = tally()
  await withPeer(t, async (socket) => {
    for (const proxy of [false, true]) {
      const { ours, theirs } = await settled(
        async () => (await t.netlink.neighbours.list({ proxy })).unwrap(),
        async () => ({
          peer: (await socket.getNeighbors(proxy ? { flags: { proxy: true } } : {})) as any[],
          ip: t.ip('neighbour', 'show', ...(proxy ? ['proxy'] : ['nud', 'all'])) as any[],
        }),
      )
      compare(count, neighbourFields, ours, theirs, index)
    }
  })
  enough(count, { objects: 13, peer: 100, ip: 95 })
})
