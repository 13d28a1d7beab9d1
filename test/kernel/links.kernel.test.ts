import type { LinkKindName, LinkSpec } from '@axoneme/netlink'
import { createNetns, deleteNetns } from '@axoneme/sys'
import { expect } from 'vitest'
import { feature, pair, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Each kind with all that can be said of it at once, and what must be read back. */
const kinds: readonly { kind: LinkKindName; title: string; spec: (under: number) => LinkSpec; shows?: object }[] = [
  {
    kind: 'veth',
    title: 'veth',
    spec: () => ({ kind: 'veth', name: 'k0', mtu: 1400, data: { peer: { name: 'k1', mtu: 1300, address: '02:00:00:00:00:07' } } }),
  },
  {
    kind: 'vxlan',
    title: 'vxlan with a fixed peer',
    spec: (under) => ({
      kind: 'vxlan',
      name: 'k0',
      data: {
        vni: 42,
        group: '10.0.0.2',
        local: '10.0.0.1',
        link: under,
        port: 4789,
        ttl: 9,
        learning: false,
        portRange: { low: 10000, high: 20000 },
        df: 'set',
        ageing: 77,
      },
    }),
    shows: { vni: 42, port: 4789, ttl: 9, learning: false, portRange: { low: 10000, high: 20000 }, df: 'set', ageing: 77 },
  },
  {
    kind: 'vxlan',
    title: 'vxlan over IPv6',
    spec: () => ({
      kind: 'vxlan',
      name: 'k0',
      data: { vni: 7, group6: '2001:db8::2', local6: '2001:db8::1', port: 4789, udpZeroChecksum6Tx: true },
    }),
    shows: { vni: 7, udpZeroChecksum6Tx: true },
  },
  {
    kind: 'vxlan',
    title: 'vxlan with collect-metadata',
    spec: () => ({ kind: 'vxlan', name: 'k0', data: { collectMetadata: true, port: 8472, gbp: true } }),
    shows: { collectMetadata: true, port: 8472, gbp: true },
  },
  {
    kind: 'geneve',
    title: 'geneve with a fixed peer',
    spec: () => ({ kind: 'geneve', name: 'k0', data: { vni: 42, remote: '10.0.0.2', ttl: 9, port: 6082 } }),
    shows: { vni: 42, ttl: 9, port: 6082 },
  },
  {
    kind: 'geneve',
    title: 'geneve with collect-metadata',
    spec: () => ({ kind: 'geneve', name: 'k0', data: { collectMetadata: true } }),
    shows: { collectMetadata: true },
  },
  {
    kind: 'netkit',
    title: 'netkit',
    spec: () => ({ kind: 'netkit', name: 'k0', data: { mode: 'l2', policy: 'blackhole', peerPolicy: 'forward', peer: { name: 'k1' } } }),
    shows: { mode: 'l2', policy: 'blackhole', peerPolicy: 'forward', primary: true },
  },
  {
    kind: 'bridge',
    title: 'bridge',
    spec: () => ({
      kind: 'bridge',
      name: 'k0',
      data: { forwardDelay: 300, ageingTime: 7700, stpState: 0, groupFwdMask: 8, multicastSnooping: false },
    }),
    shows: { forwardDelay: 300, ageingTime: 7700, stpState: 0, groupFwdMask: 8, multicastSnooping: false },
  },
  { kind: 'dummy', title: 'dummy', spec: () => ({ kind: 'dummy', name: 'k0' }) },
  { kind: 'ifb', title: 'ifb', spec: () => ({ kind: 'ifb', name: 'k0', txQueues: 2 }) },
  {
    kind: 'ipip',
    title: 'ipip with a fixed peer',
    spec: () => ({ kind: 'ipip', name: 'k0', data: { remote: '10.0.0.2', local: '10.0.0.1', ttl: 64, pmtuDiscovery: true } }),
    shows: { ttl: 64, pmtuDiscovery: true },
  },
  {
    kind: 'ipip',
    title: 'ipip with collect-metadata',
    spec: () => ({ kind: 'ipip', name: 'k0', data: { collectMetadata: true } }),
    shows: { collectMetadata: true },
  },
  {
    kind: 'ip6tnl',
    title: 'ip6tnl',
    spec: () => ({ kind: 'ip6tnl', name: 'k0', data: { remote: '2001:db8::2', local: '2001:db8::1', ttl: 64 } }),
    shows: { ttl: 64 },
  },
  { kind: 'wireguard', title: 'wireguard', spec: () => ({ kind: 'wireguard', name: 'k0' }) },
  {
    kind: 'vlan',
    title: 'vlan',
    spec: (under) => ({ kind: 'vlan', name: 'k0', link: under, data: { id: 77, egressQos: [{ from: 1, to: 2 }] } }),
    shows: { id: 77, protocol: 0x8100, egressQos: [{ from: 1, to: 2 }] },
  },
  {
    kind: 'macvlan',
    title: 'macvlan',
    spec: (under) => ({ kind: 'macvlan', name: 'k0', link: under, data: { mode: 'bridge' } }),
    shows: { mode: 'bridge' },
  },
  {
    kind: 'ipvlan',
    title: 'ipvlan',
    spec: (under) => ({ kind: 'ipvlan', name: 'k0', link: under, data: { mode: 'l3' } }),
    shows: { mode: 'l3' },
  },
  { kind: 'vrf', title: 'vrf', spec: () => ({ kind: 'vrf', name: 'k0', data: { table: 77 } }), shows: { table: 77 } },
  {
    kind: 'bond',
    title: 'bond',
    spec: () => ({ kind: 'bond', name: 'k0', data: { mode: 'active-backup', miimon: 100 } }),
    shows: { mode: 'active-backup', miimon: 100 },
  },
]

for (const { kind, title, spec, shows } of kinds)
  kernelTest(`link > ${title} is made, read back, seen by ip, and deleted`, { needs: [feature(`link-${kind}`)] }, async () => {
    await using t = scratch()
    const { e0 } = await pair(t)
    ;(await t.netlink.links.create(spec(e0))).unwrap()
    const made = await t.link('k0')
    expect(made.kind).toBe(kind)
    if (shows !== undefined) expect(made.data).toMatchObject(shows)
    const [seen] = t.ip('link', 'show', 'k0')
    expect(seen.ifindex).toBe(made.index)
    expect(seen.linkinfo.info_kind).toBe(kind)
    ;(await t.netlink.links.delete('k0')).unwrap()
    expect((await t.netlink.links.get('k0')).unwrap()).toBeUndefined()
  })

kernelTest('link > a veth peer is made in another namespace', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  await using other = scratch()
  ;(await t.netlink.links.create({ kind: 'veth', name: 'lxc0', data: { peer: { name: 'eth0', netns: other.netns, mtu: 1400 } } })).unwrap()
  const peer = await other.link('eth0')
  expect(peer.mtu).toBe(1400)
  const here = await t.link('lxc0')
  expect(here.link).toBe(peer.index)
  expect(here.linkNetnsId).toBeTypeOf('number')
  expect((await t.netlink.links.get('eth0')).unwrap()).toBeUndefined()
})

