import { type Ip, Ipv4, Ipv6, Prefix, toIp, toPrefix } from '@axoneme/sys'
import type { Request } from '../transport/request.js'
import {
  InputFault,
  type InputsOf,
  type MessageOf,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  type ValuesOf,
} from '../wire/index.js'
import { taken } from './address.js'
import { type Protocol, protocols, type RouteType, RTNH_F_ONLINK, routeTypes, type Scope, scopes, type Table, tables } from './constant.js'
import { type EncapInput, encapTypes } from './encap.js'
import { RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE, type routeAttributes, routeMessage, type routeMetrics } from './route-message.js'

type RouteTable = (typeof routeAttributes)['table']
export type RouteMessage = MessageOf<(typeof routeMessage)['header']['fields'], RouteTable>
type Metrics = ValuesOf<(typeof routeMetrics)['table']>
type MetricsInput = InputsOf<(typeof routeMetrics)['table']>

/** One way to a destination. */
export interface Nexthop {
  /** the gateway; of the other family than the route is possible for IPv4 routes (Linux 5.2) */
  readonly via?: Ip | string | undefined
  /** the link's index */
  readonly link?: number | undefined
  /** take the gateway for reachable on the link, whatever the routes say */
  readonly onlink?: boolean | undefined
  readonly encap?: EncapInput | undefined
}

/** One of several ways: `weight` 1 to 256. */
export interface WeightedNexthop extends Nexthop {
  readonly weight?: number | undefined
}

/** A route to be added. */
export interface RouteSpec extends Nexthop {
  /** a prefix, or `default` (IPv4; with `family: 6`, or an IPv6 gateway, IPv6) */
  readonly destination: Prefix | string
  readonly family?: 4 | 6 | undefined
  /** a source prefix (IPv6) */
  readonly from?: Prefix | string | undefined
  /** the preferred source address */
  readonly source?: Ip | string | undefined
  /** absent: main; local for local, broadcast and anycast routes */
  readonly table?: Table | undefined
  /** who makes it; absent: static */
  readonly protocol?: Protocol | undefined
  readonly scope?: Scope | undefined
  readonly type?: RouteType | undefined
  /** lower wins */
  readonly priority?: number | undefined
  readonly tos?: number | undefined
  readonly metrics?: MetricsInput | undefined
  /** several ways instead of one */
  readonly nexthops?: readonly WeightedNexthop[] | undefined
  /** a nexthop object's number (Linux 5.3) instead of ways */
  readonly nexthopId?: number | undefined
  /** IPv6: seconds until it goes by itself */
  readonly expiresSeconds?: number | undefined
}

/** One way of a route as the kernel shows it. */
export interface NexthopView {
  readonly via: Ip | undefined
  readonly link: number | undefined
  readonly weight: number
  readonly flags: number
  readonly encap: EncapView | undefined
}
export interface EncapView {
  readonly type: string | number
  /** typed by `type`; the bytes when the type has no table */
  readonly value: unknown
}

/** A route as the kernel shows it. */
export interface Route {
  readonly family: 4 | 6
  readonly destination: Prefix
  readonly from: Prefix | undefined
  readonly via: Ip | undefined
  readonly link: number | undefined
  readonly source: Ip | undefined
  readonly table: Table
  readonly protocol: Protocol
  readonly scope: Scope
  readonly type: RouteType
  readonly priority: number
  readonly tos: number
  /** RTNH_F_* */
  readonly flags: number
  readonly onlink: boolean
  readonly metrics: Metrics | undefined
  /** undefined: a single way, told by `via` and `link` */
  readonly nexthops: readonly NexthopView[] | undefined
  readonly encap: EncapView | undefined
  readonly nexthopId: number | undefined
  readonly attributes: ValuesOf<RouteTable>
}

const encapNames = new Map<number, string>(Object.entries(encapTypes).map(([name, number]) => [number, name]))

function encapView(type: number | undefined, value: unknown): EncapView | undefined {
  return type === undefined ? undefined : { type: encapNames.get(type) ?? type, value }
}

const TABLE_NAMES = new Map<number, Table>([253, 254, 255].map((table) => [table, tables.toName(table)]))

