import { expect } from 'vitest'
import type { Delta } from '../resolve/delta.js'
import type { Resolver } from '../resolve/resolver.js'
import type { DirectionTable, EndpointEntry, PeerClass } from '../resolve/tables.js'

/** Copies of the tables that know of changes by deltas alone: what a datapath's writer would have. */
export class Mirror {
  readonly #tables = new Map<string, { readonly table: DirectionTable; readonly peers: Map<number, PeerClass> }>()
  readonly #endpoints = new Map<string, EndpointEntry>()
  readonly #addresses = new Map<string, number>()

  constructor(resolver: Resolver) {
    const tables = resolver.tables()
    for (const { ingress, egress } of tables.sets.values()) for (const table of [ingress, egress]) this.#add(table)
    for (const [object, entry] of tables.endpoints) this.#endpoints.set(object, entry)
    for (const { prefix, identity } of tables.addresses) this.#addresses.set(`${prefix}`, identity)
  }

  #add(table: DirectionTable): void {
    this.#tables.set(table.id, { table: { ...table }, peers: new Map(table.peers) })
  }

  apply({ addresses, tables, endpoints }: Delta): void {
    for (const { prefix, identity } of addresses.removed) {
      expect(this.#addresses.get(`${prefix}`)).toBe(identity)
      this.#addresses.delete(`${prefix}`)
    }
    for (const { prefix, identity } of addresses.added) {
      expect(this.#addresses.has(`${prefix}`)).toBe(false)
      this.#addresses.set(`${prefix}`, identity)
    }
    for (const { from, to, peers, table } of tables.patched) {
      const before = this.#tables.get(from)
      expect(before, 'what a patch is made of is there').toBeDefined()
      const copy = new Map(before?.peers)
      for (const [identity, row] of peers)
        if (row === null) copy.delete(identity)
        else copy.set(identity, row)
      this.#tables.set(to, { table: { ...table }, peers: copy })
    }
    for (const table of tables.added) {
      expect(this.#tables.has(table.id), 'a new table is new').toBe(false)
      this.#add(table)
    }
    for (const id of tables.removed) expect(this.#tables.delete(id), 'a table that goes was there').toBe(true)
    for (const entry of endpoints.set) this.#endpoints.set(entry.object, entry)
    for (const object of endpoints.removed) expect(this.#endpoints.delete(object)).toBe(true)
  }

  /** That the copies are what the tables are. */
  compare(resolver: Resolver): void {
    const tables = resolver.tables()
    expect(new Map(this.#endpoints)).toEqual(new Map(tables.endpoints))
    expect([...this.#addresses].sort()).toEqual(tables.addresses.map(({ prefix, identity }) => [`${prefix}`, identity]).sort())
    const live = new Map([...tables.sets.values()].flatMap(({ ingress, egress }) => [ingress, egress]).map((table) => [table.id, table]))
    expect([...this.#tables.keys()].sort()).toEqual([...live.keys()].sort())
    for (const [id, { table, peers }] of this.#tables) {
      const now = live.get(id) as DirectionTable
      expect(table.ports).toEqual(now.ports)
      expect(decisionsOf(peers)).toEqual(decisionsOf(now.peers))
    }
  }
}

function decisionsOf(peers: ReadonlyMap<number, PeerClass>): unknown {
  return [...peers].map(([identity, { decisions }]) => [identity, decisions]).sort(([a], [b]) => (a as number) - (b as number))
}
