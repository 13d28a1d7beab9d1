import { Netlink, type RuleSpec } from '@axoneme/netlink'
import { expect } from 'vitest'
import { feature, pair, scratch } from './fixture.js'
import { kernelTest } from './harness/index.js'

const veth = [feature('link-veth')]

kernelTest('address > of both families, with everything, replaced and deleted', { needs: veth }, async () => {
  await using t = scratch()
  const { e0 } = await pair(t)
  const { addresses } = t.netlink
  ;(
    await addresses.add({
      link: e0,
      address: '10.1.0.1/24',
      broadcast: '10.1.0.255',
      label: 'e0:one',
      scope: 'link',
      validSeconds: 1000,
      preferredSeconds: 500,
      noPrefixRoute: true,
    })
  ).unwrap()
  ;(await addresses.add({ link: 'e0', address: '10.2.0.1/32', peer: '10.3.0.1' })).unwrap()
  const listed = (await addresses.list({ link: 'e0', family: 4 })).unwrap()
  expect(listed.map(({ address }) => String(address)).sort()).toEqual(['10.0.0.1/24', '10.1.0.1/24', '10.2.0.1/32'])
  const one = listed.find(({ label }) => label === 'e0:one')
  expect(one).toMatchObject({ scope: 'link', validSeconds: 1000, preferredSeconds: 500, permanent: false })
  expect(String(one?.broadcast)).toBe('10.1.0.255')
  expect(String(listed.find(({ peer }) => peer !== undefined)?.peer)).toBe('10.3.0.1')
  expect((await addresses.add({ link: e0, address: '10.1.0.1/24' })).unwrapErr()).toMatchObject({ code: 'netlink.exists' })
  ;(await addresses.replace({ link: e0, address: '10.1.0.1/24', validSeconds: 2000 })).unwrap()
  ;(await addresses.delete({ link: e0, address: '10.1.0.1/24' })).unwrap()
  expect((await addresses.delete({ link: e0, address: '10.1.0.1/24' })).unwrapErr()).toMatchObject({ errnoName: 'EADDRNOTAVAIL' })
  expect((await addresses.add({ link: 4242, address: '10.1.0.1/24' })).unwrapErr()).toMatchObject({ code: 'netlink.missing' })
  const six = t.ip('-6', 'address', 'show', 'dev', 'e0')[0].addr_info.find((row: { local: string }) => row.local === '2001:db8::1')
  expect(six).toMatchObject({ prefixlen: 64, nodad: true })
  const many = Array.from({ length: 200 }, (_, index) => ({ link: 'e0', address: `10.50.0.${index + 1}/32` }))
  expect((await addresses.addAll(many)).unwrap()).toBe(200)
  expect((await addresses.deleteAll(many)).unwrap()).toBe(200)
})

const rules: readonly [string, RuleSpec, object][] = [
  ['from a prefix', { from: '10.7.0.0/16', table: 77, priority: 100 }, { table: 77, action: 'table' }],
  [
    'with everything',
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
    },
    {
      fwmark: 0x100,
      fwmask: 0xf00,
      ipProtocol: 6,
      sourcePorts: { start: 1000, end: 2000 },
      uids: { start: 0, end: 99 },
      table: 1000,
      inputLink: 'e0',
      protocol: 'static',
    },
  ],
  ['that goes on elsewhere', { goto: 32766, priority: 100 }, { action: 'goto', goto: 32766 }],
  ['blackhole', { action: 'blackhole', outputLink: 'e0', priority: 100 }, { action: 'blackhole', outputLink: 'e0' }],
  ['that suppresses short prefixes', { table: 'main', suppressPrefixLength: 0, priority: 100 }, { table: 'main', suppressPrefixLength: 0 }],
  ['inverted, IPv6', { from: '2001:db8::/32', invert: true, table: 77, priority: 100 }, { invert: true, family: 6 }],
]
for (const [title, spec, shows] of rules)
  kernelTest(`rule > ${title}`, { needs: veth }, async () => {
    await using t = scratch()
    await pair(t)
    ;(await t.netlink.rules.add(spec)).unwrap()
    const family = `${spec.from ?? ''}`.includes(':') ? 6 : 4
    const find = async () => (await t.netlink.rules.list({ family })).unwrap().find(({ priority }) => priority === 100)
    expect(await find()).toMatchObject(shows)
    expect(t.ip(`-${family}`, 'rule', 'show').some((row: { priority: number }) => row.priority === 100)).toBe(true)
    expect((await t.netlink.rules.add(spec)).unwrapErr()).toMatchObject({ code: 'netlink.exists' })
    ;(await t.netlink.rules.delete(spec)).unwrap()
    expect(await find()).toBeUndefined()
  })

