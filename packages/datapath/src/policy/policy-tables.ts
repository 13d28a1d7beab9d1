import type { MapError } from '@axoneme/bpf'
import type { Decision, DirectionTable, TablePatch } from '@axoneme/policy'
import { Err, inputInvalid, Ok, type Result } from '@axoneme/sys'
import { Contents } from './contents.js'
import { Draft } from './draft.js'
import type { Fill, PolicyTablesError } from './errors.js'
import { Grace } from './grace.js'
import { Listeners } from './listeners.js'
import { changeInPlace, planPatch } from './patch.js'
import { PeerIndexes } from './peer-indexes.js'
import { inOrder, type PolicyMaps, put } from './policy-maps.js'
import { Room } from './room.js'
import { descriptorOf, type Layout, layTable, letGo, NO_TABLE, peerEntries, rowEntries, type WrittenTable } from './written-table.js'

export interface PolicyTablesOptions {
  /** how long what was given up rests before it is used again: longer than a program runs; 1000 if absent */
  readonly graceMs?: number
  /** milliseconds of a clock that does not go back */
  readonly now?: () => number
}

/** What a patch became. */
export interface PatchedTable {
  readonly number: number
  /** it is another number, with a reference of its own; the table before is as it was, and still to be released */
  readonly replaced: boolean
}

/**
 * The tables of the policies, written into the datapath's maps. Tables that say the same are one; what differing tables have in common they
 * share. The maps must be new: it knows of no entry that it did not write.
 *
 * A change of tables goes: write and patch; `indexNews` into the ipcache and the endpoints; then the endpoints' words, with another revision;
 * then release what no word names any more, and `indexNews` again.
 */
export class PolicyTables {
  readonly #layout: Layout
  readonly #room: Room
  readonly #listeners: Listeners
  readonly #byId = new Map<string, WrittenTable>()
  readonly #byNumber = new Map<number, WrittenTable>()

  constructor(
    private readonly maps: PolicyMaps,
    { graceMs = 1_000, now = () => performance.now() }: PolicyTablesOptions = {},
  ) {
    const grace = new Grace(graceMs, now)
    const contents = new Contents(maps, grace)
    this.#layout = { maps, contents, indexes: new PeerIndexes(maps.identities, grace), grace }
    this.#room = new Room(maps, grace)
    this.#listeners = new Listeners(maps.listeners, contents.listeners)
  }