kernelTest('link > settings at creation include what the kernel leaves out there', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  ;(
    await t.netlink.links.create({
      kind: 'veth',
      name: 'k0',
      up: true,
      alias: 'shop/web-1',
      group: 77,
      address: '02:00:00:00:00:07',
      txQueueLength: 500,
      gsoMaxSize: 32000,
      groMaxSize: 32000,
      gsoMaxSegments: 100,
    })
  ).unwrap()
  const link = await t.link('k0')
  expect(link).toMatchObject({
    alias: 'shop/web-1',
    group: 77,
    txQueueLength: 500,
    gsoMaxSize: 32000,
    groMaxSize: 32000,
    gsoMaxSegments: 100,
    up: true,
  })
  expect(String(link.address)).toBe('02:00:00:00:00:07')
  const [seen] = t.ip('link', 'show', 'k0')
  expect(seen).toMatchObject({ ifalias: 'shop/web-1', group: '77', txqlen: 500, address: '02:00:00:00:00:07' })
})

kernelTest(
  'link > everything is changed afterwards: MTU, MAC, alias, group, flags, name, master',
  { needs: [feature('link-veth'), feature('link-bridge')] },
  async () => {
    await using t = scratch()
    await pair(t)
    const index = await t.index('e1')
    ;(await t.netlink.links.create({ kind: 'bridge', name: 'b0', up: true })).unwrap()
    const bridge = await t.index('b0')
    ;(
      await t.netlink.links.update(index, {
        mtu: 1300,
        address: '02:00:00:00:00:09',
        alias: 'a',
        group: 5,
        master: bridge,
        promiscuous: true,
        txQueueLength: 9,
      })
    ).unwrap()
    expect(await t.link(index)).toMatchObject({ mtu: 1300, alias: 'a', group: 5, master: bridge, txQueueLength: 9, portKind: 'bridge' })
    ;(await t.netlink.links.update(index, { port: { hairpin: true, learning: false, isolated: true, flood: false } })).unwrap()
    expect((await t.link(index)).port).toMatchObject({ hairpin: true, learning: false, isolated: true, flood: false })
    ;(await t.netlink.links.update(index, { master: 0, up: false, alias: '' })).unwrap()
    expect(await t.link(index)).toMatchObject({ master: undefined, up: false, alias: undefined })
    ;(await t.netlink.links.update(index, { name: 'renamed' })).unwrap()
    expect((await t.link('renamed')).index).toBe(index)
    expect((await t.netlink.links.list({ group: 5 })).unwrap().map(({ name }) => name)).toEqual(['renamed'])
  },
)

