import type { RuleRef } from '../../evaluate/rulebook.js'
import { normaliseRule, normaliseSubject } from '../../normalise/normalise.js'
import { type CidrGroup, type NetworkPolicy, type Policy, ruleKey } from '../../rule/policy.js'
import type { Rule } from '../../rule/rule.js'
import type { Subject } from '../../rule/subject.js'
import type { Universe } from '../../universe/universe.js'
import { type Finding, type FindingCode, findings } from '../finding.js'

/** A rule with its normal form, in which rules are compared. */
export interface LintRule extends RuleRef {
  readonly normal: Rule
  readonly subject: Subject
  /** its place among all rules */
  readonly at: number
}

/** What checks look at. */
export interface LintContext {
  readonly policies: readonly NetworkPolicy[]
  readonly groups: readonly CidrGroup[]
  readonly rules: readonly LintRule[]
  /** the rules of each policy, in order */
  readonly byPolicy: ReadonlyMap<NetworkPolicy, readonly LintRule[]>
  readonly universe: Universe | undefined
}

/** Looks for things of some kinds. */
export type Check = (context: LintContext) => Iterable<Finding>

export function contextOf(policies: readonly Policy[], universe: Universe | undefined): LintContext {
  const network = policies.filter((policy): policy is NetworkPolicy => policy.kind === 'network-policy')
  const byPolicy = new Map<NetworkPolicy, LintRule[]>()
  let at = 0
  for (const policy of network) {
    const subject = normaliseSubject(policy.subject)
    byPolicy.set(
      policy,
      policy.rules.map((rule, index) => ({
        key: ruleKey(policy, index),
        policy,
        rule,
        index,
        subject,
        normal: normaliseRule(rule),
        at: at++,
      })),
    )
  }
  return {
    policies: network,
    groups: policies.filter((policy): policy is CidrGroup => policy.kind === 'cidr-group'),
    rules: [...byPolicy.values()].flat(),
    byPolicy,
    universe,
  }
}

export function aboutRule(code: FindingCode, { key, policy, rule }: RuleRef, message: string, hint: string): Finding {
  const source = rule.source ?? policy.source
  return { code, severity: findings[code], policy: policy.key, rule: key, ...(source === undefined ? {} : { source }), message, hint }
}

export function aboutPolicy(code: FindingCode, policy: NetworkPolicy | CidrGroup, message: string, hint: string): Finding {
  const { source } = policy
  const name = policy.kind === 'network-policy' ? policy.key : policy.name
  return { code, severity: findings[code], policy: name, ...(source === undefined ? {} : { source }), message, hint }
}

/** Rules that say anything at all: not about nobody, not of nothing. */
export function saysAnything({ normal: { peers, ports } }: LintRule): boolean {
  return peers?.length !== 0 && ports?.length !== 0
}
