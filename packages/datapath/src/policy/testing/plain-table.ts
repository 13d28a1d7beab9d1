import type { Decision, DirectionTable, PeerClass, PortEntry, TablePatch } from '@axoneme/policy'
import { tableOf } from './random-table.js'

/** A small table to talk about: identities 300 … by letters of what they may do, and TCP ports 80 and up. For tests. */
export const allow: Decision = { verdict: 'allow', reason: 'rule', rule: 'let in' }
export const deny: Decision = { verdict: 'deny', reason: 'default-deny' }
export const toListener = (listener: string): Decision => ({
  verdict: 'redirect',
  reason: 'rule',
  rule: 'look',
  redirect: { listener, parser: 'http', rules: ['look'], unrestricted: false },
})

/** What all of a table's rows are made of: for each class of traffic a decision. */
export interface PlainTable {
  readonly ports?: readonly number[]
  readonly rows: readonly (readonly Decision[])[]
  /** identity → row; row 0 is everybody else's */
  readonly peers?: Readonly<Record<number, number>>
}

export function plainTable({ ports = [80], rows, peers = {} }: PlainTable): DirectionTable {
  const entries: PortEntry[] = ports.map((number, at) => ({ protocol: 6, number, length: 16, class: at + 1 }))
  const classes: PeerClass[] = rows.map((decisions) => ({
    decisions: Array.from({ length: ports.length + 1 }, (_, at) => decisions[at % decisions.length] as Decision),
  }))
  return tableOf(
    {
      ports: [{ protocol: undefined, number: 0, length: 0, class: 0 }, ...entries],
      classes: ports.length + 1,
      rows: classes,
      defaults: { reserved: 0, endpoint: 0, 'address-ipv4': 0, 'address-ipv6': 0, node: 0 },
    },
    new Map(Object.entries(peers).map(([identity, row]) => [Number(identity), row])),
  )
}

/** The patch from one table to another with the same classes of traffic. */
export function patchBetween(from: DirectionTable, to: DirectionTable): TablePatch {
  const identities = new Set([...from.peers.keys(), ...to.peers.keys()])
  return {
    from: from.id,
    to: to.id,
    table: to,
    peers: new Map([...identities].map((identity) => [identity, to.peers.get(identity) ?? null])),
  }
}
