import type { BatchFailed, RouteSpec } from '@axoneme/netlink'
import { expect } from 'vitest'
import { feature, pair, scratch } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Every form of a route: what is added, what must be read back, and what ip must say of it. */
const forms: readonly {
  title: string
  needs?: string[]
  spec: (e0: number, e1: number) => RouteSpec
  shows: (e0: number, e1: number) => object
  ip?: object
}[] = [
  {
    title: 'through a gateway',
    spec: () => ({ destination: '10.9.0.0/16', via: '10.0.0.2' }),
    shows: (e0) => ({ link: e0, protocol: 'static', scope: 'universe', table: 'main', type: 'unicast' }),
    ip: { gateway: '10.0.0.2', dev: 'e0', protocol: 'static' },
  },
  {
    title: 'on a link',
    spec: (e0) => ({ destination: '10.9.0.0/16', link: e0 }),
    shows: (e0) => ({ link: e0, scope: 'link', via: undefined }),
    ip: { dev: 'e0', scope: 'link' },
  },
  {
    title: 'default',
    spec: () => ({ destination: 'default', via: '10.0.0.2' }),
    shows: () => ({ destination: expect.objectContaining({ length: 0 }) }),
    ip: { dst: 'default', gateway: '10.0.0.2' },
  },
  {
    title: 'onlink',
    spec: (e0) => ({ destination: '10.9.0.0/16', via: '192.0.2.1', link: e0, onlink: true }),
    shows: () => ({ onlink: true }),
    ip: { flags: ['onlink'] },
  },
  {
    title: 'with scope, source, priority, tos, protocol and a table above 255',
    spec: (e0) => ({
      destination: '10.9.0.0/16',
      link: e0,
      scope: 'link',
      source: '10.0.0.1',
      priority: 50,
      tos: 0x10,
      protocol: 'bird',
      table: 1000,
    }),
    shows: () => ({ scope: 'link', priority: 50, tos: 0x10, protocol: 'bird', table: 1000 }),
    ip: { prefsrc: '10.0.0.1', metric: 50, table: '1000' },
  },
  {
    title: 'with metrics',
    spec: () => ({
      destination: '10.9.0.0/16',
      via: '10.0.0.2',
      metrics: { mtu: 1400, advertisedMss: 1300, initialCongestionWindow: 20, congestionControl: 'cubic', lock: 1 << 2 },
    }),
    shows: () => ({ metrics: { mtu: 1400, advertisedMss: 1300, initialCongestionWindow: 20, congestionControl: 'cubic', lock: 1 << 2 } }),
  },
  {
    title: 'of several ways',
    spec: (e0) => ({
      destination: '10.9.0.0/16',
      nexthops: [
        { via: '10.0.0.2', weight: 2 },
        { via: '192.0.2.3', link: e0, weight: 5, onlink: true },
      ],
    }),
    shows: (e0) => ({
      nexthops: [
        { link: e0, weight: 2, flags: 0 },
        { link: e0, weight: 5, flags: 4 },
      ],
    }),
  },
  {
    title: 'through a gateway of the other family',
    needs: ['route-via-other-family'],
    spec: (e0) => ({ destination: '10.9.0.0/16', via: 'fe80::2', link: e0 }),
    shows: () => ({ via: expect.objectContaining({ family: 6 }) }),
  },
  {
    title: 'blackhole',
    spec: () => ({ destination: '10.9.0.0/16', type: 'blackhole' }),
    shows: () => ({ type: 'blackhole' }),
    ip: { type: 'blackhole' },
  },
  {
    title: 'unreachable',
    spec: () => ({ destination: '10.9.0.0/16', type: 'unreachable' }),
    shows: () => ({ type: 'unreachable' }),
    ip: { type: 'unreachable' },
  },
  {
    title: 'prohibit',
    spec: () => ({ destination: '10.9.0.0/16', type: 'prohibit' }),
    shows: () => ({ type: 'prohibit' }),
    ip: { type: 'prohibit' },
  },
  {
    title: 'throw',
    spec: () => ({ destination: '10.9.0.0/16', type: 'throw', table: 77 }),
    shows: () => ({ type: 'throw', table: 77 }),
    ip: { type: 'throw' },
  },
  {
    title: 'local',
    spec: (e0) => ({ destination: '10.9.0.1', type: 'local', link: e0 }),
    shows: () => ({ type: 'local', table: 'local', scope: 'host' }),
    ip: { type: 'local' },
  },
  {
    title: 'that encapsulates in IPv4',
    needs: ['route-encap-ip'],
    spec: (e0) => ({ destination: '10.9.0.0/16', link: e0, encap: { type: 'ip', id: 7n, destination: '192.0.2.9', ttl: 9 } }),
    shows: () => ({ encap: { type: 'ip', value: expect.objectContaining({ id: 7n, ttl: 9 }) } }),
  },
  {
    title: 'IPv6 through a gateway',
    spec: () => ({ destination: '2001:db8:9::/48', via: '2001:db8::2' }),
    shows: (e0) => ({ family: 6, link: e0, priority: 1024 }),
    ip: { gateway: '2001:db8::2' },
  },
  {
    title: 'IPv6 default',
    spec: () => ({ destination: 'default', via: '2001:db8::2' }),
    shows: () => ({ family: 6, destination: expect.objectContaining({ length: 0 }) }),
  },
  {
    title: 'IPv6 that expires',
    spec: () => ({ destination: '2001:db8:9::/48', via: '2001:db8::2', expiresSeconds: 1000 }),
    shows: () => ({ attributes: expect.objectContaining({ cacheInfo: expect.objectContaining({ expires: expect.any(Number) }) }) }),
  },
  {
    title: 'IPv6 of several ways',
    spec: () => ({ destination: '2001:db8:9::/48', nexthops: [{ via: '2001:db8::2' }, { via: '2001:db8::3', weight: 3 }] }),
    shows: () => ({ nexthops: [{ weight: 1 }, { weight: 3 }] }),
  },
  {
    title: 'IPv6 that encapsulates in IPv6',
    needs: ['route-encap-ip'],
    spec: (e0) => ({ destination: '2001:db8:9::/48', link: e0, encap: { type: 'ip6', id: 7n, destination: '2001:db8:5::1', hopLimit: 9 } }),
    shows: () => ({ encap: { type: 'ip6', value: expect.objectContaining({ id: 7n, hopLimit: 9 }) } }),
  },
  {
    title: 'IPv6 with segment routing',
    needs: ['route-encap-seg6'],
    spec: (e0) => ({
      destination: '2001:db8:9::/48',
      link: e0,
      encap: { type: 'seg6', header: { mode: 'encap', segments: ['2001:db8:5::1', '2001:db8:6::1'] } },
    }),
    shows: () => ({ encap: { type: 'seg6', value: { header: expect.objectContaining({ mode: 'encap' }) } } }),
  },
]

