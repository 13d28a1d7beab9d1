import { Err, Errno, Ok, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { EntryCall } from './entry-call.js'
import { codecFault, entryError, type MapError } from './entry-error.js'
import { codecOr, misfit } from './fit.js'
import type { MapHandle } from './handle.js'
import { TypedMap } from './typed-map.js'

const YES: Result<boolean, never> = Ok(true)
const NO: Result<boolean, never> = Ok(false)
const DONE: Result<void, never> = Ok(undefined)

/** A set that forgets nothing, and may take what it never saw for known; what it says it does not know it never saw. */
export class BloomFilter<V> extends TypedMap {
  private readonly call: EntryCall

  constructor(
    handle: MapHandle,
    readonly value: Codec<V>,
  ) {
    super(handle)
    this.call = new EntryCall(handle, 0, value.sizeBytes)
  }

  /**
   * Adds a value.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_UPDATE_ELEM
   */
  push(value: V): Result<void, MapError> {
    try {
      this.value.write(value, this.call.value, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'value'))
    }
    const answer = this.call.update('any')
    return answer >= 0 ? DONE : Err(entryError(this.handle, 'push into', 'BPF_MAP_UPDATE_ELEM', -answer))
  }

  /**
   * Whether a value was added: false is certain, true is likely.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_LOOKUP_ELEM
   */
  peek(value: V): Result<boolean, MapError> {
    try {
      this.value.write(value, this.call.value, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'value'))
    }
    const answer = this.call.lookup()
    if (answer >= 0) return YES
    return answer === -Errno.ENOENT ? NO : Err(entryError(this.handle, 'peek into', 'BPF_MAP_LOOKUP_ELEM', -answer))
  }
}

/**
 * A map of type bloom_filter.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openBloomFilter<V = Uint8Array>(handle: MapHandle, value?: Codec<V>): Result<BloomFilter<V>, MapIncompatible> {
  const fault = misfit(handle, ['bloom_filter'], { value: value?.sizeBytes })
  return fault === undefined ? Ok(new BloomFilter(handle, codecOr(value, handle.shape.valueSize))) : Err(fault)
}
