import { isSubject } from '../evaluate/match.js'
import type { NetworkPolicy, Policy } from '../rule/policy.js'
import { type Direction, directions } from '../rule/rule.js'
import type { Universe } from '../universe/universe.js'
import type { Kind } from './kinds.js'

/** Which policies of a set close a direction for whom: what a denial without a rule rests on. */
export class Closers {
  readonly #closing: Readonly<Record<Direction, readonly NetworkPolicy[]>>
  readonly #known = new Map<string, readonly NetworkPolicy[]>()

  constructor(
    private readonly universe: Universe,
    policies: readonly Policy[],
  ) {
    const closing = directions.map((direction) => [
      direction,
      policies.filter((policy): policy is NetworkPolicy => policy.kind === 'network-policy' && policy.defaultDeny[direction]),
    ])
    this.#closing = Object.fromEntries(closing)
  }

  /** Keys of the policies that close the direction for any of the subjects; those that only tell where no other does. */
  of(direction: Direction, subjects: readonly Kind[]): string[] {
    const found = subjects.flatMap((kind) => {
      const closing = this.#ofKind(direction, kind)
      const closed = closing.filter(({ audit }) => !audit)
      return (closed.length > 0 ? closed : closing).map(({ key }) => key)
    })
    return [...new Set(found)].sort()
  }

  #ofKind(direction: Direction, { at, members }: Kind): readonly NetworkPolicy[] {
    const key = `${direction} ${at}`
    const there = this.#known.get(key)
    if (there !== undefined) return there
    const [first] = members
    const party = first === undefined ? undefined : this.universe.party(first.flowEnd)
    const made = party === undefined ? [] : this.#closing[direction].filter(({ subject }) => isSubject(subject, party))
    this.#known.set(key, made)
    return made
  }
}
