import { Err, Errno, Ok, type Result } from '@axoneme/sys'
import type { BpfCallError, MapIncompatible } from '../errors.js'
import { type BulkError, bulkError, codecFault, entryError, lacksCommand, type MapError } from './entry-error.js'
import { EntryMap } from './entry-map.js'
import { codecOr, type MapCodecs, misfit, userValueSize } from './fit.js'
import type { MapHandle } from './handle.js'

const ABSENT: Result<undefined, never> = Ok(undefined)
const YES: Result<boolean, never> = Ok(true)
const NO: Result<boolean, never> = Ok(false)

/** A map whose entries come and go: hash tables, tries, and whatever has no view of its own. */
export class BpfMap<K, V> extends EntryMap<K, V> {
  /**
   * Deletes a key; false when it was not there.
   *
   * @errors sys.closed · bpf.refused · permission.denied (frozen)
   * @source linux/bpf.h BPF_MAP_DELETE_ELEM
   */
  delete(key: K): Result<boolean, MapError> {
    try {
      this.key.write(key, this.call.key, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'key'))
    }
    const answer = this.call.delete()
    if (answer >= 0) return YES
    return answer === -Errno.ENOENT ? NO : Err(entryError(this.handle, 'delete from', 'BPF_MAP_DELETE_ELEM', -answer))
  }

  /**
   * Takes an entry out, in one step; undefined when it was not there. Kernels before 5.14 refuse it for hash tables.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_LOOKUP_AND_DELETE_ELEM
   */
  lookupAndDelete(key: K): Result<V | undefined, MapError> {
    try {
      this.key.write(key, this.call.key, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'key'))
    }
    const answer = this.call.lookupAndDelete()
    if (answer >= 0) return Ok(this.value.read(this.call.value, 0))
    return answer === -Errno.ENOENT ? ABSENT : Err(entryError(this.handle, 'take from', 'BPF_MAP_LOOKUP_AND_DELETE_ELEM', -answer))
  }

  /**
   * Deletes many keys; those that are not there are passed over. Answers how many were deleted; the error says how many were
   * before it.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_DELETE_BATCH
   */
  deleteAll(keys: Iterable<K>): Result<number, BulkError> {
    const { key } = this
    const page = this.bulkPage(keys, 0)
    let deleted = 0
    let filled = 0
    let given = 0
    const flush = (): number => {
      const answer = this.remove(page.keys, filled)
      deleted += this.bulk.done
      filled = 0
      return answer
    }
    for (const entryKey of keys) {
      try {
        key.write(entryKey, page.keys, filled * key.sizeBytes)
      } catch (reason) {
        return Err(bulkError(codecFault(reason, `keys.${given}`), deleted))
      }
      given++
      if (++filled < page.capacity) continue
      const answer = flush()
      if (answer < 0) return Err(this.removeError(answer, deleted))
    }
    const answer = filled === 0 ? 0 : flush()
    return answer < 0 ? Err(this.removeError(answer, deleted)) : Ok(deleted)
  }

  private removeError(answer: number, deleted: number): BulkError {
    return bulkError(entryError(this.handle, 'delete from', 'BPF_MAP_DELETE_BATCH', -answer), deleted)
  }

  /** Deletes what is there of `count` keys: -errno, with how many in `bulk.done`. */
  private remove(keys: Uint8Array, count: number): number {
    const { bulk, call } = this
    const { length: keySize } = call.key
    let deleted = 0
    let batches = true
    let answer = 0
    for (let at = 0; at < count && answer >= 0; ) {
      if (batches) {
        answer = bulk.delete(keys.subarray(at * keySize), count - at)
        deleted += bulk.done
        at += bulk.done
        if (answer >= 0) break
        batches = bulk.done > 0 || !lacksCommand(-answer)
        if (!batches) answer = 0
      } else {
        call.key.set(keys.subarray(at * keySize, (at + 1) * keySize))
        answer = call.delete()
        if (answer >= 0) {
          deleted++
          at++
        }
      }
      if (answer === -Errno.ENOENT) {
        // this one is not there: on with the next
        answer = 0
        at++
      }
    }
    bulk.done = deleted
    return answer
  }
}

/**
 * A map of any type whose entries have keys. Without codecs, keys and values are bytes (per-CPU types: those of all CPUs).
 *
 * @errors bpf.map-incompatible (a codec of another size) · sys.failed
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openMap<K = Uint8Array, V = Uint8Array>(
  handle: MapHandle,
  codecs: MapCodecs<K, V> = {},
): Result<BpfMap<K, V>, MapIncompatible | BpfCallError> {
  const valueSize = userValueSize(handle.shape)
  if (valueSize.isErr()) return Err(valueSize.error)
  const fault = misfit(handle, undefined, { key: codecs.key?.sizeBytes })
  if (fault !== undefined) return Err(fault)
  const value = codecOr(codecs.value, valueSize.value)
  if (value.sizeBytes !== valueSize.value) return Err(misfit(handle, undefined, { value: value.sizeBytes }) as MapIncompatible)
  return Ok(new BpfMap(handle, codecOr(codecs.key, handle.shape.keySize), value))
}
