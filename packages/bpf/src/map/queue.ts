import { Err, Errno, Ok, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { EntryCall } from './entry-call.js'
import { codecFault, entryError, type MapError } from './entry-error.js'
import { codecOr, misfit } from './fit.js'
import type { MapHandle } from './handle.js'
import { TypedMap } from './typed-map.js'

const ABSENT: Result<undefined, never> = Ok(undefined)
const DONE: Result<void, never> = Ok(undefined)

/** Values in a row: a queue gives out the oldest first, a stack the newest. */
export class QueueMap<V> extends TypedMap {
  private readonly call: EntryCall

  constructor(
    handle: MapHandle,
    readonly value: Codec<V>,
  ) {
    super(handle)
    this.call = new EntryCall(handle, 0, value.sizeBytes)
  }

  /**
   * Puts a value in.
   *
   * @param whenFull 'drop-oldest' makes room
   * @errors bpf.map-full · sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_UPDATE_ELEM, BPF_EXIST
   */
  push(value: V, whenFull: 'refuse' | 'drop-oldest' = 'refuse'): Result<void, MapError> {
    try {
      this.value.write(value, this.call.value, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'value'))
    }
    const answer = this.call.update(whenFull === 'refuse' ? 'any' : 'exist')
    return answer >= 0 ? DONE : Err(entryError(this.handle, 'push into', 'BPF_MAP_UPDATE_ELEM', -answer))
  }

  /**
   * Takes the next value out; undefined when there is none.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_LOOKUP_AND_DELETE_ELEM
   */
  pop(): Result<V | undefined, MapError> {
    return this.take(this.call.lookupAndDelete(), 'pop from', 'BPF_MAP_LOOKUP_AND_DELETE_ELEM')
  }

  /**
   * The next value, which stays where it is; undefined when there is none.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   */
  peek(): Result<V | undefined, MapError> {
    return this.take(this.call.lookup(), 'peek into', 'BPF_MAP_LOOKUP_ELEM')
  }

  private take(answer: number, operation: string, command: string): Result<V | undefined, MapError> {
    if (answer >= 0) return Ok(this.value.read(this.call.value, 0))
    return answer === -Errno.ENOENT ? ABSENT : Err(entryError(this.handle, operation, command, -answer))
  }
}

/**
 * A map of type queue or stack.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openQueue<V = Uint8Array>(handle: MapHandle, value?: Codec<V>): Result<QueueMap<V>, MapIncompatible> {
  const fault = misfit(handle, ['queue', 'stack'], { value: value?.sizeBytes })
  return fault === undefined ? Ok(new QueueMap(handle, codecOr(value, handle.shape.valueSize))) : Err(fault)
}
