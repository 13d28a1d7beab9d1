import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Codec, type MapDefinition, MapHandle } from '@axoneme/bpf'
import { sys } from './fixture.js'
import type { Need } from './harness/index.js'

type MapType = MapDefinition['type']

/** Fewer under emulation, where everything takes longer. */
export function count(entries: number): number {
  return process.env.VMRUN === undefined ? entries : Math.ceil(entries / 10)
}

/** What a type does not take as it is below. */
const sizes: Readonly<Partial<Record<MapType, Partial<MapDefinition>>>> = {
  queue: { keySize: 0 },
  stack: { keySize: 0 },
  bloom_filter: { keySize: 0 },
  lpm_trie: { keySize: 8, flags: 1 },
  ringbuf: { keySize: 0, valueSize: 0, maxEntries: 4096 },
}

/** A small map of a type: 4-byte keys and values, 8 entries, unless said otherwise. */
export function definition(type: MapType, given: Partial<MapDefinition> = {}): MapDefinition {
  return { name: `axm_${type}`, type, keySize: 4, valueSize: 4, maxEntries: 8, ...sizes[type], ...given }
}

export function make(type: MapType, given: Partial<MapDefinition> = {}): MapHandle {
  return MapHandle.create(sys, definition(type, given)).unwrap()
}

/** The first kernel with each type of map. */
const since = {
  hash: '3.19',
  array: '3.19',
  prog_array: '4.2',
  percpu_hash: '4.6',
  percpu_array: '4.6',
  lru_hash: '4.10',
  lru_percpu_hash: '4.10',
  lpm_trie: '4.11',
  array_of_maps: '4.12',
  hash_of_maps: '4.12',
  devmap: '4.14',
  sockmap: '4.14',
  cpumap: '4.15',
  sockhash: '4.18',
  queue: '4.20',
  stack: '4.20',
  devmap_hash: '5.4',
  ringbuf: '5.8',
  bloom_filter: '5.16',
} as const satisfies Partial<Record<MapType, string>>
export type TestedType = keyof typeof since
export const testedTypes = Object.keys(since) as TestedType[]

/** A need of a type of map: made, and closed. */
export function mapType(type: TestedType): Need {
  return {
    name: `map-${type}`,
    since: since[type],
    probe() {
      const inner = type.endsWith('_of_maps') ? make('array') : undefined
      const made = MapHandle.create(sys, definition(type, inner === undefined ? {} : { innerMapFd: inner.fd.use().unwrap() }))
      inner?.close()
      if (made.isErr()) return made.error.message
      made.value.close()
      return true
    },
  }
}

/** What bpftool says, parsed. */
export function bpftool(...args: (string | number)[]): any {
  const text = execFileSync('bpftool', ['-j', ...args.map(String)], { encoding: 'utf8', timeout: 60_000 })
  return text.trim() === '' ? undefined : JSON.parse(text)
}

/** The bytes of `["0x01", …]`. */
export function bytesOf(hex: readonly string[]): number[] {
  return hex.map((byte) => Number(byte))
}

/** `bpftool map dump`: keys and values as hex text, in the order of keys. */
export function dump(handle: MapHandle): [string, string][] {
  const id = handle.info().unwrap().id
  const entries = bpftool('map', 'dump', 'id', id) as { key: string[]; value?: string[]; values?: { value: string[] }[] }[]
  return sorted(
    entries.map(({ key, value, values }) => [hex(bytesOf(key)), hex(bytesOf(value ?? (values ?? []).flatMap((one) => one.value)))]),
  )
}

/** `bpftool map lookup` of a key of four bytes, or `peek` without one: the value as numbers of four bytes. */
export function words(handle: MapHandle, key?: number): number[] {
  const id = handle.info().unwrap().id
  const bytes = new Uint8Array(Uint32Array.of(key ?? 0).buffer)
  const { value } = bpftool('map', ...(key === undefined ? ['peek', 'id', id] : ['lookup', 'id', id, 'key', ...bytes])) as {
    value: string[]
  }
  return [...new Uint32Array(Uint8Array.from(bytesOf(value)).buffer)]
}

export function hex(bytes: ArrayLike<number>): string {
  return Buffer.from(Array.from(bytes)).toString('hex')
}

/** Entries with their keys and values as hex text, in the order of keys. */
export function hexEntries<K, V>(entries: readonly (readonly [K, V])[], key: Codec<K>, value: Codec<V>): [string, string][] {
  return sorted(entries.map(([k, v]) => [written(k, key), written(v, value)]))
}

function written<T>(value: T, codec: Codec<T>): string {
  const bytes = new Uint8Array(codec.sizeBytes)
  codec.write(value, bytes, 0)
  return hex(bytes)
}

function sorted(entries: [string, string][]): [string, string][] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}

export const u32: Codec<number> = {
  sizeBytes: 4,
  read: (bytes, at) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true),
  write: (value, bytes, at) => new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true),
}

export const u64: Codec<bigint> = {
  sizeBytes: 8,
  read: (bytes, at) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true),
  write: (value, bytes, at) => new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(at, value, true),
}

/** A bpf file system of the test's own. */
export function bpffs(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'axm-bpffs-'))
  const mounted = sys.mount('bpf', path, 'bpf', 0, undefined)
  if (mounted < 0) throw new Error(`mount(bpf): ${mounted}`)
  return {
    path,
    [Symbol.dispose]() {
      sys.umount(path, 0)
      rmdirSync(path)
    },
  }
}
