/** Numbers that look random and come again with the same seed (mulberry32). */
export class Random {
  constructor(private state: number) {
    this.state = state >>> 0
  }

  /** a stream of its own for a name, so that one target's numbers do not depend on the others */
  static of(seed: number, name: string): Random {
    let hash = seed >>> 0
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0
    return new Random(hash)
  }

  get position(): number {
    return this.state
  }

  set position(state: number) {
    this.state = state >>> 0
  }

  /** 0 to 2^32-1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** 0 to limit-1 */
  below(limit: number): number {
    return limit <= 1 ? 0 : Math.floor((this.next() / 0x1_0000_0000) * limit)
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at++) bytes[at] = this.next()
    return bytes
  }
}
