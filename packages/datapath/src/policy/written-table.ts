import type { DirectionTable, PortEntry, Scope } from '@axoneme/policy'
import { Scope as ScopeNumber, type Table, Traffic } from '../generated/datapath.generated.js'
import type { Contents } from './contents.js'
import { type Draft, Holding } from './draft.js'
import { type DatapathCapacity, tooLarge } from './errors.js'
import type { Grace } from './grace.js'
import type { PeerIndexes } from './peer-indexes.js'
import { PeerRows, PeerRowsChange } from './peer-rows.js'
import type { PolicyMaps } from './policy-maps.js'
import { MAX_ROWS, type Row, TableRows } from './table-rows.js'
import { holdDirectory, trafficClasses } from './traffic-classes.js'

/** A class is a number of 16 bits in a chunk. */
const MAX_CLASSES = 0x1_0000

const SCOPES: Readonly<Record<Scope, number>> = {
  reserved: ScopeNumber.AXM_SCOPE_RESERVED,
  endpoint: ScopeNumber.AXM_SCOPE_ENDPOINT,
  'address-ipv4': ScopeNumber.AXM_SCOPE_IPV4,
  'address-ipv6': ScopeNumber.AXM_SCOPE_IPV6,
  node: ScopeNumber.AXM_SCOPE_NODE,
}

/** What a number has that no table has: it denies everything. */
export const NO_TABLE: Table = Object.freeze({
  rows: 0,
  rowCount: 0,
  stride: 0,
  directory: Array<number>(Traffic.AXM_TRAFFICS).fill(0),
  scopeRow: Array<number>(ScopeNumber.AXM_SCOPES).fill(0),
  peers: 0,
  peerChunks: 0,
})

/** A table as the maps hold it. */
export interface WrittenTable {
  /** content address; undefined: nobody can say any more what the maps hold of it */
  id: string | undefined
  references: number
  /** its own, and where its rows and its chunks of peers begin: given when all of it is known to fit */
  number: number
  rowsAt: number
  peersAt: number
  readonly ports: readonly PortEntry[]
  /** directories, by enum axm_traffic; with their chunks they are held by `holding` */
  readonly directories: readonly number[]
  readonly holding: Holding
  readonly rows: TableRows
  /** by enum axm_scope */
  readonly scopeRows: readonly Row[]
  readonly peers: PeerRows
}

/** What a table is laid out with. */
export interface Layout {
  readonly maps: PolicyMaps
  readonly contents: Contents
  readonly indexes: PeerIndexes
  readonly grace: Grace
}

/** Lays a table out: every number of it but its own is held then. The change is what it lists. */
export function layTable(
  table: DirectionTable,
  { maps, contents, indexes, grace }: Layout,
  draft: Draft,
): { readonly laid: WrittenTable; readonly listing: PeerRowsChange } | DatapathCapacity {
  const classes = table.traffic.length
  if (classes > MAX_CLASSES) return tooLarge(maps.chunks.name, 'classes of traffic', classes, MAX_CLASSES)
  const holding = new Holding()
  const rows = new TableRows(classes, grace)
  const peers = new PeerRows(indexes)
  const listing = new PeerRowsChange(peers)
  const directories = trafficClasses(table.ports).map((of) => holdDirectory(of, holding, contents, draft))
  const scopeRows = scopeRowsOf(table, rows, contents, draft)
  let full = scopeRows === undefined
  for (const [identity, peerClass] of table.peers) {
    const row = rows.of(peerClass, contents, draft)
    full ||= row === undefined
    if (full) break
    listing.set(identity, row)
  }
  listing.lay(contents, draft)
  const fault = draft.fault() ?? listing.fault()
  if (scopeRows === undefined || full || fault !== undefined) {
    listing.undo()
    rows.undo('unheard')
    holding.release()
    return fault ?? tooLarge(maps.rows.name, 'different peers', MAX_ROWS + 1, MAX_ROWS)
  }
  for (const row of scopeRows) rows.use(row, 1)
  listing.count(rows)
  peers.apply(listing)
  const { id, ports } = table
  const laid = { id, references: 1, number: 0, rowsAt: 0, peersAt: 0, ports, directories, holding, rows, scopeRows, peers }
  return { laid, listing }
}

/** Lets go all that a table has in common with others. */
export function letGo({ holding, rows, peers }: WrittenTable): void {
  holding.release()
  rows.release()
  peers.release()
}

/** What identities have that are not listed: a row for each scope, in the order of enum axm_scope. */
export function scopeRowsOf(
  { defaults }: Pick<DirectionTable, 'defaults'>,
  rows: TableRows,
  contents: Contents,
  draft: Draft,
): Row[] | undefined {
  const found: Row[] = []
  for (const [scope, peerClass] of Object.entries(defaults) as [Scope, DirectionTable['defaults'][Scope]][]) {
    const row = rows.of(peerClass, contents, draft)
    if (row === undefined) return undefined
    found[SCOPES[scope]] = row
  }
  return found
}

/** What programs find it by. */
export function descriptorOf({ rowsAt, peersAt, rows, peers, directories, scopeRows }: WrittenTable): Table {
  return {
    rows: rowsAt,
    rowCount: rows.count,
    stride: rows.stride,
    directory: directories,
    scopeRow: scopeRows.map(({ number }) => number),
    peers: peersAt,
    peerChunks: peers.capacity,
  }
}

/** The entries of rows: for each the numbers of its chunks. */
export function rowEntries({ rowsAt, rows: { stride } }: WrittenTable, rows: readonly Row[]): [number, number][] {
  return rows.flatMap(({ number, chunks }) => chunks.map((chunk, at): [number, number] => [rowsAt + number * stride + at, chunk]))
}

/** The entries of all its peers: the whole extent, whatever lay there before. */
export function peerEntries({ peersAt, peers }: WrittenTable): [number, number][] {
  return Array.from({ length: peers.capacity }, (_, at) => [peersAt + at, peers.chunk(at).number])
}

/** Whether two tables have the same classes of traffic, by what they say. */
export function samePorts(left: readonly PortEntry[], right: readonly PortEntry[]): boolean {
  if (left === right) return true
  if (left.length !== right.length) return false
  return left.every(({ protocol, number, length, class: of }, at) => {
    const other = right[at] as PortEntry
    return other.protocol === protocol && other.number === number && other.length === length && other.class === of
  })
}
