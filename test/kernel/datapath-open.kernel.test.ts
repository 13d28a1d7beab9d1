import { readdirSync, renameSync } from 'node:fs'
import { openDatapath } from '@axoneme/datapath'
import { Prefix } from '@axoneme/sys'
import { expect } from 'vitest'
import { pods } from '../datapath/cast.js'
import { SMALL } from '../datapath/world.js'
import { bpffs } from './bpf-fixture.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const PEER = { identity: 50_001, to: 3, peer: 1, generation: 4, index: 0, place: 2 }
/** The ipcache as if programs of another layout had pinned it. Answers its right name. */
function disguise(folder: string): string {
  const [name = ''] = readdirSync(folder).filter((each) => each.startsWith('axm_ipcache4@'))
  renameSync(`${folder}/${name}`, `${folder}/axm_ipcache4@0123456789abcdef`)
  return name
}
const prefix = Prefix.parse('10.42.0.0/24').unwrap()

kernelTest('datapath open > what is pinned is there again for whoever opens it next', { needs: [] }, async () => {
  using pins = bpffs()
  const options = { pins: `${pins.path}/node`, sizes: SMALL }
  {
    using first = openDatapath(sys, options).unwrap()
    first.maps.ipcache4.update(prefix as never, PEER).unwrap()
    // constants and tail calls are of one load
    const names = readdirSync(`${pins.path}/node`).map((name) => name.split('@')[0])
    expect(names).toContain('axm_flows4')
    for (const own of ['axm_calls', 'axm_scratch', '.rodata.config']) expect(names).not.toContain(own)
  }
  using second = openDatapath(sys, options).unwrap()
  expect(second.maps.ipcache4.lookup(prefix as never).unwrap()).toEqual(PEER)
  // both at once: an upgrade fills new programs' tail calls without touching those of the old ones
  using third = openDatapath(sys, options).unwrap()
  expect(third.maps.calls.ids().unwrap().length).toBe(7)
  expect(second.maps.calls.ids().unwrap()).not.toEqual(third.maps.calls.ids().unwrap())
})

kernelTest('datapath open > a pinned map of another size or layout is refused by its name', { needs: [] }, async () => {
  using pins = bpffs()
  const folder = `${pins.path}/node`
  openDatapath(sys, { pins: folder, sizes: SMALL }).unwrap().close()
  expect(openDatapath(sys, { pins: folder, sizes: { ...SMALL, nodes: 128 } }).unwrapErr()).toMatchObject({
    code: 'bpf.map-incompatible',
    map: 'axm_nodes',
    differences: [{ attribute: 'maxEntries', declared: '128', found: '64' }],
  })
  const layout = disguise(folder)
  const refused = openDatapath(sys, { pins: folder, sizes: SMALL }).unwrapErr()
  expect(refused).toMatchObject({
    code: 'datapath.layout-changed',
    map: 'axm_ipcache4',
    pinned: '0123456789abcdef',
    ours: layout.split('@')[1],
  })
  expect(refused.hint).toContain("{ map: 'axm_ipcache4', from: '0123456789abcdef', entry }")
})

kernelTest('datapath open > a migration carries the entries of an older layout over', { needs: [] }, async () => {
  using pins = bpffs()
  const folder = `${pins.path}/node`
  {
    using old = openDatapath(sys, { pins: folder, sizes: SMALL }).unwrap()
    old.maps.ipcache4.update(prefix as never, PEER).unwrap()
    old.maps.ipcache4.update(Prefix.parse('10.43.0.0/24').unwrap() as never, { ...PEER, identity: 7 }).unwrap()
    old.maps.nodes.update(5, { ipv6: pods.a.ip6, ipv4: 9, ifindex: 0, mtu: 0, flags: 0 } as never).unwrap()
  }
  const layout = disguise(folder)
  using opened = openDatapath(sys, {
    pins: folder,
    sizes: SMALL,
    migrations: [
      {
        map: 'axm_ipcache4',
        from: '0123456789abcdef',
        // entries of identity 7 are not kept; the others get another number
        entry(key, value) {
          const view = new DataView(value.buffer, value.byteOffset, value.length)
          if (view.getUint32(0, true) === 7) return undefined
          const changed = value.slice()
          new DataView(changed.buffer).setUint32(0, 60_000, true)
          return [key, changed]
        },
      },
    ],
  }).unwrap()
  const entries = [...opened.maps.ipcache4.entries()].map((entry) => entry.unwrap())
  expect(entries.map(([key, { identity, to }]) => [String(key), identity, to])).toEqual([['10.42.0.0/24', 60_000, 3]])
  // the other maps are as they were
  expect(opened.maps.nodes.lookup(5).unwrap()).toMatchObject({ ipv4: 9 })
  expect(readdirSync(folder).filter((name) => name.startsWith('axm_ipcache4@'))).toEqual([layout])
})

kernelTest('datapath open > what is wrong with its options is said before anything is made', { needs: [] }, async () => {
  using pins = bpffs()
  for (const [options, path] of [
    [{ sizes: { endpoints: 100 } }, 'sizes.endpoints'],
    [{ sizes: { flows4: 0 } }, 'sizes.flows4'],
    [{ sizes: { chunks: 70_000 } }, 'sizes.chunks'],
    [{ sizes: { nothing: 1 } as never }, 'sizes.nothing'],
    [{ timeouts: { tcp: -1, tcpOpening: 1, tcpClosing: 1, udp: 1, other: 1 } }, 'timeouts.tcp'],
    [{ events: { drops: true, verdicts: true, traces: true, budget: 1.5, reportEvery: 1 } }, 'events.budget'],
    [{ tunnelIfindex: -1 }, 'variables.tunnelIfindex'],
    [{ outsideMtu: 70_000 }, 'variables.outsideMtu'],
  ] as const)
    expect(openDatapath(sys, { pins: `${pins.path}/x`, ...options }).unwrapErr()).toMatchObject({ code: 'input.invalid', path })
})

kernelTest('datapath open > jiffies are known to be as long as the kernel counts them', { needs: [] }, async () => {
  using datapath = openDatapath(sys, { sizes: SMALL }).unwrap()
  expect([100, 250, 300, 1000]).toContain(datapath.hz)
  // a second is as many of them as that
  const read = async () =>
    (await import('@axoneme/datapath')).clockAnswer.read(
      datapath.programs.clock.testRun({ context: new Uint8Array(16) }).unwrap().context as Uint8Array,
      0,
    )
  const one = await read()
  await new Promise((resolve) => setTimeout(resolve, 500))
  const two = await read()
  const rate = (Number(two.jiffies - one.jiffies) * 1e9) / Number(two.monotonicNs - one.monotonicNs)
  expect(Math.abs(rate - datapath.hz)).toBeLessThan(datapath.hz * 0.1)
})

kernelTest('datapath open > its maps take what they are said to take', { needs: [] }, async () => {
  using datapath = openDatapath(sys).unwrap()
  const memory = datapath.memory().unwrap()
  const total = [...memory.values()].reduce((sum, bytes) => sum + bytes, 0)
  // docs/datapath.md says so; per-CPU maps take it once for each
  expect(total / 2 ** 20).toBeGreaterThan(50)
  expect(total / 2 ** 20).toBeLessThan(120)
  using small = openDatapath(sys, { sizes: SMALL }).unwrap()
  const less = [...small.memory().unwrap().values()].reduce((sum, bytes) => sum + bytes, 0)
  expect(less / 2 ** 20).toBeLessThan(8)
})