kernelTest('link > moves to another namespace, with what is set on the way', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  await using other = scratch()
  ;(
    await t.netlink.links.create({ kind: 'veth', name: 'k0', alias: 'kept', up: true, netns: other.netns, data: { peer: { name: 'k1' } } })
  ).unwrap()
  expect(await other.link('k0')).toMatchObject({ alias: 'kept', up: true })
  ;(await t.netlink.links.update('k1', { netns: other.netns })).unwrap()
  expect((await other.link('k1')).name).toBe('k1')
})

kernelTest('link > BIG TCP sizes for IPv6', { needs: [feature('ipv6-big-tcp')] }, async () => {
  await using t = scratch()
  ;(await t.netlink.links.create({ kind: 'veth', name: 'k0', gsoMaxSize: 185_000, groMaxSize: 185_000 })).unwrap()
  expect(await t.link('k0')).toMatchObject({ gsoMaxSize: 185_000, groMaxSize: 185_000 })
})

kernelTest('link > BIG TCP sizes for IPv4', { needs: [feature('ipv4-big-tcp')] }, async () => {
  await using t = scratch()
  ;(await t.netlink.links.create({ kind: 'veth', name: 'k0', gsoIpv4MaxSize: 185_000, groIpv4MaxSize: 185_000 })).unwrap()
  expect(await t.link('k0')).toMatchObject({ gsoIpv4MaxSize: 185_000, groIpv4MaxSize: 185_000 })
})

kernelTest(
  'link > a kernel that ignores the IPv4 sizes is found out, and the link is not left behind',
  { needs: [feature('link-veth')] },
  async () => {
    await using t = scratch()
    const made = await t.netlink.links.create({ kind: 'veth', name: 'k0', gsoIpv4MaxSize: 185_000 })
    const there = (await t.netlink.links.get('k0')).unwrap()
    if (made.isOk()) expect(there?.gsoIpv4MaxSize).toBe(185_000)
    else {
      expect(made.error).toMatchObject({ code: 'feature.unsupported', feature: 'ipv4-big-tcp', since: '6.3' })
      expect(there).toBeUndefined()
    }
  },
)

kernelTest('link > statistics count what went through', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  const { e0 } = await pair(t)
  ;(await t.netlink.neighbours.add({ link: e0, address: '10.0.0.2', hardwareAddress: '02:00:00:00:00:02' })).unwrap()
  const before = (await t.link('e1')).statistics?.rxPackets ?? 0n
  t.run(
    'sh',
    '-c',
    'for i in 1 2 3 4 5; do echo hello > /dev/udp/10.0.0.2/9 2>/dev/null || true; done; exec bash -c "for i in 1 2 3 4 5; do echo hello > /dev/udp/10.0.0.2/9; done"',
  )
  const after = (await t.link('e1')).statistics
  expect(Number(after?.rxPackets ?? 0n) - Number(before)).toBeGreaterThanOrEqual(5)
  expect(after?.rxBytes).toBeGreaterThan(200n)
})

kernelTest('link > many are made in one batch and deleted by their group', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  const specs: LinkSpec[] = Array.from({ length: 20 }, (_, index) => ({
    kind: 'veth',
    name: `m${index}`,
    group: 9,
    alias: `n${index}`,
    data: { peer: { name: `p${index}`, group: 9 } },
  }))
  expect((await t.netlink.links.createAll(specs)).unwrap()).toBe(20)
  const made = (await t.netlink.links.list({ group: 9 })).unwrap()
  expect(made).toHaveLength(40)
  expect(made.filter(({ alias }) => alias !== undefined)).toHaveLength(20)
  ;(await t.netlink.links.deleteGroup(9)).unwrap()
  expect((await t.netlink.links.list({ group: 9 })).unwrap()).toEqual([])
})

kernelTest('link > a batch says which of its links were refused, and makes the rest', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  ;(await t.netlink.links.create({ kind: 'veth', name: 'm3' })).unwrap()
  const specs: LinkSpec[] = Array.from({ length: 6 }, (_, index) => ({
    kind: 'veth',
    name: `m${index}`,
    data: { peer: { name: `p${index}` } },
  }))
  const outcome = await t.netlink.links.createAll(specs)
  expect(outcome.unwrapErr()).toMatchObject({
    code: 'netlink.batch-failed',
    failed: 1,
    done: 5,
    failures: [{ index: 3, error: { code: 'netlink.exists' } }],
  })
  expect((await t.netlink.links.list({ kind: 'veth' })).unwrap()).toHaveLength(12)
})