/** undefined: a message of a family that is neither IPv4 nor IPv6 */
export function routeView(message: RouteMessage): Route | undefined {
  const { attributes, family: af } = message
  if (af !== 2 && af !== 10) return undefined
  const table = attributes.table ?? message.table
  const any = af === 2 ? Ipv4.ANY : Ipv6.ANY
  return {
    family: af === 2 ? 4 : 6,
    destination: Prefix.of(attributes.destination ?? any, message.destinationLength),
    from: message.sourceLength === 0 ? undefined : Prefix.of(attributes.source ?? any, message.sourceLength),
    via: attributes.gateway ?? attributes.via,
    link: attributes.outputInterface,
    source: attributes.preferredSource,
    table: TABLE_NAMES.get(table) ?? table,
    protocol: protocols.toName(message.protocol),
    scope: scopes.toName(message.scope),
    type: routeTypes.toName(message.type),
    priority: attributes.priority ?? 0,
    tos: message.tos,
    flags: message.flags,
    onlink: (message.flags & RTNH_F_ONLINK) !== 0,
    metrics: attributes.metrics,
    nexthops: attributes.multipath?.map((way) => ({
      via: way.attributes.gateway ?? way.attributes.via,
      link: way.index,
      weight: way.hops + 1,
      flags: way.flags,
      encap: encapView(way.attributes.encapType, way.attributes.encap),
    })),
    encap: encapView(attributes.encapType, attributes.encap),
    nexthopId: attributes.nexthopId,
    attributes,
  }
}

const hints: Readonly<Record<number, string>> = {
  17: 'A route to that destination with the same table, priority and tos is there: replace it, or give another priority.',
  3: 'No such route is there: destination, table, priority and ways must all match.',
  19: 'No link has that index in this namespace, or it is down.',
  100: 'The link is down: set it up first.',
  113: 'The gateway is not reachable: it must lie in a subnet of the link, or say onlink.',
}

const given = { outputInterface: 'link', preferredSource: 'source', expires: 'expiresSeconds', multipath: 'nexthops' } as const

interface Family {
  readonly number: 2 | 10
  readonly family: 4 | 6
}

function destinationOf(spec: RouteSpec): Prefix {
  const { destination } = spec
  if (typeof destination !== 'string' || destination !== 'default') return taken(toPrefix(destination, 'destination'))
  const gateway = spec.via ?? spec.nexthops?.[0]?.via
  const family = spec.family ?? (gateway === undefined ? 4 : taken(toIp(gateway, 'via')).family)
  return Prefix.of(family === 4 ? Ipv4.ANY : Ipv6.ANY, 0)
}

/** Gateway, link and encapsulation: the same for a route of one way and for each of several. */
function way(nexthop: Nexthop, family: Family, path: string): Record<string, unknown> {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const gateway = nexthop.via === undefined ? undefined : taken(toIp(nexthop.via, at('via')))
  if (gateway !== undefined && gateway.family === 4 && family.family === 6)
    throw new InputFault(`${gateway} cannot be the gateway of an IPv6 route`, at('via'), 'Give an IPv6 address.')
  const own = gateway?.family === family.family
  if (nexthop.onlink && gateway === undefined) throw new InputFault('needs a gateway', at('onlink'), 'Give via, or leave onlink out.')
  let encapType: number | undefined
  let encap: object | undefined
  if (nexthop.encap !== undefined) {
    const { type, ...rest } = nexthop.encap
    encapType = Object.hasOwn(encapTypes, type) ? encapTypes[type] : undefined
    if (encapType === undefined)
      throw new InputFault(
        `"${String(type)}" is no encapsulation that is known here`,
        at('encap.type'),
        `Give one of ${Object.keys(encapTypes).join(', ')}.`,
      )
    encap = rest
  }
  return { gateway: own ? gateway : undefined, via: own ? undefined : gateway, encapType, encap }
}

function wire(spec: RouteSpec): { header: Record<string, number>; attributes: Record<string, unknown> } {
  const destination = destinationOf(spec)
  const family: Family = destination.address.family === 4 ? { number: 2, family: 4 } : { number: 10, family: 6 }
  if (spec.family !== undefined && spec.family !== family.family)
    throw new InputFault(`${destination} is no IPv${spec.family} destination`, 'family', 'Leave family out: the destination tells it.')
  if (!destination.isNetwork)
    throw new InputFault(
      `${destination} has bits beyond its length`,
      'destination',
      `Write ${destination.network()}, or /${family.family === 4 ? 32 : 128} for the one address.`,
    )
  const from = spec.from === undefined ? undefined : taken(toPrefix(spec.from, 'from'))
  const type = routeTypes.toNumber(spec.type ?? 'unicast', 'type')
  const toHost = type === 2 || type === 3 || type === 4
  const table = tables.toNumber(spec.table ?? (toHost ? 'local' : 'main'), 'table')
  const single = way(spec, family, '')
  const { nexthops } = spec
  if (nexthops !== undefined && (spec.via !== undefined || spec.link !== undefined || spec.encap !== undefined))
    throw new InputFault('excludes via, link and encap beside it', 'nexthops', 'Put them into the nexthops.')
  if (nexthops !== undefined && nexthops.length === 0)
    throw new InputFault('is empty', 'nexthops', 'Give at least one way, or via and link.')
  return {
    header: {
      family: family.number,
      destinationLength: destination.length,
      sourceLength: from?.length ?? 0,
      tos: spec.tos ?? 0,
      table: table > 255 ? 252 : table,
      protocol: protocols.toNumber(spec.protocol ?? 'static', 'protocol'),
      scope: scopes.toNumber(spec.scope ?? defaultScope(spec, type, family), 'scope'),
      type,
      flags: spec.onlink ? RTNH_F_ONLINK : 0,
    },
    attributes: {
      destination: destination.length === 0 ? undefined : destination.address,
      source: from?.address,
      gateway: single.gateway,
      via: single.via,
      outputInterface: spec.link,
      priority: spec.priority,
      preferredSource: spec.source,
      table: table > 255 ? table : undefined,
      metrics: spec.metrics,
      encapType: single.encapType,
      encap: single.encap,
      nexthopId: spec.nexthopId,
      expires: spec.expiresSeconds,
      multipath: nexthops?.map((nexthop, index) => ({
        flags: nexthop.onlink ? RTNH_F_ONLINK : 0,
        hops: (nexthop.weight ?? 1) - 1,
        index: nexthop.link ?? 0,
        attributes: way(nexthop, family, `nexthops.${index}`),
      })),
    },
  }
}

