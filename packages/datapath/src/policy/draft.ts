import { type DatapathCapacity, shortage } from './errors.js'
import type { Shared, SharedNumbers } from './shared-numbers.js'

/**
 * What one owner holds of what is shared, each once. Nothing that is shared holds something else that is: an owner holds all by himself
 * that a program reads on its way.
 */
export class Holding {
  readonly #shared = new Set<Shared<unknown>>()

  add(shared: Shared<unknown>): void {
    this.#shared.add(shared)
  }

  has(shared: Shared<unknown>): boolean {
    return this.#shared.has(shared)
  }

  /** Takes over what another one holds. */
  take(other: Holding): void {
    for (const shared of other.#shared)
      if (this.#shared.has(shared)) shared.numbers.release(shared)
      else this.#shared.add(shared)
    other.#shared.clear()
  }

  release(): void {
    for (const shared of this.#shared) shared.numbers.release(shared)
    this.#shared.clear()
  }
}

/** One change: the contents that it is the first to need, and those that there is no number for. */
export class Draft {
  readonly #fresh = new Map<SharedNumbers<unknown>, Shared<unknown>[]>()
  readonly #lacking = new Map<SharedNumbers<unknown>, Map<string, number>>()

  /**
   * The number of a content, held from now on. When there is none the draft says what lacks, and the answer is a number past all that there
   * are: what is made with it differs as it would, so that all that lacks is counted.
   */
  hold<V>(holding: Holding, numbers: SharedNumbers<V>, key: string, make: () => V): number {
    const there = numbers.find(key)
    if (there !== undefined && holding.has(there)) return there.number
    const shared = numbers.hold(key, make)
    if (shared === undefined) {
      const lacking = ofKey(this.#lacking, numbers, () => new Map<string, number>())
      return ofKey(lacking, key, () => numbers.fill().capacity + 1 + lacking.size)
    }
    if (there === undefined) ofKey(this.#fresh, numbers, (): Shared<unknown>[] => []).push(shared)
    holding.add(shared)
    return shared.number
  }

  /** What is to be written. */
  fresh<V>(numbers: SharedNumbers<V>): readonly Shared<V>[] {
    const all = (this.#fresh.get(numbers) ?? []) as Shared<V>[]
    return all.filter(({ holders }) => holders > 0)
  }

  /** What does not fit; of several, the first that was asked for: others may lack because it does. */
  fault(): DatapathCapacity | undefined {
    for (const [numbers, keys] of this.#lacking) return shortage(numbers.shortage(keys.size))
    return undefined
  }

  /** All of it is written. */
  keep(): void {
    for (const all of this.#fresh.values()) for (const shared of all) shared.fresh = false
  }
}

function ofKey<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key)
  if (there !== undefined) return there
  const made = make()
  map.set(key, made)
  return made
}
