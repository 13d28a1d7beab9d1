import { Err, Errno, inputInvalid, Ok, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { Interrupted } from '../errors.js'
import { BatchCall, Page, pageCapacity } from './batch-call.js'
import { EntryCall, type UpdateMode } from './entry-call.js'
import { type BulkError, bulkError, codecFault, entryError, lacksCommand, type MapError } from './entry-error.js'
import type { MapHandle } from './handle.js'
import { TypedMap } from './typed-map.js'
import { Walk, type WalkOptions } from './walk.js'

/** What may go wrong with a walk over all entries. */
export type WalkError = MapError | Interrupted

const ABSENT: Result<undefined, never> = Ok(undefined)
const DONE: Result<void, never> = Ok(undefined)

/**
 * Entries that are read and written by key: what every map with keys does. One operation at a time goes through buffers that
 * are made once; values given out are copies.
 *
 * What a codec refuses (a RangeError: a value that does not fit) is input.invalid.
 */
export class EntryMap<K, V> extends TypedMap {
  protected readonly call: EntryCall
  protected readonly bulk: BatchCall

  constructor(
    handle: MapHandle,
    readonly key: Codec<K>,
    readonly value: Codec<V>,
  ) {
    super(handle)
    this.call = new EntryCall(handle, key.sizeBytes, value.sizeBytes)
    this.bulk = new BatchCall(handle, key.sizeBytes)
  }

  /**
   * The value of a key; undefined when there is none.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_LOOKUP_ELEM
   */
  lookup(key: K): Result<V | undefined, MapError> {
    try {
      this.key.write(key, this.call.key, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'key'))
    }
    const answer = this.call.lookup()
    if (answer >= 0) return Ok(this.value.read(this.call.value, 0))
    return answer === -Errno.ENOENT ? ABSENT : Err(entryError(this.handle, 'look up in', 'BPF_MAP_LOOKUP_ELEM', -answer))
  }

  /**
   * Sets the value of a key.
   *
   * @param mode 'create': the key must not be there; 'exist': it must
   * @errors bpf.exists · bpf.missing · bpf.map-full · input.invalid (an index beyond the array) · sys.closed · bpf.refused · permission.denied (frozen)
   * @source linux/bpf.h BPF_MAP_UPDATE_ELEM
   */
  update(key: K, value: V, mode: UpdateMode = 'any'): Result<void, MapError> {
    try {
      this.key.write(key, this.call.key, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'key'))
    }
    try {
      this.value.write(value, this.call.value, 0)
    } catch (reason) {
      return Err(codecFault(reason, 'value'))
    }
    const answer = this.call.update(mode)
    return answer >= 0 ? DONE : Err(entryError(this.handle, 'update', 'BPF_MAP_UPDATE_ELEM', -answer))
  }

  /**
   * All entries, one after the other. Entries may be changed and deleted meanwhile, here or elsewhere: each is told once, as
   * it was when its page was read, and every entry that is there all the while is told. An error is the last thing told.
   *
   * @errors bpf.interrupted (it had to begin again too often) · sys.closed · bpf.refused
   * @source linux/bpf.h BPF_MAP_LOOKUP_BATCH, BPF_MAP_GET_NEXT_KEY
   */
  *entries(options: WalkOptions = {}): Generator<Result<[K, V], WalkError>, void, void> {
    const walk = this.walk(options)
    for (;;) {
      const answer = walk.advance()
      if (answer === 0) return
      if (answer < 0) {
        yield Err(this.walkError(answer))
        return
      }
      yield Ok([this.key.read(walk.keys, walk.keyAt), this.value.read(walk.values, walk.valueAt)])
    }
  }

  /**
   * All keys, as {@link entries} tells entries; also where the kernel gives no values out.
   *
   * @errors bpf.interrupted · sys.closed · bpf.refused
   */
  *keys(options: WalkOptions = {}): Generator<Result<K, WalkError>, void, void> {
    const walk = new Walk(this.handle, this.key.sizeBytes, 0, options.onRestart)
    for (;;) {
      const answer = walk.advance()
      if (answer === 0) return
      if (answer < 0) {
        yield Err(this.walkError(answer))
        return
      }
      yield Ok(this.key.read(walk.keys, walk.keyAt))
    }
  }

  /**
   * All entries at once, each once.
   *
   * @errors bpf.interrupted · sys.closed · bpf.refused
   */
  lookupAll(options: WalkOptions = {}): Result<[K, V][], WalkError> {
    const all: [K, V][] = []
    const walk = this.walk(options)
    for (;;) {
      const answer = walk.advance()
      if (answer === 0) return Ok(all)
      if (answer < 0) return Err(this.walkError(answer))
      all.push([this.key.read(walk.keys, walk.keyAt), this.value.read(walk.values, walk.valueAt)])
    }
  }

  /**
   * Sets many entries, in their order: a Map, or pairs. Answers how many; the error says how many were set before it.
   *
   * @errors bpf.map-full · bpf.exists · bpf.missing · input.invalid · sys.closed · bpf.refused · permission.denied
   * @source linux/bpf.h BPF_MAP_UPDATE_BATCH; 'create' and 'exist' are one call each, the kernel has no batch for them
   */
  updateAll(entries: Iterable<readonly [K, V]>, mode: UpdateMode = 'any'): Result<number, BulkError> {
    const { key, value } = this
    const page = this.bulkPage(entries, value.sizeBytes)
    let done = 0
    let filled = 0
    for (const [entryKey, entryValue] of entries) {
      try {
        key.write(entryKey, page.keys, filled * key.sizeBytes)
        value.write(entryValue, page.values, filled * value.sizeBytes)
      } catch (reason) {
        return Err(bulkError(codecFault(reason, `entries.${done + filled}`), done))
      }
      if (++filled < page.capacity) continue
      const answer = this.put(page.keys, page.values, filled, mode)
      if (answer < 0) return Err(this.putError(answer, done))
      done += filled
      filled = 0
    }
    const answer = filled === 0 ? 0 : this.put(page.keys, page.values, filled, mode)
    return answer < 0 ? Err(this.putError(answer, done)) : Ok(done + filled)
  }

  /**
   * Sets `count` entries from bytes that are ready: keys one after the other, values likewise (for per-CPU types those of all
   * CPUs, each rounded up to 8 bytes). Answers how many; the error says how many were set before it.
   *
   * @errors bpf.map-full · input.invalid · sys.closed · bpf.refused · permission.denied
   */
  updateRaw(keys: Uint8Array, values: Uint8Array, count: number): Result<number, BulkError> {
    const { key, value } = this
    if (!Number.isInteger(count) || count < 0) return Err(bulkError(inputInvalid('count', `${count} is no number of entries`), 0))
    if (keys.length < count * key.sizeBytes)
      return Err(bulkError(inputInvalid('keys', `${count} keys of ${key.sizeBytes} bytes do not fit into ${keys.length}`), 0))
    if (values.length < count * value.sizeBytes)
      return Err(bulkError(inputInvalid('values', `${count} values of ${value.sizeBytes} bytes do not fit into ${values.length}`), 0))
    const answer = count === 0 ? 0 : this.put(keys, values, count, 'any')
    return answer < 0 ? Err(this.putError(answer, 0)) : Ok(count)
  }

  /** Room for the entries of a bulk call, or for as many as go into one command. */
  protected bulkPage(entries: Iterable<unknown>, valueSize: number): Page {
    const { length, size } = entries as { length?: unknown; size?: unknown }
    const told = typeof length === 'number' ? length : typeof size === 'number' ? size : 65_536
    return new Page(pageCapacity(this.key.sizeBytes + valueSize, Math.max(1, told)), this.key.sizeBytes, valueSize)
  }

  private walk(options: WalkOptions): Walk {
    return new Walk(this.handle, this.key.sizeBytes, this.value.sizeBytes, options.onRestart)
  }

  private walkError(answer: number): WalkError {
    if (answer !== -Errno.EINTR) return entryError(this.handle, 'read', 'BPF_MAP_LOOKUP_BATCH', -answer)
    return Object.freeze({
      code: 'bpf.interrupted',
      map: this.name,
      message: `read map ${this.name}: keys were deleted so fast that it had to begin again and again`,
      hint: 'Read it when fewer entries come and go.',
    })
  }

  private putError(answer: number, before: number): BulkError {
    return bulkError(entryError(this.handle, 'update', 'BPF_MAP_UPDATE_BATCH', -answer), before + this.bulk.done)
  }

  private put(keys: Uint8Array, values: Uint8Array, count: number, mode: UpdateMode): number {
    const { bulk, call } = this
    if (mode === 'any') {
      const answer = bulk.update(keys, values, count)
      if (answer >= 0 || bulk.done > 0 || !lacksCommand(-answer)) return answer
    }
    const { length: keySize } = call.key
    const { length: valueSize } = call.value
    for (bulk.done = 0; bulk.done < count; bulk.done++) {
      call.key.set(keys.subarray(bulk.done * keySize, (bulk.done + 1) * keySize))
      call.value.set(values.subarray(bulk.done * valueSize, (bulk.done + 1) * valueSize))
      const answer = call.update(mode)
      if (answer < 0) return answer
    }
    return 0
  }
}
