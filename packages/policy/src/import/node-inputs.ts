import type { NetworkPolicyInput } from '../rule/policy.js'

/** Nodes before their defaults are filled in. */
export type RuleInput = NonNullable<NetworkPolicyInput['rules']>[number]
export type PeerInput = NonNullable<RuleInput['peers']>[number]
export type PortInput = NonNullable<RuleInput['ports']>[number]
export type L7Input = NonNullable<RuleInput['l7']>
export type SubjectInput = NetworkPolicyInput['subject']
