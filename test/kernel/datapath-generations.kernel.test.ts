import { Place } from '@axoneme/datapath'
import { expect } from 'vitest'
import { IFINDEX, pods, remote } from '../datapath/cast.js'
import { Links, tables, World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const { a, b } = pods
/** under emulation a run takes some fifteen times as long */
const FLOWS = process.env.VMRUN === undefined ? 10_000 : 500
const SIZES = { flows4: 65_536, flows6: 65_536 }
const DROP = 2
const REDIRECT = 7

const eth = (from: { mac: typeof a.mac; gateway: typeof a.gateway }): Layer => ({ layer: 'eth', src: from.mac, dst: from.gateway })
const tcp = (src: number, dst: number, flags: string): Layer => ({ layer: 'tcp', src, dst, flags })
type Family = 4 | 6
const ip = (family: Family, from: { ip4: typeof a.ip4; ip6: typeof a.ip6 }, to: { ip4: typeof a.ip4; ip6: typeof a.ip6 }): Layer =>
  family === 4 ? { layer: 'ip4', src: from.ip4, dst: to.ip4 } : { layer: 'ip6', src: from.ip6, dst: to.ip6 }

/** The same packet of many flows: only its source port differs. */
function frames(family: Family, to: { ip4: typeof a.ip4; ip6: typeof a.ip6 }, flags: string): Uint8Array[] {
  return Array.from({ length: FLOWS }, (_, flow) => frame(eth(a), ip(family, a, to), tcp(1024 + flow, 80, flags)))
}

function all(world: World, packets: readonly Uint8Array[]): Map<number, number> {
  const answers = new Map<number, number>()
  for (const packet of packets) {
    const { returnValue } = world.run('fromContainer', packet)
    answers.set(returnValue, (answers.get(returnValue) ?? 0) + 1)
  }
  return answers
}

const delta = (before: Map<string, bigint>, after: Map<string, bigint>, name: string): number =>
  Number((after.get(name) ?? 0n) - (before.get(name) ?? 0n))

for (const family of [4, 6] as const)
  kernelTest(
    `datapath generations > after a change the next packet of each flow is judged afresh, IPv${family}`,
    { needs: [], timeoutMs: 60_000 },
    async () => {
      using links = new Links(sys)
      using world = new World(sys, links, { sizes: SIZES })
      for (const to of [b, remote.tunnelled]) {
        world.policy('a', 'allow', 'denyByDefault')
        world.policy('b', 'denyByDefault', 'allow')
        expect(all(world, frames(family, to, 'S'))).toEqual(new Map([[REDIRECT, FLOWS]]))
        const acks = frames(family, to, 'A')
        let before = world.counters()
        expect(all(world, acks)).toEqual(new Map([[REDIRECT, FLOWS]]))
        // nothing is judged while nothing changes
        expect(delta(before, world.counters(), 'JUDGED_AGAIN')).toBe(0)

        // the sender's tables say no, then yes again
        world.policy('a', 'denyByRule', 'denyByDefault')
        before = world.counters()
        expect(all(world, acks)).toEqual(new Map([[DROP, FLOWS]]))
        expect(delta(before, world.counters(), 'DROP_DENIED_BY_RULE')).toBe(FLOWS)
        world.policy('a', 'allow', 'denyByDefault')
        before = world.counters()
        expect(all(world, acks)).toEqual(new Map([[REDIRECT, FLOWS]]))
        // that they opened the flow is not forgotten: they go on, they are not new
        expect(delta(before, world.counters(), 'JUDGED_AGAIN')).toBe(FLOWS)
        expect(delta(before, world.counters(), 'NEW_FLOW')).toBe(0)

        // the way: behind another node, or nowhere
        const [way, peer] = to === b ? [{ ...b, slot: 22 }, 23] : [remote.tunnelled, 40]
        const prefixes = to === b ? [`${b.ip4}/32`, `${b.ip6}/128`] : ['10.42.1.0/24', 'fd00:42:1::/64']
        for (const prefix of prefixes) world.peer(prefix, { identity: way.identity, to: 4, peer, place: Place.AXM_AT_NODE, generation: 1 })
        world.datapath.maps.peerGenerations.update(peer, 1).unwrap()
        before = world.counters()
        expect(all(world, acks)).toEqual(new Map([[REDIRECT, FLOWS]]))
        expect(delta(before, world.counters(), 'FORWARD_NATIVE')).toBe(FLOWS)
        for (const prefix of prefixes)
          world.peer(prefix, { identity: way.identity, to: 0, peer, place: Place.AXM_AT_NOWHERE, generation: 2 })
        world.datapath.maps.peerGenerations.update(peer, 2).unwrap()
        before = world.counters()
        expect(all(world, acks)).toEqual(new Map([[DROP, FLOWS]]))
        expect(delta(before, world.counters(), 'DROP_NO_WAY')).toBe(FLOWS)
        // and back, for the next round
        if (to === b) world.endpoint('b')
      }
    },
  )

kernelTest(
  'datapath generations > the receiver is asked again too, and answers are judged with the tuple turned round',
  { needs: [] },
  async () => {
    using links = new Links(sys)
    using world = new World(sys, links)
    const syn = frame(eth(a), ip(4, a, b), tcp(1000, 80, 'S'))
    const answer = frame(eth(b), ip(4, b, a), tcp(80, 1000, 'SA'))
    const fromB = { ifindex: IFINDEX.b }
    world.policy('a', 'allow', 'denyByDefault')
    world.policy('b', 'denyByDefault', 'allow')
    expect(world.push('fromContainer', syn)).toMatchObject({ action: 'redirect', reasons: ['FORWARD_LOCAL', 'NEW_FLOW'] })
    expect(world.push('fromContainer', answer, fromB)).toMatchObject({ action: 'redirect', reasons: ['FORWARD_LOCAL'] })

    // the receiver closes: whoever speaks next is denied, by its ingress
    world.policy('b', 'denyByDefault', 'denyByRule')
    expect(world.push('fromContainer', answer, fromB)).toMatchObject({ action: 'drop', reasons: ['DROP_DENIED_BY_RULE'] })
    expect(world.push('fromContainer', syn)).toMatchObject({ action: 'drop', reasons: ['DROP_DENIED_BY_RULE'] })
    // it may open flows of its own now, and be opened by nobody: the answer still belongs to what it was asked
    world.policy('b', 'allow', 'denyByRule')
    world.policy('a', 'allow', 'allow')
    expect(world.push('fromContainer', answer, fromB)).toMatchObject({ action: 'drop', reasons: ['DROP_DENIED_BY_RULE'] })
    // it opens again: the answer is the first to be judged, as an answer
    world.policy('b', 'denyByDefault', 'allow')
    world.policy('a', 'allow', 'denyByDefault')
    expect(world.push('fromContainer', answer, fromB)).toMatchObject({ action: 'redirect', reasons: ['FORWARD_LOCAL', 'JUDGED_AGAIN'] })
    expect(world.push('fromContainer', answer, fromB)).toMatchObject({ action: 'redirect', reasons: ['FORWARD_LOCAL'] })
    expect(world.push('fromContainer', syn)).toMatchObject({ action: 'redirect', reasons: ['FORWARD_LOCAL'] })
  },
)

kernelTest('datapath generations > revisions and generations wrap: only equality counts, and 0 is no revision', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links)
  const packet = frame(eth(a), ip(4, a, b), tcp(1000, 80, 'S'))
  const word = (egress: number, revision: number) => world.datapath.setPolicy(a.slot, { egress, ingress: tables.allow, revision }).unwrap()
  word(tables.allow, 0xffff_ffff)
  expect(world.push('fromContainer', packet).reasons).toEqual(['FORWARD_LOCAL', 'NEW_FLOW'])
  expect(world.push('fromContainer', packet).reasons).toEqual(['FORWARD_LOCAL'])
  word(tables.denyByRule, 1)
  expect(world.push('fromContainer', packet).reasons).toEqual(['DROP_DENIED_BY_RULE'])
  word(tables.allow, 0x8000_0000)
  expect(world.push('fromContainer', packet).reasons).toEqual(['FORWARD_LOCAL', 'JUDGED_AGAIN'])
  word(tables.allow, 0)
  expect(world.push('fromContainer', packet)).toMatchObject({ action: 'drop', reasons: ['DROP_NO_ENDPOINT'] })
  word(tables.allow, 2)

  const generation = (value: number): void => {
    world.peer('10.42.1.0/24', { identity: remote.tunnelled.identity, to: 3, peer: 40, place: Place.AXM_AT_NODE, generation: value })
    world.datapath.maps.peerGenerations.update(40, value).unwrap()
  }
  const away = frame(eth(a), ip(4, a, remote.tunnelled), tcp(1000, 80, 'S'))
  generation(0xffff_ffff)
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL', 'NEW_FLOW'])
  generation(0)
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL', 'JUDGED_AGAIN'])
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL'])
})

