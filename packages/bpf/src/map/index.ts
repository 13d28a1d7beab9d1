export { ArrayMap, openArrayMap } from './array.js'
export { BloomFilter, openBloomFilter } from './bloom-filter.js'
export { BpfMap, openMap } from './bpf-map.js'
export { possibleCpus } from './cpus.js'
export { createMap } from './create.js'
export type { MapDefinition } from './definition.js'
export {
  DescriptorMap,
  type MapOfMaps,
  openArrayOfMaps,
  openHashOfMaps,
  openProgramArray,
  type ProgramArray,
} from './descriptor-map.js'
export type { UpdateMode } from './entry-call.js'
export type { BulkError, MapError } from './entry-error.js'
export { EntryMap, type WalkError } from './entry-map.js'
export type { MapCodecs } from './fit.js'
export { MapHandle, type MapShape } from './handle.js'
export { type HashMap, openHashMap } from './hash.js'
export type { MapInfo } from './info.js'
export { openPrefixTrie, PrefixTrie, prefixCodec } from './lpm-trie.js'
export { MappedArray, type MappedError, mapArray } from './mapped-array.js'
export { listMaps, openMapById, openPinnedMap } from './open.js'
export { openPerCpuArrayMap, openPerCpuHashMap, type PerCpuArrayMap, type PerCpuHashMap } from './per-cpu.js'
export { openQueue, QueueMap } from './queue.js'
export { type CpuTarget, type DeviceTarget, openCpuMap, openDeviceMap } from './redirect.js'
export * from './ring-buffer/index.js'
export { openSocketHash, openSocketMap, SocketMap } from './socket-map.js'
export { TypedMap } from './typed-map.js'
export type { WalkOptions } from './walk.js'
