import { Err, Ok, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { u32Codec } from './codecs.js'
import { EntryMap } from './entry-map.js'
import { codecOr, misfit } from './fit.js'
import type { MapHandle } from './handle.js'

/** An array: every index below max_entries has a value, zeros at first. There is nothing to delete. */
export class ArrayMap<V> extends EntryMap<number, V> {
  constructor(handle: MapHandle, value: Codec<V>) {
    super(handle, u32Codec, value)
  }
}

/**
 * A map of type array.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openArrayMap<V = Uint8Array>(handle: MapHandle, value?: Codec<V>): Result<ArrayMap<V>, MapIncompatible> {
  const fault = misfit(handle, ['array'], { value: value?.sizeBytes })
  return fault === undefined ? Ok(new ArrayMap(handle, codecOr(value, handle.shape.valueSize))) : Err(fault)
}
