import type { MapError } from '@axoneme/bpf'
import type { TablePatch } from '@axoneme/policy'
import { Err, Ok, type Result } from '@axoneme/sys'
import type { Draft } from './draft.js'
import { PeerRowsChange } from './peer-rows.js'
import { inOrder, type PolicyMaps, put } from './policy-maps.js'
import { descriptorOf, type Layout, NO_TABLE, rowEntries, samePorts, scopeRowsOf, type WrittenTable } from './written-table.js'

/**
 * What a patch changes of a table where that lies; undefined when the table cannot become what it says, since traffic has other classes,
 * identities that are not listed have another row, or there is no room for a row or a peer. Nothing is held then.
 */
export function planPatch(table: WrittenTable, patch: TablePatch, { contents }: Layout, draft: Draft): PeerRowsChange | undefined {
  const { rows, peers } = table
  const change = new PeerRowsChange(peers)
  if (fill(table, patch, change, contents, draft)) {
    change.lay(contents, draft)
    const fits = [...change.laid.keys()].every((at) => at < peers.capacity)
    const listed = peers.listed + change.listed.length - change.unlisted.length
    // a patch of something else would leave others listed
    if (fits && listed === patch.table.peers.size && draft.fault() === undefined && change.fault() === undefined) return change
  }
  change.undo()
  rows.undo('unheard')
  return undefined
}

function fill(table: WrittenTable, patch: TablePatch, change: PeerRowsChange, contents: Layout['contents'], draft: Draft): boolean {
  const { rows, scopeRows, ports } = table
  if (!samePorts(ports, patch.table.ports)) return false
  const defaults = scopeRowsOf(patch.table, rows, contents, draft)
  if (defaults === undefined || defaults.some((row, scope) => row !== scopeRows[scope])) return false
  for (const [identity, peerClass] of patch.peers) {
    const row = peerClass === null ? undefined : rows.of(peerClass, contents, draft)
    if (row === undefined && peerClass !== null) return false
    change.set(identity, row)
  }
  return true
}

/** Changes a table in its place: what is new, then its rows, then which identities have them. */
export function changeInPlace(
  table: WrittenTable,
  change: PeerRowsChange,
  { maps, contents, indexes }: Layout,
  draft: Draft,
): Result<void, MapError> {
  const { number, rows, peers } = table
  const begun = inOrder([
    () => contents.write(draft),
    () => put(maps.rows, rowEntries(table, rows.made)),
    // a row that the descriptor does not count denies
    () => (rows.made.length === 0 ? Ok(undefined) : maps.tables.update(number, descriptorOf(table))),
  ])
  if (begun.isErr()) {
    change.undo()
    rows.undo('unheard')
    return Err(begun.error)
  }
  // from here on programs may find what it made
  draft.keep()
  const listed = inOrder([() => put(maps.peerRows, placesOf(table, change, 'after')), () => indexes.write(change.listed)])
  if (listed.isErr()) {
    takeBack(table, change, maps)
    return Err(listed.error)
  }
  change.count(rows)
  rows.settle()
  peers.apply(change)
  return Ok(undefined)
}

/** Lists identities as before. Where even that is refused nobody knows what the table says: it denies everything until it is released. */
function takeBack(table: WrittenTable, change: PeerRowsChange, maps: PolicyMaps): void {
  const { number, rows, peers } = table
  if (put(maps.peerRows, placesOf(table, change, 'before')).isOk()) {
    change.undo()
    rows.undo('heard')
    return
  }
  maps.tables.update(number, NO_TABLE)
  rows.settle()
  peers.suspect(change)
  table.id = undefined
}

function placesOf({ peersAt }: WrittenTable, change: PeerRowsChange, which: 'after' | 'before'): [number, number][] {
  return change.places(which).map(([at, chunk]) => [peersAt + at, chunk])
}
