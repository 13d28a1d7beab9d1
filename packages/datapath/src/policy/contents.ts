import type { MapError } from '@axoneme/bpf'
import type { Result } from '@axoneme/sys'
import { cellsOf } from './cells.js'
import { entryOf, type NumberedDecision } from './decisions.js'
import type { Draft } from './draft.js'
import type { Grace } from './grace.js'
import { inOrder, type PolicyMaps, put } from './policy-maps.js'
import { SharedNumbers } from './shared-numbers.js'

/** What tables share by what it says. A chunk and a directory are their keys. */
export class Contents {
  readonly chunks: SharedNumbers<void>
  readonly directories: SharedNumbers<void>
  readonly decisions: SharedNumbers<NumberedDecision>
  /** by name */
  readonly listeners: SharedNumbers<void>

  constructor(
    private readonly maps: PolicyMaps,
    grace: Grace,
  ) {
    const of = <V>(size: keyof PolicyMaps, end = 0x1_0000): SharedNumbers<V> =>
      new SharedNumbers(size, maps[size].name, Math.min(end, maps[size].maxEntries), grace)
    this.chunks = of('chunks')
    this.directories = of('directories')
    this.decisions = of('decisions')
    this.listeners = of('listeners', 256)
  }

  /** Writes what a draft is the first to need. Listeners are written when they get a port. */
  write(draft: Draft): Result<unknown, MapError> {
    const { chunks, directories, decisions } = this.maps
    const steps = [
      () =>
        put(
          chunks,
          draft.fresh(this.chunks).map(({ number, key }) => [number, { number: cellsOf(key) }] as const),
        ),
      () =>
        put(
          directories,
          draft.fresh(this.directories).map(({ number, key }) => [number, { chunk: cellsOf(key) }] as const),
        ),
      () =>
        put(
          decisions,
          draft.fresh(this.decisions).map(({ number, value }) => [number, entryOf(value)] as const),
        ),
    ]
    return inOrder(steps)
  }

  reclaim(): void {
    for (const numbers of [this.chunks, this.directories, this.decisions, this.listeners]) numbers.reclaim()
  }
}
