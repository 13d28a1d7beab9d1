import { MapHandle } from '@axoneme/bpf'
import { flow, flowKey4 } from '@axoneme/datapath'
import { expect } from 'vitest'
import { pods, remote } from '../datapath/cast.js'
import { corrupt, generator, good } from '../datapath/corrupt.js'
import { wrongWith } from '../datapath/judge-frame.js'
import { type HookName, Links, World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'
import { show } from '../packet/show.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const { a, b } = pods
const eth: Layer = { layer: 'eth', src: a.mac, dst: a.gateway }
const tcp = (src: number, flags = 'S'): Layer => ({ layer: 'tcp', src, dst: 80, flags })

kernelTest('datapath closed > a full flow table drops what it cannot remember, and says by which errno', { needs: [] }, async () => {
  using links = new Links(sys)
  // a plain hash does not make room; an LRU one always does
  using full = MapHandle.create(sys, {
    name: 'full',
    type: 'hash',
    keySize: flowKey4.sizeBytes,
    valueSize: flow.sizeBytes,
    maxEntries: 8,
  }).unwrap()
  using world = new World(sys, links, { maps: { axm_flows4: full } })
  const outcomes = Array.from({ length: 20 }, (_, port) =>
    world.push('fromContainer', frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, tcp(port))),
  )
  expect(outcomes.slice(0, 8).every(({ action }) => action === 'redirect')).toBe(true)
  const refused = outcomes.filter(({ action }) => action === 'drop')
  expect(refused.length).toBeGreaterThan(8)
  for (const { reasons } of refused) expect(reasons).toEqual(['DROP_FLOWS_FULL'])
  const pressure = world.datapath.pressure().unwrap()
  expect(pressure.flows4).toEqual({ entries: 20 - refused.length, capacity: 8 })
  expect(pressure.failed).toEqual({ ENOMEM: 0n, E2BIG: BigInt(refused.length), EBUSY: 0n, other: 0n })
  // those that are known go on
  expect(world.push('fromContainer', frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, tcp(0, 'A'))).reasons).toEqual(['FORWARD_LOCAL'])
})

kernelTest('datapath closed > the least recently used flow makes room, which shows', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links, { sizes: { flows4: 1024, endpoints: 64 } })
  for (let port = 0; port < 5000; port++) world.run('fromContainer', frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, tcp(port)))
  const pressure = world.datapath.pressure().unwrap()
  expect(pressure.inserted).toBe(5000n)
  expect(pressure.flows4.entries).toBeLessThanOrEqual(1024)
  expect(pressure.evicted).toBe(5000n - BigInt(pressure.flows4.entries))
  // one that was alive comes back without its beginning
  expect(world.push('fromContainer', frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, tcp(0, 'A'))).reasons).toEqual([
    'FORWARD_LOCAL',
    'NEW_FLOW',
    'MIDSTREAM',
  ])
})

kernelTest('datapath closed > a stage that is not there drops, whichever it is', { needs: [] }, async () => {
  using links = new Links(sys)
  const icmp: Layer = { layer: 'icmp', type: 8, rest: 1 }
  const cases: readonly (readonly [number, Uint8Array])[] = [
    [0, frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, icmp)],
    [1, frame(eth, { layer: 'ip6', src: a.ip6, dst: b.ip6 }, { layer: 'icmp6', type: 128, rest: 1 })],
    [2, frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, tcp(1))],
    [3, frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, tcp(2))],
    [5, frame(eth, { layer: 'arp', operation: 1, senderMac: a.mac, sender: a.ip4, targetMac: a.mac, target: b.ip4 })],
  ]
  for (const [stage, packet] of cases) {
    using world = new World(sys, links)
    world.datapath.maps.calls.delete(stage).unwrap()
    expect({ stage, ...pick(world.push('fromContainer', packet)) }).toEqual({ stage, action: 'drop', reasons: ['DROP_MISSED_CALL'] })
  }
  {
    using world = new World(sys, links)
    expect(world.push('fromContainer', cases[0]?.[1] as Uint8Array).action).toBe('redirect')
    world.datapath.maps.calls.delete(4).unwrap()
    expect(pick(world.push('fromContainer', cases[0]?.[1] as Uint8Array))).toEqual({ action: 'drop', reasons: ['DROP_MISSED_CALL'] })
    // the answer is missed, the drop stands
    world.datapath.maps.calls.delete(6).unwrap()
    expect(pick(world.push('fromContainer', frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4, ttl: 1 }, tcp(3))))).toEqual({
      action: 'drop',
      reasons: ['NEW_FLOW', 'DROP_HOPS', 'DROP_MISSED_CALL'],
    })
  }
})
const pick = ({ action, reasons }: { action: unknown; reasons: readonly string[] }) => ({ action, reasons })

