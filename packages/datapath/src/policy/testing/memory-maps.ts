import type { Codec, MapError } from '@axoneme/bpf'
import { u16Codec, u32Codec } from '@axoneme/bpf'
import { Err, inputInvalid, Ok, type Result } from '@axoneme/sys'
import { chunk, decision, directory, listener, table } from '../../generated/datapath.generated.js'
import type { PassingEntries, PolicyMaps } from '../policy-maps.js'

type Operation = 'update' | 'delete'

/** What a test has the kernel do: an error, for one entry of one map. */
export type Refusal = (map: string, operation: Operation, key: number) => boolean

/** One map in memory: values go through bytes, as into the kernel. For tests. */
export class MemoryMap<V> implements PassingEntries<V> {
  readonly #values = new Map<number, V>()
  readonly #zeros: V
  /** entries that were written or deleted */
  touched = 0

  constructor(
    readonly name: string,
    private readonly type: 'array' | 'hash',
    readonly maxEntries: number,
    private readonly codec: Codec<V>,
    private readonly around: MemoryMaps,
  ) {
    this.#zeros = codec.read(new Uint8Array(codec.sizeBytes), 0)
  }

  get size(): number {
    return this.#values.size
  }

  /** What a program finds; undefined: nothing is there. */
  lookup(key: number): V | undefined {
    const value = this.#values.get(key)
    if (value !== undefined) return value
    return this.type === 'array' && key < this.maxEntries ? this.#zeros : undefined
  }

  update(key: number, value: V): Result<void, MapError> {
    const refused = this.around.step(this.name, 'update', key)
    if (refused !== undefined) return Err(refused)
    if (this.type === 'array' && key >= this.maxEntries) return Err(inputInvalid('key', `${this.name} has no entry ${key}`))
    if (!this.#values.has(key) && this.#values.size >= this.maxEntries) return Err(inputInvalid('key', `${this.name} is full`))
    const bytes = new Uint8Array(this.codec.sizeBytes)
    this.codec.write(value, bytes, 0)
    this.#values.set(key, this.codec.read(bytes, 0))
    this.touched++
    return Ok(undefined)
  }

  updateAll(entries: readonly (readonly [number, V])[]): Result<number, MapError & { readonly done: number }> {
    for (const [done, [key, value]] of entries.entries()) {
      const updated = this.update(key, value)
      if (updated.isErr()) return Err({ ...updated.error, done })
    }
    return Ok(entries.length)
  }

  deleteAll(keys: readonly number[]): Result<number, MapError & { readonly done: number }> {
    let done = 0
    for (const key of keys) {
      const refused = this.around.step(this.name, 'delete', key)
      if (refused !== undefined) return Err({ ...refused, done })
      if (!this.#values.delete(key)) continue
      done++
      this.touched++
    }
    return Ok(done)
  }
}

/** Source: c/maps.h */
export const defaultSizes: Readonly<Record<keyof PolicyMaps, number>> = {
  tables: 4_096,
  directories: 512,
  chunks: 65_536,
  rows: 262_144,
  peerRows: 262_144,
  identities: 65_536,
  decisions: 65_536,
  listeners: 256,
}

/** The maps of policies in memory. */
export class MemoryMaps implements PolicyMaps {
  /** what was done, in its order: maps, each named once for what was done to it in a row */
  readonly steps: string[] = []
  refuses: Refusal = () => false
  readonly tables
  readonly directories
  readonly chunks
  readonly rows
  readonly peerRows
  readonly identities
  readonly decisions
  readonly listeners

  constructor(sizes: Partial<Record<keyof PolicyMaps, number>> = {}) {
    const of = <V>(key: keyof PolicyMaps, name: string, codec: Codec<V>): MemoryMap<V> =>
      new MemoryMap(name, key === 'identities' ? 'hash' : 'array', sizes[key] ?? defaultSizes[key], codec, this)
    this.tables = of('tables', 'axm_tables', table)
    this.directories = of('directories', 'axm_directories', directory)
    this.chunks = of('chunks', 'axm_chunks', chunk)
    this.rows = of('rows', 'axm_rows', u16Codec)
    this.peerRows = of('peerRows', 'axm_peer_rows', u16Codec)
    this.identities = of('identities', 'axm_identities', u32Codec)
    this.decisions = of('decisions', 'axm_decisions', decision)
    this.listeners = of('listeners', 'axm_listeners', listener)
  }

  /** entries that were written or deleted, over all maps */
  get touched(): number {
    const { tables, directories, chunks, rows, peerRows, identities, decisions, listeners } = this
    return [tables, directories, chunks, rows, peerRows, identities, decisions, listeners].reduce((sum, map) => sum + map.touched, 0)
  }

  step(map: string, operation: Operation, key: number): MapError | undefined {
    const step = operation === 'update' ? map : `${map} deleted`
    if (this.steps.at(-1) !== step) this.steps.push(step)
    return this.refuses(map, operation, key)
      ? { code: 'bpf.refused', command: 'BPF_MAP_UPDATE_BATCH', errno: 12, errnoName: 'ENOMEM', message: `${map}: no memory` }
      : undefined
  }
}