for (const { title, needs = [], spec, shows, ip } of forms)
  kernelTest(`route > ${title}`, { needs: needs.map(feature) }, async () => {
    await using t = scratch()
    const { e0, e1 } = await pair(t)
    const route = spec(e0, e1)
    ;(await t.netlink.routes.add(route)).unwrap()
    const wanted = route.destination === 'default' ? 'default' : String(route.destination)
    const family = /:/.test(`${route.destination}${route.via ?? ''}`) && !/^10\./.test(`${route.destination}`) ? 6 : 4
    const filter = { family, table: route.table ?? (route.type === 'local' ? 'local' : 'main') } as const
    const matches = (text: string): boolean => (wanted === 'default' ? text.endsWith('/0') : text === wanted || text === `${wanted}/32`)
    const found = (await t.netlink.routes.list(filter)).unwrap().find(({ destination }) => matches(String(destination)))
    expect(found).toMatchObject(shows(e0, e1))
    if (ip !== undefined) {
      const seen = t.ip(`-${family}`, 'route', 'show', 'table', 'all').find((row: { dst: string }) => row.dst === wanted)
      expect(seen).toMatchObject(ip)
    }
    ;(await t.netlink.routes.delete(route)).unwrap()
    expect((await t.netlink.routes.list(filter)).unwrap().some(({ destination }) => matches(String(destination)))).toBe(false)
  })

kernelTest('route > is replaced, appended, looked up', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  await pair(t)
  const { routes } = t.netlink
  ;(await routes.add({ destination: '10.9.0.0/16', via: '10.0.0.2' })).unwrap()
  expect((await routes.add({ destination: '10.9.0.0/16', via: '10.0.0.3' })).unwrapErr()).toMatchObject({ code: 'netlink.exists' })
  ;(await routes.replace({ destination: '10.9.0.0/16', via: '10.0.0.3' })).unwrap()
  expect(String((await routes.lookUp('10.9.1.1')).unwrap()?.via)).toBe('10.0.0.3')
  ;(await routes.append({ destination: '10.9.0.0/16', via: '10.0.0.4' })).unwrap()
  expect((await routes.list({ family: 4, protocol: 'static' })).unwrap()).toHaveLength(2)
  expect((await routes.lookUp('192.0.2.200')).unwrap()).toBeUndefined()
  expect((await routes.lookUp('10.0.0.1')).unwrap()).toMatchObject({ type: 'local' })
})