kernelTest('datapath closed > nothing that it was not told of is let through', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links)
  const { maps } = world.datapath
  const packet = frame(eth, { layer: 'ip4', src: a.ip4, dst: b.ip4 }, tcp(1))
  const away = frame(eth, { layer: 'ip4', src: a.ip4, dst: remote.tunnelled.ip4 }, tcp(1))
  const zero = (
    map: {
      lookup(index: number): any
      update(index: number, value: any): any
      value: { sizeBytes: number; read(bytes: Uint8Array, at: number): any }
    },
    index: number,
  ): void => {
    const before = map.lookup(index).unwrap()
    map.update(index, map.value.read(new Uint8Array(map.value.sizeBytes), 0)).unwrap()
    undo.push(() => map.update(index, before).unwrap())
  }
  const undo: (() => void)[] = []
  const rows: readonly (readonly [string, () => void, Uint8Array, string])[] = [
    ['the table', () => zero(maps.tables, 1), packet, 'DROP_NO_TABLE'],
    ['the row of cells', () => zero(maps.chunks, 1), packet, 'DROP_NO_TABLE'],
    ['the decision', () => zero(maps.decisions, 1), packet, 'DROP_DENIED_BY_DEFAULT'],
    ['the node', () => zero(maps.nodes, 3), away, 'DROP_NO_WAY'],
    [
      'the row in range',
      () => void maps.tables.update(1, { ...(maps.tables.lookup(1).unwrap() as object), rows: 0xffff_fff0 } as never).unwrap(),
      packet,
      'DROP_NO_TABLE',
    ],
  ]
  for (const [what, damage, frame, reason] of rows) {
    world.forget()
    damage()
    const outcome = world.push('fromContainer', frame)
    for (const back of undo.splice(0)) back()
    expect({ what, ...pick(outcome) }).toEqual({ what, action: 'drop', reasons: [reason] })
  }
})

const FRAMES = process.env.VMRUN === undefined ? 1_000_000 : 10_000

kernelTest(
  'datapath closed > damaged frames: none goes on that may not, each has one fate',
  { needs: [], timeoutMs: 240_000 },
  async () => {
    using links = new Links(sys)
    using world = new World(sys, links)
    const seed = Number(process.env.AXONEME_SEED ?? (process.env.CI === undefined ? Date.now() & 0x7fff_ffff : 4242))
    const random = generator(seed)
    const hooks = Object.keys(good) as HookName[]
    const answers = new Map<number, number>()
    let refused = 0
    for (let count = 0; count < FRAMES; count++) {
      // most of what reaches a node comes from its pods
      const hook = random(3) === 0 ? 'fromContainer' : (hooks[random(hooks.length)] as HookName)
      const base = good[hook] as readonly Uint8Array[]
      const damaged = corrupt(base[random(base.length)] as Uint8Array, random)
      const ran = world.attempt(hook, damaged, hook === 'fromOverlay' ? { identity: remote.tunnelled.identity } : {})
      if (ran.isErr()) {
        // the kernel makes no packet of a header that is cut off
        expect(damaged.length).toBeLessThan(54)
        refused++
        continue
      }
      const { returnValue } = ran.value
      answers.set(returnValue, (answers.get(returnValue) ?? 0) + 1)
      if (returnValue === 2) continue
      const wrong = wrongWith(damaged, hook)
      if (
        wrong !== undefined &&
        !(returnValue === 0xffff_ffff && hook.endsWith('Netdev')) &&
        !(returnValue === 0xffff_ffff && hook === 'fromHost')
      )
        throw new Error(
          `seed ${seed}, frame ${count}: ${hook} answered ${returnValue} to a frame with ${wrong}: ${Buffer.from(damaged).toString('hex')} (${show(damaged)})`,
        )
    }
    expect([...answers.keys()].sort()).toEqual([0, 0xffff_ffff, 2, 7].sort())
    // what went on, answered or dropped: exactly as many as there were
    const fates = world.datapath
      .metrics()
      .unwrap()
      .filter(({ reason }) => !['AXM_NEW_FLOW', 'AXM_JUDGED_AGAIN', 'AXM_MIDSTREAM', 'AXM_AUDITED', 'AXM_ANSWERED_ERROR'].includes(reason))
      .reduce((sum, { packets }) => sum + packets, 0n)
    expect(Number(fates)).toBe(FRAMES - refused)
    expect(refused).toBeLessThan(FRAMES / 10)
  },
)
