import type { MapHandle } from './handle.js'
import { PageReader } from './page-reader.js'

/** How a walk over a map is made. */
export interface WalkOptions {
  /**
   * Called when the kernel began again at the first key, because the key that the walk was at was deleted. What was told
   * is not told again; what was added or changed meanwhile may or may not be told.
   */
  readonly onRestart?: (() => void) | undefined
}

/** A walk over the entries of a map, at one of them at a time; nothing is told twice. */
export class Walk {
  /** which entry of the page */
  private index = -1
  private readonly reader: PageReader
  private seen: Map<string, number> | undefined
  /** how often it began again */
  private round = 0

  constructor(
    handle: MapHandle,
    private readonly keySize: number,
    private readonly valueSize: number,
    private readonly onRestart: (() => void) | undefined,
  ) {
    this.reader = new PageReader(handle, keySize, valueSize)
  }

  get keys(): Uint8Array {
    return this.reader.page.keys
  }

  get keyAt(): number {
    return this.index * this.keySize
  }

  get values(): Uint8Array {
    return this.reader.page.values
  }

  get valueAt(): number {
    return this.index * this.valueSize
  }

  /** 1: at the next entry; 0: there is none; -EINTR: it began again too often; else -errno. */
  advance(): number {
    for (;;) {
      this.index++
      if (this.index >= this.reader.page.count || this.index === 0) {
        const answer = this.reader.next()
        if (answer <= 0) return answer
        this.index = 0
      }
      if (!this.reader.repeats || this.isNew()) return 1
    }
  }

  /** A key comes twice only when the walk began again; which time it was seen in tells whether that is once more. */
  private isNew(): boolean {
    this.seen ??= new Map()
    const { seen, keys, keyAt } = this
    const key = Buffer.from(keys.buffer, keys.byteOffset + keyAt, this.keySize).toString('latin1')
    const round = seen.get(key)
    if (round === this.round) {
      this.round++
      this.onRestart?.()
    }
    seen.set(key, this.round)
    return round === undefined
  }
}
