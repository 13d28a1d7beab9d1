import type { Decision, Verdict } from '../evaluate/verdict.js'
import type { Tier } from '../rule/policy.js'
import type { Direction } from '../rule/rule.js'
import type { Source } from '../rule/source.js'

/** A policy that has a part in a verdict. */
export interface PolicyReason {
  /** its key */
  readonly policy: string
  readonly tier: Tier
  /** whether it closes the direction to what no rule allows */
  readonly closes: boolean
  readonly audit: boolean
  readonly source?: Source
}

/** A rule that has a part in a verdict. */
export interface RuleReason {
  /** its key: `NetworkPolicy shop/web ingress[0]` */
  readonly rule: string
  /** its author's name for it */
  readonly name?: string
  readonly policy: string
  /** the rule in words */
  readonly text: string
  readonly source?: Source
}

/** Something that a rule wants and a flow has not. */
export interface Failing {
  /** `subject`: the policy is not about that end at all */
  readonly about: 'subject' | 'peer' | 'port'
  readonly what:
    | 'kind'
    | 'label'
    | 'namespace'
    | 'service-account'
    | 'entity'
    | 'block'
    | 'group'
    | 'name'
    | 'service'
    | 'required'
    | 'protocol'
    | 'port'
  readonly wanted: string
  readonly found: string
  /** both in a sentence's part: `the label app=web on the peer, which has app=db` */
  readonly text: string
}

/** A rule that would have allowed a denied flow, but for what is failing. */
export interface NearMiss extends RuleReason {
  readonly failing: readonly Failing[]
}

/** What one end's policies say, and why. */
export interface SideExplanation {
  readonly direction: Direction
  /** whose policies are asked, and who is at the other end: in words */
  readonly subject: string
  readonly peer: string
  readonly decision: Decision
  /** policies about the subject that say anything of that direction */
  readonly policies: readonly PolicyReason[]
  /** those that close the direction */
  readonly closedBy: readonly PolicyReason[]
  /** the rule that decided; absent when none did */
  readonly decidedBy?: RuleReason
  /** other rules that allow the same flow as the deciding one */
  readonly alsoAllowedBy: readonly RuleReason[]
  /** rules that passed the flow on to the next tier */
  readonly passedBy: readonly RuleReason[]
  /** denials that were only told of */
  readonly told: readonly RuleReason[]
  /** rules that say the opposite of what was decided, and were not heard */
  readonly overruled: readonly RuleReason[]
  /** of a denial: rules that nearly allow, the nearest first */
  readonly misses: readonly NearMiss[]
}

/** Why a flow got its verdict. */
export interface Explanation {
  readonly from: string
  readonly to: string
  /** `tcp 80` */
  readonly traffic: string
  readonly verdict: Verdict
  /** of the ends whose policies were asked, the sender first */
  readonly sides: readonly SideExplanation[]
}
