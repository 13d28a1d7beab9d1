import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { definePolicy } from '../schema/define.js'
import { arbitraryScene, byPolicy, isNetworkPolicy, passes } from '../testing/passes.js'
import { arbitraryNetworkPolicy, arbitraryRule } from '../testing/random.js'
import { evaluate } from './evaluate.js'

const runs = { numRuns: 2000 }

describe('whatever the universe, the policies and the flow', { timeout: 120_000 }, () => {
  it('the order of policies never matters', () => {
    fc.assert(
      fc.property(arbitraryScene, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), ({ universe, policies, flows }, order) => {
        const shuffled = policies
          .map((policy) => ({ policy, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ policy }) => policy)
        for (const flow of flows) expect(evaluate(universe, shuffled, flow)).toEqual(evaluate(universe, policies, flow))
      }),
      runs,
    )
  })

  it('the order of rules in the default tier never matters', () => {
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        const turned = policies.map((policy) =>
          isNetworkPolicy(policy) && policy.tier === 'default' ? { ...policy, rules: [...policy.rules].reverse() } : policy,
        )
        for (const flow of flows) expect(byPolicy(evaluate(universe, turned, flow))).toEqual(byPolicy(evaluate(universe, policies, flow)))
      }),
      runs,
    )
  })

  it('another rule that allows, in a policy that has its isolation already, closes nothing', () => {
    fc.assert(
      fc.property(arbitraryScene, arbitraryRule('default'), fc.nat(), ({ universe, policies, flows }, rule, nth) => {
        const candidates = policies.filter(isNetworkPolicy).filter(({ tier }) => tier === 'default')
        const chosen = candidates[nth % Math.max(candidates.length, 1)]
        if (chosen === undefined) return
        // what a rule requires of others' peers, and an order to authenticate, do close
        const allowing = definePolicy({ ...chosen, rules: [...chosen.rules, { ...rule, action: 'allow', requires: undefined }] }).unwrap()
        const more = policies.map((policy) => (policy === chosen ? allowing : policy))
        for (const flow of flows) if (passes(evaluate(universe, policies, flow))) expect(passes(evaluate(universe, more, flow))).toBe(true)
      }),
      runs,
    )
  })

  it('another rule that denies opens nothing', () => {
    fc.assert(
      fc.property(arbitraryScene, arbitraryRule('default'), fc.nat(), ({ universe, policies, flows }, rule, nth) => {
        const candidates = policies.filter(isNetworkPolicy).filter(({ tier }) => tier === 'default')
        const chosen = candidates[nth % Math.max(candidates.length, 1)]
        if (chosen === undefined) return
        // what is required narrows what others deny
        const denial = { ...rule, action: 'deny' as const, requires: undefined, l7: undefined, auth: undefined }
        const denying = definePolicy({ ...chosen, rules: [...chosen.rules, denial] }).unwrap()
        const more = policies.map((policy) => (policy === chosen ? denying : policy))
        for (const flow of flows) if (passes(evaluate(universe, more, flow))) expect(passes(evaluate(universe, policies, flow))).toBe(true)
      }),
      runs,
    )
  })

  it('a policy that only tells, and allows and passes nothing, changes nothing but what is told', () => {
    fc.assert(
      fc.property(
        arbitraryScene,
        fc.constantFrom('admin' as const, 'default' as const, 'baseline' as const).chain(arbitraryNetworkPolicy),
        ({ universe, policies, flows }, drawn) => {
          const rules = (drawn.rules ?? []).map((rule) => ({
            ...rule,
            action: 'deny' as const,
            requires: undefined,
            l7: undefined,
            auth: undefined,
          }))
          const telling = definePolicy({ ...drawn, key: 'p', audit: true, rules }).unwrap()
          for (const flow of flows) {
            const before = evaluate(universe, policies, flow)
            const after = evaluate(universe, [...policies, telling], flow)
            expect(passes(after)).toBe(passes(before))
            for (const side of ['egress', 'ingress'] as const)
              expect([after[side]?.redirect, after[side]?.auth]).toEqual([before[side]?.redirect, before[side]?.auth])
          }
        },
      ),
      runs,
    )
  })

  it('a flow without a direction passes when both of its sides do', () => {
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        for (const { direction: _, ...flow } of flows) {
          const sides = (['egress', 'ingress'] as const).map((direction) => passes(evaluate(universe, policies, { ...flow, direction })))
          expect(passes(evaluate(universe, policies, flow))).toBe(sides.every(Boolean))
        }
      }),
      runs,
    )
  })

  it('an answer shares the verdict of what it answers', () => {
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        for (const { reply: _, ...flow } of flows)
          expect(evaluate(universe, policies, { ...flow, from: flow.to, to: flow.from, reply: true })).toEqual(
            evaluate(universe, policies, flow),
          )
      }),
      { numRuns: 500 },
    )
  })

  it('an object is judged as its address is', () => {
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        for (const flow of flows) {
          if (!('object' in flow.from)) continue
          const address = universe.endpoint(flow.from.object)?.addresses[0]
          if (address !== undefined)
            expect(evaluate(universe, policies, { ...flow, from: { ip: address } })).toEqual(evaluate(universe, policies, flow))
        }
      }),
      { numRuns: 500 },
    )
  })
})
