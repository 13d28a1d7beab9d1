/** A class for each number of a stretch; stretches in order, without gaps, from 0 to 65535. */
export interface Stretch {
  readonly first: number
  readonly last: number
  readonly class: number
}

/** Numbers whose leading `length` bits are those of `value`. */
export interface NumberPrefix {
  readonly value: number
  /** 0 to 16 */
  readonly length: number
  readonly class: number
}

interface Branch {
  /** classes that this part can be given without more prefixes below */
  readonly candidates: readonly number[]
  readonly zero?: Branch
  readonly one?: Branch
}

/**
 * The fewest prefixes that, the longest match counting, give every number its class.
 * Source: Draves, King, Venkatachary, Zill, "Constructing Optimal IP Routing Tables", 1999.
 *
 * @param inherited the class of numbers that no prefix holds
 */
export function fewestPrefixes(stretches: readonly Stretch[], inherited: number): NumberPrefix[] {
  const prefixes: NumberPrefix[] = []
  choose(branch(stretches, 0, 0), 0, 0, inherited, prefixes)
  return prefixes
}

function branch(stretches: readonly Stretch[], value: number, length: number): Branch {
  const last = value + 2 ** (16 - length) - 1
  const at = find(stretches, value)
  if ((stretches[at] as Stretch).last >= last) return { candidates: [(stretches[at] as Stretch).class] }
  const zero = branch(stretches, value, length + 1)
  const one = branch(stretches, value + 2 ** (15 - length), length + 1)
  const both = zero.candidates.filter((candidate) => one.candidates.includes(candidate))
  const candidates = both.length > 0 ? both : [...new Set([...zero.candidates, ...one.candidates])].sort((a, b) => a - b)
  return { candidates, zero, one }
}

function find(stretches: readonly Stretch[], number: number): number {
  let low = 0
  let high = stretches.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((stretches[middle] as Stretch).first <= number) low = middle
    else high = middle - 1
  }
  return low
}

function choose({ candidates, zero, one }: Branch, value: number, length: number, inherited: number, into: NumberPrefix[]): void {
  const given = candidates.includes(inherited) ? inherited : (candidates[0] as number)
  if (given !== inherited) into.push({ value, length, class: given })
  if (zero === undefined || one === undefined) return
  choose(zero, value, length + 1, given, into)
  choose(one, value + 2 ** (15 - length), length + 1, given, into)
}
