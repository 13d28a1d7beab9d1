import { Ipv6, Prefix } from '@axoneme/sys'
import { expect } from 'vitest'
import { frame } from '../packet/build.js'
import type { Extension, Layer } from '../packet/layers.js'
import { type EndpointName, GATEWAY4, GATEWAY6, IFINDEX, peers, pods } from './cast.js'
import {
  ANSWER_MARK,
  data,
  delivered,
  type End,
  ethOf,
  ethTo,
  type Family,
  type Fate,
  ip,
  JUDGED_MARK,
  judged,
  moved,
  quote,
  type Sight,
  send,
  tcp,
  wire,
} from './life-kit.js'
import type { HookName, Push, TableName, World } from './world.js'

/** Packets one after the other, and what ought to become of each; a text: as it is, without a mark. */
export interface Case {
  readonly name: string
  readonly steps: readonly (readonly [sight: Sight, fate: Fate | string] | ((world: World) => string | undefined))[]
  /** tables of those that are not `allow` both ways */
  readonly policies?: Readonly<Partial<Record<EndpointName, readonly [egress: TableName, ingress: TableName]>>>
  /** changes the world, and answers how it is put back */
  readonly given?: (world: World) => () => void
}

/** The steps' lines that differ. Nothing is known at the start, and the world is the cast's afterwards. */
function play(world: World, { name, steps, policies = {}, given }: Case): string[] {
  world.forget()
  const undo = given?.(world)
  for (const who of Object.keys(policies) as EndpointName[]) world.policy(who, ...(policies[who] as [TableName, TableName]))
  const differ: string[] = []
  for (const [at, step] of steps.entries()) {
    const label = steps.length === 1 ? name : `${name} [${at + 1}]`
    if (typeof step === 'function') {
      const fault = step(world)
      if (fault !== undefined) differ.push(`${label}\n    ${fault}`)
    } else {
      const [sight, fate] = step
      differ.push(...judged(world, label, sight, typeof fate === 'string' ? { what: fate } : fate))
    }
  }
  for (const who of Object.keys(policies) as EndpointName[]) world.policy(who, 'allow', 'allow')
  undo?.()
  return differ
}

/** Every case, and then a list of what differs in any. */
export function expectAll(world: World, cases: readonly Case[]): void {
  const names = new Set(cases.map(({ name }) => name))
  expect(names.size, 'cases have names of their own').toBe(cases.length)
  const differ = cases.flatMap((each) => play(world, each))
  expect(differ, `${differ.length} steps of ${cases.length} cases differ`).toEqual([])
}

/** A packet that only prepares. */
export const prepared =
  (...sights: readonly Sight[]) =>
  (world: World): undefined => {
    for (const sight of sights) send(world, sight)
  }

// ---- where packets are seen ----

const at =
  (hook: HookName, link: Layer, push: Push) =>
  (...layers: readonly Layer[]): Sight => ({ hook, layers: [link, ...layers], push })

export const fromPod = (name: EndpointName, ...layers: readonly Layer[]): Sight =>
  at('fromContainer', ethOf(pods[name]), { ifindex: IFINDEX[name] })(...layers)
export const toPod = (name: EndpointName, ...layers: readonly Layer[]): Sight =>
  at('toContainer', ethTo(pods[name]), { ifindex: IFINDEX[name] })(...layers)
export const fromOverlay = (identity: number, ...layers: readonly Layer[]): Sight => at('fromOverlay', wire, { identity })(...layers)
export const fromNetdev = at('fromNetdev', wire, {})
export const fromHost = at('fromHost', ethOf(pods.host), {})
export const toHost = at('toHost', ethTo(pods.host), {})
export const toOverlay = at('toOverlay', ethOf(pods.host), {})
export const toNetdev = at('toNetdev', ethOf(pods.host), {})
/** any bytes, at any hook; absent: as an endpoint's */
export const raw = (bytes: Uint8Array, hook: HookName = 'fromContainer', push: Push = {}): Sight => ({
  hook,
  layers: [{ layer: 'payload', bytes }],
  push,
})
export const withPush = (sight: Sight, push: Push): Sight => ({ ...sight, push: { ...sight.push, ...push } })
export const withLink = (sight: Sight, link: Layer): Sight => ({ ...sight, layers: [link, ...sight.layers.slice(1)] })

// ---- what is done to frames ----

/** The frame with these bytes written over, from these offsets on. */
export function patched(sight: Sight, patches: Readonly<Record<number, readonly number[]>>): Sight {
  const bytes = frame(...sight.layers)
  for (const [offset, values] of Object.entries(patches)) bytes.set(values, Number(offset))
  return { ...sight, layers: [{ layer: 'payload', bytes }] }
}
export function cut(sight: Sight, length: number): Sight {
  const bytes = frame(...sight.layers).slice(0, length)
  const header = { 8: 20, 134: 40 }[bytes[12] as 8] ?? 0
  return { ...sight, layers: [{ layer: 'payload', bytes }], cutOff: bytes[13] !== 6 && length < 14 + header }
}
/** … and its IP header says so. */
export function cutHonestly(sight: Sight, length: number): Sight {
  const bytes = frame(...sight.layers).slice(0, length)
  const size = bytes[12] === 0x08 ? length - 14 : length - 54
  const at = bytes[12] === 0x08 ? 16 : 18
  bytes.set([size >>> 8, size & 255], at)
  return { ...sight, layers: [{ layer: 'payload', bytes }] }
}

