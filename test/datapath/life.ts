import type { Layer } from '../packet/layers.js'
import { type EndpointName, IFINDEX, type Pod, pods, remote } from './cast.js'
import {
  data,
  delivered,
  type End,
  echo,
  ethOf,
  exceeded,
  type Family,
  type Fate,
  ip,
  JUDGED_MARK,
  moved,
  PROXY_MARK,
  quote,
  type Sight,
  tcp,
  udp,
  unreachable,
  wire,
} from './life-kit.js'
import type { HookName, Push, TableName } from './world.js'

/**
 * The life of a packet: who speaks to whom by which way, what it is of a flow, what the tables say, and what ought to become of it.
 * Expectations stand in three tables: where each path leads (`paths`), and which packet goes on by which verdict (`fates`).
 */
export const protocols = ['tcp', 'udp', 'sctp', 'icmp'] as const
export type Protocol = (typeof protocols)[number]

/** what the packet is of its flow */
export const states = ['new', 'established', 'another', 'reply', 'related', 'related of a router'] as const
export type State = (typeof states)[number]

export const verdicts = ['allow', 'audit', 'redirect', 'denyByRule', 'denyByDefault'] as const satisfies readonly TableName[]
export type Verdict = (typeof verdicts)[number]

// ---- where a path leads ----

/** Where a packet of a known flow goes: what is counted, what is written into it. */
interface Way {
  readonly what: string
  readonly mark: number
  readonly frame: (layers: readonly Layer[]) => readonly Layer[]
}
const same = (layers: readonly Layer[]): readonly Layer[] => layers
const to = (pod: Pod): Way => ({ what: 'redirect FORWARD_LOCAL', mark: 0, frame: (layers) => delivered(layers, pod) })
const tunnelled: Way = { what: 'redirect FORWARD_TUNNEL', mark: JUDGED_MARK, frame: same }
const native: Way = { what: 'redirect FORWARD_NATIVE', mark: JUDGED_MARK, frame: (layers) => moved(layers, { hops: 1 }) }
const stack: Way = { what: 'ok FORWARD_STACK', mark: JUDGED_MARK, frame: same }
const host: Way = { what: 'ok FORWARD_HOST', mark: JUDGED_MARK, frame: same }
const proxy: Way = { what: 'ok FORWARD_PROXY', mark: PROXY_MARK, frame: same }

/** One direction of a path. */
interface Leg {
  readonly hook: HookName
  readonly link: Layer
  readonly push: Push
  readonly way: Way
  /** what came out is on its way through the stack's side of that link, where it is looked at once more */
  readonly leaves?: EndpointName
}
const { a, b } = pods
const fromPod = (name: EndpointName, way: Way): Leg => ({
  hook: 'fromContainer',
  link: ethOf(pods[name]),
  push: { ifindex: IFINDEX[name] },
  way,
})
const fromHost = (name: EndpointName): Leg => ({ hook: 'fromHost', link: ethOf(pods.host), push: {}, way: to(pods[name]), leaves: name })
const fromOverlay = (identity: number, way: Way): Leg => ({ hook: 'fromOverlay', link: wire, push: { identity }, way })
const fromNetdev = (way: Way): Leg => ({ hook: 'fromNetdev', link: wire, push: {}, way })

export interface Path {
  readonly name: string
  readonly opener: End
  readonly other: End
  readonly forth: Leg
  readonly back: Leg
  /** of whom is asked: the opener's egress table, the other's ingress table */
  readonly asked: { readonly opener?: EndpointName; readonly other?: EndpointName }
  /** who stands in between and may send errors to the opener, and how they come */
  readonly router?: { readonly end: End; readonly leg: Leg }
}

