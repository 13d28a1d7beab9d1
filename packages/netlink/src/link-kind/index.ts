import { bond } from './bond.js'
import { bridge } from './bridge.js'
import { geneve } from './geneve.js'
import { ip6tnl, ipip } from './ip-tunnel.js'
import { ipvlan } from './ipvlan.js'
import type { DataInput, DataValue, LinkKind } from './link-kind.js'
import { macvlan } from './macvlan.js'
import { netkit } from './netkit.js'
import { dummy, ifb, wireguard } from './plain.js'
import { veth } from './veth.js'
import { vlan } from './vlan.js'
import { vrf } from './vrf.js'
import { vxlan } from './vxlan.js'

export type { DataInput, DataValue, LinkKind } from './link-kind.js'

/** Every kind of link whose data has a table. */
export const linkKinds = {
  bond,
  bridge,
  dummy,
  geneve,
  ifb,
  ip6tnl,
  ipip,
  ipvlan,
  macvlan,
  netkit,
  veth,
  vlan,
  vrf,
  vxlan,
  wireguard,
} as const

export type LinkKinds = typeof linkKinds
export type LinkKindName = keyof LinkKinds

/** `{ kind, data }`, the data typed by the kind. */
export type LinkKindInput = { [K in LinkKindName]: { readonly kind: K; readonly data?: DataInput<LinkKinds[K]> | undefined } }[LinkKindName]
export type LinkKindValue = { [K in LinkKindName]: { readonly kind: K; readonly data?: DataValue<LinkKinds[K]> } }[LinkKindName]

/** The kind of that name, or undefined. */
export function findLinkKind(kind: string): LinkKind | undefined {
  return Object.hasOwn(linkKinds, kind) ? (linkKinds[kind as LinkKindName] as LinkKind) : undefined
}
