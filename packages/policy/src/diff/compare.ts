import { type Change, judgeChange } from './judge-change.js'
import type { Kind } from './kinds.js'
import type { SideBook, SideRows } from './side-rows.js'
import type { Spoken } from './spoken.js'
import { type TrafficSet, union } from './traffic-set.js'
import type { TrafficSpace } from './traffic-space.js'

/** Flows of one pair of kinds to which the same happens: all of the pair to which that happens. */
export interface Atom {
  readonly from: number
  readonly to: number
  /** equal sets are one object */
  readonly traffic: TrafficSet
}

/** What changes, by what happens: for each change its atoms. */
export type Changes = ReadonlyMap<Change, readonly Atom[]>

/** Looks at the pairs of kinds of which a side says something else now, and at no others. */
export function compare(kinds: readonly Kind[], sides: SideBook, space: TrafficSpace, rules: boolean): Changes {
  const outcomes = new Outcomes(space, rules)
  const found = new Map<Change, Atom[]>()
  for (const [from, others] of candidates(kinds, sides))
    for (const to of others) {
      const [source, destination] = [kinds[from] as Kind, kinds[to] as Kind]
      const egress = sides.of(source.tables?.egress, (destination.members as [Kind['members'][number]])[0])
      const ingress = sides.of(destination.tables?.ingress, (source.members as [Kind['members'][number]])[0])
      for (const { change, traffic } of outcomes.of(egress, ingress)) {
        const there = found.get(change)
        if (there === undefined) found.set(change, [{ from, to, traffic }])
        else there.push({ from, to, traffic })
      }
    }
  return found
}

/** For each source the destinations with which either of the two sides differs. */
function candidates(kinds: readonly Kind[], sides: SideBook): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>()
  for (const direction of ['egress', 'ingress'] as const) {
    const differing = new Map<number, readonly number[]>()
    for (const subject of kinds) {
      const pair = subject.tables?.[direction]
      if (pair === undefined) continue
      const peers =
        differing.get(pair.id) ??
        kinds.filter(({ members }) => sides.of(pair, members[0] as Kind['members'][number]).differs).map(({ at }) => at)
      differing.set(pair.id, peers)
      for (const peer of peers) {
        const [from, to] = direction === 'egress' ? [subject.at, peer] : [peer, subject.at]
        const there = found.get(from)
        if (there === undefined) found.set(from, new Set([to]))
        else there.add(to)
      }
    }
  }
  return found
}

interface Outcome {
  readonly change: Change
  readonly traffic: TrafficSet
}

/** What two sides make of all traffic between them; asked once for each two. */
class Outcomes {
  readonly #known = new Map<number, Map<number, readonly Outcome[]>>()
  readonly #judged = new Map<string, Change | undefined>()
  readonly #changes = new Map<string, Change>()
  readonly #sets = new Map<string, TrafficSet>()

  constructor(
    private readonly space: TrafficSpace,
    private readonly rules: boolean,
  ) {}

  of(egress: SideRows, ingress: SideRows): readonly Outcome[] {
    const byIngress = this.#known.get(egress.id) ?? new Map<number, readonly Outcome[]>()
    this.#known.set(egress.id, byIngress)
    const outcome = byIngress.get(ingress.id) ?? this.#judge(egress, ingress)
    byIngress.set(ingress.id, outcome)
    return outcome
  }

  #judge(egress: SideRows, ingress: SideRows): Outcome[] {
    const found = new Map<Change, TrafficSet[]>()
    for (const { classes, traffic } of this.space.parts([...egress.layouts, ...ingress.layouts])) {
      const [one, two, three, four] = classes as [number, number, number, number]
      const change = this.#change(egress.before[one], egress.after[two], ingress.before[three], ingress.after[four])
      if (change !== undefined) found.set(change, [...(found.get(change) ?? []), traffic])
    }
    return [...found].map(([change, parts]) => ({ change, traffic: this.#one(union(parts)) }))
  }

  #one(set: TrafficSet): TrafficSet {
    const one = this.#sets.get(set.key) ?? set
    this.#sets.set(set.key, one)
    return one
  }

  #change(...[out, outNow, into, intoNow]: (Spoken | undefined)[]): Change | undefined {
    if (out === undefined || outNow === undefined || into === undefined || intoNow === undefined) return undefined
    const key = `${out.id} ${outNow.id} ${into.id} ${intoNow.id}`
    if (this.#judged.has(key)) return this.#judged.get(key)
    const made = judgeChange({ egress: { before: out, after: outNow }, ingress: { before: into, after: intoNow } }, this.rules)
    const change = made === undefined ? undefined : (this.#changes.get(made.key) ?? made)
    if (change !== undefined) this.#changes.set(change.key, change)
    this.#judged.set(key, change)
    return change
  }
}
