import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate, sideOf } from '../evaluate/evaluate.js'
import { trafficOf } from '../evaluate/flow.js'
import { isSubject } from '../evaluate/match.js'
import { rulesOf } from '../evaluate/rulebook.js'
import { arbitraryScene, isNetworkPolicy } from '../testing/passes.js'
import { explain } from './explain.js'
import { failingSubject } from './failing-peer.js'
import { formatExplanation } from './format.js'
import { failingRule } from './near-misses.js'

describe('whatever is explained', { timeout: 120_000 }, () => {
  it('is the verdict, and has words', () => {
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        for (const flow of flows) {
          const explanation = explain(universe, policies, flow)
          expect(explanation.verdict).toEqual(evaluate(universe, policies, flow))
          expect(formatExplanation(explanation)).not.toMatch(/undefined|\[object|NaN/)
          for (const { decision, decidedBy, misses } of explanation.sides) {
            expect(decidedBy?.rule).toBe(decision.rule)
            for (const { failing } of misses) expect(failing.length).toBeGreaterThan(0)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('lacks something exactly where it does not match', () => {
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        for (const flow of flows) {
          const [subject, peer, traffic] = [universe.party(flow.to), universe.party(flow.from), trafficOf(flow)]
          if (subject === undefined || peer === undefined || traffic.isErr()) continue
          for (const direction of ['ingress', 'egress'] as const) {
            const side = sideOf(universe, policies, direction, subject, peer, traffic.value)
            if (side === undefined) continue
            for (const one of policies)
              if (isNetworkPolicy(one)) expect(failingSubject(one.subject, subject).length === 0).toBe(isSubject(one.subject, subject))
            for (const ref of rulesOf(side.book)) {
              const lacking = failingRule(ref, side, { universe, direction, subject, peer, traffic: traffic.value })
              expect(lacking?.length === 0).toBe(side.matches(ref))
            }
          }
        }
      }),
      { numRuns: 2000 },
    )
  })
})
