import { Fifo } from './numbers.js'

/**
 * How long what was given up rests before it is used again: a program that runs may have read where it lies a moment before. The clock is
 * looked at once for each change, so that all that a change gives up rests equally long.
 */
export class Grace {
  #now = Number.NEGATIVE_INFINITY

  constructor(
    readonly ms: number,
    private readonly clock: () => number,
  ) {
    this.look()
  }

  /** A clock that goes back stands still here. */
  look(): void {
    this.#now = Math.max(this.#now, this.clock())
  }

  get now(): number {
    return this.#now
  }

  /** when that may be used again which is given up now */
  get until(): number {
    return this.#now + this.ms
  }
}

/** Things that rest, in the order in which they were given up. */
export class Resting<T> {
  readonly #things = new Fifo<{ readonly thing: T; readonly until: number }>()

  constructor(private readonly grace: Grace) {}

  /** Answers until when. */
  add(thing: T): number {
    const { until } = this.grace
    this.#things.push({ thing, until })
    return until
  }

  /** Takes out what has rested. */
  *rested(): Generator<{ readonly thing: T; readonly until: number }> {
    for (let next = this.#things.peek(); next !== undefined && next.until <= this.grace.now; next = this.#things.peek()) {
      this.#things.shift()
      yield next
    }
  }
}
