import type { BulkError, MapError } from '@axoneme/bpf'
import { Ok, type Result } from '@axoneme/sys'
import type { Chunk, Decision, Directory, Listener, Table } from '../generated/datapath.generated.js'

/** What the writer of tables needs of a map's view. */
export interface Entries<V> {
  readonly name: string
  readonly maxEntries: number
  update(key: number, value: V): Result<void, MapError>
  updateAll(entries: readonly (readonly [number, V])[]): Result<number, BulkError>
}

/** The same of a map whose entries come and go; keys that are not there are passed over. */
export interface PassingEntries<V> extends Entries<V> {
  deleteAll(keys: readonly number[]): Result<number, BulkError>
}

/** The maps that tables are laid out in: views of the datapath's, by their names there. */
export interface PolicyMaps {
  readonly tables: Entries<Table>
  readonly directories: Entries<Directory>
  readonly chunks: Entries<Chunk>
  readonly rows: Entries<number>
  readonly peerRows: Entries<number>
  readonly identities: PassingEntries<number>
  readonly decisions: Entries<Decision>
  readonly listeners: Entries<Listener>
}

const NOTHING: Result<void, never> = Ok(undefined)

/** Sets entries: one by itself, more in batches. */
export function put<V>(map: Entries<V>, entries: readonly (readonly [number, V])[]): Result<unknown, MapError> {
  const [first] = entries
  if (first === undefined) return NOTHING
  return entries.length === 1 ? map.update(...first) : map.updateAll(entries)
}

export function remove<V>(map: PassingEntries<V>, keys: readonly number[]): Result<unknown, MapError> {
  return keys.length === 0 ? NOTHING : map.deleteAll(keys)
}

/** One step after the other, until one is refused. */
export function inOrder(steps: readonly (() => Result<unknown, MapError>)[]): Result<unknown, MapError> {
  for (const step of steps) {
    const done = step()
    if (done.isErr()) return done
  }
  return NOTHING
}
