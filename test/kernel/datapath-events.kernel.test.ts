import { setTimeout as sleep } from 'node:timers/promises'
import { defaultTimeouts, type Event, EventType, Hook, noEvents, Reason, Verdict } from '@axoneme/datapath'
import { expect } from 'vitest'
import { IFINDEX, pods, remote } from '../datapath/cast.js'
import { Links, tables, World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const { a, b } = pods
const eth = (from: { mac: typeof a.mac; gateway: typeof a.gateway }): Layer => ({ layer: 'eth', src: from.mac, dst: from.gateway })
const packet = (source: number, flags = 'S'): Uint8Array =>
  frame(eth(a), { layer: 'ip4', src: a.ip4, dst: b.ip4 }, { layer: 'tcp', src: source, dst: 80, flags })

function drained(world: World): Event[] {
  const events: Event[] = []
  world.datapath.events.drain((event) => events.push(event)).unwrap()
  return events
}

kernelTest('datapath events > a verdict and a drop are told with who, what, why and by which decision', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links, { events: { drops: true, verdicts: true, traces: false, budget: 1000, reportEvery: 5 } })
  world.policy('a', 'audit', 'allow')
  world.push('fromContainer', packet(1000))
  const [verdict, ...none] = drained(world)
  expect(none).toEqual([])
  expect(verdict).toMatchObject({
    type: EventType.AXM_EVENT_VERDICT,
    hook: Hook.AXM_FROM_CONTAINER,
    reason: Reason.AXM_NEW_FLOW,
    family: 4,
    protocol: 6,
    tcpFlags: 2,
    verdict: Verdict.AXM_VERDICT_AUDIT,
    ifindex: IFINDEX.a,
    length: packet(1000).length,
    sourceIdentity: a.identity,
    destinationIdentity: b.identity,
    egress: tables.audit,
    ingress: tables.allow,
    sourcePort: 1000,
    destinationPort: 80,
  })
  // an IPv4 address is in the first four bytes
  expect(verdict?.source.bytes().slice(0, 4)).toEqual(a.ip4.bytes())
  expect(Number(verdict?.timeNs) / 1e9).toBeGreaterThan(1)

  world.policy('b', 'allow', 'denyByRule')
  const six = frame(eth(a), { layer: 'ip6', src: a.ip6, dst: b.ip6 }, { layer: 'udp', src: 53, dst: 54 })
  world.push('fromContainer', six)
  expect(drained(world)).toMatchObject([
    {
      type: EventType.AXM_EVENT_DROP,
      reason: Reason.AXM_DROP_DENIED_BY_RULE,
      direction: 1,
      family: 6,
      protocol: 17,
      egress: tables.audit,
      ingress: tables.denyByRule,
      source: a.ip6,
      destination: b.ip6,
    },
  ])
  // one that could not be read is told of too
  world.push('fromContainer', frame(eth(a), { layer: 'ip4', src: a.ip4, dst: remote.unknown.ip4 }, { layer: 'udp', src: 1, dst: 2 }))
  world.push('fromContainer', packet(1), { ifindex: IFINDEX.uplink })
  expect(drained(world).map(({ reason, family }) => [reason, family])).toEqual([
    [Reason.AXM_DROP_UNKNOWN_IDENTITY, 4],
    [Reason.AXM_DROP_NO_ENDPOINT, 0],
  ])
})

kernelTest('datapath events > nothing is told that nobody asked for', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links)
  world.policy('b', 'allow', 'denyByRule')
  world.push('fromContainer', packet(1))
  world.policy('b', 'allow', 'allow')
  world.push('fromContainer', packet(1))
  expect(drained(world)).toEqual([])
  world.datapath.set(defaultTimeouts, { ...noEvents, verdicts: true, budget: 10 }).unwrap()
  world.push('fromContainer', packet(2))
  expect(drained(world).length).toBe(1)
})

