import type { Decision, DirectionTable, PeerClass, PortEntry, Scope } from '@axoneme/policy'
import { scopeOf } from '@axoneme/policy'
import fc from 'fast-check'

/** Tables that no policies made: with many classes and rows, and any prefixes. For tests. */
export interface Recipe {
  readonly ports: readonly PortEntry[]
  readonly classes: number
  /** rows that a table may have; some are equal and not the same */
  readonly rows: readonly PeerClass[]
  /** by number of the row */
  readonly defaults: Readonly<Record<Scope, number>>
}

const decisions: readonly Decision[] = [
  { verdict: 'deny', reason: 'default-deny' },
  { verdict: 'allow', reason: 'rule', rule: 'a' },
  { verdict: 'allow', reason: 'rule', rule: 'b', auth: 'required' },
  { verdict: 'deny', reason: 'rule', rule: 'c', log: 'no' },
  { verdict: 'redirect', reason: 'rule', rule: 'd', redirect: { listener: 'web', parser: 'http', rules: ['d'], unrestricted: false } },
  { verdict: 'redirect', reason: 'rule', rule: 'd', redirect: { listener: 'dns', parser: 'dns', rules: ['d'], unrestricted: true } },
  { verdict: 'audit', reason: 'rule', rule: 'e', audited: 'e' },
  { verdict: 'allow', reason: 'default-allow' },
]

export const identities: readonly number[] = [
  1,
  9,
  ...Array.from({ length: 40 }, (_, at) => 256 + at * 7),
  0xff_ffff,
  0x100_0000,
  0x180_0003,
  0x200_0001,
]

const port: fc.Arbitrary<Omit<PortEntry, 'class'>> = fc.oneof(
  fc
    .record({
      protocol: fc.constantFrom(6, 17, 132, 1, 58),
      number: fc.integer({ min: 0, max: 0xffff }),
      length: fc.integer({ min: 0, max: 16 }),
    })
    .map(({ protocol, number, length }) => ({ protocol, number: length === 0 ? 0 : (number >>> (16 - length)) << (16 - length), length })),
  fc.constantFrom(2, 47, 112, 255).map((protocol) => ({ protocol, number: 0, length: 0 })),
)

export const arbitraryRecipe: fc.Arbitrary<Recipe> = fc
  .record({
    classes: fc.integer({ min: 1, max: 70 }),
    ports: fc.uniqueArray(port, { maxLength: 40, selector: ({ protocol, number, length }) => `${protocol} ${number} ${length}` }),
    seeds: fc.array(fc.tuple(fc.nat(decisions.length - 1), fc.nat(69), fc.nat(decisions.length - 1)), { minLength: 1, maxLength: 20 }),
    defaults: fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat(), fc.nat()),
  })
  .map(({ classes, ports, seeds, defaults: [a, b, c, d, e] }) => {
    const rows = seeds.map(([all, at, one]) => ({
      decisions: Array.from({ length: classes }, (_, of) => ({ ...(decisions[of === at % classes ? one : all] as Decision) })),
    }))
    const row = (of: number): number => of % rows.length
    return {
      classes,
      ports: [
        { protocol: undefined, number: 0, length: 0, class: 0 },
        ...ports.map((entry, at) => ({ ...entry, class: (at + 1) % classes })),
      ],
      rows,
      // in no order
      defaults: { node: row(e), endpoint: row(b), 'address-ipv6': row(d), reserved: row(a), 'address-ipv4': row(c) },
    }
  })

/** A table of a recipe that lists identities with rows; its address is what it says. */
export function tableOf({ ports, classes, rows, defaults }: Recipe, listed: ReadonlyMap<number, number>): DirectionTable {
  const row = (number: number): PeerClass => rows[number % rows.length] as PeerClass
  const peers = new Map([...listed].map(([identity, number]) => [identity, row(number)]))
  const byScope = Object.fromEntries(Object.entries(defaults).map(([scope, number]) => [scope, row(number)])) as Record<Scope, PeerClass>
  const rowOf = (identity: number): PeerClass | undefined => {
    const scope = scopeOf(identity)
    return peers.get(identity) ?? (scope === undefined ? undefined : byScope[scope])
  }
  return {
    id: JSON.stringify([ports, byScope, [...peers].sort(([left], [right]) => left - right)]),
    direction: 'ingress',
    ports,
    traffic: Array.from({ length: classes }, (_, of) => ports.find((entry) => entry.class === of)).map((entry) => ({
      protocol: entry?.protocol ?? 256,
      number: entry?.number ?? 0,
    })),
    defaults: byScope,
    peers,
    sizes: { ports: ports.length, portClasses: classes, peers: peers.size, peerClasses: rows.length, rules: 0, listeners: 0 },
    lookup: (identity, traffic) => rowOf(identity)?.decisions[classOf(ports, traffic)],
  }
}

function classOf(ports: readonly PortEntry[], { protocol, number }: { readonly protocol: number; readonly number: number }): number {
  const holds = (entry: PortEntry): boolean =>
    entry.protocol === protocol && entry.number <= number && number < entry.number + 2 ** (16 - entry.length)
  return ports.filter(holds).reduce((found, entry) => (found.length > entry.length ? found : entry), ports[0] as PortEntry).class
}