const tunnel = (name: string, far: typeof remote.tunnelled | typeof remote.tunnelled6): Path[] => [
  {
    name: `${name} out`,
    opener: a,
    other: far,
    forth: fromPod('a', tunnelled),
    back: fromOverlay(far.identity, to(a)),
    asked: { opener: 'a' },
    // 6: a node that is not this one
    router: { end: remote.unknown, leg: fromOverlay(6, to(a)) },
  },
  {
    name: `${name} in`,
    opener: far,
    other: a,
    forth: fromOverlay(far.identity, to(a)),
    back: fromPod('a', tunnelled),
    asked: { other: 'a' },
  },
]
const wired = (name: string, far: End, out: Way): Path[] => [
  {
    name: `${name} out`,
    opener: a,
    other: far,
    forth: fromPod('a', out),
    back: fromNetdev(to(a)),
    asked: { opener: 'a' },
    router: { end: remote.unknown, leg: fromNetdev(to(a)) },
  },
  { name: `${name} in`, opener: far, other: a, forth: fromNetdev(to(a)), back: fromPod('a', out), asked: { other: 'a' } },
]

export const paths: readonly Path[] = [
  { name: 'local', opener: a, other: b, forth: fromPod('a', to(b)), back: fromPod('b', to(a)), asked: { opener: 'a', other: 'b' } },
  ...tunnel('tunnel', remote.tunnelled),
  ...tunnel('tunnel over IPv6', remote.tunnelled6),
  ...wired('native', remote.native, native),
  ...wired('world', remote.world, stack),
  { name: 'host out', opener: a, other: pods.host, forth: fromPod('a', host), back: fromHost('a'), asked: { opener: 'a', other: 'host' } },
  { name: 'host in', opener: pods.host, other: a, forth: fromHost('a'), back: fromPod('a', host), asked: { opener: 'host', other: 'a' } },
]

// ---- which packet goes on ----

/** `forth`, `back`: the way of the path, and what is counted besides; else a drop. */
type Rule = { readonly goes: 'forth' | 'back' | 'proxy'; readonly besides?: string } | { readonly drop: string }
type Rules = Readonly<Record<State, Rule>>

const back = { reply: { goes: 'back' }, related: { goes: 'back' }, 'related of a router': { goes: 'back' } } as const
/** nothing is remembered of what was denied: an answer would open a flow of its own, which the tables of its direction forbid */
const nothing = {
  reply: { drop: 'DROP_DENIED_BY_DEFAULT' },
  related: { drop: 'DROP_RELATED_UNKNOWN' },
  'related of a router': { drop: 'DROP_RELATED_UNKNOWN' },
} as const
const denied = (drop: string): Rules => ({ new: { drop }, established: { drop }, another: { drop }, ...nothing })

const fates: Readonly<Record<Verdict, Rules>> = {
  allow: {
    new: { goes: 'forth', besides: 'NEW_FLOW' },
    established: { goes: 'forth' },
    another: { goes: 'forth', besides: 'NEW_FLOW' },
    ...back,
  },
  audit: {
    new: { goes: 'forth', besides: 'NEW_FLOW AUDITED' },
    established: { goes: 'forth' },
    another: { goes: 'forth', besides: 'NEW_FLOW AUDITED' },
    ...back,
  },
  redirect: {
    new: { goes: 'proxy', besides: 'NEW_FLOW' },
    established: { goes: 'proxy' },
    another: { goes: 'proxy', besides: 'NEW_FLOW' },
    ...back,
  },
  denyByRule: denied('DROP_DENIED_BY_RULE'),
  denyByDefault: denied('DROP_DENIED_BY_DEFAULT'),
}

// ---- the rows ----

export interface Row {
  readonly name: string
  /** egress and ingress tables */
  readonly policies: readonly (readonly [name: EndpointName, egress: TableName, ingress: TableName])[]
  /** what was sent before, by whom nothing is asked */
  readonly before: readonly Sight[]
  readonly sight: Sight
  readonly fate: Fate
  /** what comes out is seen here next, and passes as it is */
  readonly leaves?: EndpointName
}

const PORT = 40_000

