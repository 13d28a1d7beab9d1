import type { Decision } from '@axoneme/policy'
import { DecisionFlags, type Decision as Entry, Verdict } from '../generated/datapath.generated.js'
import type { Contents } from './contents.js'
import type { Draft, Holding } from './draft.js'

/** What a number of a decision stands for. */
export interface NumberedDecision {
  readonly decision: Decision
  /** 0: it has none */
  readonly listener: number
}

const VERDICTS: Readonly<Record<Decision['verdict'], number>> = {
  allow: Verdict.AXM_VERDICT_ALLOW,
  deny: Verdict.AXM_VERDICT_DENY,
  redirect: Verdict.AXM_VERDICT_REDIRECT,
  audit: Verdict.AXM_VERDICT_AUDIT,
}

/** Equal decisions have equal keys: all fields, always in this order. Most say two or three words, which need no JSON. */
function keyOf({ verdict, reason, rule, redirect, auth, log, audited }: Decision): string {
  if (redirect === undefined && auth === undefined && log === undefined && audited === undefined)
    return rule === undefined ? `${verdict} ${reason}` : `${verdict} ${reason} ${rule}`
  const { listener, parser, rules, unrestricted } = redirect ?? {}
  return JSON.stringify([verdict, reason, rule, listener, parser, rules, unrestricted, auth, log, audited])
}

/** The number of a decision, held with its listener's. */
export function holdDecision(decision: Decision, holding: Holding, { decisions, listeners }: Contents, draft: Draft): number {
  const { redirect } = decision
  const listener = redirect === undefined ? 0 : draft.hold(holding, listeners, redirect.listener, () => undefined)
  return draft.hold(holding, decisions, keyOf(decision), () => ({ decision, listener }))
}

/** What the programs need to know of it. Listener 0 has no port: a redirect without a listener is dropped. */
export function entryOf({ decision: { verdict, reason, auth }, listener }: NumberedDecision): Entry {
  const denies = verdict === 'deny' || verdict === 'audit'
  return {
    verdict: VERDICTS[verdict],
    flags:
      (denies && reason === 'rule' ? DecisionFlags.AXM_DECISION_BY_RULE : 0) |
      // whatever is asked for, a mode that is not known here included, is more than the programs can vouch for
      (auth === undefined || auth === 'disabled' ? 0 : DecisionFlags.AXM_DECISION_AUTH),
    listener,
  }
}
