import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../evaluate/evaluate.js'
import type { Verdict } from '../evaluate/verdict.js'
import { type NetworkPolicy, type Policy, ruleKey } from '../rule/policy.js'
import { arbitraryScene, isNetworkPolicy, passes } from '../testing/passes.js'
import { formatFinding } from './finding.js'
import { lint } from './lint.js'

/** The policies with one rule about nobody: all others keep their places, and isolation stays. */
function without(policies: readonly Policy[], key: string): Policy[] {
  return policies.map((policy) =>
    isNetworkPolicy(policy)
      ? {
          ...policy,
          rules: policy.rules.map((rule, at): NetworkPolicy['rules'][number] =>
            ruleKey(policy, at) === key ? { ...rule, peers: [], requires: undefined } : rule,
          ),
        }
      : policy,
  )
}

/** What a flow gets, whoever said so. */
const effectOf = (verdict: Verdict): unknown => [
  passes(verdict),
  ...[verdict.egress, verdict.ingress].map((side) => [side?.verdict, side?.redirect?.listener, side?.redirect?.unrestricted, side?.auth]),
]

describe('what is found to have no effect has none', { timeout: 240_000 }, () => {
  it('whatever the universe and the flow', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        for (const finding of lint(policies, universe)) {
          expect(formatFinding(finding)).not.toMatch(/undefined|\[object/)
          const { code, rule } = finding
          if (rule === undefined) continue
          if (['contradiction', 'shadowed-by-deny', 'unreachable', 'redundant'].includes(code)) {
            seen.set(code, (seen.get(code) ?? 0) + 1)
            const fewer = without(policies, rule)
            for (const flow of flows)
              expect([code, effectOf(evaluate(universe, fewer, flow))]).toEqual([code, effectOf(evaluate(universe, policies, flow))])
          }
          if (code === 'requests-unchecked')
            for (const flow of flows)
              for (const side of [evaluate(universe, policies, flow)].flatMap(({ egress, ingress }) => [egress, ingress]))
                if (side?.redirect?.rules.includes(rule)) expect(side.redirect.unrestricted).toBe(true)
        }
      }),
      { numRuns: 3000 },
    )
    // the generator makes such rules, or nothing was looked at
    expect([...seen.keys()].sort()).toEqual(expect.arrayContaining(['redundant', 'shadowed-by-deny', 'unreachable']))
  })
})
