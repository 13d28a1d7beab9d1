import type { Resolver } from '../resolve/resolver.js'
import type { PeerClass } from '../resolve/tables.js'
import type { Direction } from '../rule/rule.js'
import { scopeOf } from '../universe/identity.js'
import type { End } from './ends.js'
import type { OwnTable, RuleSet } from './rule-set.js'

/** Ends that neither rule set tells apart: judged by the same tables, and in the same row of every table. */
export interface Kind {
  readonly at: number
  readonly members: readonly End[]
  /** by which tables they are judged; undefined where nobody is asked */
  readonly tables: Readonly<Record<Direction, TablePair>> | undefined
}

/** The tables of both sets that judge the same subjects. */
export interface TablePair {
  readonly id: number
  readonly before: OwnTable
  readonly after: OwnTable
}

/** What was looked up of resolvers that do not change any more. */
const numbers = new WeakMap<Resolver, Map<End, number>>()

/** The number that an end has in a resolver: blocks have another in each. */
function numberIn(resolver: Resolver, end: End): number {
  if (end.sort !== 'outside') return end.number
  const known = numbers.get(resolver) ?? new Map<End, number>()
  numbers.set(resolver, known)
  const number = known.get(end) ?? resolver.universe.party({ ip: end.address })?.identity ?? 0
  known.set(end, number)
  return number
}

/** The row of an end in a table. */
export function rowOf({ table, resolver }: OwnTable, end: End): PeerClass | undefined {
  const number = numberIn(resolver, end)
  const scope = scopeOf(number)
  return table.peers.get(number) ?? (scope === undefined ? undefined : table.defaults[scope])
}

/** Parts the ends into the fewest kinds. */
export function kindsOf(ends: readonly End[], before: RuleSet, after: RuleSet): Kind[] {
  const pairs = new TablePairs()
  const judged = ends.map((end) => {
    const [old, now] = [tablesOf(before, end), tablesOf(after, end)]
    if (old === undefined || now === undefined) return undefined
    return { ingress: pairs.of(old.ingress, now.ingress), egress: pairs.of(old.egress, now.egress) }
  })
  const classes = new Classes(ends.length)
  classes.split(judged.map((tables, at) => [at, tables === undefined ? '' : `${tables.ingress.id} ${tables.egress.id}`]))
  for (const resolver of new Set([...before.resolvers, ...after.resolvers])) {
    const holders = new Map<number, number[]>()
    for (const [at, end] of ends.entries()) push(holders, numberIn(resolver, end), at)
    classes.split(ends.map((end, at) => [at, scopeOf(numberIn(resolver, end))]))
    for (const { table } of pairs.tablesOf(resolver)) {
      // whoever is not listed keeps company with all of its scope that are not
      const listed: [number, PeerClass][] = []
      for (const [number, row] of table.peers) for (const at of holders.get(number) ?? []) listed.push([at, row])
      classes.split(listed)
    }
  }
  const kinds = new Map<number, number[]>()
  for (const [at, of] of classes.of.entries()) push(kinds, of, at)
  return [...kinds.values()].map((members, at) => ({
    at,
    members: members.map((member) => ends[member] as End),
    tables: judged[members[0] as number],
  }))
}

function push(into: Map<number, number[]>, key: number, value: number): void {
  const there = into.get(key)
  if (there === undefined) into.set(key, [value])
  else there.push(value)
}

function tablesOf(set: RuleSet, end: End): Readonly<Record<Direction, OwnTable>> | undefined {
  switch (end.sort) {
    case 'endpoint':
      return set.ofEndpoint(end.object)
    case 'identity':
      return set.ofIdentity(end.number)
    case 'node':
    case 'host':
      return set.ofNode(end.flowEnd)
    case 'outside':
      return undefined
  }
}

/** Tables that say the same are one, within a resolver. */
class TablePairs {
  readonly #pairs = new Map<string, TablePair>()
  readonly #tables = new Map<Resolver, Map<string, OwnTable>>()
  readonly #resolvers = new Map<Resolver, number>()

  of(before: OwnTable, after: OwnTable): TablePair {
    const key = `${before.table.direction} ${this.#nameOf(before)} ${this.#nameOf(after)}`
    const pair = this.#pairs.get(key) ?? { id: this.#pairs.size, before: this.#one(before), after: this.#one(after) }
    this.#pairs.set(key, pair)
    return pair
  }

  tablesOf(resolver: Resolver): Iterable<OwnTable> {
    return this.#tables.get(resolver)?.values() ?? []
  }

  #nameOf({ table, resolver }: OwnTable): string {
    const number = this.#resolvers.get(resolver) ?? this.#resolvers.size
    this.#resolvers.set(resolver, number)
    return `${number}/${table.id}`
  }

  #one(own: OwnTable): OwnTable {
    const tables = this.#tables.get(own.resolver) ?? new Map<string, OwnTable>()
    this.#tables.set(own.resolver, tables)
    const there = tables.get(own.table.id) ?? own
    tables.set(own.table.id, there)
    return there
  }
}

/** A partition that is made finer step by step. */
class Classes {
  readonly of: number[]
  #next = 1

  constructor(size: number) {
    this.of = Array<number>(size).fill(0)
  }

  /** Those in one class stay together that are given the same mark, or none. */
  split(marked: readonly (readonly [at: number, mark: unknown])[]): void {
    const found = new Map<number, Map<unknown, number>>()
    for (const [at, mark] of marked) {
      const before = this.of[at] as number
      const byMark = found.get(before) ?? new Map<unknown, number>()
      found.set(before, byMark)
      const now = byMark.get(mark) ?? this.#next++
      byMark.set(mark, now)
      this.of[at] = now
    }
  }
}
