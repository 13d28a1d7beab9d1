import type { PeerClass } from '@axoneme/policy'
import { CHUNK } from './cells.js'
import type { Contents } from './contents.js'
import { holdDecision } from './decisions.js'
import { type Draft, Holding } from './draft.js'
import { type Grace, Resting } from './grace.js'
import { holdChunk } from './traffic-classes.js'

/** A row is told from "not listed" by being counted from 1, in 16 bits. */
export const MAX_ROWS = 0xffff

/** A class of peers of one table. */
export interface Row {
  readonly number: number
  /** the numbers of its chunks */
  readonly chunks: readonly number[]
  /** its chunks, decisions and their listeners */
  readonly holding: Holding
  /** how many identities and scopes have it; a row that nobody has rests */
  uses: number
  rests: boolean
  restsUntil: number
}

/** The rows of one table, found by what they say. Rows are made or woken for a change, which is then settled or undone. */
export class TableRows {
  /** chunks of a row */
  readonly stride: number
  /** how many fit into the table's extent */
  capacity = MAX_ROWS
  #count = 0
  readonly #byChunks = new Map<string, Row>()
  readonly #byClass = new WeakMap<PeerClass, Row>()
  readonly #byNumber: (Row | undefined)[] = []
  readonly #free: number[] = []
  readonly #resting: Resting<Row>
  #made: Row[] = []
  #woken: Row[] = []

  constructor(
    readonly classes: number,
    grace: Grace,
  ) {
    this.stride = Math.ceil(classes / CHUNK)
    this.#resting = new Resting(grace)
  }

  /** rows that were ever made: numbers are below it */
  get count(): number {
    return this.#count
  }

  /** rows of this change that are to be written; those that were woken lie where they were */
  get made(): readonly Row[] {
    return this.#made
  }

  at(number: number): Row {
    return this.#byNumber[number] as Row
  }

  /** The row of a class of peers, a new one where there is none; undefined when there is no room for it. */
  of(peers: PeerClass, contents: Contents, draft: Draft): Row | undefined {
    const known = this.#byClass.get(peers)
    if (known !== undefined && !known.rests) return known
    const holding = new Holding()
    const chunks = layRow(peers, this.stride, holding, contents, draft)
    const key = chunks.join(' ')
    let row = this.#byChunks.get(key)
    if (row === undefined) {
      const number = this.#free.pop() ?? (this.#count < this.capacity ? this.#count++ : undefined)
      if (number === undefined) {
        holding.release()
        return undefined
      }
      row = { number, chunks, holding, uses: 0, rests: false, restsUntil: 0 }
      this.#byChunks.set(key, row)
      this.#byNumber[number] = row
      this.#made.push(row)
    } else {
      if (row.rests) this.#woken.push(row)
      row.rests = false
      row.holding.take(holding)
    }
    this.#byClass.set(peers, row)
    return row
  }

  /** Counts users; a row that nobody has any more rests, with all that it holds. */
  use(row: Row, by: number): void {
    row.uses += by
    if (row.uses === 0 && !row.rests) this.#rest(row)
  }

  /** The change is made, and its rows are counted. */
  settle(): void {
    this.#made = []
    this.#woken = []
  }

  /** The change is not made. Rows that no program has heard of are forgotten at once. */
  undo(made: 'heard' | 'unheard'): void {
    for (const row of this.#woken) this.#rest(row)
    for (const row of this.#made) {
      this.#rest(row)
      if (made === 'unheard') this.#forget(row)
    }
    this.settle()
  }

  reclaim(): void {
    for (const { thing, until } of this.#resting.rested())
      if (thing.rests && thing.restsUntil === until && this.#byNumber[thing.number] === thing) this.#forget(thing)
  }

  /** Nobody needs any of them: what they hold is let go. */
  release(): void {
    for (const row of this.#byNumber) row?.holding.release()
  }

  #rest(row: Row): void {
    row.holding.release()
    row.rests = true
    row.restsUntil = this.#resting.add(row)
  }

  #forget(row: Row): void {
    this.#byChunks.delete(row.chunks.join(' '))
    this.#byNumber[row.number] = undefined
    this.#free.push(row.number)
  }
}

/** The chunks of a row: the number of the decision for each class of traffic, and zeros to the end. */
function layRow({ decisions }: PeerClass, stride: number, holding: Holding, contents: Contents, draft: Draft): number[] {
  const chunks: number[] = []
  for (let first = 0; chunks.length < stride; first += CHUNK) {
    const cells = new Array<number>(CHUNK).fill(0)
    for (let at = 0; at < CHUNK; at++) {
      const decision = decisions[first + at]
      if (decision !== undefined) cells[at] = holdDecision(decision, holding, contents, draft)
    }
    chunks.push(holdChunk(cells, holding, contents.chunks, draft))
  }
  return chunks
}
