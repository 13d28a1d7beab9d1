export {
  type ChangeEffect,
  type ChangeGroup,
  type DiffOptions,
  diffMeaning,
  formatDiff,
  type JudgedSide,
  type Judgement,
  type MeaningDiff,
  type OutsideBlock,
  type TrafficRange,
  type Who,
} from './diff/index.js'
export {
  formatProblem,
  type PolicyAmbiguousIdentity,
  type PolicyCapacity,
  type PolicyError,
  type PolicyInvalid,
  type PolicyMalformed,
  type PolicyProblem,
} from './errors.js'
export { evaluate } from './evaluate/evaluate.js'
export type { Flow } from './evaluate/flow.js'
export type { Answer, Decision, Reason, Redirect, Verdict } from './evaluate/verdict.js'
export {
  type ExplainOptions,
  type Explanation,
  explain,
  type Failing,
  type Finding,
  type FindingCode,
  findings,
  formatExplanation,
  formatFinding,
  lint,
  type NearMiss,
  type PolicyReason,
  type RuleReason,
  type Severity,
  type SideExplanation,
} from './explain/index.js'
export { type ImportOptions, type OnWarning, parsePolicies } from './import/index.js'
export { formatPeer, formatPolicy, formatPort, formatRule, formatSelector, formatSubject, normalise } from './normalise/index.js'
export { type RelevantLabels, relevantLabels } from './relevant/relevant.js'
export { defaultLimits, type Limits, type Sizes } from './resolve/capacity.js'
export type { Change } from './resolve/change.js'
export { type Delta, isEmptyDelta, type TablePatch } from './resolve/delta.js'
export type { PortEntry } from './resolve/port-table.js'
export { createResolver, type Resolver, type ResolverOptions } from './resolve/resolver.js'
export type { AddressEntry, DirectionTable, EndpointEntry, PeerClass, PolicySet, Tables } from './resolve/tables.js'
export type { Peer } from './rule/peer.js'
export type { CidrGroup, CidrGroupInput, NetworkPolicy, NetworkPolicyInput, Policy, PolicyInput, Tier } from './rule/policy.js'
export { cidrGroupSchema, networkPolicySchema } from './rule/policy.js'
export type { PortMatch } from './rule/port.js'
export type { Rule } from './rule/rule.js'
export { formatSource, type Source } from './rule/source.js'
export { defineCidrGroup, definePolicy } from './schema/define.js'
export { type ReservedName, reservedIdentities, type Scope, scopeOf, scopeRanges } from './universe/identity.js'
export type { EndpointInput, UniverseInput } from './universe/input.js'
export { universeSchema } from './universe/input.js'
export { createUniverse, type FlowEnd, type Universe, type UniverseOptions } from './universe/universe.js'
