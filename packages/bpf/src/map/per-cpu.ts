import { Err, Ok, type Result } from '@axoneme/sys'
import { type Codec, rawCodec } from '../codec/codec.js'
import type { BpfCallError, MapIncompatible } from '../errors.js'
import { BpfMap } from './bpf-map.js'
import { perCpuCodec, u32Codec } from './codecs.js'
import { possibleCpus } from './cpus.js'
import { EntryMap } from './entry-map.js'
import { codecOr, type MapCodecs, misfit } from './fit.js'
import type { MapHandle } from './handle.js'

/** A hash table whose entries have a value for each possible CPU, in their order: percpu_hash, lru_percpu_hash. */
export type PerCpuHashMap<K, V> = BpfMap<K, readonly V[]>

/** An array whose entries have a value for each possible CPU, in their order. */
export type PerCpuArrayMap<V> = EntryMap<number, readonly V[]>

function perCpu<V>(handle: MapHandle, value: Codec<V> | undefined): Result<Codec<readonly V[]>, BpfCallError> {
  const one = value ?? (rawCodec(handle.shape.valueSize) as Codec<unknown> as Codec<V>)
  return possibleCpus().map((cpus) => perCpuCodec(one, cpus))
}

/**
 * A map of type percpu_hash or lru_percpu_hash; the codec is that of one CPU's value.
 *
 * @errors bpf.map-incompatible · sys.failed
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openPerCpuHashMap<K = Uint8Array, V = Uint8Array>(
  handle: MapHandle,
  codecs: MapCodecs<K, V> = {},
): Result<PerCpuHashMap<K, V>, MapIncompatible | BpfCallError> {
  const sizes = { key: codecs.key?.sizeBytes, value: codecs.value?.sizeBytes }
  const fault = misfit(handle, ['percpu_hash', 'lru_percpu_hash'], sizes)
  if (fault !== undefined) return Err(fault)
  const value = perCpu(handle, codecs.value)
  return value.isErr() ? Err(value.error) : Ok(new BpfMap(handle, codecOr(codecs.key, handle.shape.keySize), value.value))
}

/**
 * A map of type percpu_array; the codec is that of one CPU's value.
 *
 * @errors bpf.map-incompatible · sys.failed
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openPerCpuArrayMap<V = Uint8Array>(
  handle: MapHandle,
  value?: Codec<V>,
): Result<PerCpuArrayMap<V>, MapIncompatible | BpfCallError> {
  const fault = misfit(handle, ['percpu_array'], { value: value?.sizeBytes })
  if (fault !== undefined) return Err(fault)
  const all = perCpu(handle, value)
  return all.isErr() ? Err(all.error) : Ok(new EntryMap(handle, u32Codec, all.value))
}