// ---- what is done to the world ----

/** Something that happens between packets. */
export const doing =
  (what: (world: World) => void) =>
  (world: World): undefined =>
    void what(world) as undefined

export const together =
  (...all: readonly ((world: World) => () => void)[]) =>
  (world: World): (() => void) => {
    const undo = all.map((each) => each(world))
    return () => {
      for (const each of undo.reverse()) each()
    }
  }
export const endpoint =
  (name: EndpointName, other: Record<string, unknown>) =>
  (world: World): (() => void) => {
    world.endpoint(name, other)
    return () => world.endpoint(name)
  }
export const node =
  (index: number, other: Record<string, unknown>) =>
  (world: World): (() => void) => {
    const { nodes } = world.datapath.maps
    const before = nodes.lookup(index).unwrap() as never
    nodes.update(index, { ipv6: Ipv6.ANY, ipv4: 0, ifindex: 0, mtu: 0, flags: 0, ...other } as never).unwrap()
    return () => nodes.update(index, before).unwrap()
  }
export const peer =
  (prefix: string, value: Parameters<World['peer']>[1]) =>
  (world: World): (() => void) => {
    const { ipcache4, ipcache6 } = world.datapath.maps
    const map = prefix.includes(':') ? ipcache6 : ipcache4
    const key = Prefix.parse(prefix).unwrap()
    const before = map.lookup(key).unwrap() as never
    world.peer(prefix, value)
    // the lookup is by the longest match: what it found may be a shorter one's
    return () => void (cast.has(prefix) ? map.update(key, before) : map.delete(key)).unwrap()
  }
const cast = new Set([...peers.map(([prefix]) => prefix), ...Object.values(pods).flatMap(({ ip4, ip6 }) => [`${ip4}/32`, `${ip6}/128`])])

// ---- what ought to become of packets ----

export type Step = readonly [Sight, Fate]
const step = (sight: Sight, what: string, besides: string, mark: number, after: readonly Layer[]): Step => [
  sight,
  { what: besides === '' ? what : `${what} ${besides}`, mark, frame: after },
]
export const goesTo = (name: EndpointName, sight: Sight, besides = ''): Step =>
  step(sight, 'redirect FORWARD_LOCAL', besides, 0, delivered(sight.layers, pods[name]))
export const goesIntoTunnel = (sight: Sight, besides = ''): Step =>
  step(sight, 'redirect FORWARD_TUNNEL', besides, JUDGED_MARK, sight.layers)
export const goesNatively = (sight: Sight, besides = ''): Step =>
  step(sight, 'redirect FORWARD_NATIVE', besides, JUDGED_MARK, moved(sight.layers, { hops: 1 }))
export const goesToStack = (sight: Sight, besides = ''): Step => step(sight, 'ok FORWARD_STACK', besides, JUDGED_MARK, sight.layers)
export const goesToHost = (sight: Sight, besides = ''): Step => step(sight, 'ok FORWARD_HOST', besides, JUDGED_MARK, sight.layers)
/** not ours to judge: as it was, with the mark that it had */
export const passes = (sight: Sight): Step => step(sight, 'next FORWARD_PASSED', '', sight.push?.mark ?? 0, sight.layers)
export const drops = (sight: Sight, why: string): Step => [sight, { what: `drop ${why}` }]

// ---- frames and answers that many tables need ----

const gateway: End = { ip4: GATEWAY4, ip6: GATEWAY6 }
/** The packet's sender, `a`, gets this error about it instead: from its gateway, unless somebody else is named. */
export const answered = (family: Family, sight: Sight, error: Layer, besides: string, from: End = gateway): Step => [
  sight,
  {
    what: `redirect ANSWERED_ERROR ${besides}`,
    mark: ANSWER_MARK,
    frame: [ethTo(pods.a), ip(family, from, pods.a), error, quote(sight.layers)],
  },
]
export const hops = (family: Family, number: number) => (family === 'v4' ? { ttl: number } : { hopLimit: number })
export const syn = (family: Family, from: End, to: End, port = 1000): Layer[] => [ip(family, from, to), tcp(port, 80, 'S')]
/** the answer to it; of `port`, which is the opener's */
export const synAck = (family: Family, from: End, to: End, port = 1000): Layer[] => [ip(family, from, to), tcp(80, port, 'SA')]
/** A TCP segment that makes a packet of this many bytes, which must not be cut up. */
export const sized = (family: Family, to: End, size: number, more: object = {}, from: End = pods.a): Layer[] => [
  ip(family, from, to, { ...(family === 'v4' ? { dontFragment: true } : {}), ...more }),
  tcp(1000, 80, 'S'),
  data(size - (family === 'v4' ? 40 : 60)),
]
/** no operation, four times */
export const OPTIONS = Uint8Array.of(1, 1, 1, 1)
/** of padding alone */
export const hopByHop: Extension = { header: 0, data: Uint8Array.of(1, 4, 0, 0, 0, 0) }
export const destinationOptions: Extension = { header: 60, data: Uint8Array.of(1, 4, 0, 0, 0, 0) }
/** the prefix of one address */
export const only = (family: Family, of: End): string => (family === 'v4' ? `${of.ip4}/32` : `${of.ip6}/128`)
