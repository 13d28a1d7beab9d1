import { type DatapathCapacity, type Fill, shortage } from './errors.js'
import { Extents } from './extents.js'
import { type Grace, Resting } from './grace.js'
import { Numbers } from './numbers.js'
import type { PolicyMaps } from './policy-maps.js'
import { MAX_ROWS } from './table-rows.js'
import type { WrittenTable } from './written-table.js'

/** A stretch of an array. */
interface Extent {
  readonly start: number
  readonly length: number
}

/** What a table has for itself alone: its number, and extents of axm_rows and axm_peer_rows. */
interface Place {
  readonly tables: number
  readonly rows: Extent
  readonly peerRows: Extent
}

/** The room for tables. A place that a table has left rests before another has it. */
export class Room {
  readonly #tables: Numbers
  readonly #extents: { readonly rows: Extents; readonly peerRows: Extents }
  readonly #resting: Resting<Place>
  #rests = { tables: 0, rows: 0, peerRows: 0 }

  constructor(
    private readonly maps: PolicyMaps,
    grace: Grace,
  ) {
    this.#tables = new Numbers(1, Math.min(maps.tables.maxEntries, 0x1_0000))
    this.#extents = { rows: new Extents(maps.rows.maxEntries), peerRows: new Extents(maps.peerRows.maxEntries) }
    this.#resting = new Resting(grace)
  }

  /**
   * Gives a table its place; or says what does not fit, and gives it nothing. There is room for more rows and peers than it has: to the next
   * power of two, where that fits.
   */
  take(table: WrittenTable): DatapathCapacity | undefined {
    const { rows, peers } = table
    const { span } = peers
    const rowsAt = this.#extent('rows', [Math.min(above(rows.count + 1), MAX_ROWS), rows.count], rows.stride)
    if (rowsAt === undefined) return this.#short('rows', rows.count * rows.stride)
    const peersAt = this.#extent('peerRows', [above(Math.max(span, 1)), span], 1)
    const number = peersAt === undefined ? undefined : this.#tables.allot()
    if (peersAt === undefined || number === undefined) {
      this.#extents.rows.giveBack(rowsAt.start, rowsAt.length)
      if (peersAt === undefined) return this.#short('peerRows', span)
      this.#extents.peerRows.giveBack(peersAt.start, peersAt.length)
      return this.#short('tables', 1)
    }
    rows.capacity = rowsAt.length / rows.stride
    peers.capacity = peersAt.length
    table.number = number
    table.rowsAt = rowsAt.start
    table.peersAt = peersAt.start
    return undefined
  }

  /** Nobody has ever heard of the table. */
  giveBack(table: WrittenTable): void {
    this.#free(placeOf(table))
  }

  /** Somebody may still look at where the table was. */
  rest(table: WrittenTable): void {
    const place = placeOf(table)
    this.#resting.add(place)
    this.#count(place, 1)
  }

  reclaim(): void {
    for (const { thing: place } of this.#resting.rested()) {
      this.#count(place, -1)
      this.#free(place)
    }
  }

  fills(): { readonly tables: Fill; readonly rows: Fill; readonly peerRows: Fill } {
    const { rows, peerRows } = this.#extents
    return {
      tables: { used: this.#tables.used, capacity: this.#tables.capacity },
      rows: { used: rows.used, capacity: rows.capacity },
      peerRows: { used: peerRows.used, capacity: peerRows.capacity },
    }
  }

  /** An extent of so many units, or of fewer. */
  #extent(of: 'rows' | 'peerRows', units: readonly number[], unit: number): Extent | undefined {
    for (const count of units) {
      const length = count * unit
      const start = length === 0 ? 0 : this.#extents[of].allot(length)
      if (start !== undefined) return { start, length }
    }
    return undefined
  }

  #free({ tables, rows, peerRows }: Place): void {
    this.#tables.giveBack(tables)
    this.#extents.rows.giveBack(rows.start, rows.length)
    if (peerRows.length > 0) this.#extents.peerRows.giveBack(peerRows.start, peerRows.length)
  }

  #count({ rows, peerRows }: Place, by: 1 | -1): void {
    this.#rests.tables += by
    this.#rests.rows += by * rows.length
    this.#rests.peerRows += by * peerRows.length
  }

  #short(size: 'tables' | 'rows' | 'peerRows', more: number): DatapathCapacity {
    const { used, capacity } = this.fills()[size]
    return shortage({ map: this.maps[size].name, size, used, capacity, needed: used + more, resting: this.#rests[size] })
  }
}

function placeOf({ number, rowsAt, peersAt, rows, peers }: WrittenTable): Place {
  return {
    tables: number,
    rows: { start: rowsAt, length: rows.capacity * rows.stride },
    peerRows: { start: peersAt, length: peers.capacity },
  }
}

/** The first power of two that is not below. */
function above(count: number): number {
  return 1 << (32 - Math.clz32(count - 1))
}
