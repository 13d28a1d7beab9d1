import type { Prefix } from '@axoneme/sys/values'
import type { Traffic } from '../evaluate/flow.js'
import type { Decision } from '../evaluate/verdict.js'
import type { Direction } from '../rule/rule.js'
import type { Scope } from '../universe/identity.js'
import { type Sizes, sizesOf } from './capacity.js'
import { hashText } from './hash.js'
import { classOf, type PortEntry } from './port-table.js'
import type { SideState } from './side.js'

/** Verdicts by class of traffic, for a class of peers. Equal classes of a table are one object. */
export interface PeerClass {
  /** one for each class of traffic; an index into `ports` entries' `class` */
  readonly decisions: readonly Decision[]
}

/** One direction of a policy set: traffic → class of traffic, identity → class of peers, both → verdict. */
export interface DirectionTable {
  /** content address */
  readonly id: string
  readonly direction: Direction
  /** the longest entry of the protocol counts; the first entry is for whatever no other holds */
  readonly ports: readonly PortEntry[]
  /** for each class one traffic that is in it */
  readonly traffic: readonly Traffic[]
  /** what an identity has that is not listed, by its scope */
  readonly defaults: Readonly<Record<Scope, PeerClass>>
  /** identities that have another class than their scope's */
  readonly peers: ReadonlyMap<number, PeerClass>
  readonly sizes: Sizes
  /** the verdict for traffic with an identity; undefined for what is no identity's number */
  lookup(identity: number, traffic: Traffic): Decision | undefined
}

/** What the endpoints of a policy set are judged by. */
export interface PolicySet {
  /** content address, of both directions */
  readonly id: string
  readonly ingress: DirectionTable
  readonly egress: DirectionTable
}

/** An address block and its identity: an entry of the ipcache. */
export interface AddressEntry {
  readonly prefix: Prefix
  readonly identity: number
}

/** An endpoint or this node, its identity, and the set that judges it. */
export interface EndpointEntry {
  /** `shop/web-1`, or the node's name */
  readonly object: string
  readonly identity: number
  /** content address of its set */
  readonly set: string
  readonly ingress: string
  readonly egress: string
}

/** All tables as they are. The resolver's own: read them before the next change, or copy what is to last. */
export interface Tables {
  readonly sets: ReadonlyMap<string, PolicySet>
  readonly endpoints: ReadonlyMap<string, EndpointEntry>
  readonly addresses: readonly AddressEntry[]
  /** the identity of an address outside: the longest block's, else the world's */
  addressIdentity(prefix: Prefix): number | undefined
}

export function setId(ingress: string, egress: string): string {
  return hashText(`${ingress} ${egress}`)
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('')
}

/** A table as its readers see it. */
export function tableOf(side: SideState): DirectionTable {
  return {
    id: side.id,
    direction: side.recipe.direction,
    ports: side.ports.entries,
    traffic: side.ports.classes,
    defaults: side.defaults,
    peers: side.peers,
    get sizes() {
      return sizesOf(side)
    },
    lookup: (identity, traffic) => side.lookup(identity)?.decisions[classOf(side.ports, traffic)],
  }
}
