import { describe, expect, it } from 'vitest'
import type { NetworkPolicyInput } from '../rule/policy.js'
import { ask, policy, type RuleInput, shop, shopUniverse } from '../testing/shop.js'
import type { UniverseInput } from '../universe/input.js'

type Part = Partial<NetworkPolicyInput>
const web = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'web' } } }
const rule = (action: RuleInput['action'], more: Partial<RuleInput> = {}): RuleInput => ({
  direction: 'ingress',
  action,
  peers: [web],
  ...more,
})
const audit: Part = { key: 'audit', audit: true }
const said = (parts: readonly Part[], changed: UniverseInput = {}) =>
  ask(
    parts.map((part) => policy(part)),
    {},
    shopUniverse(changed),
  )

describe('a policy that only tells', () => {
  it.each<[string, Part[], object]>([
    ['tells of its deny', [{ ...audit, rules: [rule('deny')] }], { verdict: 'audit', audited: 'audit ingress[0]' }],
    ['tells of its isolation', [{ ...audit, defaultDeny: { ingress: true } }], { verdict: 'audit', audited: 'default-deny' }],
    ['allows as others do', [{ ...audit, rules: [rule('allow')] }], { verdict: 'allow', rule: 'audit ingress[0]' }],
    [
      'tells, and an allow lets through',
      [
        { ...audit, rules: [rule('deny')] },
        { key: 'b', rules: [rule('allow')] },
      ],
      { verdict: 'audit', audited: 'audit ingress[0]' },
    ],
    [
      'does not weaken a deny of another',
      [
        { ...audit, rules: [rule('deny')] },
        { key: 'b', rules: [rule('deny')] },
      ],
      { verdict: 'deny', rule: 'b ingress[0]' },
    ],
    [
      'does not weaken the isolation of another',
      [
        { ...audit, defaultDeny: { ingress: true } },
        { key: 'b', defaultDeny: { ingress: true } },
      ],
      { verdict: 'deny', reason: 'default-deny' },
    ],
    [
      'tells of its deny, and others isolate',
      [
        { ...audit, rules: [rule('deny')] },
        { key: 'b', defaultDeny: { ingress: true } },
      ],
      { verdict: 'deny', reason: 'default-deny' },
    ],
    [
      'of the admin tells, and the next rule is asked',
      [{ ...audit, tier: 'admin', rules: [rule('deny'), rule('allow')] }],
      { verdict: 'audit', audited: 'audit ingress[0]' },
    ],
    [
      'of the admin tells, and the next admin policy denies',
      [
        { ...audit, tier: 'admin', rules: [rule('deny')] },
        { key: 'b', tier: 'admin', rules: [rule('deny')] },
      ],
      { verdict: 'deny', rule: 'b ingress[0]' },
    ],
    [
      'of the admin tells, and the tier below denies',
      [
        { ...audit, tier: 'admin', rules: [rule('deny')] },
        { key: 'b', defaultDeny: { ingress: true } },
      ],
      { verdict: 'deny', reason: 'default-deny' },
    ],
    ['of the baseline tells', [{ ...audit, tier: 'baseline', rules: [rule('deny')] }], { verdict: 'audit', audited: 'audit ingress[0]' }],
    [
      'of the baseline tells, and the next rule denies',
      [
        { ...audit, tier: 'baseline', rules: [rule('deny')] },
        { key: 'b', tier: 'baseline', rules: [rule('deny')] },
      ],
      { verdict: 'deny', rule: 'b ingress[0]' },
    ],
    [
      'isolates from no baseline: that denies as if it were not there',
      [
        { ...audit, defaultDeny: { ingress: true } },
        { key: 'b', tier: 'baseline', rules: [rule('deny')] },
      ],
      { verdict: 'deny', rule: 'b ingress[0]' },
    ],
    [
      'isolates, and the baseline allows',
      [
        { ...audit, defaultDeny: { ingress: true } },
        { key: 'b', tier: 'baseline', rules: [rule('allow')] },
      ],
      { verdict: 'audit', audited: 'default-deny' },
    ],
    [
      'tells of what is redirected',
      [
        { ...audit, rules: [rule('deny')] },
        { key: 'b', rules: [rule('allow', { l7: { parser: 'http' } })] },
      ],
      { verdict: 'redirect', audited: 'audit ingress[0]' },
    ],
    [
      'does not take away what an allow asks for',
      [
        { ...audit, rules: [rule('deny')] },
        { key: 'b', rules: [rule('allow', { auth: 'required' })] },
      ],
      { verdict: 'audit', auth: 'required' },
    ],
    [
      'tells of the first of its own',
      [
        { ...audit, rules: [rule('deny'), rule('deny')] },
        { ...audit, key: 'a', rules: [rule('deny')] },
      ],
      { verdict: 'audit', audited: 'a ingress[0]' },
    ],
    ['gives its word', [{ ...audit, log: 'seen', rules: [rule('deny')] }], { verdict: 'audit', log: 'seen' }],
  ])('%s', (_, parts, expected) => {
    expect(said(parts)).toMatchObject(expected)
  })

  it('lets the node in untold, where the node is let in', () => {
    const isolating = policy({ ...audit, defaultDeny: { ingress: true } })
    const universe = shopUniverse({ settings: { allowLocalHost: true } })
    expect(ask([isolating], { from: { object: 'here' } }, universe)).toMatchObject({ verdict: 'allow' })
    const shut = policy({ key: 'b', tier: 'baseline', rules: [rule('deny', { peers: undefined })] })
    expect(ask([isolating, shut], { from: { object: 'here' } }, universe)).toMatchObject({ verdict: 'deny', rule: 'b ingress[0]' })
  })
})

describe('a place where everything denied is only told', () => {
  const deny: Part = { key: 'd', rules: [rule('deny')] }
  const everywhere: UniverseInput = { settings: { audit: true } }
  const endpoints = (shop.endpoints ?? []).map((one) => (one.name === 'db' ? { ...one, audit: true } : one))
  it.each<[string, UniverseInput]>([
    ['is the universe', everywhere],
    ['is the subject', { endpoints }],
  ])('%s', (_, changed) => {
    expect(said([deny], changed)).toMatchObject({ verdict: 'audit', reason: 'rule', rule: 'd ingress[0]', audited: 'd ingress[0]' })
    expect(said([{ ...deny, tier: 'admin' }], changed)).toMatchObject({ verdict: 'audit', audited: 'd ingress[0]' })
    expect(said([{ ...deny, tier: 'baseline' }], changed)).toMatchObject({ verdict: 'audit', audited: 'd ingress[0]' })
    expect(said([{ defaultDeny: { ingress: true } }], changed)).toMatchObject({
      verdict: 'audit',
      reason: 'default-deny',
      audited: 'default-deny',
    })
    expect(said([{ rules: [rule('allow')] }], changed)).toMatchObject({ verdict: 'allow' })
  })

  it('is not the peer', () => {
    const webs = (shop.endpoints ?? []).map((one) => (one.name === 'web' ? { ...one, audit: true } : one))
    expect(said([deny], { endpoints: webs })).toMatchObject({ verdict: 'deny' })
  })
})
