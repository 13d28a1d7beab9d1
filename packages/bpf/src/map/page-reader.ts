import { Errno } from '@axoneme/sys'
import { BatchCall, Page, pageCapacity } from './batch-call.js'
import { Cursor, EntryCall } from './entry-call.js'
import { isIndexed, lacksCommand } from './entry-error.js'
import type { MapHandle } from './handle.js'

/** Read one at a time, few are read ahead: what is told should not be old. */
const SINGLE_PAGE = 256
/** Types whose batches walk over buckets, each read under its lock: nothing comes twice, whatever is deleted meanwhile. */
const BUCKETS: ReadonlySet<string> = new Set(['hash', 'lru_hash', 'percpu_hash', 'lru_percpu_hash', 'hash_of_maps'])
/** Other maps with indices have gaps, and a batch stops at one (EINTR, before Linux 6.15). */
const GAPLESS: ReadonlySet<string> = new Set(['array', 'percpu_array'])

/**
 * Reads a map page by page: in batches where the kernel has them for the type, else key by key.
 *
 * Key by key it holds the next key before it tells what comes before it, so that deleting what was told does not disturb
 * it. When that next key is deleted meanwhile, the kernel begins again at the first: then entries come a second time.
 */
export class PageReader {
  page: Page
  /** whether an entry may come twice */
  repeats: boolean
  private batch: BatchCall | undefined
  private single: { cursor: Cursor; call: EntryCall } | undefined
  private first = true
  private ended = false
  private read = 0
  /** more entries than this are only ever seen by starting again and again */
  private readonly limit: number

  constructor(
    private readonly handle: MapHandle,
    private readonly keySize: number,
    /** 0: keys only */
    private readonly valueSize: number,
  ) {
    const { maxEntries, type } = handle.shape
    this.limit = 4 * maxEntries + 1024
    // a batch always copies values out
    if (valueSize > 0 && (!isIndexed(type) || GAPLESS.has(type))) this.batch = new BatchCall(handle, keySize)
    this.repeats = !isIndexed(type) && !(this.batch !== undefined && BUCKETS.has(type))
    this.page = this.newPage(pageCapacity(keySize + valueSize, Math.max(1, maxEntries)))
  }

  /** 1: `page` holds entries; 0: that was all; -EINTR: it began again too often; else -errno. */
  next(): number {
    while (!this.ended) {
      const answer = this.batch === undefined ? this.step() : this.readBatch(this.batch)
      if (answer < 0) return answer
      this.read += this.page.count
      if (this.page.count > 0) return this.read > this.limit ? -Errno.EINTR : 1
    }
    return 0
  }

  private newPage(capacity: number): Page {
    return new Page(capacity, this.keySize, this.valueSize)
  }

  private readBatch(batch: BatchCall): number {
    const answer = batch.read(this.page, this.first)
    if (answer === -Errno.ENOSPC && this.page.capacity <= this.handle.shape.maxEntries) {
      // one bucket holds more than the page
      this.page = this.newPage(this.page.capacity * 2)
      return 0
    }
    if (answer === -Errno.EINTR || (this.first && lacksCommand(-answer))) {
      // not for this type, or given up between deletions: from the beginning, key by key
      this.batch = undefined
      this.repeats = !isIndexed(this.handle.shape.type)
      return 0
    }
    if (answer < 0 && answer !== -Errno.ENOENT) return answer
    this.first = false
    this.ended = answer < 0
    return 0
  }

  private step(): number {
    if (this.single === undefined) {
      const { handle, keySize, valueSize } = this
      this.single = { cursor: new Cursor(handle, keySize), call: new EntryCall(handle, keySize, valueSize) }
      if (this.page.capacity > SINGLE_PAGE) this.page = this.newPage(SINGLE_PAGE)
      this.page.count = 0
      const answer = this.single.cursor.advance()
      if (answer < 0) return this.over(answer)
    }
    const { cursor, call } = this.single
    const { page } = this
    page.count = 0
    for (let steps = 0; steps < page.capacity; steps++) {
      call.key.set(cursor.key)
      const found = this.valueSize === 0 ? 0 : call.lookup()
      if (found >= 0) {
        page.keys.set(cursor.key, page.count * this.keySize)
        page.values.set(call.value, page.count * this.valueSize)
        page.count++
      } else if (found !== -Errno.ENOENT) return found
      // an entry that went away before it was read was a step all the same
      else if (++this.read > this.limit) return -Errno.EINTR
      const answer = cursor.advance()
      if (answer < 0) return this.over(answer)
    }
    return 0
  }

  private over(answer: number): number {
    if (answer !== -Errno.ENOENT) return answer
    this.ended = true
    return 0
  }
}
