import type { MapError } from '@axoneme/bpf'
import type { Result } from '@axoneme/sys'
import type { Fill, Shortage } from './errors.js'
import { type Grace, Resting } from './grace.js'
import { DenseNumbers } from './numbers.js'
import { type PassingEntries, put, remove } from './policy-maps.js'

/** An identity that tables list, or have listed a moment ago. */
export interface Indexed {
  readonly identity: number
  readonly index: number
  /** how many tables list it */
  tables: number
  /** whether somebody else may have written the index down */
  told: boolean
  /** not written yet */
  fresh: boolean
  restsUntil: number
}

/**
 * Indexes of identities in tables of peers: dense, from 1, for those alone that a table lists. Whoever writes an index down elsewhere is told
 * of it and of its end, and it becomes another identity's only when the grace period has passed since.
 */
export class PeerIndexes {
  readonly #numbers: DenseNumbers
  readonly #byIdentity = new Map<number, Indexed>()
  readonly #byIndex: (Indexed | undefined)[] = []
  /** those that somebody has to be told of */
  readonly #news = new Set<Indexed>()
  readonly #resting: Resting<Indexed>
  #listed = 0

  constructor(
    private readonly map: PassingEntries<number>,
    grace: Grace,
  ) {
    this.#numbers = new DenseNumbers(map.maxEntries + 1)
    this.#resting = new Resting(grace)
  }

  find(identity: number): Indexed | undefined {
    return this.#byIdentity.get(identity)
  }

  at(index: number): Indexed {
    return this.#byIndex[index] as Indexed
  }

  /** The index of an identity, which whoever asks may write down; 0: no table lists it. */
  tell(identity: number): number {
    const there = this.#byIdentity.get(identity)
    if (there === undefined || there.tables === 0) return 0
    there.told = true
    return there.index
  }

  /** Identities whose index is another than was told; 0: none. From now on the old ones rest. */
  tellNews(): Map<number, number> {
    const news = new Map<number, number>()
    for (const indexed of this.#news) {
      const { identity, index, tables, told } = indexed
      if (tables > 0 === told) continue
      news.set(identity, tables > 0 ? index : 0)
      indexed.told = tables > 0
      if (tables === 0) this.#rest(indexed)
    }
    this.#news.clear()
    return news
  }

  /** One table more that lists an identity; undefined: no index is left. */
  hold(identity: number): Indexed | undefined {
    let indexed = this.#byIdentity.get(identity)
    if (indexed === undefined) {
      const index = this.#numbers.allot()
      if (index === undefined) return undefined
      indexed = { identity, index, tables: 0, told: false, fresh: true, restsUntil: 0 }
      this.#byIdentity.set(identity, indexed)
      this.#byIndex[index] = indexed
    }
    if (indexed.tables++ === 0) {
      this.#listed++
      indexed.restsUntil = 0
      this.#news.add(indexed)
    }
    return indexed
  }

  release(indexed: Indexed): void {
    if (--indexed.tables > 0) return
    this.#listed--
    if (indexed.told) this.#news.add(indexed)
    else if (indexed.fresh) this.#forget(indexed)
    else this.#rest(indexed)
  }

  /** Writes those that are new: what a tunnel names is found by identity. */
  write(all: readonly Indexed[]): Result<unknown, MapError> {
    const fresh = all.filter((indexed) => indexed.fresh)
    const written = put(
      this.map,
      fresh.map(({ identity, index }) => [identity, index] as const),
    )
    // where some may be written and stay so, they rest before another identity has their index
    const gone =
      written.isErr() &&
      remove(
        this.map,
        fresh.map(({ identity }) => identity),
      ).isOk()
    if (!gone) for (const indexed of fresh) indexed.fresh = false
    return written
  }

  reclaim(): Result<unknown, MapError> {
    // one that came and went in between rests twice
    const rested = new Set<Indexed>()
    for (const { thing, until } of this.#resting.rested())
      if (thing.tables === 0 && thing.restsUntil === until && this.#byIndex[thing.index] === thing) rested.add(thing)
    const deleted = remove(
      this.map,
      [...rested].map(({ identity }) => identity),
    )
    for (const indexed of rested)
      if (deleted.isErr()) this.#rest(indexed)
      else this.#forget(indexed)
    return deleted
  }

  fill(): Fill {
    return { used: this.#numbers.used, capacity: this.#numbers.capacity }
  }

  /** @param more identities that have no index */
  shortage(more: number): Shortage {
    const { used, capacity } = this.fill()
    return { map: this.map.name, size: 'identities', used, capacity, needed: used + more, resting: used - this.#listed }
  }

  #rest(indexed: Indexed): void {
    indexed.restsUntil = this.#resting.add(indexed)
  }

  #forget(indexed: Indexed): void {
    this.#news.delete(indexed)
    this.#byIdentity.delete(indexed.identity)
    this.#byIndex[indexed.index] = undefined
    this.#numbers.giveBack(indexed.index)
  }
}
