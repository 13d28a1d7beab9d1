import { describe, expect, it } from 'vitest'
import { defineCidrGroup, definePolicy } from '../schema/define.js'
import { networkPolicySchema, policySchema, ruleKey } from './policy.js'

const subject = { kind: 'endpoints' as const }

describe('a policy', () => {
  it('has its defaults filled in, and is frozen through and through', () => {
    const policy = definePolicy({
      kind: 'network-policy',
      key: 'a',
      subject,
      rules: [{ direction: 'egress', peers: [{ kind: 'endpoints' }] }],
    }).unwrap()
    expect(policy).toEqual({
      kind: 'network-policy',
      key: 'a',
      tier: 'default',
      priority: 0,
      subject: { kind: 'endpoints', selector: {} },
      defaultDeny: { ingress: false, egress: true },
      audit: false,
      rules: [{ direction: 'egress', action: 'allow', peers: [{ kind: 'endpoints', selector: {}, scope: 'managed' }] }],
    })
    expect(Object.isFrozen(policy.rules[0]?.peers?.[0])).toBe(true)
  })

  it('is JSON and back', () => {
    const policy = definePolicy({
      kind: 'network-policy',
      key: 'a',
      subject,
      defaultDeny: { ingress: false },
      rules: [
        {
          direction: 'ingress',
          ports: [{ protocol: 'tcp', port: 'http' }],
          auth: 'required',
          l7: { parser: 'http', http: [{ path: '/.*' }] },
        },
      ],
    }).unwrap()
    expect(networkPolicySchema.parse(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
    expect(definePolicy(policy).unwrap()).toEqual(policy)
    expect(policySchema.parse(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
  })

  it('says all that is wrong, and where', () => {
    const made = definePolicy({
      kind: 'network-policy',
      key: '',
      subject,
      rules: [{ direction: 'ingress', peers: [{ kind: 'cidr', prefix: '10.0.0.0/99' }], ports: [{ protocol: 'tcp', port: 0 }] }],
    })
    expect(made.isErr() && made.error.code).toBe('policy.invalid')
    expect(made.isErr() && made.error.problems.map(({ path }) => path)).toEqual([
      'key',
      'rules[0].peers[0].prefix',
      'rules[0].ports[0].port',
    ])
    expect(made.isErr() && made.error.message).toContain('(and 2 more)')
  })

  it('names rules by their place among all', () => {
    const rules = [{ direction: 'ingress' }, { direction: 'egress' }]
    expect([0, 1, 2].map((at) => ruleKey({ key: 'a', rules }, at))).toEqual(['a ingress[0]', 'a egress[1]', 'a rule[2]'])
  })
})

describe('a group of blocks', () => {
  it('takes texts and blocks with exceptions', () => {
    const group = defineCidrGroup({
      kind: 'cidr-group',
      name: 'g',
      cidrs: ['10.1.2.3/8', { prefix: '::/0', except: ['::1/128'] }],
    }).unwrap()
    expect(group.cidrs).toEqual([
      { prefix: '10.0.0.0/8', except: [] },
      { prefix: '::/0', except: ['::1/128'] },
    ])
    expect(Object.isFrozen(group.cidrs[0])).toBe(true)
  })

  it.each<[unknown[], string[]]>([
    [
      ['10.0.0.0/8', 'nonsense', '::/129'],
      ['cidrs[1].prefix', 'cidrs[2].prefix'],
    ],
    [['10.0.0.0/8', { prefix: '10.0.0.0/8', except: ['11.0.0.0/8'] }], ['cidrs[1].except[0]']],
  ])('says which block is none: %j', (cidrs, paths) => {
    const made = defineCidrGroup({ kind: 'cidr-group', name: 'g', cidrs: cidrs as string[] })
    expect(made.isErr() && made.error.problems.map(({ path }) => path)).toEqual(paths)
  })
})