/** As ip-route(8): what has no gateway is on the link itself. */
function defaultScope(spec: RouteSpec, type: number, family: Family): Scope {
  if (family.family === 6) return 'universe'
  if (type === 2) return 'host'
  if (type === 3 || type === 4) return 'link'
  if (type !== 1) return 'universe'
  const hasGateway =
    spec.via !== undefined || spec.nexthopId !== undefined || (spec.nexthops?.some(({ via }) => via !== undefined) ?? false)
  return hasGateway ? 'universe' : 'link'
}

/**
 * @param ifExists `append` puts another route to the same destination behind those that are there
 * @throws InputFault
 */
export function addRoute(spec: RouteSpec, ifExists: 'refuse' | 'replace' | 'append' = 'refuse'): Request {
  const { header, attributes } = wire(spec)
  const flags = { refuse: NLM_F_EXCL, replace: NLM_F_REPLACE, append: NLM_F_APPEND }[ifExists]
  return {
    what: `add route ${spec.destination}`,
    kind: routeMessage,
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE | flags,
    hints,
    given,
    message: { ...header, attributes },
  }
}

/**
 * Deletes the first route that matches all that is given; type, protocol and scope match anything unless given.
 *
 * @throws InputFault
 */
export function deleteRoute(spec: RouteSpec): Request {
  const { header, attributes } = wire(spec)
  return {
    what: `delete route ${spec.destination}`,
    kind: routeMessage,
    type: RTM_DELROUTE,
    flags: 0,
    hints,
    given,
    message: {
      ...header,
      protocol: spec.protocol === undefined ? 0 : header.protocol,
      type: spec.type === undefined ? 0 : header.type,
      scope: spec.scope === undefined ? 255 : header.scope,
      attributes,
    },
  }
}

export interface RouteFilter {
  readonly family?: 4 | 6 | undefined
  readonly table?: Table | undefined
  readonly protocol?: Protocol | undefined
  readonly type?: RouteType | undefined
  /** the output link's index */
  readonly link?: number | undefined
}

/**
 * The kernel filters (Linux 4.20): only what is asked for is sent.
 *
 * @throws InputFault
 */
export function listRoutes(filter: RouteFilter = {}): Request {
  const table = filter.table === undefined ? undefined : tables.toNumber(filter.table, 'table')
  return {
    what: 'list routes',
    kind: routeMessage,
    type: RTM_GETROUTE,
    flags: 0,
    given,
    message: {
      family: filter.family === undefined ? 0 : filter.family === 4 ? 2 : 10,
      protocol: filter.protocol === undefined ? 0 : protocols.toNumber(filter.protocol, 'protocol'),
      type: filter.type === undefined ? 0 : routeTypes.toNumber(filter.type, 'type'),
      attributes: { table, outputInterface: filter.link },
    },
  }
}

/**
 * Which route a packet to `destination` takes.
 *
 * @throws InputFault
 */
export function lookUpRoute(
  destination: Ip | string,
  options: { source?: Ip | string | undefined; link?: number | undefined; mark?: number | undefined },
): Request {
  const to = taken(toIp(destination, 'destination'))
  const from = options.source === undefined ? undefined : taken(toIp(options.source, 'source'))
  const bits = to.family === 4 ? 32 : 128
  return {
    what: `look up the route to ${to}`,
    kind: routeMessage,
    type: RTM_GETROUTE,
    flags: 0,
    given,
    message: {
      family: to.family === 4 ? 2 : 10,
      destinationLength: bits,
      sourceLength: from === undefined ? 0 : bits,
      attributes: { destination: to, source: from, outputInterface: options.link, mark: options.mark },
    },
  }
}
