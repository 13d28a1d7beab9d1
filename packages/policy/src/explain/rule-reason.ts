import type { RuleRef } from '../evaluate/rulebook.js'
import { formatRule } from '../normalise/print.js'
import type { NetworkPolicy } from '../rule/policy.js'
import type { Direction } from '../rule/rule.js'
import type { PolicyReason, RuleReason } from './explanation.js'

export function reasonOf({ key, policy, rule }: RuleRef): RuleReason {
  // a rule that has no place of its own is found by its policy's
  const source = rule.source ?? policy.source
  return {
    rule: key,
    ...(rule.name === undefined ? {} : { name: rule.name }),
    policy: policy.key,
    text: formatRule(rule),
    ...(source === undefined ? {} : { source }),
  }
}

export function policyReasonOf({ key, tier, defaultDeny, audit, source }: NetworkPolicy, direction: Direction): PolicyReason {
  return { policy: key, tier, closes: defaultDeny[direction], audit, ...(source === undefined ? {} : { source }) }
}
