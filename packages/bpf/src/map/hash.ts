import { Err, type Result } from '@axoneme/sys'
import type { BpfCallError, MapIncompatible } from '../errors.js'
import { type BpfMap, openMap } from './bpf-map.js'
import { type MapCodecs, misfit } from './fit.js'
import type { MapHandle } from './handle.js'

/** A hash table: `hash`, or `lru_hash`, which makes room by dropping what was not used for long. */
export type HashMap<K, V> = BpfMap<K, V>

/**
 * A map of type hash or lru_hash.
 *
 * @errors bpf.map-incompatible · sys.failed
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openHashMap<K = Uint8Array, V = Uint8Array>(
  handle: MapHandle,
  codecs: MapCodecs<K, V> = {},
): Result<HashMap<K, V>, MapIncompatible | BpfCallError> {
  const fault = misfit(handle, ['hash', 'lru_hash'], {})
  return fault === undefined ? openMap(handle, codecs) : Err(fault)
}
