import { Errno, type Feature, type Probe, type Sys } from '@axoneme/sys'
import { BPF_F_MMAPABLE, BPF_F_NO_PREALLOC, type MapType } from '../spec/map-type.js'
import { btfBlob, btfLoad, INT } from './btf-blob.js'
import { type MapTry, mapCreate } from './map-create.js'
import { AVAILABLE, outcome } from './outcome.js'

const PAGE = 4096

/** Source: the first release whose linux/bpf.h has the type */
const since: Readonly<Record<Exclude<MapType, 'unspec'>, string>> = {
  hash: '3.19',
  array: '3.19',
  prog_array: '4.2',
  perf_event_array: '4.3',
  percpu_hash: '4.6',
  percpu_array: '4.6',
  stack_trace: '4.6',
  cgroup_array: '4.8',
  lru_hash: '4.10',
  lru_percpu_hash: '4.10',
  lpm_trie: '4.11',
  array_of_maps: '4.12',
  hash_of_maps: '4.12',
  devmap: '4.14',
  sockmap: '4.14',
  cpumap: '4.15',
  xskmap: '4.18',
  sockhash: '4.18',
  cgroup_storage: '4.19',
  reuseport_sockarray: '4.19',
  percpu_cgroup_storage: '4.20',
  queue: '4.20',
  stack: '4.20',
  sk_storage: '5.2',
  devmap_hash: '5.4',
  struct_ops: '5.6',
  ringbuf: '5.8',
  inode_storage: '5.10',
  task_storage: '5.11',
  bloom_filter: '5.16',
  user_ringbuf: '6.1',
  cgrp_storage: '6.2',
  arena: '6.9',
}

const instead: Partial<Record<MapType, string>> = {
  percpu_hash: 'a hash',
  lru_percpu_hash: 'an LRU hash',
  devmap_hash: 'a devmap',
  ringbuf: 'a perf event array',
  bloom_filter: 'a hash',
  cgrp_storage: 'a hash by cgroup id',
  task_storage: 'a hash by task',
}

/** how each is tried, where four bytes of key, four of value and one entry are not what it takes */
const shapes: Partial<Record<MapType, Omit<MapTry, 'type'>>> = {
  stack_trace: { valueSize: 8 },
  lpm_trie: { keySize: 8, flags: BPF_F_NO_PREALLOC },
  cgroup_storage: { keySize: 8, valueSize: 8, entries: 0 },
  percpu_cgroup_storage: { keySize: 8, valueSize: 8, entries: 0 },
  queue: { keySize: 0 },
  stack: { keySize: 0 },
  bloom_filter: { keySize: 0 },
  ringbuf: { keySize: 0, valueSize: 0, entries: PAGE },
  user_ringbuf: { keySize: 0, valueSize: 0, entries: PAGE },
  arena: { keySize: 0, valueSize: 0, flags: BPF_F_MMAPABLE },
  // a type of the kernel that is no struct_ops: ENOTSUPP from a kernel that knows the map type
  struct_ops: { kernelValueType: 1 },
}
const local: ReadonlySet<MapType> = new Set(['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage'])
const ofMaps: ReadonlySet<MapType> = new Set(['array_of_maps', 'hash_of_maps'])

function tryMap(sys: Sys, type: MapType): Probe {
  const call = 'bpf(BPF_MAP_CREATE)'
  if (local.has(type)) {
    const fd = btfLoad(sys, btfBlob([INT]))
    if (fd < 0) return outcome(sys, fd, 'bpf(BPF_BTF_LOAD)')
    const answer = mapCreate(sys, { type, entries: 0, flags: BPF_F_NO_PREALLOC, btf: { fd, key: 1, value: 1 } })
    sys.close(fd)
    return outcome(sys, answer, call)
  }
  if (ofMaps.has(type)) {
    const innerFd = mapCreate(sys, { type: 'array' })
    if (innerFd < 0) return outcome(sys, innerFd, call)
    const answer = mapCreate(sys, { type, innerFd })
    sys.close(innerFd)
    return outcome(sys, answer, call)
  }
  const answer = mapCreate(sys, { type, ...shapes[type] })
  if (type === 'struct_ops' && answer === -Errno.ENOTSUPP) return AVAILABLE
  return outcome(sys, answer, call)
}

/** Every map type, each made once. */
export const mapTypeFeatures: readonly Feature[] = Object.entries(since).map(([name, version]) => ({
  name: `map-${name.replaceAll('_', '-')}`,
  since: version,
  summary: `maps of type ${name}`,
  insteadOf: instead[name as MapType] ?? 'refused, naming the map',
  probe: (sys) => tryMap(sys, name as MapType),
}))
