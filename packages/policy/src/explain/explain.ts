import { evaluate, type Side, sideOf } from '../evaluate/evaluate.js'
import { type Flow, trafficOf } from '../evaluate/flow.js'
import { formatTraffic } from '../evaluate/match.js'
import { type RuleRef, rulesOf } from '../evaluate/rulebook.js'
import type { Decision } from '../evaluate/verdict.js'
import type { Policy } from '../rule/policy.js'
import { describeParty } from '../universe/party.js'
import type { FlowEnd, Universe } from '../universe/universe.js'
import type { Explanation, SideExplanation } from './explanation.js'
import { nearMisses, type Seen } from './near-misses.js'
import { policyReasonOf, reasonOf } from './rule-reason.js'

export interface ExplainOptions {
  /** how many rules that nearly allow a denied flow are named, for each end; 5 */
  readonly misses?: number
}

/** Why a flow gets its verdict: the rules and policies that have a part in it, and what is missing where it is denied. Nothing throws. */
export function explain(universe: Universe, policies: readonly Policy[], flow: Flow, { misses = 5 }: ExplainOptions = {}): Explanation {
  const verdict = evaluate(universe, policies, flow)
  const { from, to } = flow.reply === true ? { from: flow.to, to: flow.from } : flow
  const traffic = trafficOf(flow)
  const [source, destination] = [universe.party(from), universe.party(to)]
  const sides: SideExplanation[] = []
  if (traffic.isOk() && source !== undefined && destination !== undefined)
    for (const direction of ['egress', 'ingress'] as const) {
      const decision = verdict[direction]
      const [subject, peer] = direction === 'egress' ? [source, destination] : [destination, source]
      if (decision !== undefined)
        sides.push(explainSide(policies, decision, { universe, direction, subject, peer, traffic: traffic.value }, misses))
    }
  return {
    from: source === undefined ? nameOfEnd(from) : describeParty(source),
    to: destination === undefined ? nameOfEnd(to) : describeParty(destination),
    traffic: traffic.isOk() ? formatTraffic(traffic.value) : String(flow.protocol),
    verdict,
    sides,
  }
}

/** An end that is not there, as it was asked for. */
function nameOfEnd(end: FlowEnd): string {
  if ('object' in end) return `unknown ${end.object}`
  if ('ip' in end) return `"${end.ip}", which is no address`
  return 'identity' in end ? `unknown identity ${end.identity}` : 'unknown'
}

function explainSide(policies: readonly Policy[], decision: Decision, seen: Seen, limit: number): SideExplanation {
  const { universe, direction, subject, peer, traffic } = seen
  const side = sideOf(universe, policies, direction, subject, peer, traffic)
  const ends = { direction, subject: describeParty(subject), peer: describeParty(peer), decision }
  const none = { policies: [], closedBy: [], alsoAllowedBy: [], passedBy: [], told: [], overruled: [], misses: [] }
  if (side === undefined || !side.book.enforced) return { ...ends, ...none }
  const speaking = side.applied
    .filter(({ rules, defaultDeny }) => defaultDeny[direction] || rules.some((rule) => rule.direction === direction))
    .map((policy) => policyReasonOf(policy, direction))
    .sort((a, b) => (a.policy < b.policy ? -1 : 1))
  const by = rulesOf(side.book).find(({ key }) => key === decision.rule)
  return {
    ...ends,
    policies: speaking,
    closedBy: speaking.filter(({ closes }) => closes),
    ...(by === undefined ? {} : { decidedBy: reasonOf(by) }),
    ...partsOf(side, decision, by),
    misses: decision.verdict === 'deny' ? nearMisses(policies, side, seen, by, limit) : [],
  }
}

/** Rules that match besides the one that decided, by what became of them. */
function partsOf(
  { book, matches }: Side,
  decision: Decision,
  by: RuleRef | undefined,
): Pick<SideExplanation, 'alsoAllowedBy' | 'passedBy' | 'told' | 'overruled'> {
  const matching = rulesOf(book).filter((ref) => ref !== by && matches(ref))
  const tier = by?.policy.tier
  // the rules of an ordered tier that come before the deciding one were heard; those after it were not
  const asked = (ref: RuleRef): boolean => {
    const order = rulesOf(book)
    return by === undefined || order.indexOf(ref) < order.indexOf(by)
  }
  const opposite = decision.verdict === 'deny' ? 'allow' : 'deny'
  // what is told of is let through by what allows it
  const allowing = decision.verdict === 'audit' || (tier === 'default' && by?.rule.action === 'allow')
  return {
    alsoAllowedBy: allowing ? matching.filter((ref) => ref.policy.tier === 'default' && ref.rule.action === 'allow').map(reasonOf) : [],
    passedBy: matching.filter((ref) => ref.rule.action === 'pass' && asked(ref)).map(reasonOf),
    told: matching.filter((ref) => ref.rule.action === 'deny' && ref.policy.audit && asked(ref)).map(reasonOf),
    overruled: matching.filter((ref) => ref.rule.action === opposite && !(ref.policy.audit && opposite === 'deny')).map(reasonOf),
  }
}
