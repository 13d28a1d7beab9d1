import { evaluate } from '../evaluate/evaluate.js'
import type { Policy } from '../rule/policy.js'
import type { Universe } from '../universe/universe.js'
import { type Box, boxesOf } from './boxes.js'
import { Closers } from './closers.js'
import type { Changes } from './compare.js'
import type { End } from './ends.js'
import { exampleFlow } from './example-flow.js'
import type { Change } from './judge-change.js'
import type { Kind } from './kinds.js'
import type { ChangeEffect, ChangeGroup, Judgement, MeaningDiff } from './meaning-diff.js'
import type { Region } from './outside.js'
import { sizeOf } from './traffic-set.js'
import type { TrafficSpace } from './traffic-space.js'
import { trafficRanges } from './traffic-text.js'
import { WhoIsWho } from './who.js'

/** What was compared. */
export interface Compared {
  readonly ends: readonly End[]
  readonly outside: readonly Region[]
  readonly kinds: readonly Kind[]
  readonly space: TrafficSpace
}

const ORDER: readonly ChangeEffect[] = ['closed', 'opened', 'redirected', 'changed']

/** Makes of changes what a reader is shown. */
export class Grouping {
  readonly #who: WhoIsWho
  readonly #closers: readonly [before: Closers, after: Closers]

  constructor(
    private readonly universe: Universe,
    private readonly sets: readonly [before: readonly Policy[], after: readonly Policy[]],
    private readonly compared: Compared,
  ) {
    this.#who = new WhoIsWho(universe, compared.ends, compared.outside)
    this.#closers = [new Closers(universe, sets[0]), new Closers(universe, sets[1])]
  }

  diff(changes: Changes): MeaningDiff {
    const { ends, kinds } = this.compared
    const groups = [...changes].flatMap(([change, atoms]) => boxesOf(atoms).map((box) => this.#group(change, box)))
    const text = ({ from, to, traffic }: ChangeGroup): string => `${from.text} ${to.text} ${traffic.map((range) => range.text)}`
    const size = (at: number): number => kinds[at]?.members.length ?? 0
    const pairs = new Map<string, number>()
    for (const atoms of changes.values()) for (const { from, to } of atoms) pairs.set(`${from} ${to}`, size(from) * size(to))
    const flows = { closed: 0, opened: 0, redirected: 0, changed: 0 }
    for (const group of groups) flows[group.effect] += group.flows
    return {
      groups: groups.sort((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect) || b.flows - a.flows || (text(a) < text(b) ? -1 : 1)),
      totals: {
        ends: ends.length,
        pairs: ends.length ** 2 - ends.filter(({ sort }) => sort === 'outside').length ** 2,
        changedPairs: [...pairs.values()].reduce((sum, one) => sum + one, 0),
        flows,
      },
    }
  }

  #group({ effect, before, after }: Change, box: Box): ChangeGroup {
    const { protocols } = this.compared.space
    const [from, to] = [this.#kinds(box.from), this.#kinds(box.to)]
    const [sources, destinations] = [endsOf(from), endsOf(to)]
    const flow = exampleFlow(sources, destinations, box.traffic, protocols)
    const pairs = sources.length * destinations.length
    return {
      effect,
      from: this.#who.of(sources),
      to: this.#who.of(destinations),
      traffic: trafficRanges(box.traffic, protocols),
      before: judgement(before, this.#closers[0], from, to),
      after: judgement(after, this.#closers[1], from, to),
      example: { flow, before: evaluate(this.universe, this.sets[0], flow), after: evaluate(this.universe, this.sets[1], flow) },
      pairs,
      flows: pairs * sizeOf(box.traffic, 256 - protocols.length),
    }
  }

  #kinds(numbers: readonly number[]): Kind[] {
    return numbers.map((at) => this.compared.kinds[at] as Kind)
  }
}

function endsOf(kinds: readonly Kind[]): End[] {
  return kinds.flatMap(({ members }) => members)
}

function judgement({ verdict, sides }: Change['before'], closers: Closers, from: readonly Kind[], to: readonly Kind[]): Judgement {
  return {
    verdict,
    sides: sides.map(({ direction, spoken: { decision } }) => {
      const closed = decision.reason === 'default-deny' ? closers.of(direction, direction === 'egress' ? from : to) : []
      return { ...decision, direction, ...(closed.length === 0 ? {} : { closedBy: closed }) }
    }),
  }
}
