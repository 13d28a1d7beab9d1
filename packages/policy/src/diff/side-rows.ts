import type { Decision } from '../evaluate/verdict.js'
import type { PeerClass } from '../resolve/tables.js'
import type { End } from './ends.js'
import { rowOf, type TablePair } from './kinds.js'
import { Requests } from './requests.js'
import type { RuleSet } from './rule-set.js'
import type { Spoken, Vocabulary } from './spoken.js'
import type { Layout, TrafficSpace } from './traffic-space.js'

/** What one side's tables say of one sort of peers, by class of traffic, under both sets. */
export interface SideRows {
  readonly id: number
  /** undefined where nobody is asked */
  readonly layouts: readonly [before: Layout | undefined, after: Layout | undefined]
  readonly before: readonly Spoken[]
  readonly after: readonly Spoken[]
  /** whether any traffic is judged in another way */
  readonly differs: boolean
}

const noSubject: Decision = Object.freeze({ verdict: 'allow', reason: 'no-subject' })

/** Sides by tables and peers: as few as there are different ones. */
export class SideBook {
  readonly #requests: readonly [Requests, Requests]
  readonly #rows = new Map<number, Map<PeerClass, Map<PeerClass, SideRows>>>()
  readonly nobody: SideRows
  #next = 1

  constructor(
    before: RuleSet,
    after: RuleSet,
    private readonly space: TrafficSpace,
    private readonly vocabulary: Vocabulary,
    private readonly rules: boolean,
  ) {
    this.#requests = [new Requests(before.policies), new Requests(after.policies)]
    const word = vocabulary.spoken(noSubject, this.#requests[0])
    this.nobody = { id: 0, layouts: [undefined, undefined], before: [word], after: [word], differs: false }
  }

  of(pair: TablePair | undefined, peer: End): SideRows {
    const [old, now] = pair === undefined ? [] : [rowOf(pair.before, peer), rowOf(pair.after, peer)]
    if (pair === undefined || old === undefined || now === undefined) return this.nobody
    const byOld = this.#rows.get(pair.id) ?? new Map<PeerClass, Map<PeerClass, SideRows>>()
    this.#rows.set(pair.id, byOld)
    const byNow = byOld.get(old) ?? new Map<PeerClass, SideRows>()
    byOld.set(old, byNow)
    const rows = byNow.get(now) ?? this.#make(pair, old, now)
    byNow.set(now, rows)
    return rows
  }

  #make(pair: TablePair, old: PeerClass, now: PeerClass): SideRows {
    const layouts = [this.space.layoutOf(pair.before.table.ports), this.space.layoutOf(pair.after.table.ports)] as const
    const before = old.decisions.map((decision) => this.vocabulary.spoken(decision, this.#requests[0]))
    const after = now.decisions.map((decision) => this.vocabulary.spoken(decision, this.#requests[1]))
    const differs = this.space.parts(layouts).some(({ classes: [one, other] }) => {
      const [a, b] = [before[one as number] as Spoken, after[other as number] as Spoken]
      return this.rules ? a.id !== b.id : a.meaning !== b.meaning
    })
    return { id: this.#next++, layouts, before, after, differs }
  }
}