kernelTest(
  'datapath events > the same drop is told once a second, the budget holds, and what is not sent is counted',
  { needs: [] },
  async () => {
    using links = new Links(sys)
    using world = new World(sys, links, { events: { drops: true, verdicts: true, traces: false, budget: 20, reportEvery: 5 } })
    world.policy('b', 'allow', 'denyByRule')
    const counted = () => {
      const all = world.datapath.maps.eventBudgets.lookup(0).unwrap() ?? []
      const sum = (of: (each: (typeof all)[number]) => bigint): number => Number(all.reduce((total, each) => total + of(each), 0n))
      return {
        unsent: sum(({ unsent }) => unsent[EventType.AXM_EVENT_DROP] as bigint),
        repeated: sum(({ repeated }) => repeated[EventType.AXM_EVENT_DROP] as bigint),
      }
    }
    for (let times = 0; times < 500; times++) world.run('fromContainer', packet(1))
    const first = drained(world).length
    // more than one second and more than one CPU may have been used
    expect(first).toBeGreaterThanOrEqual(1)
    expect(first).toBeLessThan(10)
    expect(counted().repeated + counted().unsent + first).toBe(500)

    for (let port = 2; port < 502; port++) world.run('fromContainer', packet(port))
    const second = drained(world).length
    expect(second).toBeGreaterThanOrEqual(10)
    expect(second).toBeLessThan(300)
    expect(counted().repeated + counted().unsent + first + second).toBe(1000)
    expect(Number(world.datapath.unsent())).toBe(counted().unsent)
    expect(counted().unsent).toBeGreaterThan(100)
  },
)

kernelTest('datapath events > a flow that goes on is reported once an interval', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links, { events: { drops: false, verdicts: false, traces: true, budget: 1000, reportEvery: 1 } })
  world.push('fromContainer', packet(1))
  for (let times = 0; times < 30; times++) {
    world.run('fromContainer', packet(1, 'A'))
    await sleep(100)
  }
  const traces = drained(world)
  expect(traces.length).toBeGreaterThanOrEqual(1)
  expect(traces.length).toBeLessThanOrEqual(8)
  for (const trace of traces)
    expect(trace).toMatchObject({
      type: EventType.AXM_EVENT_TRACE,
      reason: Reason.AXM_FORWARD_LOCAL,
      sourceIdentity: a.identity,
      destinationIdentity: b.identity,
    })
})

kernelTest('datapath events > a flow that was idle for too long is a new one', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links)
  world.policy('a', 'allow', 'denyByDefault')
  world.policy('b', 'denyByDefault', 'allow')
  const udp = (from: typeof a | typeof b, to: typeof a | typeof b, source: number, destination: number): Uint8Array =>
    frame(
      eth(from),
      { layer: 'ip4', src: from.ip4, dst: to.ip4 },
      { layer: 'udp', src: source, dst: destination },
      { layer: 'payload', bytes: new Uint8Array(4) },
    )
  const idle = async (): Promise<void> => sleep(1000 + (2 * 256_000) / world.datapath.hz)
  world.datapath.set({ tcpOpening: 3600, tcp: 3600, tcpClosing: 0, udp: 0, other: 3600 }, noEvents).unwrap()
  world.push('fromContainer', udp(a, b, 1, 2))
  world.push('fromContainer', packet(1))
  world.push('fromContainer', packet(2))
  world.push('fromContainer', packet(2, 'FA'))
  world.push('fromContainer', frame(eth(b), { layer: 'ip4', src: b.ip4, dst: a.ip4 }, { layer: 'tcp', src: 80, dst: 2, flags: 'FA' }), {
    ifindex: IFINDEX.b,
  })
  await idle()
  // UDP has no time at all here, and the answer would open a flow that nothing allows
  expect(world.push('fromContainer', udp(b, a, 2, 1), { ifindex: IFINDEX.b }).reasons).toEqual(['DROP_DENIED_BY_DEFAULT'])
  // TCP that is open has an hour, TCP that was closed by both sides none
  expect(world.push('fromContainer', packet(1, 'A')).reasons).toEqual(['FORWARD_LOCAL'])
  expect(world.push('fromContainer', packet(2, 'A')).reasons).toEqual(['FORWARD_LOCAL', 'NEW_FLOW', 'MIDSTREAM'])
  expect(world.datapath.pressure().unwrap().expired).toBe(2n)
})
