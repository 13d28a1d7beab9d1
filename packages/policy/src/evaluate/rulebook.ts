import type { NetworkPolicy } from '../rule/policy.js'
import { ruleKey } from '../rule/policy.js'
import type { Direction, Rule } from '../rule/rule.js'
import type { LabelSelector } from '../rule/selector.js'
import type { Settings } from '../universe/input.js'

/** A rule in its policy. */
export interface RuleRef {
  readonly key: string
  readonly policy: NetworkPolicy
  readonly rule: Rule
  readonly index: number
}

/** The rules that a subject is judged by in one direction, each list in the order in which it is asked. */
export interface Rulebook {
  readonly direction: Direction
  readonly admin: readonly RuleRef[]
  readonly denies: readonly RuleRef[]
  readonly allows: readonly RuleRef[]
  readonly baseline: readonly RuleRef[]
  /** closed by a policy or by the settings; `audited`: by policies that only tell */
  readonly isolation: 'closed' | 'audited' | 'open'
  readonly enforced: boolean
  /** what endpoints among the peers of allowing and of denying rules must have besides */
  readonly requires: { readonly allow: readonly LabelSelector[]; readonly deny: readonly LabelSelector[] }
  /** the node itself is let in where no rule denies it */
  readonly admitsHost: boolean
  readonly audit: boolean
}

const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** In the tiers that are ordered inside: by priority, then by the policy's key, then by the place in its list. */
const inTurn = (a: RuleRef, b: RuleRef): number => a.policy.priority - b.policy.priority || byKey(a.policy, b.policy) || a.index - b.index

/** The book of one subject: `applied` are the policies about it. */
export function rulebook(
  direction: Direction,
  applied: readonly NetworkPolicy[],
  settings: Settings,
  subject: { readonly audit: boolean; readonly category: string },
): Rulebook {
  const refs = applied.flatMap((policy) =>
    policy.rules.flatMap((rule, index): RuleRef[] =>
      rule.direction === direction ? [{ key: ruleKey(policy, index), policy, rule, index }] : [],
    ),
  )
  const normal = refs.filter(({ policy }) => policy.tier === 'default').sort(byKey)
  const closing = applied.filter(({ defaultDeny }) => defaultDeny[direction])
  const requires = (action: string): LabelSelector[] =>
    normal.filter(({ rule }) => rule.action === action).flatMap(({ rule }) => rule.requires ?? [])
  const closed = settings.enforcement === 'always' || closing.some(({ audit }) => !audit)
  return {
    direction,
    admin: refs.filter(({ policy }) => policy.tier === 'admin').sort(inTurn),
    denies: normal.filter(({ rule }) => rule.action === 'deny'),
    allows: normal.filter(({ rule }) => rule.action === 'allow'),
    baseline: refs.filter(({ policy }) => policy.tier === 'baseline').sort(inTurn),
    isolation: closed ? 'closed' : closing.length > 0 ? 'audited' : 'open',
    enforced: settings.enforcement !== 'never',
    requires: { allow: requires('allow'), deny: requires('deny') },
    admitsHost: direction === 'ingress' && settings.allowLocalHost && subject.category !== 'node',
    audit: settings.audit || subject.audit,
  }
}

/** What endpoints among a rule's peers must have besides: nothing in the ordered tiers. */
export function requiredOf({ requires }: Rulebook, { policy, rule }: RuleRef): readonly LabelSelector[] {
  return policy.tier !== 'default' || rule.action === 'pass' ? [] : requires[rule.action]
}

/** Every rule of the book. */
export function rulesOf({ admin, denies, allows, baseline }: Rulebook): RuleRef[] {
  return [...admin, ...denies, ...allows, ...baseline]
}