kernelTest(
  'link > a batch sets what needs a second message on those that it made, and leaves the others alone',
  { needs: [feature('link-veth')] },
  async () => {
    await using t = scratch()
    ;(await t.netlink.links.create({ kind: 'veth', name: 'm1', alias: 'before' })).unwrap()
    const specs: LinkSpec[] = Array.from({ length: 4 }, (_, index) => ({
      kind: 'veth',
      name: `m${index}`,
      data: { peer: { name: `p${index}` } },
      ...(index === 3 ? {} : { alias: `new ${index}` }),
    }))
    const outcome = await t.netlink.links.createAll(specs)
    expect(outcome.unwrapErr()).toMatchObject({
      code: 'netlink.batch-failed',
      failed: 1,
      done: 3,
      failures: [{ index: 1, error: { code: 'netlink.exists' } }],
    })
    const aliases = await Promise.all([0, 1, 2, 3].map(async (index) => (await t.link(`m${index}`)).alias))
    expect(aliases).toEqual(['new 0', 'before', 'new 2', undefined])
  },
)

kernelTest('link > refusals are typed and name the attribute', { needs: [feature('link-vxlan')] }, async () => {
  await using t = scratch()
  const { links } = t.netlink
  ;(await links.create({ kind: 'veth', name: 'k0' })).unwrap()
  const again = (await links.create({ kind: 'veth', name: 'k0' })).unwrapErr()
  expect(again).toMatchObject({ code: 'netlink.exists', errnoName: 'EEXIST' })
  expect(again.hint).toMatch(/there already/)
  const huge = (await links.update('k0', { mtu: 70_000 })).unwrapErr()
  expect(huge).toMatchObject({ code: 'netlink.refused', errnoName: 'EINVAL', kernelMessage: 'mtu greater than device maximum' })
  expect(huge.hint).toMatch(/MTU/)
  expect((await links.update('nosuch', { up: true })).unwrapErr()).toMatchObject({ code: 'netlink.missing', errnoName: 'ENODEV' })
  // a bad type goes through as raw bytes, so that the kernel itself must judge it
  const vni = (await links.create({ kind: 'vxlan', name: 'x0', data: { '#1': new Uint8Array([0, 0, 0, 1]), port: 4789 } })).unwrapErr()
  expect(vni).toMatchObject({ code: 'netlink.refused', attribute: 'linkinfo.data.vni' })
  expect((await links.list({ kind: 'vxlan' })).unwrap()).toEqual([])
})

kernelTest('link > a driver that is missing is named', { needs: [] }, async () => {
  await using t = scratch()
  // of the kinds that this kernel lacks, or a kind that no kernel has
  const { linkKinds } = await import('@axoneme/netlink')
  let seen = 0
  for (const kind of Object.keys(linkKinds) as LinkKindName[]) {
    if ((await feature(`link-${kind}`).probe()) === true) continue
    seen++
    const e0 = kind === 'vlan' || kind === 'ipvlan' ? 1 : undefined
    const data = kind === 'vlan' ? { id: 7 } : kind === 'vrf' ? { table: 7 } : undefined
    const error = (
      await t.netlink.links.create({
        kind,
        name: 'k0',
        ...(e0 === undefined ? {} : { link: e0 }),
        ...(data === undefined ? {} : { data }),
      } as LinkSpec)
    ).unwrapErr()
    expect(error).toMatchObject({
      code: 'netlink.driver-missing',
      driver: kind,
      errnoName: 'EOPNOTSUPP',
      kernelMessage: 'Unknown device type',
    })
    expect(error.hint).toMatch(new RegExp(`no driver "${kind}".*CONFIG_`))
  }
  if (seen === 0) expect((await t.netlink.links.get('k0')).unwrap()).toBeUndefined()
})

kernelTest('namespace ids > are given, found and listed', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  const name = `${t.name}-x`
  const other = createNetns(sys, name).unwrap()
  try {
    expect((await t.netlink.netnsIds.get(other)).unwrap()).toBeUndefined()
    ;(await t.netlink.netnsIds.assign(other, 77)).unwrap()
    expect((await t.netlink.netnsIds.get(other)).unwrap()).toBe(77)
    expect((await t.netlink.netnsIds.list()).unwrap()).toContain(77)
    expect((await t.netlink.netnsIds.assign(other, 78)).unwrapErr()).toMatchObject({ code: 'netlink.exists' })
    expect(t.run('ip', 'netns', 'list-id')).toMatch(/nsid 77/)
  } finally {
    other.close()
    deleteNetns(sys, name).unwrap()
  }
})
