import { Err, Ok, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { BpfMap } from './bpf-map.js'
import { u32Codec } from './codecs.js'
import type { MapError } from './entry-error.js'
import type { WalkError } from './entry-map.js'
import { codecOr, misfit } from './fit.js'
import type { MapHandle } from './handle.js'
import { TypedMap } from './typed-map.js'

/** A map of programs, or of maps: written by descriptor, read by id. */
export class DescriptorMap<K> extends TypedMap {
  private readonly entries: BpfMap<K, number>

  constructor(
    handle: MapHandle,
    readonly key: Codec<K>,
  ) {
    super(handle)
    this.entries = new BpfMap(handle, key, u32Codec)
  }

  /**
   * Puts a program or map in. The map holds it from then on, whatever becomes of the descriptor.
   *
   * @param fd of a program of the type of the others here, or a map like the one that this was made with
   * @errors input.invalid (an index beyond the array) · bpf.map-full · bpf.refused (EINVAL: not of the right sort) · sys.closed · permission.denied
   */
  set(key: K, fd: number): Result<void, MapError> {
    return this.entries.update(key, fd)
  }

  /**
   * The id of what is there; undefined when nothing is.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   */
  id(key: K): Result<number | undefined, MapError> {
    return this.entries.lookup(key)
  }

  /**
   * All that is there: keys and ids.
   *
   * @errors bpf.interrupted · sys.closed · bpf.refused
   */
  ids(): Result<[K, number][], WalkError> {
    return this.entries.lookupAll()
  }

  /**
   * Takes out what is there; false when nothing was.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   */
  delete(key: K): Result<boolean, MapError> {
    return this.entries.delete(key)
  }
}

/** A table of programs for tail calls. It empties when no descriptor and no pin holds it any more. */
export type ProgramArray = DescriptorMap<number>

/** Maps in an array, or in a hash table. */
export type MapOfMaps<K> = DescriptorMap<K>

/**
 * A map of type prog_array.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openProgramArray(handle: MapHandle): Result<ProgramArray, MapIncompatible> {
  const fault = misfit(handle, ['prog_array'], {})
  return fault === undefined ? Ok(new DescriptorMap(handle, u32Codec)) : Err(fault)
}

/**
 * A map of type array_of_maps.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openArrayOfMaps(handle: MapHandle): Result<MapOfMaps<number>, MapIncompatible> {
  const fault = misfit(handle, ['array_of_maps'], {})
  return fault === undefined ? Ok(new DescriptorMap(handle, u32Codec)) : Err(fault)
}

/**
 * A map of type hash_of_maps.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openHashOfMaps<K = Uint8Array>(handle: MapHandle, key?: Codec<K>): Result<MapOfMaps<K>, MapIncompatible> {
  const fault = misfit(handle, ['hash_of_maps'], { key: key?.sizeBytes })
  return fault === undefined ? Ok(new DescriptorMap(handle, codecOr(key, handle.shape.keySize))) : Err(fault)
}
