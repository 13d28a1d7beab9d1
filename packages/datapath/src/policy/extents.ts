interface Extent {
  readonly start: number
  readonly length: number
}

/** Stretches of an array: the first gap that is long enough is taken, gaps that meet are one. */
export class Extents {
  /** gaps in their order; no two of them meet */
  readonly #gaps: Extent[]
  #used = 0

  constructor(readonly capacity: number) {
    this.#gaps = [{ start: 0, length: capacity }]
  }

  get used(): number {
    return this.#used
  }

  /** Where a stretch of this length begins; undefined: no gap is as long. */
  allot(length: number): number | undefined {
    const at = this.#gaps.findIndex((gap) => gap.length >= length)
    const gap = this.#gaps[at]
    if (gap === undefined) return undefined
    if (gap.length === length) this.#gaps.splice(at, 1)
    else this.#gaps[at] = { start: gap.start + length, length: gap.length - length }
    this.#used += length
    return gap.start
  }

  giveBack(start: number, length: number): void {
    const found = this.#gaps.findIndex((gap) => gap.start > start)
    const at = found < 0 ? this.#gaps.length : found
    const before = this.#gaps[at - 1]
    const after = this.#gaps[at]
    const joinsBefore = before !== undefined && before.start + before.length === start
    const joinsAfter = after !== undefined && start + length === after.start
    const first = joinsBefore ? before.start : start
    const end = joinsAfter ? after.start + after.length : start + length
    this.#gaps.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), { start: first, length: end - first })
    this.#used -= length
  }
}
