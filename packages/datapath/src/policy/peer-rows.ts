import { CHUNK } from './cells.js'
import type { Contents } from './contents.js'
import { type Draft, Holding } from './draft.js'
import { type DatapathCapacity, shortage } from './errors.js'
import type { Indexed, PeerIndexes } from './peer-indexes.js'
import type { Row, TableRows } from './table-rows.js'
import { holdChunk } from './traffic-classes.js'

/** The rows of 32 identities whose indexes are neighbours, counted from 1; 0: not listed. */
interface PeerChunk {
  readonly number: number
  readonly cells: readonly number[]
  readonly holding: Holding
}

const NOBODY: PeerChunk = Object.freeze({ number: 0, cells: Object.freeze(new Array<number>(CHUNK).fill(0)), holding: new Holding() })

/** Which identities one table lists, and their rows. */
export class PeerRows {
  /** chunks that fit into the table's extent */
  capacity = Number.POSITIVE_INFINITY
  #listed = 0
  readonly #chunks = new Map<number, PeerChunk>()
  /** a change of which nobody can say how much the maps hold */
  #suspect: PeerRowsChange | undefined

  constructor(readonly indexes: PeerIndexes) {}

  get listed(): number {
    return this.#listed
  }

  /** chunks up to the last one that lists somebody */
  get span(): number {
    let span = 0
    for (const at of this.#chunks.keys()) span = Math.max(span, at + 1)
    return span
  }

  chunk(at: number): PeerChunk {
    return this.#chunks.get(at) ?? NOBODY
  }

  /** The row of who has an index, counted from 1; 0: not listed. */
  row(index: number): number {
    return this.chunk(Math.floor(index / CHUNK)).cells[index % CHUNK] as number
  }

  /** What a change made of it; what was there before is let go. */
  apply(change: PeerRowsChange): void {
    for (const [at, chunk] of change.laid) {
      this.chunk(at).holding.release()
      if (chunk.number === 0) this.#chunks.delete(at)
      else this.#chunks.set(at, chunk)
    }
    for (const indexed of change.unlisted) this.indexes.release(indexed)
    this.#listed += change.listed.length - change.unlisted.length
  }

  suspect(change: PeerRowsChange): void {
    this.#suspect = change
  }

  /** Nobody needs it: what it holds is let go. */
  release(): void {
    this.#suspect?.undo()
    for (const [at, { cells, holding }] of this.#chunks) {
      holding.release()
      for (const [cell, row] of cells.entries()) if (row !== 0) this.indexes.release(this.indexes.at(at * CHUNK + cell))
    }
  }
}

/** Other rows for some identities of a table, each set once. */
export class PeerRowsChange {
  /** identities that the table lists then and did not before: their indexes are held */
  readonly listed: Indexed[] = []
  /** identities that it lists no longer */
  readonly unlisted: Indexed[] = []
  /** the chunks that are others then, held; by their place */
  readonly laid = new Map<number, PeerChunk>()
  readonly #cells = new Map<number, number[]>()
  /** by number of the row */
  readonly #uses = new Map<number, number>()
  #lacking = 0

  constructor(private readonly before: PeerRows) {}

  /** @param row undefined: it is listed no longer */
  set(identity: number, row: Row | undefined): void {
    const { indexes } = this.before
    let indexed = indexes.find(identity)
    const old = indexed === undefined ? 0 : this.before.row(indexed.index)
    const now = row === undefined ? 0 : row.number + 1
    if (old === now) return
    if (old === 0) {
      indexed = indexes.hold(identity)
      if (indexed === undefined) {
        this.#lacking++
        return
      }
      this.listed.push(indexed)
    } else if (now === 0) this.unlisted.push(indexed as Indexed)
    this.#write((indexed as Indexed).index, now)
    this.#count(old, -1)
    this.#count(now, 1)
  }

  /** Finds the numbers of the chunks. */
  lay({ chunks }: Contents, draft: Draft): void {
    for (const [at, cells] of this.#cells) {
      const holding = new Holding()
      this.laid.set(at, { number: holdChunk(cells, holding, chunks, draft), cells, holding })
    }
  }

  fault(): DatapathCapacity | undefined {
    return this.#lacking === 0 ? undefined : shortage(this.before.indexes.shortage(this.#lacking))
  }

  /** The places that are written, and the numbers of their chunks: as they are to be, or as they were. */
  places(which: 'after' | 'before'): [number, number][] {
    return [...this.laid].map(([at, chunk]) => [at, (which === 'after' ? chunk : this.before.chunk(at)).number])
  }

  /** Tells the rows how many more have them. */
  count(rows: TableRows): void {
    for (const [number, by] of this.#uses) rows.use(rows.at(number), by)
  }

  /** It is not made: what it holds is let go. */
  undo(): void {
    for (const { holding } of this.laid.values()) holding.release()
    for (const indexed of this.listed) this.before.indexes.release(indexed)
  }

  #write(index: number, cell: number): void {
    const at = Math.floor(index / CHUNK)
    const cells = this.#cells.get(at) ?? [...this.before.chunk(at).cells]
    cells[index % CHUNK] = cell
    this.#cells.set(at, cells)
  }

  #count(cell: number, by: number): void {
    if (cell !== 0) this.#uses.set(cell - 1, (this.#uses.get(cell - 1) ?? 0) + by)
  }
}
