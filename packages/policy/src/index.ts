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
export { type RelevantLabels, relevantLabels } from './relevant/relevant.js'
export { defaultLimits, type Limits, type Sizes } from './resolve/capacity.js'
export type { Change } from './resolve/change.js'
export { type Delta, isEmptyDelta, type TablePatch } from './resolve/delta.js'
export type { PortEntry } from './resolve/port-table.js'
export { createResolver, type Resolver, type ResolverOptions } from './resolve/resolver.js'
export type { AddressEntry, DirectionTable, EndpointEntry, PeerClass, PolicySet, Tables } from './resolve/tables.js'
export type { Peer } from './rule/peer.js'
export type { CidrGroup, CidrGroupInput, NetworkPolicy, NetworkPolicyInput, Policy, PolicyInput, Tier } from './rule/policy.js'
export type { PortMatch } from './rule/port.js'
export type { Rule } from './rule/rule.js'
export { defineCidrGroup, definePolicy } from './schema/define.js'
export { type ReservedName, reservedIdentities, type Scope, scopeOf, scopeRanges } from './universe/identity.js'
export type { EndpointInput, UniverseInput } from './universe/input.js'
export { createUniverse, type FlowEnd, type Universe, type UniverseOptions } from './universe/universe.js'
