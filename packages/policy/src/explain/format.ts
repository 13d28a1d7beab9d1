import type { Decision } from '../evaluate/verdict.js'
import { formatSource, type Source } from '../rule/source.js'
import type { Explanation, NearMiss, PolicyReason, RuleReason, SideExplanation } from './explanation.js'

/** An explanation for people: the verdict first, then each end with its reasons, then what was nearly allowed. */
export function formatExplanation({ from, to, traffic, verdict, sides }: Explanation): string {
  const head = `${verdict.verdict}: ${from} → ${to}, ${traffic}`
  if (verdict.reason === 'unknown-identity') return `${head}\n  an end is not known: nothing can be said of it`
  if (verdict.reason === 'invalid-flow') return `${head}\n  no such flow: ${verdict.error?.message ?? 'it goes neither way'}`
  return [head, ...sides.flatMap(formatSide)].join('\n')
}

function formatSide(side: SideExplanation): string[] {
  const { direction, subject, decision, decidedBy, alsoAllowedBy, passedBy, told, overruled, misses } = side
  const where = direction === 'egress' ? `out of ${subject}` : `into ${subject}`
  const list = (what: string, all: readonly RuleReason[]): string[] => all.map((one) => `    ${what} ${formatRuleReason(one)}`)
  return [
    `  ${where}: ${decision.verdict}, ${reasonInWords(side)}`,
    ...(decidedBy === undefined ? [] : [`    ${decidedBy.text}`]),
    ...formatExtras(decision),
    ...list('passed on by', passedBy),
    ...list('would be denied by', told),
    ...list('allowed by', alsoAllowedBy),
    ...list('overrules', overruled),
    ...(misses.length === 0 ? [] : ['    nearly allowed by', ...misses.flatMap(formatMiss)]),
  ]
}

function reasonInWords({ decision, decidedBy, closedBy, policies }: SideExplanation): string {
  switch (decision.reason) {
    case 'rule':
      return `by ${decidedBy === undefined ? decision.rule : formatName(decidedBy)}`
    case 'default-deny':
      return closedBy.length === 0
        ? 'policies are always enforced and no rule allows it'
        : `closed by ${closedBy.map(formatPolicyReason).join(', ')}, and no rule allows it`
    case 'default-allow':
      return policies.length === 0
        ? 'no policy is about it'
        : `open: ${policies.map(formatPolicyReason).join(', ')} ${policies.length === 1 ? 'does' : 'do'} not close it`
    case 'local-host':
      return 'the node reaches its own endpoints'
    case 'not-enforced':
      return 'policies are not enforced'
    case 'no-subject':
      return 'no policies are asked there'
    case 'unknown-identity':
    case 'invalid-flow':
      return 'nothing can be said'
  }
}

function formatExtras({ redirect, auth, log, verdict }: Decision): string[] {
  return [
    ...(redirect === undefined
      ? []
      : [
          `    redirected to ${redirect.listener} as ${redirect.parser}${redirect.unrestricted ? ', which lets every request through: a plain rule allows the flow too' : ''}`,
        ]),
    ...(auth === undefined ? [] : [`    authentication: ${auth}`]),
    ...(log === undefined ? [] : [`    noted: ${log}`]),
    ...(verdict === 'audit' ? ['    let through: it is only told of'] : []),
  ]
}

function formatMiss(miss: NearMiss): string[] {
  return [`      ${formatRuleReason(miss)}`, ...miss.failing.map(({ text }) => `        but for ${text}`)]
}

function formatName({ rule, name, source }: RuleReason): string {
  return `${rule}${name === undefined ? '' : ` "${name}"`}${place(source)}`
}

function formatRuleReason(reason: RuleReason): string {
  return `${formatName(reason)}: ${reason.text}`
}

function formatPolicyReason({ policy, source, audit }: PolicyReason): string {
  return `${policy}${place(source)}${audit ? ', which only tells' : ''}`
}

function place(source: Source | undefined): string {
  return source === undefined ? '' : ` (${formatSource(source)})`
}
