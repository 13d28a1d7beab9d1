import type { CidrGroup, NetworkPolicy, Policy } from '../rule/policy.js'
import type { Direction } from '../rule/rule.js'
import type { Party } from '../universe/party.js'
import type { Universe } from '../universe/universe.js'
import { decide } from './decide.js'
import { type Flow, type Traffic, trafficOf } from './flow.js'
import { isPeer, isPort, isSubject, type Surroundings } from './match.js'
import { type Rulebook, type RuleRef, requiredOf, rulebook } from './rulebook.js'
import type { Decision, Verdict } from './verdict.js'

/**
 * What happens to a flow: the reference semantics, that tables and datapath are compared with. A flow that cannot be judged (an identity or
 * object that is not there, a port out of range) is denied with that reason; nothing throws.
 *
 * An answer's packets (`reply`) share the verdict of the flow that they answer. A flow without a direction passes when its source may send
 * and its destination may receive.
 */
export function evaluate(universe: Universe, policies: readonly Policy[], flow: Flow): Verdict {
  const { from, to } = flow.reply === true ? { from: flow.to, to: flow.from } : flow
  const traffic = trafficOf(flow)
  if (traffic.isErr()) return { verdict: 'deny', reason: 'invalid-flow', error: traffic.error }
  const source = universe.party(from)
  const destination = universe.party(to)
  if (source === undefined || destination === undefined) return { verdict: 'deny', reason: 'unknown-identity' }
  const egress = flow.direction === 'ingress' ? undefined : judge(universe, policies, 'egress', source, destination, traffic.value)
  const ingress = flow.direction === 'egress' ? undefined : judge(universe, policies, 'ingress', destination, source, traffic.value)
  return worseOf(egress, ingress)
}

/** One side: what `subject`'s policies say of a flow with `peer`. */
export function judge(
  universe: Universe,
  policies: readonly Policy[],
  direction: Direction,
  subject: Party,
  peer: Party,
  traffic: Traffic,
): Decision {
  const side = sideOf(universe, policies, direction, subject, peer, traffic)
  return side === undefined ? { verdict: 'allow', reason: 'no-subject' } : decide(side.book, side.matches, peer.host)
}

/** What one side of a flow is judged by. */
export interface Side {
  readonly applied: readonly NetworkPolicy[]
  readonly book: Rulebook
  readonly around: Surroundings
  matches(ref: RuleRef): boolean
}

/** Undefined for a subject that has no policies: it is outside, or of another node. */
export function sideOf(
  universe: Universe,
  policies: readonly Policy[],
  direction: Direction,
  subject: Party,
  peer: Party,
  traffic: Traffic,
): Side | undefined {
  if (subject.category === 'external' || (subject.category !== 'endpoint' && subject.object === undefined && !subject.host))
    return undefined
  const applied = policies.filter(
    (policy): policy is NetworkPolicy => policy.kind === 'network-policy' && isSubject(policy.subject, subject),
  )
  const book = rulebook(direction, applied, universe.settings, subject)
  const around: Surroundings = {
    settings: universe.settings,
    groups: policies.filter((policy): policy is CidrGroup => policy.kind === 'cidr-group'),
    services: () => universe.services(),
  }
  const reached = direction === 'ingress' ? subject.namedPorts : peer.namedPorts
  const matches = (ref: RuleRef): boolean => {
    const { peers, ports } = ref.rule
    const required = requiredOf(book, ref)
    return (
      (peers === undefined || peers.some((one) => isPeer(one, peer, around, required))) &&
      (ports === undefined || ports.some((port) => isPort(port, traffic, reached)))
    )
  }
  return { applied, book, around, matches }
}

const SEVERITY = ['allow', 'audit', 'redirect', 'deny'] as const

/** The side that decides is the worse one; of equal ones the sender's. A denial that was only told of is told in any case. */
function worseOf(egress: Decision | undefined, ingress: Decision | undefined): Verdict {
  const sides = [
    ...(egress === undefined ? [] : [{ direction: 'egress' as const, decision: egress }]),
    ...(ingress === undefined ? [] : [{ direction: 'ingress' as const, decision: ingress }]),
  ]
  // what no policy is asked about decides nothing, if the other side says anything
  const rank = ({ verdict, reason }: Decision): number => SEVERITY.indexOf(verdict) * 2 + (reason === 'no-subject' ? 0 : 1)
  const [worst] = [...sides].sort((a, b) => rank(b.decision) - rank(a.decision))
  if (worst === undefined) return { verdict: 'deny', reason: 'invalid-flow' }
  const audited = sides.find(({ decision }) => decision.audited !== undefined)?.decision.audited
  return {
    ...worst.decision,
    direction: worst.direction,
    ...(audited === undefined || worst.decision.verdict === 'deny' ? {} : { audited }),
    ...(egress === undefined ? {} : { egress }),
    ...(ingress === undefined ? {} : { ingress }),
  }
}
