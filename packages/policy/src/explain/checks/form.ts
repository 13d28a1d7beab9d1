/** What is wrong with policies as documents. */
import { aboutPolicy, aboutRule, type Check } from './context.js'

export const form: Check = function* ({ policies, groups, rules }) {
  const seen = new Set<string>()
  for (const policy of policies) {
    if (seen.has(policy.key))
      yield aboutPolicy('duplicate-key', policy, 'is there twice under that key', 'Give one of the two another name.')
    seen.add(policy.key)
    if (policy.audit)
      yield aboutPolicy(
        'audit-left-on',
        policy,
        'denies nothing: what it denies is let through and told',
        'Take it out of audit mode when it has been watched.',
      )
  }
  const names = new Set<string>()
  for (const group of groups) {
    if (names.has(group.name))
      yield aboutPolicy('duplicate-key', group, 'is there twice: the group has the blocks of both', 'Make one group of the two.')
    names.add(group.name)
  }
  for (const rule of rules)
    if (rule.rule.requires !== undefined)
      yield aboutRule(
        'requires-dropped',
        rule,
        'requires labels of other rules’ peers, which Cilium after 1.18 does not know',
        'Put what is required into each selector.',
      )
}
