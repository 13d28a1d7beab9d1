import type { InputInvalid } from '@axoneme/sys/values'
import type { AuthMode, Direction } from '../rule/rule.js'

/** `redirect`: allowed, by way of a listener. `audit`: would be denied, is let through and told. */
export type Answer = 'allow' | 'deny' | 'redirect' | 'audit'

/**
 * What a verdict rests on. `rule`: a rule matched. `default-deny`: a policy closes the direction and no rule opens it. `default-allow`: no
 * policy closes it. `local-host`: the node reaches its endpoints. `not-enforced`: policies are switched off. `no-subject`: that end has no
 * policies (it is outside, or of another node). `unknown-identity` and `invalid-flow`: denied, for nothing can be said.
 */
export type Reason =
  | 'rule'
  | 'default-deny'
  | 'default-allow'
  | 'local-host'
  | 'not-enforced'
  | 'no-subject'
  | 'unknown-identity'
  | 'invalid-flow'

/** Where a redirected flow goes, and what is checked there. */
export interface Redirect {
  readonly listener: string
  readonly parser: string
  /** keys of the rules whose requests are allowed */
  readonly rules: readonly string[]
  /** a rule without requests allows the flow too: the proxy lets everything through, and sees it */
  readonly unrestricted: boolean
}

/** The verdict of one side. */
export interface Decision {
  readonly verdict: Answer
  readonly reason: Reason
  /** key of the rule that decided: `NetworkPolicy shop/web ingress[0]` */
  readonly rule?: string
  readonly redirect?: Redirect
  readonly auth?: AuthMode
  /** the author's word with the rule */
  readonly log?: string
  /** a denial that was only told of: the rule's key, or `default-deny` */
  readonly audited?: string
}

/** What happens to a flow: its worse side, and both. */
export interface Verdict extends Decision {
  /** the side that decided */
  readonly direction?: Direction
  readonly egress?: Decision
  readonly ingress?: Decision
  /** of an invalid flow */
  readonly error?: InputInvalid
}
