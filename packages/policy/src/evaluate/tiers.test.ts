import { describe, expect, it } from 'vitest'
import type { NetworkPolicyInput } from '../rule/policy.js'
import { definePolicy } from '../schema/define.js'
import { ask, policy, type RuleInput } from '../testing/shop.js'

type Part = Partial<NetworkPolicyInput>

const web = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'web' } } }
const bank = { kind: 'endpoints' as const, namespaces: { names: ['bank'] } }
const rule = (action: RuleInput['action'], peers?: RuleInput['peers']): RuleInput => ({ direction: 'ingress', action, peers })
const admin = (action: RuleInput['action'], more: Part = {}): Part => ({
  key: 'admin',
  tier: 'admin',
  rules: [rule(action, [web])],
  ...more,
})
const normal = (action: RuleInput['action'], more: Part = {}): Part => ({ key: 'normal', rules: [rule(action, [web])], ...more })
const base = (action: RuleInput['action'], more: Part = {}): Part => ({
  key: 'base',
  tier: 'baseline',
  rules: [rule(action, [web])],
  ...more,
})

/** What is said of a flow from shop/web, and by whom. */
const said = (...parts: Part[]): string => {
  const { verdict, reason, rule: by } = ask(parts.map((part) => policy(part)))
  return `${verdict} ${by ?? reason}`
}

describe('the tiers', () => {
  it.each<[string, Part[], string]>([
    ['an admin allow goes over a deny', [admin('allow'), normal('deny')], 'allow admin ingress[0]'],
    ['an admin allow goes over isolation', [admin('allow'), { key: 'normal', defaultDeny: { ingress: true } }], 'allow admin ingress[0]'],
    ['an admin deny goes over an allow', [admin('deny'), normal('allow')], 'deny admin ingress[0]'],
    ['an admin pass asks the next tier', [admin('pass'), normal('deny')], 'deny normal ingress[0]'],
    [
      'an admin pass goes over later admin rules',
      [admin('pass', { rules: [rule('pass', [web]), rule('deny')] }), normal('allow')],
      'allow normal ingress[0]',
    ],
    ['an admin pass goes down to the baseline', [admin('pass'), base('deny')], 'deny base ingress[0]'],
    ['an admin pass with nothing below', [admin('pass')], 'allow default-allow'],
    ['admin rules for others say nothing', [admin('deny', { rules: [rule('deny', [bank])] }), normal('allow')], 'allow normal ingress[0]'],
    ['an admin policy does not isolate', [admin('allow', { rules: [rule('allow', [bank])] })], 'allow default-allow'],
    ['the first admin rule decides: allow', [admin('allow', { rules: [rule('allow', [web]), rule('deny')] })], 'allow admin ingress[0]'],
    ['the first admin rule decides: deny', [admin('allow', { rules: [rule('deny'), rule('allow', [web])] })], 'deny admin ingress[0]'],
    [
      'the lower priority decides',
      [admin('allow', { key: 'b', priority: 1 }), admin('deny', { key: 'a', priority: 2 })],
      'allow b ingress[0]',
    ],
    [
      'the lower priority decides, 10 after 9',
      [admin('allow', { key: 'a', priority: 10 }), admin('deny', { key: 'b', priority: 9 })],
      'deny b ingress[0]',
    ],
    ['of one priority the lower key', [admin('allow', { key: 'b' }), admin('deny', { key: 'a' })], 'deny a ingress[0]'],
    ['a baseline deny, where nothing isolates', [base('deny')], 'deny base ingress[0]'],
    ['a baseline allow before a baseline deny', [base('allow', { rules: [rule('allow', [web]), rule('deny')] })], 'allow base ingress[0]'],
    ['a baseline pass ends it', [base('pass', { rules: [rule('pass', [web]), rule('deny')] })], 'allow default-allow'],
    [
      'baseline policies in order of priority',
      [base('deny', { key: 'a', priority: 1 }), base('allow', { key: 'b' })],
      'allow b ingress[0]',
    ],
    ['the baseline is not asked where a policy allows', [base('deny'), normal('allow')], 'allow normal ingress[0]'],
    [
      'the baseline is not asked where a policy isolates',
      [base('allow'), { key: 'normal', defaultDeny: { ingress: true } }],
      'deny default-deny',
    ],
    [
      'the baseline is asked where a policy says nothing of it',
      [base('deny'), normal('deny', { rules: [rule('deny', [bank])], defaultDeny: { ingress: false } })],
      'deny base ingress[0]',
    ],
    [
      'the baseline is asked where the other direction is isolated',
      [base('deny'), { key: 'normal', defaultDeny: { egress: true } }],
      'deny base ingress[0]',
    ],
    [
      'a deny in the middle goes over a baseline allow',
      [base('allow'), normal('deny', { defaultDeny: { ingress: false } })],
      'deny normal ingress[0]',
    ],
  ])('%s', (_, parts, expected) => {
    expect(said(...parts)).toBe(expected)
    expect(said(...[...parts].reverse())).toBe(expected)
  })

  it('of the admin reach the node itself', () => {
    const everyone = policy(admin('deny', { rules: [rule('deny')] }))
    expect(ask([everyone], { from: { object: 'here' } }).verdict).toBe('deny')
  })

  it.each<[string, Part, string]>([
    ['no pass in the middle', normal('pass'), 'no next tier'],
    ['no requirement in the admin’s', admin('allow', { rules: [{ direction: 'ingress', requires: [{}] }] }), 'cannot require'],
    ['no requirement in the baseline', base('allow', { rules: [{ direction: 'ingress', requires: [{}] }] }), 'cannot require'],
    ['no isolation by the admin', admin('allow', { defaultDeny: { ingress: true } }), 'does not isolate'],
    ['no isolation by the baseline', base('allow', { defaultDeny: { egress: true } }), 'does not isolate'],
  ])('have %s', (_, part, message) => {
    const made = definePolicy({ kind: 'network-policy', key: 'p', subject: { kind: 'endpoints' }, ...part })
    expect(made.isErr() && made.error.message).toContain(message)
  })
})
