/** First in, first out. */
export class Fifo<T> {
  #things: T[] = []
  #head = 0

  get size(): number {
    return this.#things.length - this.#head
  }

  push(thing: T): void {
    this.#things.push(thing)
  }

  peek(): T | undefined {
    return this.#things[this.#head]
  }

  shift(): T | undefined {
    const thing = this.#things[this.#head]
    if (thing === undefined) return undefined
    this.#head++
    if (this.#head * 2 > this.#things.length) {
      this.#things = this.#things.slice(this.#head)
      this.#head = 0
    }
    return thing
  }
}

/** Numbers from `first` to before `end`: those that were never used, then those that were given back, the longest ago first. */
export class Numbers {
  readonly #free = new Fifo<number>()
  #next: number

  constructor(
    readonly first: number,
    readonly end: number,
  ) {
    this.#next = first
  }

  get capacity(): number {
    return Math.max(0, this.end - this.first)
  }

  get used(): number {
    return this.#next - this.first - this.#free.size
  }

  /** undefined: none is left */
  allot(): number | undefined {
    return this.#next < this.end ? this.#next++ : this.#free.shift()
  }

  giveBack(number: number): void {
    this.#free.push(number)
  }
}

/** Numbers from 1 to before `end`, always the lowest that is free: what is indexed by them stays short. */
export class DenseNumbers {
  /** those below `next`, the lowest last */
  readonly #free: number[] = []
  #next = 1

  constructor(readonly end: number) {}

  get capacity(): number {
    return Math.max(0, this.end - 1)
  }

  get used(): number {
    return this.#next - 1 - this.#free.length
  }

  /** undefined: none is left */
  allot(): number | undefined {
    return this.#free.pop() ?? (this.#next < this.end ? this.#next++ : undefined)
  }

  giveBack(number: number): void {
    let low = 0
    let high = this.#free.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#free[middle] as number) > number) low = middle + 1
      else high = middle
    }
    this.#free.splice(low, 0, number)
  }
}