/** The transport of a flow's packets; `port` tells flows apart. */
function transport(protocol: Protocol, family: Family, way: 'forth' | 'back', port: number, first: boolean): Layer[] {
  const ports: readonly [number, number] = way === 'forth' ? [port, 80] : [80, port]
  switch (protocol) {
    case 'tcp':
      return way === 'back' ? [tcp(...ports, 'SA')] : first ? [tcp(...ports, 'S')] : [tcp(...ports, 'PA'), data(100)]
    case 'udp':
      return [udp(...ports), data(16)]
    case 'sctp':
      return [{ layer: 'sctp', src: ports[0], dst: ports[1], tag: first ? 0 : 9 }, data(16)]
    case 'icmp':
      return [echo(family, way === 'forth' ? 'request' : 'reply', port, first ? 1 : 2), data(32)]
  }
}

function sight(leg: Leg, layers: readonly Layer[]): Sight {
  return { hook: leg.hook, layers: [leg.link, ...layers], push: leg.push }
}

function packet(path: Path, protocol: Protocol, family: Family, state: State): { readonly leg: Leg; readonly sight: Sight } {
  const { opener, other, forth, back: answers, router } = path
  const out = (port: number, first: boolean): Layer[] => [ip(family, opener, other), ...transport(protocol, family, 'forth', port, first)]
  const about = [wire, ...out(PORT, true)]
  switch (state) {
    case 'new':
      return { leg: forth, sight: sight(forth, out(PORT, true)) }
    case 'established':
      return { leg: forth, sight: sight(forth, out(PORT, false)) }
    case 'another':
      return { leg: forth, sight: sight(forth, out(PORT + 1, true)) }
    case 'reply':
      return { leg: answers, sight: sight(answers, [ip(family, other, opener), ...transport(protocol, family, 'back', PORT, true)]) }
    case 'related':
      return { leg: answers, sight: sight(answers, [ip(family, other, opener), unreachable(family), quote(about)]) }
    case 'related of a router': {
      if (router === undefined) throw new Error(`nobody stands between on ${path.name}`)
      return { leg: router.leg, sight: sight(router.leg, [ip(family, router.end, opener), exceeded(family), quote(about)]) }
    }
  }
}

/** The tables of everybody: `verdict` where it is tried, what opens in the other direction is denied. */
function policies({ asked }: Path, whose: 'opener' | 'other', verdict: Verdict): Row['policies'] {
  const { opener, other } = asked
  return [
    ...(opener === undefined ? [] : [[opener, whose === 'opener' ? verdict : 'allow', 'denyByDefault'] as const]),
    ...(other === undefined ? [] : [[other, 'denyByDefault', whose === 'other' ? verdict : 'allow'] as const]),
  ]
}

function fateOf(rule: Rule, { way }: Leg, { layers }: Sight): Fate {
  if ('drop' in rule) return { what: `drop ${rule.drop}` }
  const { what, mark, frame } = rule.goes === 'proxy' ? proxy : way
  return { what: rule.besides === undefined ? what : `${what} ${rule.besides}`, mark, frame: frame(layers) }
}

/** Every combination on a path. */
export function rows(path: Path): Row[] {
  const all: Row[] = []
  for (const whose of ['opener', 'other'] as const) {
    if (path.asked[whose] === undefined) continue
    for (const verdict of verdicts)
      for (const family of ['v4', 'v6'] as const)
        for (const protocol of protocols)
          for (const state of states) {
            if (state === 'related of a router' && path.router === undefined) continue
            const rule = fates[verdict][state]
            const { leg, sight: seen } = packet(path, protocol, family, state)
            const table = whose === 'opener' ? "the opener's egress" : "the other's ingress"
            const passes = 'goes' in rule && rule.goes !== 'proxy'
            all.push({
              name: `${path.name}, ${protocol} ${family}, ${table} says ${verdict}: ${state}`,
              policies: policies(path, whose, verdict),
              before: state === 'new' ? [] : [packet(path, protocol, family, 'new').sight],
              sight: seen,
              fate: fateOf(rule, leg, seen),
              ...(passes && leg.leaves !== undefined ? { leaves: leg.leaves } : {}),
            })
          }
  }
  return all
}
