import type { SideState } from './side.js'
import type { SubjectState } from './subjects.js'
import { type AddressEntry, type DirectionTable, type EndpointEntry, type PeerClass, setId, tableOf } from './tables.js'
import type { Work } from './work.js'

/** A table that is another one in some identities alone: made of `from` by these changes, each of which may be written by itself. */
export interface TablePatch {
  readonly from: string
  readonly to: string
  /** identities and the class that they have now; null: their scope's, the entry goes */
  readonly peers: ReadonlyMap<number, PeerClass | null>
  readonly table: DirectionTable
}

/** What a change did to the tables. Its tables are the resolver's own: read them before the next change. */
export interface Delta {
  readonly addresses: { readonly added: readonly AddressEntry[]; readonly removed: readonly AddressEntry[] }
  readonly tables: {
    /** whole new ones */
    readonly added: readonly DirectionTable[]
    readonly patched: readonly TablePatch[]
    /** content addresses of those that nobody is judged by any more; what a patch was made of is among them, if so */
    readonly removed: readonly string[]
  }
  readonly endpoints: {
    /** new ones, and those that another set judges now */
    readonly set: readonly EndpointEntry[]
    readonly removed: readonly string[]
  }
}

/** Whether a delta says nothing. */
export function isEmptyDelta({ addresses, tables, endpoints }: Delta): boolean {
  const lists = [addresses.added, addresses.removed, tables.added, tables.patched, tables.removed, endpoints.set, endpoints.removed]
  return lists.every((list) => list.length === 0)
}

/** Which tables are there by what they say; several makings may say the same. */
export class Ledger {
  readonly #holders = new Map<string, Set<SideState>>()
  /** under which address a making was told */
  readonly #told = new Map<SideState, string>()
  readonly #endpoints = new Map<string, EndpointEntry>()

  endpoints(): ReadonlyMap<string, EndpointEntry> {
    return this.#endpoints
  }

  /** What of the work is news. */
  close(work: Work, usersOf: (side: SideState) => Iterable<SubjectState>, subjectOf: (object: string) => SubjectState | undefined): Delta {
    const added = new Map<string, DirectionTable>()
    const patched = new Map<string, TablePatch>()
    const removed = new Set<string>()
    const before = new Set<string>()
    const moved = new Set<SubjectState>(work.subjects)
    const changed = new Set([...work.built, ...work.patched.keys(), ...work.dropped])
    for (const side of changed) {
      const told = this.#told.get(side)
      if (told !== undefined) before.add(told)
    }
    for (const side of changed) this.#leave(side, removed)
    for (const side of changed) {
      if (work.dropped.has(side)) continue
      const holders = this.#holders.get(side.id)
      const from = this.#told.get(side)
      if (holders === undefined && !before.has(side.id)) {
        const patch = work.patched.get(side)
        if (!work.built.has(side) && patch !== undefined && from !== undefined)
          patched.set(side.id, { from, to: side.id, peers: patch, table: tableOf(side) })
        else added.set(side.id, tableOf(side))
      }
      this.#holders.set(side.id, (holders ?? new Set()).add(side))
      this.#told.set(side, side.id)
      removed.delete(side.id)
      if (from !== side.id) for (const subject of usersOf(side)) moved.add(subject)
    }
    for (const side of work.dropped) this.#told.delete(side)
    return {
      addresses: addressesOf(work),
      tables: { added: [...added.values()], patched: [...patched.values()], removed: [...removed] },
      endpoints: this.#endpointsOf(work, moved, subjectOf),
    }
  }

  #leave(side: SideState, removed: Set<string>): void {
    const told = this.#told.get(side)
    if (told === undefined) return
    const holders = this.#holders.get(told)
    holders?.delete(side)
    if (holders?.size !== 0) return
    this.#holders.delete(told)
    removed.add(told)
  }

  #endpointsOf(work: Work, moved: ReadonlySet<SubjectState>, subjectOf: (object: string) => SubjectState | undefined): Delta['endpoints'] {
    const set: EndpointEntry[] = []
    const removed: string[] = []
    const ids = new Map<string, string>()
    const objects = new Set(work.objects)
    for (const subject of moved) for (const object of subject.objects) objects.add(object)
    for (const object of objects) {
      const subject = subjectOf(object)
      if (subject?.sides === undefined) continue
      const { ingress, egress } = subject.sides
      const before = this.#endpoints.get(object)
      const { identity } = subject.party
      if (before?.ingress === ingress.id && before.egress === egress.id && before.identity === identity) continue
      const pair = `${ingress.id} ${egress.id}`
      const id = ids.get(pair) ?? setId(ingress.id, egress.id)
      ids.set(pair, id)
      const entry = { object, identity, set: id, ingress: ingress.id, egress: egress.id }
      this.#endpoints.set(object, entry)
      set.push(entry)
    }
    for (const object of work.objectsGone) if (this.#endpoints.delete(object)) removed.push(object)
    return { set, removed }
  }
}

function addressesOf({ addresses }: Work): Delta['addresses'] {
  const added: AddressEntry[] = []
  const removed: AddressEntry[] = []
  for (const [identity, { prefix, how }] of addresses) (how === 'added' ? added : removed).push({ prefix, identity })
  return { added, removed }
}
