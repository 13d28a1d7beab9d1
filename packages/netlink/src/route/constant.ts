import { InputFault } from '../wire/index.js'

/** Names of the kernel's numbers, both ways. A number without a name shows as itself, and numbers are taken everywhere. */
export interface Names<N extends string> {
  toNumber(value: N | number, path: string): number
  toName(value: number): N | number
}

export function names<const T extends Readonly<Record<string, number>>>(table: T, max = 255): Names<keyof T & string> {
  const byNumber = new Map(Object.entries(table).map(([name, number]) => [number, name as keyof T & string]))
  return {
    toNumber(value, path) {
      if (typeof value === 'number') {
        if (Number.isInteger(value) && value >= 0 && value <= max) return value
        throw new InputFault(`${value} is not an integer from 0 to ${max}`, path, `Give a name, or an integer from 0 to ${max}.`)
      }
      const number = Object.hasOwn(table, value) ? table[value] : undefined
      if (number === undefined)
        throw new InputFault(
          `"${String(value)}" is not one of ${Object.keys(table).join(', ')}`,
          path,
          'Give one of the names, or the number.',
        )
      return number
    },
    toName: (value) => byNumber.get(value) ?? value,
  }
}

/** Source: linux/rtnetlink.h enum rt_scope_t. */
export const scopes = names({ universe: 0, site: 200, link: 253, host: 254, nowhere: 255 })
export type Scope = 'universe' | 'site' | 'link' | 'host' | 'nowhere' | number

/** Source: linux/rtnetlink.h enum rt_class_t. Tables above 255 go in an attribute. */
export const tables = names({ unspecified: 0, compat: 252, default: 253, main: 254, local: 255 }, 0xffff_ffff)
export type Table = 'unspecified' | 'compat' | 'default' | 'main' | 'local' | number

/** Who made a route. Source: linux/rtnetlink.h RTPROT_*. */
export const protocols = names({
  unspecified: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  mrouted: 17,
  keepalived: 18,
  babel: 42,
  openr: 99,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
})
export type Protocol = Parameters<typeof protocols.toNumber>[0]

/** Source: linux/rtnetlink.h RTN_*. */
export const routeTypes = names({
  unspecified: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
})
export type RouteType = Parameters<typeof routeTypes.toNumber>[0]

/** Source: linux/if.h RFC 2863 operational states. */
export const operStates = names({
  unknown: 0,
  'not-present': 1,
  down: 2,
  'lower-layer-down': 3,
  testing: 4,
  dormant: 5,
  up: 6,
})
export type OperState = Parameters<typeof operStates.toNumber>[0]

/** Source: linux/fib_rules.h FR_ACT_*. */
export const ruleActions = names({ unspecified: 0, table: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 })
export type RuleAction = Parameters<typeof ruleActions.toNumber>[0]

/** Source: linux/if.h. */
export const IFF_UP = 0x1
export const IFF_NOARP = 0x80
export const IFF_PROMISC = 0x100
export const IFF_ALLMULTI = 0x200
export const IFF_MULTICAST = 0x1000
export const IFF_LOWER_UP = 0x10000

/** Nexthop flags. Source: linux/rtnetlink.h. */
export const RTNH_F_DEAD = 1
export const RTNH_F_PERVASIVE = 2
export const RTNH_F_ONLINK = 4
export const RTNH_F_OFFLOAD = 8
export const RTNH_F_LINKDOWN = 16

/** Flags of modifying requests by what the caller wants. Source: linux/netlink.h. */
export type IfExists = 'refuse' | 'replace'
