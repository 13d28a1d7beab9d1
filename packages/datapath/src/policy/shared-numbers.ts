import type { Fill, Shortage } from './errors.js'
import { type Grace, Resting } from './grace.js'
import { Numbers } from './numbers.js'
import type { PolicyMaps } from './policy-maps.js'

/** A content and its number. */
export interface Shared<V> {
  readonly numbers: SharedNumbers<V>
  readonly key: string
  readonly number: number
  readonly value: V
  holders: number
  /** not written yet: no program can know of it */
  fresh: boolean
  /** when it is given up for good, if nobody holds it before */
  restsUntil: number
}

/** Numbers of 16 bits for contents: equal ones have one, until nobody has held it for the grace period. 0 is nobody's. */
export class SharedNumbers<V> {
  readonly #numbers: Numbers
  readonly #byKey = new Map<string, Shared<V>>()
  readonly #byNumber: (Shared<V> | undefined)[] = []
  readonly #resting: Resting<Shared<V>>
  #held = 0

  constructor(
    private readonly size: keyof PolicyMaps,
    private readonly map: string,
    /** numbers are below it; the first is 1 */
    end: number,
    grace: Grace,
  ) {
    this.#numbers = new Numbers(1, Math.min(end, 0x1_0000))
    this.#resting = new Resting(grace)
  }

  at(number: number): Shared<V> | undefined {
    return this.#byNumber[number]
  }

  find(key: string): Shared<V> | undefined {
    return this.#byKey.get(key)
  }

  values(): IterableIterator<Shared<V>> {
    return this.#byKey.values()
  }

  /** One holder more of a content, which rests no longer; undefined: it has no number, and none is left. */
  hold(key: string, make: () => V): Shared<V> | undefined {
    let shared = this.#byKey.get(key)
    if (shared === undefined) {
      const number = this.#numbers.allot()
      if (number === undefined) return undefined
      shared = { numbers: this, key, number, value: make(), holders: 0, fresh: true, restsUntil: 0 }
      this.#byKey.set(key, shared)
      this.#byNumber[number] = shared
    }
    if (shared.holders++ === 0) this.#held++
    return shared
  }

  /** One holder less. Nobody's content rests; what was never written goes at once. */
  release(shared: Shared<V>): void {
    if (--shared.holders > 0) return
    this.#held--
    if (shared.fresh) this.#forget(shared)
    else shared.restsUntil = this.#resting.add(shared)
  }

  reclaim(): void {
    // held again meanwhile, or given up again later: that rest is another one
    for (const { thing, until } of this.#resting.rested())
      if (thing.holders === 0 && thing.restsUntil === until && this.#byNumber[thing.number] === thing) this.#forget(thing)
  }

  fill(): Fill {
    return { used: this.#numbers.used, capacity: this.#numbers.capacity }
  }

  /** @param more contents that have no number */
  shortage(more: number): Shortage {
    const { used, capacity } = this.fill()
    return { map: this.map, size: this.size, used, capacity, needed: used + more, resting: used - this.#held }
  }

  #forget({ key, number }: Shared<V>): void {
    this.#byKey.delete(key)
    this.#byNumber[number] = undefined
    this.#numbers.giveBack(number)
  }
}
