import { Scope, type Table, Traffic } from '../../generated/datapath.generated.js'
import type { MemoryMaps } from './memory-maps.js'

/*
 * What programs do, line by line: c/policy.h. For tests.
 */

function trafficOf(protocol: number): number {
  switch (protocol) {
    case 6:
      return Traffic.AXM_TRAFFIC_TCP
    case 17:
      return Traffic.AXM_TRAFFIC_UDP
    case 132:
      return Traffic.AXM_TRAFFIC_SCTP
    case 1:
      return Traffic.AXM_TRAFFIC_ICMP
    case 58:
      return Traffic.AXM_TRAFFIC_ICMP6
    default:
      return Traffic.AXM_TRAFFIC_OTHER
  }
}

function scopeOf(identity: number): number {
  if (identity < 0x100) return Scope.AXM_SCOPE_RESERVED
  if (identity < 0x1000000) return Scope.AXM_SCOPE_ENDPOINT
  if (identity < 0x1800000) return Scope.AXM_SCOPE_IPV4
  return identity < 0x2000000 ? Scope.AXM_SCOPE_IPV6 : Scope.AXM_SCOPE_NODE
}

/** What a program has read on its way to a decision. */
export interface Reading {
  readonly table: Table
  /** the chunk of classes, and the class */
  readonly classes: number
  readonly of: number
  /** the chunk of peers, and the row; the chunk is 0 where the table does not reach so far */
  readonly peers: number
  readonly row: number
  /** the chunk of decisions, and the decision */
  readonly decisions: number
  readonly decision: number
}

function cellOf(memory: MemoryMaps, chunk: number, number: number): number | undefined {
  return memory.chunks.lookup(chunk)?.number[number & 31]
}

function decisionsOf(memory: MemoryMaps, table: Table, row: number, of: number): number | undefined {
  if (row >= table.rowCount || Math.floor(of / 32) >= table.stride) return undefined
  return memory.rows.lookup(table.rows + row * table.stride + Math.floor(of / 32))
}

/** All that a program reads; undefined when the table cannot say. */
export function read(memory: MemoryMaps, id: number, identity: number, index: number, protocol: number, port: number): Reading | undefined {
  const table = memory.tables.lookup(id)
  if (table === undefined || table.rowCount === 0) return undefined
  const traffic = trafficOf(protocol)
  const number = traffic === Traffic.AXM_TRAFFIC_OTHER ? protocol : port
  const classes = memory.directories.lookup(table.directory[traffic] as number)?.chunk[(number >> 5) & 2047]
  const of = classes === undefined ? undefined : cellOf(memory, classes, number)
  if (classes === undefined || of === undefined) return undefined
  const at = Math.floor(index / 32)
  const peers = at < table.peerChunks ? (memory.peerRows.lookup(table.peers + at) ?? 0) : 0
  const listed = at < table.peerChunks ? (cellOf(memory, peers, index) ?? 0) : 0
  const row = listed === 0 ? (table.scopeRow[scopeOf(identity)] as number) : listed - 1
  const decisions = decisionsOf(memory, table, row, of)
  const decision = decisions === undefined ? undefined : cellOf(memory, decisions, of)
  return decisions === undefined || decision === undefined ? undefined : { table, classes, of, peers, row, decisions, decision }
}

/** The number of the decision; 0 when the table cannot say. */
export function ask(memory: MemoryMaps, id: number, identity: number, index: number, protocol: number, number: number): number {
  return read(memory, id, identity, index, protocol, number)?.decision ?? 0
}

/** What a program would read that was interrupted after each of its steps, and goes on now. */
export function goOn(memory: MemoryMaps, before: Reading, index: number, protocol: number, port: number): Reading {
  const { table, classes, of, peers, row, decisions } = before
  const number = trafficOf(protocol) === Traffic.AXM_TRAFFIC_OTHER ? protocol : port
  const listed = Math.floor(index / 32) < table.peerChunks ? cellOf(memory, peers, index) : 0
  return {
    ...before,
    of: cellOf(memory, classes, number) ?? 0,
    row: listed === undefined || listed === 0 ? row : listed - 1,
    decisions: decisionsOf(memory, table, row, of) ?? 0,
    decision: cellOf(memory, decisions, of) ?? 0,
  }
}
