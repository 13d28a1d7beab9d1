import type { Side } from '../evaluate/evaluate.js'
import type { Traffic } from '../evaluate/flow.js'
import { type RuleRef, requiredOf } from '../evaluate/rulebook.js'
import type { NetworkPolicy, Policy } from '../rule/policy.js'
import { ruleKey, tiers } from '../rule/policy.js'
import type { Direction } from '../rule/rule.js'
import type { Party } from '../universe/party.js'
import { storeOf, type Universe } from '../universe/universe.js'
import type { NearMiss } from './explanation.js'
import { failingPeer, failingSubject } from './failing-peer.js'
import { failingPort } from './failing-port.js'
import type { Distant } from './failing-words.js'
import { reasonOf } from './rule-reason.js'

/** A flow, seen from one end of it. */
export interface Seen {
  readonly universe: Universe
  readonly direction: Direction
  readonly subject: Party
  readonly peer: Party
  readonly traffic: Traffic
}

/**
 * Rules that would allow a flow but for little, the nearest first: of policies about the subject, and of those that are nearly about it.
 *
 * @param by the rule that denied it
 */
export function nearMisses(policies: readonly Policy[], side: Side, seen: Seen, by: RuleRef | undefined, limit: number): NearMiss[] {
  const candidates = policies
    .filter((policy): policy is NetworkPolicy => policy.kind === 'network-policy')
    .flatMap((policy) => {
      const about = side.applied.includes(policy) ? [] : failingSubject(policy.subject, seen.subject)
      // a policy that is not about the subject, for a reason that has no words
      if (about.length === 0 && !side.applied.includes(policy)) return []
      return policy.rules.flatMap((rule, index) => {
        if (rule.direction !== seen.direction || rule.action !== 'allow') return []
        const ref: RuleRef = { key: ruleKey(policy, index), policy, rule, index }
        const lacking = wouldHelp(ref, by) ? failingRule(ref, side, seen) : undefined
        const all = lacking === undefined ? [] : [...about, ...lacking]
        return all.length === 0 ? [] : [{ ref, all }]
      })
    })
  return candidates
    .map(({ ref, all }) => ({ ref, all, count: sum(all, ({ weight }) => weight), distance: sum(all, ({ distance }) => distance) }))
    .sort((a, b) => a.count - b.count || a.distance - b.distance || (a.ref.key < b.ref.key ? -1 : 1))
    .slice(0, limit)
    .map(({ ref, all }) => ({ ...reasonOf(ref), failing: all.map(({ distance: _, weight: __, ...said }) => said) }))
}

/** Whether an allow would be heard before the rule that denied, or before isolation, when no rule did. */
function wouldHelp({ policy, index }: RuleRef, by: RuleRef | undefined): boolean {
  if (by === undefined) return policy.tier !== 'baseline'
  if (policy.tier !== by.policy.tier) return tiers.indexOf(policy.tier) < tiers.indexOf(by.policy.tier)
  if (policy.tier === 'default') return false
  const turn = policy.priority - by.policy.priority || (policy.key < by.policy.key ? -1 : policy.key > by.policy.key ? 1 : index - by.index)
  return turn < 0
}

/** What a flow lacks for a rule to match: of the nearest of its peers and the nearest of its ports. Undefined for a rule about nobody or nothing. */
export function failingRule(ref: RuleRef, side: Side, { universe, direction, subject, peer, traffic }: Seen): Distant[] | undefined {
  const { peers, ports } = ref.rule
  if (peers?.length === 0 || ports?.length === 0) return undefined
  const boundTo = (name: string): readonly string[] => storeOf.get(universe)?.bindings.addressesOf(name) ?? []
  const reached = direction === 'ingress' ? subject.namedPorts : peer.namedPorts
  const ofPeer = nearest((peers ?? []).map((one) => failingPeer(one, peer, side.around, requiredOf(side.book, ref), boundTo)))
  const ofPort = nearest((ports ?? []).map((one) => failingPort(one, traffic, reached)))
  return [...ofPeer, ...ofPort]
}

function nearest(each: readonly Distant[][]): Distant[] {
  const far = (all: readonly Distant[]): number => sum(all, ({ weight, distance }) => weight * 100 + distance)
  return [...each].sort((a, b) => far(a) - far(b))[0] ?? []
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}