kernelTest('datapath generations > a change that is half written is out of date at once', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links)
  const away = frame(eth(a), ip(4, a, remote.tunnelled), tcp(1000, 80, 'S'))
  // the ipcache's value is new, the generation has not moved yet: each packet is judged, none is remembered as good
  world.peer('10.42.1.0/24', { identity: remote.tunnelled.identity, to: 3, peer: 40, place: Place.AXM_AT_NODE, generation: 7 })
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL', 'NEW_FLOW'])
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL', 'JUDGED_AGAIN'])
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL', 'JUDGED_AGAIN'])
  world.datapath.maps.peerGenerations.update(40, 7).unwrap()
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL'])
  // the number moved first (the wrong order): not honoured either
  world.datapath.maps.peerGenerations.update(40, 8).unwrap()
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL', 'JUDGED_AGAIN'])
  expect(world.push('fromContainer', away).reasons).toEqual(['FORWARD_TUNNEL', 'JUDGED_AGAIN'])
})

kernelTest(
  'datapath generations > an endpoint that is replaced by another in its slot does not inherit its flows',
  { needs: [] },
  async () => {
    using links = new Links(sys)
    using world = new World(sys, links)
    const packet = frame(eth(a), ip(4, a, b), tcp(1000, 80, 'S'))
    world.push('fromContainer', packet)
    world.endpoint('b', { policy: { egress: tables.allow, ingress: tables.denyByDefault, revision: 0x7777 } })
    expect(world.push('fromContainer', packet)).toMatchObject({ action: 'drop', reasons: ['DROP_DENIED_BY_DEFAULT'] })
    // the slot is free: nobody is there
    world.endpoint('b', { policy: { egress: 0, ingress: 0, revision: 0 }, ifindex: 0 })
    expect(world.push('fromContainer', packet)).toMatchObject({ action: 'drop', reasons: ['DROP_NO_WAY'] })
  },
)
