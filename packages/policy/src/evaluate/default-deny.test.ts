import { describe, expect, it } from 'vitest'
import type { NetworkPolicyInput } from '../rule/policy.js'
import { ask, policy, type RuleInput, shopUniverse } from '../testing/shop.js'
import type { UniverseInput } from '../universe/input.js'

type Part = Partial<NetworkPolicyInput>
const web = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'web' } } }
const host = { kind: 'entity' as const, entity: 'host' as const }
const ingress = (rule: Partial<RuleInput> = {}): RuleInput => ({ direction: 'ingress', ...rule })
const egress = (rule: Partial<RuleInput> = {}): RuleInput => ({ direction: 'egress', ...rule })

/** What is said of a flow between shop/web and shop/db, into the latter or out of it. */
const said = (parts: readonly Part[], direction: 'ingress' | 'egress' = 'ingress', settings: UniverseInput['settings'] = {}): string => {
  const [web, db] = [{ object: 'shop/web' }, { object: 'shop/db' }]
  const ends = direction === 'ingress' ? { from: web, to: db } : { from: db, to: web }
  const policies = parts.map((part, at) => policy({ key: `p${at}`, ...part }))
  const { verdict, reason, rule } = ask(policies, { direction, ...ends }, shopUniverse({ settings }))
  return `${verdict} ${rule ?? reason}`
}

describe('isolation', () => {
  it.each<[string, Part[], string, string]>([
    ['no policies', [], 'allow default-allow', 'allow default-allow'],
    ['a policy of nothing', [{ rules: [] }], 'allow default-allow', 'allow default-allow'],
    ['rules of one direction isolate that one', [{ rules: [ingress({ peers: [host] })] }], 'deny default-deny', 'allow default-allow'],
    ['a rule that names nobody isolates', [{ rules: [egress({ peers: [] })] }], 'allow default-allow', 'deny default-deny'],
    ['a rule that allows all isolates, and allows', [{ rules: [ingress()] }], 'allow p0 ingress[0]', 'allow default-allow'],
    ['a deny isolates too', [{ rules: [ingress({ action: 'deny', peers: [host] })] }], 'deny default-deny', 'allow default-allow'],
    ['without rules, when it is said', [{ defaultDeny: { ingress: true } }], 'deny default-deny', 'allow default-allow'],
    ['both, when it is said', [{ defaultDeny: { ingress: true, egress: true } }], 'deny default-deny', 'deny default-deny'],
    [
      'not with rules, when that is said',
      [{ defaultDeny: { ingress: false }, rules: [ingress({ peers: [host] })] }],
      'allow default-allow',
      'allow default-allow',
    ],
    [
      'a deny holds where nothing is isolated',
      [{ defaultDeny: { ingress: false }, rules: [ingress({ action: 'deny', peers: [web] })] }],
      'deny p0 ingress[0]',
      'allow default-allow',
    ],
    [
      'one of several is enough',
      [{ defaultDeny: { ingress: false }, rules: [ingress({ peers: [host] })] }, { defaultDeny: { ingress: true } }],
      'deny default-deny',
      'allow default-allow',
    ],
    [
      'what one allows the other does not take back',
      [{ rules: [ingress({ peers: [web] })] }, { defaultDeny: { ingress: true } }],
      'allow p0 ingress[0]',
      'allow default-allow',
    ],
    [
      'allows add up',
      [{ rules: [ingress({ peers: [host] })] }, { rules: [ingress({ peers: [web] })] }],
      'allow p1 ingress[0]',
      'allow default-allow',
    ],
    [
      'by a policy about others is none',
      [{ subject: { kind: 'endpoints', selector: { matchLabels: { app: 'none' } } }, defaultDeny: { ingress: true } }],
      'allow default-allow',
      'allow default-allow',
    ],
    [
      'by a policy of the namespace',
      [{ subject: { kind: 'endpoints', namespaces: { names: ['shop'] } }, defaultDeny: { ingress: true } }],
      'deny default-deny',
      'allow default-allow',
    ],
    [
      'by a policy of another namespace is none',
      [{ subject: { kind: 'endpoints', namespaces: { names: ['bank'] } }, defaultDeny: { ingress: true } }],
      'allow default-allow',
      'allow default-allow',
    ],
  ])('%s', (_, parts, coming, going) => {
    expect([said(parts), said(parts, 'egress')]).toEqual([coming, going])
    expect([said(parts, 'ingress', { enforcement: 'never' }), said(parts, 'egress', { enforcement: 'never' })]).toEqual([
      'allow not-enforced',
      'allow not-enforced',
    ])
  })

  it('everywhere, where policies are always enforced', () => {
    expect(said([], 'ingress', { enforcement: 'always' })).toBe('deny default-deny')
    expect(said([], 'egress', { enforcement: 'always' })).toBe('deny default-deny')
    expect(said([{ rules: [ingress({ peers: [web] })] }], 'ingress', { enforcement: 'always' })).toBe('allow p0 ingress[0]')
  })
})