kernelTest('neighbour > permanent, reachable and proxy entries', { needs: veth }, async () => {
  await using t = scratch()
  const { e0 } = await pair(t)
  const { neighbours } = t.netlink
  ;(await neighbours.add({ link: e0, address: '10.0.0.7', hardwareAddress: '02:00:00:00:00:07' })).unwrap()
  ;(await neighbours.add({ link: e0, address: '2001:db8::7', hardwareAddress: '02:00:00:00:00:07', router: true })).unwrap()
  ;(await neighbours.add({ link: e0, address: '10.0.0.8', proxy: true })).unwrap()
  const permanent = (await neighbours.list({ link: e0 })).unwrap().filter(({ states }) => states.includes('permanent'))
  expect(permanent.map(({ address, hardwareAddress }) => `${address} ${hardwareAddress}`).sort()).toEqual([
    '10.0.0.7 02:00:00:00:00:07',
    '2001:db8::7 02:00:00:00:00:07',
  ])
  expect((await neighbours.list({ proxy: true })).unwrap().map(({ address }) => String(address))).toEqual(['10.0.0.8'])
  expect((await neighbours.add({ link: e0, address: '10.0.0.7', hardwareAddress: '02:00:00:00:00:09' })).unwrapErr()).toMatchObject({
    code: 'netlink.exists',
  })
  ;(await neighbours.replace({ link: e0, address: '10.0.0.7', hardwareAddress: '02:00:00:00:00:09', state: 'reachable' })).unwrap()
  expect(t.ip('neigh', 'show', '10.0.0.7')[0]).toMatchObject({ lladdr: '02:00:00:00:00:09', state: ['REACHABLE'] })
  ;(await neighbours.delete({ link: e0, address: '10.0.0.8', proxy: true })).unwrap()
  ;(await neighbours.delete({ link: e0, address: '2001:db8::7' })).unwrap()
  expect((await neighbours.add({ link: e0, address: '10.0.0.9' })).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'hardwareAddress',
  })
})

kernelTest(
  'fdb > of a bridge and of a tunnel, with several remote ends',
  { needs: [...veth, feature('link-vxlan'), feature('link-bridge')] },
  async () => {
    await using t = scratch()
    const { e1 } = await pair(t)
    const { fdb, links } = t.netlink
    ;(await links.create({ kind: 'bridge', name: 'b0', up: true })).unwrap()
    ;(await links.update(e1, { master: await t.index('b0') })).unwrap()
    ;(await links.create({ kind: 'vxlan', name: 'x0', up: true, data: { collectMetadata: true, port: 4789, learning: false } })).unwrap()
    ;(await fdb.add({ link: e1, hardwareAddress: '02:00:00:00:00:07', of: 'master' })).unwrap()
    ;(await fdb.append({ link: 'x0', hardwareAddress: '00:00:00:00:00:00', remote: '10.0.0.8', vni: 5 })).unwrap()
    ;(await fdb.append({ link: 'x0', hardwareAddress: '00:00:00:00:00:00', remote: '10.0.0.9', vni: 5, port: 4790 })).unwrap()
    const tunnel = (await fdb.list({ link: 'x0' })).unwrap()
    expect(tunnel.map(({ remote }) => String(remote)).sort()).toEqual(['10.0.0.8', '10.0.0.9'])
    expect(tunnel.find(({ port }) => port === 4790)).toMatchObject({ of: 'self', vni: 5 })
    const bridge = (await fdb.list({ master: await t.index('b0') })).unwrap()
    expect(bridge.some(({ hardwareAddress }) => String(hardwareAddress) === '02:00:00:00:00:07')).toBe(true)
    ;(await fdb.delete({ link: e1, hardwareAddress: '02:00:00:00:00:07', of: 'master' })).unwrap()
    ;(await fdb.delete({ link: 'x0', hardwareAddress: '00:00:00:00:00:00', remote: '10.0.0.8', vni: 5 })).unwrap()
    expect((await fdb.list({ link: 'x0' })).unwrap()).toHaveLength(1)
  },
)

kernelTest('permission > what a process without capabilities is told', { needs: veth }, async () => {
  await using t = scratch()
  // the socket's maker counts as well as its user: both without capabilities
  process.seteuid?.(65534)
  let error: unknown
  try {
    using netlink = Netlink.open().unwrap()
    error = (await netlink.links.create({ kind: 'veth', name: 'axm-denied' })).unwrapErr()
    expect(Netlink.open({ netns: t.netns }).unwrapErr()).toMatchObject({
      code: 'permission.denied',
      hint: expect.stringContaining('CAP_SYS_ADMIN'),
    })
  } finally {
    process.seteuid?.(0)
  }
  expect(error).toMatchObject({ code: 'permission.denied', errnoName: 'EPERM', hint: expect.stringContaining('CAP_NET_ADMIN') })
})
