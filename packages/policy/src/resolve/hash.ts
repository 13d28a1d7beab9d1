/**
 * Content addresses: 128 bits, of text and of sets. A set's is the sum of its members', so that a member that comes or goes costs one
 * addition whatever the size, and the order does not matter. Not cryptographic: whoever writes policies is not the adversary here.
 */
export type Hash = readonly [number, number, number, number]

const SEEDS: Hash = [0x9e37_79b9, 0x85eb_ca6b, 0xc2b2_ae35, 0x27d4_eb2f]

function scramble(value: number): number {
  let word = value
  word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35)
  return (word ^ (word >>> 16)) >>> 0
}

export function hashText(text: string): Hash {
  const lanes: [number, number, number, number] = [...SEEDS]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    lanes[0] = Math.imul(lanes[0] ^ unit, 0x0100_0193)
    lanes[1] = Math.imul(lanes[1] ^ unit, 0x85eb_ca77) + lanes[0]
    lanes[2] = Math.imul(lanes[2] ^ unit, 0xc2b2_ae3d) + lanes[1]
    lanes[3] = Math.imul(lanes[3] ^ unit, 0x27d4_eb2f) + lanes[2]
  }
  return [scramble(lanes[0]), scramble(lanes[1] ^ text.length), scramble(lanes[2]), scramble(lanes[3])]
}

/** The sum of members: a number each, with the hash of what it stands for. */
export class SetHash {
  readonly #lanes = new Uint32Array(4)

  add(member: number, of: Hash): void {
    for (let lane = 0; lane < 4; lane++) this.#lanes[lane] = (this.#lanes[lane] as number) + pair(member, of[lane] as number, lane)
  }

  remove(member: number, of: Hash): void {
    for (let lane = 0; lane < 4; lane++) this.#lanes[lane] = (this.#lanes[lane] as number) - pair(member, of[lane] as number, lane)
  }

  clear(): void {
    this.#lanes.fill(0)
  }

  /** The address of the set together with what else it is made of. */
  address(...others: readonly Hash[]): string {
    let text = ''
    for (let lane = 0; lane < 4; lane++) {
      let word = this.#lanes[lane] as number
      for (const other of others) word = scramble(Math.imul(word, 0x01b3) ^ (other[lane] as number))
      text += (word >>> 0).toString(16).padStart(8, '0')
    }
    return text
  }
}

function pair(member: number, hash: number, lane: number): number {
  return scramble(Math.imul(member ^ (SEEDS[lane] as number), 0x9e37_79b1) ^ scramble(hash + lane))
}