describe('a deny', () => {
  const tcp80 = [{ protocol: 'tcp' as const, port: 80 }]
  const allow = (rule: Partial<RuleInput>): Part => ({ rules: [ingress(rule)] })
  const deny = (rule: Partial<RuleInput>): Part => ({ rules: [ingress({ action: 'deny', ...rule })] })
  it.each<[string, Part, Part, string]>([
    ['of peers goes over an allow of peers and port', allow({ peers: [web], ports: tcp80 }), deny({ peers: [web] }), 'deny p1 ingress[0]'],
    ['of peers and port goes over an allow of everything', allow({}), deny({ peers: [web], ports: tcp80 }), 'deny p1 ingress[0]'],
    ['of a port goes over an allow of peers', allow({ peers: [web] }), deny({ ports: tcp80 }), 'deny p1 ingress[0]'],
    ['of another port does not', allow({ peers: [web] }), deny({ ports: [{ protocol: 'tcp', port: 81 }] }), 'allow p0 ingress[0]'],
    [
      'of a range goes over a port in it',
      allow({ ports: tcp80 }),
      deny({ ports: [{ protocol: 'tcp', port: 1, endPort: 100 }] }),
      'deny p1 ingress[0]',
    ],
    ['of everything', allow({ peers: [web], ports: tcp80 }), deny({}), 'deny p1 ingress[0]'],
    ['of nobody denies nothing', allow({}), deny({ peers: [] }), 'allow p0 ingress[0]'],
    ['of the other direction does not', allow({}), { rules: [egress({ action: 'deny' })] }, 'allow p0 ingress[0]'],
    ['about other subjects does not', allow({}), { ...deny({}), subject: { kind: 'nodes' } }, 'allow p0 ingress[0]'],
    [
      'goes over requests that are looked into',
      allow({ ports: tcp80, l7: { parser: 'http' } }),
      deny({ peers: [web] }),
      'deny p1 ingress[0]',
    ],
    [
      'of the namespace goes over an allow of the cluster',
      allow({}),
      { ...deny({}), subject: { kind: 'endpoints', namespaces: { names: ['shop'] } } },
      'deny p1 ingress[0]',
    ],
    ['in the same policy', { rules: [ingress(), ingress({ action: 'deny', peers: [web] })] }, {}, 'deny p0 ingress[1]'],
  ])('%s', (_, first, second, expected) => {
    expect(said([first, second])).toBe(expected)
  })
})

describe('the node itself', () => {
  const from = (policies: Part[], settings: UniverseInput['settings'], to = 'shop/db'): string => {
    const { verdict, reason, rule } = ask(
      policies.map((part, at) => policy({ key: `p${at}`, ...part })),
      { from: { object: 'here' }, to: { object: to } },
      shopUniverse({ settings }),
    )
    return `${verdict} ${rule ?? reason}`
  }
  const closed: Part = { defaultDeny: { ingress: true } }
  const local = { allowLocalHost: true }
  it.each<[string, string, string]>([
    ['is let in where nothing allows it', from([closed], local), 'allow local-host'],
    ['is let in where policies are always enforced', from([], { ...local, enforcement: 'always' }), 'allow local-host'],
    ['is not, where it is said so', from([closed], { allowLocalHost: false }), 'deny default-deny'],
    ['is not, where a rule denies it', from([{ rules: [ingress({ action: 'deny', peers: [host] })] }], local), 'deny p0 ingress[0]'],
    ['is not, where an admin rule denies it', from([{ tier: 'admin', rules: [ingress({ action: 'deny' })] }], local), 'deny p0 ingress[0]'],
    [
      'is not, where a baseline rule denies it',
      from([{ tier: 'baseline', rules: [ingress({ action: 'deny' })] }], local),
      'deny p0 ingress[0]',
    ],
    ['is let in by a rule that says so', from([{ rules: [ingress({ peers: [host] })] }], local), 'allow p0 ingress[0]'],
    ['does not open nodes', from([{ ...closed, subject: { kind: 'nodes' } }], local, 'there'), 'deny default-deny'],
  ])('%s', (_, is, expected) => {
    expect(is).toBe(expected)
  })

  it('is let in, not reached; and other nodes are not let in', () => {
    const out = policy({ defaultDeny: { egress: true, ingress: true } })
    const universe = shopUniverse({ settings: local })
    expect(ask([out], { direction: 'egress', from: { object: 'shop/db' }, to: { object: 'here' } }, universe).reason).toBe('default-deny')
    expect(ask([out], { from: { object: 'there' } }, universe).reason).toBe('default-deny')
  })
})
