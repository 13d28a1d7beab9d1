import type { QdiscSpec } from '@axoneme/netlink'
import { expect } from 'vitest'
import { feature, pair, program, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const qdiscs: readonly { title: string; spec: (link: number) => QdiscSpec; shows?: object; needs: string }[] = [
  { title: 'clsact', needs: 'qdisc-clsact', spec: (link) => ({ kind: 'clsact', link }) },
  {
    title: 'fq',
    needs: 'qdisc-fq',
    spec: (link) => ({
      kind: 'fq',
      link,
      handle: '1:',
      options: {
        limit: 1000,
        flowLimit: 50,
        quantum: 3000,
        initialQuantum: 15000,
        flowMaxRate: 125_000_000,
        bucketsLog: 8,
        horizon: 2_000_000,
        horizonDrop: true,
      },
    }),
    shows: {
      limit: 1000,
      flowLimit: 50,
      quantum: 3000,
      initialQuantum: 15000,
      flowMaxRate: 125_000_000,
      bucketsLog: 8,
      horizon: 2_000_000,
      horizonDrop: true,
    },
  },
  // the kernel keeps the times in units of 1024 ns and rounds
  {
    title: 'fq_codel',
    needs: 'qdisc-fq_codel',
    spec: (link) => ({
      kind: 'fq_codel',
      link,
      handle: '1:',
      options: { limit: 1000, flows: 512, quantum: 1514, ecn: false, memoryLimit: 1_000_000, target: 6000, interval: 90_000 },
    }),
    shows: { limit: 1000, flows: 512, quantum: 1514, ecn: false, memoryLimit: 1_000_000, target: expect.closeTo(6000, -1) },
  },
  {
    title: 'tbf',
    needs: 'qdisc-tbf',
    spec: (link) => ({
      kind: 'tbf',
      link,
      handle: '1:',
      options: { rateBytesPerSecond: 1_000_000, burstBytes: 10_000, limitBytes: 100_000 },
    }),
    shows: { rateBytesPerSecond: 1_000_000n, limitBytes: 100_000, burstBytes: expect.closeTo(10_000, -2) },
  },
  {
    title: 'tbf above 32 bits',
    needs: 'qdisc-tbf',
    spec: (link) => ({
      kind: 'tbf',
      link,
      handle: '1:',
      options: { rateBytesPerSecond: 5_000_000_000n, burstBytes: 5_000_000, limitBytes: 100_000 },
    }),
    shows: { rateBytesPerSecond: 5_000_000_000n },
  },
  {
    title: 'htb',
    needs: 'qdisc-htb',
    spec: (link) => ({ kind: 'htb', link, handle: '1:', options: { defaultClass: 0x10, rateToQuantum: 20 } }),
    shows: { defaultClass: 0x10, rateToQuantum: 20 },
  },
  {
    title: 'pfifo',
    needs: 'link-veth',
    spec: (link) => ({ kind: 'pfifo', link, handle: '1:', options: { limit: 77 } }),
    shows: { limit: 77 },
  },
]

for (const { title, needs, spec, shows } of qdiscs)
  kernelTest(
    `qdisc > ${title} is added, read back, seen by tc, and deleted`,
    { needs: [feature('link-veth'), feature(needs)] },
    async () => {
      await using t = scratch()
      const { e0 } = await pair(t)
      const qdisc = spec(e0)
      ;(await t.netlink.qdiscs.add(qdisc)).unwrap()
      const find = async () => (await t.netlink.qdiscs.list({ link: e0 })).unwrap().find(({ kind }) => kind === qdisc.kind)
      const found = await find()
      expect(found?.statistics).toMatchObject({ drops: 0 })
      if (shows !== undefined) expect(found?.options).toMatchObject(shows)
      expect(t.run('tc', 'qdisc', 'show', 'dev', 'e0')).toContain(`qdisc ${qdisc.kind} `)
      expect((await t.netlink.qdiscs.add(qdisc)).unwrapErr()).toMatchObject({ code: 'netlink.exists' })
      ;(await t.netlink.qdiscs.delete({ link: e0, parent: qdisc.kind === 'clsact' ? 'clsact' : 'root' })).unwrap()
      expect(await find()).toBeUndefined()
    },
  )

kernelTest(
  'class > htb classes in a tree, seen by tc, replaced and deleted',
  { needs: [feature('link-veth'), feature('qdisc-htb')] },
  async () => {
    await using t = scratch()
    const { e0 } = await pair(t)
    const { qdiscs: disciplines, classes } = t.netlink
    ;(await disciplines.add({ kind: 'htb', link: e0, handle: '1:', options: { defaultClass: 0x10 } })).unwrap()
    ;(await classes.add({ kind: 'htb', link: e0, parent: '1:', handle: '1:1', options: { rateBytesPerSecond: 10_000_000 } })).unwrap()
    ;(
      await classes.add({
        kind: 'htb',
        link: e0,
        parent: '1:1',
        handle: '1:10',
        options: { rateBytesPerSecond: 125_000, ceilBytesPerSecond: 625_000, priority: 3, quantumBytes: 3000, burstBytes: 4000 },
      })
    ).unwrap()
    const leaf = (await classes.list({ link: e0 })).unwrap().find(({ handle }) => handle === 0x10010)
    expect(leaf).toMatchObject({
      kind: 'htb',
      parent: 0x10001,
      options: {
        rateBytesPerSecond: 125_000n,
        ceilBytesPerSecond: 625_000n,
        priority: 3,
        quantumBytes: 3000,
        burstBytes: expect.closeTo(4000, -1),
      },
    })
    expect(t.run('tc', 'class', 'show', 'dev', 'e0')).toMatch(/class htb 1:10 parent 1:1 .*prio 3 rate 1Mbit ceil 5Mbit/)
    ;(await classes.replace({ kind: 'htb', link: e0, parent: '1:1', handle: '1:10', options: { rateBytesPerSecond: 250_000 } })).unwrap()
    expect((await classes.list({ link: e0 })).unwrap().find(({ handle }) => handle === 0x10010)?.options).toMatchObject({
      rateBytesPerSecond: 250_000n,
    })
    ;(await classes.delete({ link: e0, handle: '1:10' })).unwrap()
    expect((await classes.list({ link: e0 })).unwrap()).toHaveLength(1)
    expect(
      (await classes.add({ kind: 'htb', link: e0, parent: '7:', handle: '7:1', options: { rateBytesPerSecond: 1_000_000 } })).unwrapErr()
        .code,
    ).toMatch(/^netlink\./)
  },
)

kernelTest(
  'filter > an eBPF program, direct-action, on both hooks of clsact',
  { needs: [feature('link-veth'), feature('qdisc-clsact'), feature('filter-bpf')] },
  async () => {
    await using t = scratch()
    const { e0 } = await pair(t)
    const { qdiscs: disciplines, filters } = t.netlink
    const fd = program(3)
    try {
      const without = (await filters.add({ link: e0, at: 'ingress', fd, name: 'axm_test' })).unwrapErr()
      expect(without.code).toMatch(/^netlink\.(refused|missing)$/)
      ;(await disciplines.add({ kind: 'clsact', link: e0 })).unwrap()
      ;(await filters.add({ link: e0, at: 'ingress', fd, name: 'axm_test', priority: 5, handle: 1 })).unwrap()
      ;(await filters.add({ link: e0, at: 'egress', fd, name: 'axm_out', priority: 6, handle: 2, protocol: 0x0800 })).unwrap()
      const [ingress] = (await filters.list({ link: e0, at: 'ingress' })).unwrap()
      expect(ingress).toMatchObject({
        kind: 'bpf',
        priority: 5,
        handle: 1,
        protocol: 3,
        bpf: { name: 'axm_test', directAction: true, id: expect.any(Number) },
      })
      const [egress] = (await filters.list({ link: e0, at: 'egress' })).unwrap()
      expect(egress).toMatchObject({ priority: 6, handle: 2, protocol: 0x0800, bpf: { name: 'axm_out' } })
      expect(t.run('tc', 'filter', 'show', 'dev', 'e0', 'ingress')).toMatch(/pref 5 bpf .*handle 0x1 axm_test direct-action/)
      expect((await filters.add({ link: e0, at: 'ingress', fd, name: 'axm_test', priority: 5, handle: 1 })).unwrapErr()).toMatchObject({
        code: 'netlink.exists',
      })
      ;(await filters.replace({ link: e0, at: 'ingress', fd, name: 'axm_next', priority: 5, handle: 1 })).unwrap()
      expect((await filters.list({ link: e0, at: 'ingress' })).unwrap().map(({ bpf }) => bpf?.name)).toEqual(['axm_next'])
      ;(await filters.delete({ link: e0, at: 'ingress', priority: 5, handle: 1 })).unwrap()
      ;(await filters.delete({ link: e0, at: 'egress' })).unwrap()
      expect((await filters.list({ link: e0, at: 'ingress' })).unwrap()).toEqual([])
      expect((await filters.list({ link: e0, at: 'egress' })).unwrap()).toEqual([])
    } finally {
      sys.close(fd)
    }
  },
)

kernelTest('link > an XDP program is put on and taken off by flags', { needs: [feature('link-veth')] }, async () => {
  await using t = scratch()
  const { e0 } = await pair(t)
  const fd = program(6)
  try {
    ;(await t.netlink.links.update(e0, { xdp: { fd, flags: 2 } })).unwrap()
    expect((await t.link(e0)).xdp).toMatchObject({ attached: 2, genericProgramId: expect.any(Number) })
    expect(t.ip('link', 'show', 'e0')[0].xdp.mode).toBe(2)
    expect((await t.netlink.links.update(e0, { xdp: { fd, flags: 2 | 1 } })).unwrapErr()).toMatchObject({ errnoName: 'EBUSY' })
    ;(await t.netlink.links.update(e0, { xdp: { fd: -1, flags: 2 } })).unwrap()
    expect((await t.link(e0)).xdp?.attached ?? 0).toBe(0)
  } finally {
    sys.close(fd)
  }
})
