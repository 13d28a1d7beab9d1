import { listed } from './crowd.js'
import type { ChangeEffect, ChangeGroup, JudgedSide, Judgement, MeaningDiff } from './meaning-diff.js'
import { formatRanges } from './traffic-text.js'

const MARKS: Readonly<Record<ChangeEffect, string>> = { closed: '-', opened: '+', redirected: '>', changed: '~' }

/** The diff for people, a line for each group. */
export function formatDiff({ groups, totals }: MeaningDiff): string {
  if (groups.length === 0) return 'no flow changes'
  const few = `${groups.length} ${groups.length === 1 ? 'change' : 'changes'}, between ${totals.changedPairs} of ${totals.pairs} pairs`
  return [few, ...groups.map(formatGroup)].join('\n')
}

function formatGroup({ effect, from, to, traffic, before, after }: ChangeGroup): string {
  const [was, is] = [formatJudgement(before), formatJudgement(after)]
  const now = was === is ? `${is}, of other requests` : is
  return `${MARKS[effect]} ${effect.padEnd(10)} ${from.text} → ${to.text}  ${formatRanges(traffic)}  was ${was}; now ${now}`
}

function formatJudgement({ sides }: Judgement): string {
  const words = sides.map((side) => formatSide(side))
  return [...new Set(words)].join(' and ')
}

function formatSide(side: JudgedSide): string {
  const { verdict, redirect, auth, log, audited } = side
  const extras = [
    ...(auth === undefined || auth === 'disabled' ? [] : [`with authentication (${auth})`]),
    ...(verdict === 'redirect' && audited !== undefined
      ? [`though ${audited === 'default-deny' ? 'no rule allows it' : `denied by ${audited}`}`]
      : []),
    ...(log === undefined ? [] : [`noted "${log}"`]),
  ]
  const through = redirect === undefined ? '' : formatListener(redirect)
  return [`${sentence(side)}${through}`, ...extras].join(', ')
}

function formatListener({ listener, parser, unrestricted }: NonNullable<JudgedSide['redirect']>): string {
  return ` through ${listener}${listener === parser ? '' : ` as ${parser}`}${unrestricted ? ' (every request)' : ''}`
}

function sentence({ verdict, reason, rule, direction, closedBy = [] }: JudgedSide): string {
  const told = verdict === 'audit' ? 'let through and told of, ' : ''
  switch (reason) {
    case 'rule':
      if (verdict === 'audit') return `${told}as ${rule} denies it`
      return `${verdict === 'deny' ? 'denied' : 'allowed'} by ${rule}`
    case 'default-deny': {
      const closed = closedBy.length === 0 ? 'no rule allows it' : `no rule of ${listed(closedBy)} allows it`
      return told === '' ? `denied: ${closed}` : `${told}as ${closed}`
    }
    case 'default-allow':
      return `allowed, for ${direction} is open`
    case 'local-host':
      return 'allowed, for the node reaches its endpoints'
    case 'not-enforced':
      return 'allowed, for policies are not enforced'
    default:
      return 'allowed, for nobody is asked'
  }
}