  /**
   * Writes a table, and answers its number; a table that is written already gets one more reference. On an error nothing is written that
   * anything refers to.
   *
   * @errors datapath.capacity · bpf.map-full · bpf.refused · sys.closed · permission.denied
   */
  write(table: DirectionTable): Result<number, PolicyTablesError> {
    this.reclaim()
    const there = this.#byId.get(table.id)
    if (there !== undefined) {
      there.references++
      return Ok(there.number)
    }
    const draft = new Draft()
    const made = layTable(table, this.#layout, draft)
    if ('code' in made) return Err(made)
    const { laid, listing } = made
    const short = this.#room.take(laid)
    if (short !== undefined) {
      letGo(laid)
      return Err(short)
    }
    const written = inOrder([
      () => this.#layout.contents.write(draft),
      () => put(this.maps.rows, rowEntries(laid, laid.rows.made)),
      () => put(this.maps.peerRows, peerEntries(laid)),
      () => this.#layout.indexes.write(listing.listed),
      () => this.maps.tables.update(laid.number, descriptorOf(laid)),
    ])
    if (written.isErr()) {
      letGo(laid)
      this.#room.giveBack(laid)
      return Err(written.error)
    }
    draft.keep()
    laid.rows.settle()
    this.#byId.set(table.id, laid)
    this.#byNumber.set(laid.number, laid)
    return Ok(laid.number)
  }

  /**
   * Makes a table what a patch says: in its place when it may be and can be, else as a new one. Changed in its place, it keeps its number and
   * references and is known by the new content; whoever uses it must then move the revision of its endpoints, for flows that were judged by
   * it hold what it said before.
   *
   * @param inPlace whether all who are judged by `from` are to be judged by `to`: only then may it be changed under them
   * @errors datapath.capacity · bpf.map-full · bpf.refused · sys.closed · permission.denied; what `from` says is as it was, or, where the kernel
   * refuses that too, it denies everything
   */
  patch(patch: TablePatch, inPlace: boolean): Result<PatchedTable, PolicyTablesError> {
    this.reclaim()
    const table = this.#byId.get(patch.from)
    if (inPlace && table?.references === 1 && !this.#byId.has(patch.to)) {
      const changed = this.#change(table, patch)
      if (changed !== undefined) return changed.map(() => ({ number: table.number, replaced: false }))
    }
    return this.write(patch.table).map((number) => ({ number, replaced: true }))
  }

  /**
   * One reference less. With the last one the table denies everything at once, and what it is made of is used again when the grace period is
   * over: release it when no endpoint's word has its number any more.
   *
   * @errors input.invalid · bpf.refused · sys.closed · permission.denied; the reference is then still held
   */
  release(number: number): Result<void, PolicyTablesError> {
    this.reclaim()
    const table = this.#byNumber.get(number)
    if (table === undefined) return Err(inputInvalid('number', `${number} is no table's`))
    if (table.references > 1) {
      table.references--
      return Ok(undefined)
    }
    const denied = this.maps.tables.update(number, NO_TABLE)
    if (denied.isErr()) return denied
    if (table.id !== undefined) this.#byId.delete(table.id)
    this.#byNumber.delete(number)
    letGo(table)
    this.#room.rest(table)
    return Ok(undefined)
  }

  /** The number of the table with this content; undefined: it is not written. */
  numberOf(id: string): number | undefined {
    return this.#byId.get(id)?.number
  }

  /** The index of an identity, for an entry of the ipcache or an endpoint; 0: no table lists it. `indexNews` tells when it is another. */
  index(identity: number): number {
    return this.#layout.indexes.tell(identity)
  }

  /**
   * Identities whose index is another than was last told, by `index` or here; 0: no table lists them any more. They are to be written at once:
   * an index that ended belongs to somebody else when the grace period has passed since this call, and not before.
   */
  indexNews(): ReadonlyMap<number, number> {
    this.reclaim()
    return this.#layout.indexes.tellNews()
  }

  /** What a decision's number says; also one that rests. */
  decision(number: number): Decision | undefined {
    return this.#layout.contents.decisions.at(number)?.value.decision
  }

  /** Numbers of the listeners that a decision names, or that have a port. */
  get listeners(): ReadonlyMap<string, number> {
    return this.#listeners.numbers()
  }

  /**
   * Says on which port of this host a listener is; 0: it is not there, and what goes to it is dropped. It may be said before a table names it.
   *
   * @errors input.invalid · datapath.capacity · bpf.refused · sys.closed · permission.denied
   */
  setListener(name: string, port: number): Result<void, PolicyTablesError> {
    this.reclaim()
    return this.#listeners.set(name, port)
  }

  /** How full the maps are. What rests is used. */
  usage(): Readonly<Record<keyof PolicyMaps, Fill>> {
    this.reclaim()
    const { contents, indexes } = this.#layout
    return {
      ...this.#room.fills(),
      chunks: contents.chunks.fill(),
      directories: contents.directories.fill(),
      identities: indexes.fill(),
      decisions: contents.decisions.fill(),
      listeners: contents.listeners.fill(),
    }
  }

  /**
   * Takes back what has rested; all that changes something does so by itself, before.
   *
   * @errors bpf.refused · sys.closed · permission.denied; what could not be taken back rests once more
   */
  reclaim(): Result<void, MapError> {
    const { grace, contents, indexes } = this.#layout
    grace.look()
    contents.reclaim()
    this.#room.reclaim()
    const done = indexes.reclaim()
    return done.isErr() ? Err(done.error) : Ok(undefined)
  }

  /** Undefined: it cannot be made of the table where that lies, and nothing is changed. */
  #change(table: WrittenTable, patch: TablePatch): Result<void, PolicyTablesError> | undefined {
    table.rows.reclaim()
    const draft = new Draft()
    const change = planPatch(table, patch, this.#layout, draft)
    if (change === undefined) return undefined
    const changed = changeInPlace(table, change, this.#layout, draft)
    if (changed.isOk()) table.id = patch.to
    if (table.id === patch.from) return changed
    this.#byId.delete(patch.from)
    if (table.id !== undefined) this.#byId.set(table.id, table)
    return changed
  }
}
