import { type InputInvalid, inputInvalid } from '@axoneme/sys'
import { BPF_F_NUMA_NODE, BPF_MAP_TYPE, type MapType } from '../spec/map-type.js'

/** A map to be made. */
export interface MapDefinition {
  /** the kernel keeps 15 characters of it */
  readonly name: string
  readonly type: MapType
  /** bytes; 0 for queue, stack, bloom_filter and ringbuf */
  readonly keySize: number
  /** bytes; of one CPU's value for the per-CPU types */
  readonly valueSize: number
  /** ringbuf: bytes, a power of two and whole pages */
  readonly maxEntries: number
  /** BPF_F_*, as the kernel spells them */
  readonly flags?: number | undefined
  readonly numaNode?: number | undefined
  /** bloom_filter: how many hash functions */
  readonly mapExtra?: bigint | number | undefined
  /** BTF that `keyTypeId` and `valueTypeId` are of */
  readonly btfFd?: number | undefined
  readonly keyTypeId?: number | undefined
  readonly valueTypeId?: number | undefined
  /** a map like those that go into this one: array_of_maps, hash_of_maps */
  readonly innerMapFd?: number | undefined
}

/** What the kernel asks of a size: that many bytes, none, or at least one. */
type SizeRule = number | 'some' | 'any'

interface Rule {
  readonly key: SizeRule
  readonly value: SizeRule
  /** storage that grows with what owns it has no limit of its own */
  readonly entries: 'some' | 'none' | 'any'
}

const KEYED: Rule = { key: 'some', value: 'some', entries: 'some' }
const INDEXED: Rule = { key: 4, value: 'some', entries: 'some' }
const KEYLESS: Rule = { key: 0, value: 'some', entries: 'some' }
const STORAGE: Rule = { key: 4, value: 'some', entries: 'none' }
const DESCRIPTORS: Rule = { key: 4, value: 4, entries: 'some' }

/** What is not here is left to the kernel. Source: the map_alloc_check of each type in kernel/bpf. */
const rules: Readonly<Partial<Record<MapType, Rule>>> = {
  hash: KEYED,
  lru_hash: KEYED,
  percpu_hash: KEYED,
  lru_percpu_hash: KEYED,
  array: INDEXED,
  percpu_array: INDEXED,
  lpm_trie: { key: 'some', value: 'some', entries: 'some' },
  prog_array: DESCRIPTORS,
  perf_event_array: { key: 4, value: 4, entries: 'any' },
  cgroup_array: DESCRIPTORS,
  array_of_maps: DESCRIPTORS,
  hash_of_maps: { key: 'some', value: 4, entries: 'some' },
  devmap: INDEXED,
  devmap_hash: INDEXED,
  cpumap: INDEXED,
  xskmap: DESCRIPTORS,
  sockmap: INDEXED,
  sockhash: KEYED,
  queue: KEYLESS,
  stack: KEYLESS,
  bloom_filter: KEYLESS,
  ringbuf: { key: 0, value: 0, entries: 'some' },
  sk_storage: STORAGE,
  inode_storage: STORAGE,
  task_storage: STORAGE,
  cgrp_storage: STORAGE,
}

function isU32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff
}

function sizeFault(path: string, size: number, rule: SizeRule, type: MapType): InputInvalid | undefined {
  if (!isU32(size)) return inputInvalid(path, `${String(size)} is no number of bytes`, 'Give an integer from 0 to 4294967295.')
  if (rule === 'some' && size === 0) return inputInvalid(path, `a map of type ${type} needs at least one byte`)
  if (typeof rule === 'number' && size !== rule) return inputInvalid(path, `a map of type ${type} has ${rule} bytes here, not ${size}`)
  return undefined
}

function entriesFault({ type, maxEntries }: MapDefinition, rule: Rule['entries']): InputInvalid | undefined {
  if (!isU32(maxEntries)) return inputInvalid('maxEntries', `${String(maxEntries)} is no number of entries`, 'Give an integer.')
  if (rule === 'some' && maxEntries === 0) return inputInvalid('maxEntries', `a map of type ${type} needs at least one entry`)
  if (rule === 'none' && maxEntries !== 0)
    return inputInvalid('maxEntries', `a map of type ${type} has no limit, so it must be 0`, 'Leave it at 0.')
  // the smallest page of any machine: where pages are larger, the kernel has the last word
  if (type === 'ringbuf' && (maxEntries % 4096 !== 0 || (maxEntries & (maxEntries - 1)) !== 0))
    return inputInvalid('maxEntries', `${maxEntries} bytes are no size of a ring`, 'Give a power of two of at least 4096: 262144.')
  return undefined
}

/** What of a definition no kernel would take; undefined: it is for the kernel to judge. */
export function definitionFault(definition: MapDefinition): InputInvalid | undefined {
  const { name, type, keySize, valueSize, flags = 0, numaNode } = definition
  if (typeof name !== 'string' || name.includes('\0')) return inputInvalid('name', 'a map has a name, without NUL in it')
  if (!Object.hasOwn(BPF_MAP_TYPE, type) || type === 'unspec') return inputInvalid('type', `"${String(type)}" is no type of map`)
  if (!isU32(flags)) return inputInvalid('flags', `${String(flags)} are no flags`, 'Combine the constants BPF_F_*.')
  if (numaNode !== undefined && !isU32(numaNode)) return inputInvalid('numaNode', `${String(numaNode)} is no NUMA node`)
  const rule = rules[type]
  if (rule === undefined) return undefined
  return (
    sizeFault('keySize', keySize, rule.key, type) ??
    sizeFault('valueSize', valueSize, rule.value, type) ??
    entriesFault(definition, rule.entries) ??
    (type.endsWith('_of_maps') && definition.innerMapFd === undefined
      ? inputInvalid('innerMapFd', `a map of type ${type} needs a map like those it will hold`)
      : undefined)
  )
}

/** The flags as the kernel gets them. */
export function flagsOf({ flags = 0, numaNode }: MapDefinition): number {
  return numaNode === undefined ? flags : flags | BPF_F_NUMA_NODE
}
