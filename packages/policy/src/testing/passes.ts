import fc from 'fast-check'
import type { Flow } from '../evaluate/flow.js'
import type { Verdict } from '../evaluate/verdict.js'
import type { NetworkPolicy, Policy } from '../rule/policy.js'
import { createUniverse, type Universe } from '../universe/universe.js'
import { arbitraryFlow, arbitraryPolicies, arbitraryUniverseInput } from './random.js'

/** A universe, policies and a few flows in it. */
export const arbitraryScene: fc.Arbitrary<{
  readonly universe: Universe
  readonly policies: readonly Policy[]
  readonly flows: readonly Flow[]
}> = arbitraryUniverseInput.chain((input) =>
  fc.record({
    universe: fc.constant(createUniverse(input).unwrap()),
    policies: arbitraryPolicies,
    flows: fc.array(arbitraryFlow(input), { minLength: 4, maxLength: 8 }),
  }),
)

/** Whether the packets go through, told of or not. */
export function passes({ verdict }: Verdict): boolean {
  return verdict !== 'deny'
}

export function isNetworkPolicy(policy: Policy): policy is NetworkPolicy {
  return policy.kind === 'network-policy'
}

/** A verdict with policies in place of their rules, for comparisons where rules have other places in the lists. */
export function byPolicy(verdict: unknown): unknown {
  return JSON.parse(JSON.stringify(verdict), (key, value: unknown) => {
    if (typeof value === 'string') return value.replace(/ (ingress|egress)\[\d+\]$/, '')
    return key === 'rules' && Array.isArray(value) ? [...value].sort() : value
  })
}