kernelTest('route > refusals say what to do', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  const { e0 } = await pair(t)
  const { routes } = t.netlink
  const far = (await routes.add({ destination: '10.9.0.0/16', via: '192.0.2.1' })).unwrapErr()
  expect(far).toMatchObject({ code: 'netlink.refused', errnoName: 'ENETUNREACH', kernelMessage: 'Nexthop has invalid gateway' })
  expect(far.hint).toMatch(/onlink/)
  expect((await routes.delete({ destination: '10.9.0.0/16' })).unwrapErr()).toMatchObject({ code: 'netlink.missing', errnoName: 'ESRCH' })
  expect((await routes.add({ destination: '10.9.0.0/16', link: 4242 })).unwrapErr()).toMatchObject({
    code: 'netlink.missing',
    errnoName: 'ENODEV',
  })
  expect((await routes.add({ destination: '10.9.0.1/16', link: e0 })).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'destination',
    hint: expect.stringContaining('10.9.0.0/16'),
  })
  const options = await routes.add({
    destination: '10.9.0.0/16',
    link: e0,
    encap: { type: 'ip', id: 7, options: new Uint8Array(8) } as never,
  })
  expect(options.unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'encap.options' })
})

kernelTest('route > ten thousand in one batch, listed, deleted', { needs: [feature('link-veth')], timeoutMs: 60_000 }, async () => {
  await using t = scratch()
  const { e0 } = await pair(t)
  const count = process.env.VMRUN === undefined ? 10_000 : 2_000
  const specs: RouteSpec[] = Array.from({ length: count }, (_, index) => ({
    destination: `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32`,
    via: '10.0.0.2',
    link: e0,
  }))
  expect((await t.netlink.routes.addAll(specs)).unwrap()).toBe(count)
  const listed = (await t.netlink.routes.list({ family: 4, protocol: 'static' })).unwrap()
  expect(new Set(listed.map(({ destination }) => String(destination)))).toEqual(
    new Set(specs.map(({ destination }) => String(destination))),
  )
  // every refusal is told, by its index, and the rest is done
  const again = (await t.netlink.routes.addAll([...specs.slice(0, 600), { destination: '10.200.0.0/16', via: '10.0.0.2' }])).unwrapErr()
  expect(again).toMatchObject({ code: 'netlink.batch-failed', failed: 600, done: 1 })
  expect((again as BatchFailed).failures.map(({ index }) => index)).toEqual(Array.from({ length: 600 }, (_, index) => index))
  expect((await t.netlink.routes.deleteAll([...specs, { destination: '10.200.0.0/16', via: '10.0.0.2' }])).unwrap()).toBe(count + 1)
  expect((await t.netlink.routes.list({ family: 4, protocol: 'static' })).unwrap()).toEqual([])
})

kernelTest('route > a dump that is interrupted by changes is whole', { needs: [feature('link-veth')], timeoutMs: 60_000 }, async () => {
  await using t = scratch()
  const { e0 } = await pair(t)
  const steady: RouteSpec[] = Array.from({ length: 1500 }, (_, index) => ({
    destination: `10.100.${index >> 8}.${index & 255}/32`,
    via: '10.0.0.2',
    link: e0,
  }))
  ;(await t.netlink.routes.addAll(steady)).unwrap()
  const { Netlink } = await import('@axoneme/netlink')
  const other = Netlink.open({ netns: t.netns }).unwrap()
  let stop = false
  const changing = (async () => {
    while (!stop) {
      ;(await other.routes.add({ destination: '10.5.0.0/16', via: '10.0.0.2', link: e0 })).unwrap()
      ;(await other.routes.delete({ destination: '10.5.0.0/16' })).unwrap()
      await new Promise(setImmediate)
    }
  })()
  for (let round = 0; round < 20; round++) {
    const listed = await t.netlink.routes.list({ family: 4, protocol: 'static' })
    if (listed.isErr()) expect(listed.error.code).toBe('netlink.interrupted')
    else expect(listed.value.filter(({ destination }) => String(destination).startsWith('10.100.'))).toHaveLength(1500)
  }
  stop = true
  await changing
  other.close()
})
