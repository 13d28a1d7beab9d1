/** Source: linux/bpf.h enum bpf_map_type. */
export const BPF_MAP_TYPE = {
  unspec: 0,
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  stack_trace: 7,
  cgroup_array: 8,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  devmap: 14,
  sockmap: 15,
  cpumap: 16,
  xskmap: 17,
  sockhash: 18,
  cgroup_storage: 19,
  reuseport_sockarray: 20,
  percpu_cgroup_storage: 21,
  queue: 22,
  stack: 23,
  sk_storage: 24,
  devmap_hash: 25,
  struct_ops: 26,
  ringbuf: 27,
  inode_storage: 28,
  task_storage: 29,
  bloom_filter: 30,
  user_ringbuf: 31,
  cgrp_storage: 32,
  arena: 33,
} as const
export type MapType = keyof typeof BPF_MAP_TYPE

const names = new Map<number, MapType>(Object.entries(BPF_MAP_TYPE).map(([name, number]) => [number, name as MapType]))

/** The name of a map type; undefined for a number that is newer than this list. */
export function mapTypeName(number: number): MapType | undefined {
  return names.get(number)
}

/** Source: linux/bpf.h BPF_F_* of BPF_MAP_CREATE. */
export const BPF_F_NO_PREALLOC = 1 << 0
export const BPF_F_NO_COMMON_LRU = 1 << 1
export const BPF_F_NUMA_NODE = 1 << 2
export const BPF_F_RDONLY = 1 << 3
export const BPF_F_WRONLY = 1 << 4
export const BPF_F_RDONLY_PROG = 1 << 7
export const BPF_F_WRONLY_PROG = 1 << 8
export const BPF_F_MMAPABLE = 1 << 10
export const BPF_F_INNER_MAP = 1 << 12
