/** Policies that close more than they seem to. */
import type { NetworkPolicy } from '../../rule/policy.js'
import type { PortMatch } from '../../rule/port.js'
import { directions } from '../../rule/rule.js'
import { aboutPolicy, aboutRule, type Check, type LintContext, type LintRule, saysAnything } from './context.js'
import { portsCover } from './covers-rule.js'
import { subjectCovers } from './covers-selector.js'

export const closing: Check = function* (context) {
  for (const policy of context.policies) {
    for (const direction of directions) {
      if (!policy.defaultDeny[direction]) continue
      const own = (context.byPolicy.get(policy) ?? []).filter((rule) => rule.rule.direction === direction && rule.rule.action === 'allow')
      if (!own.some((rule) => saysAnything(rule)))
        yield aboutPolicy(
          'allows-nobody',
          policy,
          `closes ${direction} and opens it to nobody`,
          'That is right where other policies allow, or nobody should.',
        )
    }
    yield* names(policy, context)
  }
}

const dns: readonly PortMatch[] = [{ protocol: 'udp', port: 53 }]

/** Rules by name live on DNS: it must be let through, and its answers must be seen. */
function* names(policy: NetworkPolicy, context: LintContext): ReturnType<Check> {
  const byName = context.byPolicy
    .get(policy)
    ?.find((rule) => rule.rule.direction === 'egress' && rule.rule.peers?.some(({ kind }) => kind === 'fqdn'))
  if (byName === undefined) return
  const asking = context.rules.filter((rule) => letsAsk(rule, byName))
  const closed = context.policies.some((other) => other.defaultDeny.egress && subjectCovers(other.subject, policy.subject))
  if (asking.length === 0 && closed)
    yield aboutRule(
      'dns-closed',
      byName,
      'allows by name, and egress is closed to DNS: no name can be asked for',
      'Allow egress to the DNS server at port 53.',
    )
  else if (!asking.some(({ rule }) => rule.l7?.parser === 'dns'))
    yield aboutRule(
      'dns-unobserved',
      byName,
      'allows by name, and no rule looks into DNS: names are not learnt from answers',
      'Give the rule for port 53 DNS rules, matchPattern "*" for all.',
    )
}

/** Whether a rule lets the subject of another ask DNS servers. */
function letsAsk(rule: LintRule, { subject }: LintRule): boolean {
  return (
    rule.rule.direction === 'egress' &&
    rule.rule.action === 'allow' &&
    saysAnything(rule) &&
    (rule.normal.peers === undefined || rule.normal.peers.some(({ kind }) => kind !== 'fqdn')) &&
    portsCover(rule.normal.ports, dns) &&
    subjectCovers(rule.subject, subject)
  )
}
