import type { Flow } from '../evaluate/flow.js'
import type { Answer, Decision, Verdict } from '../evaluate/verdict.js'
import type { Direction } from '../rule/rule.js'

/**
 * What a change does to a flow. `closed`: it passed and is denied now; `opened`: the reverse. `redirected`: it passes through a proxy that it
 * did not pass, or no longer does. `changed`: it passes as before, but to another listener or with other requests, is asked for other
 * authentication, is told of or no longer, or goes with another word in the log.
 */
export type ChangeEffect = 'closed' | 'opened' | 'redirected' | 'changed'

/** A block of addresses outside, less some blocks in it, which may hold others of the list again. */
export interface OutsideBlock {
  readonly prefix: string
  readonly except: readonly string[]
}

/** Ends of flows that a change treats alike. */
export interface Who {
  /** `{app=web} in shop (12 endpoints)` */
  readonly text: string
  /** `shop/web-1` */
  readonly endpoints: readonly string[]
  readonly nodes: readonly string[]
  /** numbers of identities that are known without an endpoint */
  readonly identities: readonly number[]
  /** this node, where the universe has no object for it */
  readonly host: boolean
  /** addresses outside: what of these blocks is no object's */
  readonly blocks: readonly OutsideBlock[]
}

/** A protocol's ports, or types of ICMP, from the first to the last. */
export interface TrafficRange {
  /** absent: every protocol but those of `except` */
  readonly protocol?: number
  readonly except?: readonly number[]
  /** 0 to 65535; of ICMP 0 to 255; 0 and 0 where there is neither port nor type */
  readonly first: number
  readonly last: number
  /** `tcp 8000-8999`, `icmp type 8` */
  readonly text: string
}

/** What one side says, of a side that a change is about. */
export interface JudgedSide extends Decision {
  readonly direction: Direction
  /** keys of the policies that close the direction, where no rule opens it */
  readonly closedBy?: readonly string[]
}

/** What becomes of flows under one of the rule sets. */
export interface Judgement {
  /** end to end */
  readonly verdict: Answer
  /** of a flow that is closed or opened, the sides that deny it in one of the sets; of others those that say something else now */
  readonly sides: readonly JudgedSide[]
}

/** Flows from each of those to each of those with each of that traffic: the same happened to all of them. */
export interface ChangeGroup {
  readonly effect: ChangeEffect
  readonly from: Who
  readonly to: Who
  readonly traffic: readonly TrafficRange[]
  readonly before: Judgement
  readonly after: Judgement
  /** one of the flows, and what `evaluate` says of it */
  readonly example: { readonly flow: Flow; readonly before: Verdict; readonly after: Verdict }
  /** pairs of ends, a block being one end; and those times the ports or types */
  readonly pairs: number
  readonly flows: number
}

/** What another rule set changes. */
export interface MeaningDiff {
  /** no flow is in two of them; what is closed first, then what is opened, the largest first. Empty when the sets mean the same. */
  readonly groups: readonly ChangeGroup[]
  readonly totals: {
    /** ends of flows that were compared: endpoints, nodes, identities, blocks */
    readonly ends: number
    /** all but those of two blocks */
    readonly pairs: number
    /** pairs with a flow that changes */
    readonly changedPairs: number
    readonly flows: Readonly<Record<ChangeEffect, number>>
  }
}

export interface DiffOptions {
  /** whether another deciding rule is a change where the verdict stays: false */
  readonly rules?: boolean
}
