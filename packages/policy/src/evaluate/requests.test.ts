import { describe, expect, it } from 'vitest'
import { definePolicy } from '../schema/define.js'
import { ask, policy, type RuleInput } from '../testing/shop.js'

type L7Input = NonNullable<RuleInput['l7']>
const http: L7Input = { parser: 'http', http: [{ method: 'GET' }] }
const to = (name: string, priority?: number): L7Input => ({ parser: 'http', listener: { name, priority } })
const open = (more: Partial<RuleInput> = {}): RuleInput => ({ direction: 'ingress', ...more })
const said = (...list: Partial<RuleInput>[]) => ask([policy({ rules: list.map(open) })])
const tcp80 = [{ protocol: 'tcp' as const, port: 80 }]

describe('a redirect', () => {
  it.each<[string, Partial<RuleInput>[], object]>([
    [
      'goes to the listener of the parser',
      [{ l7: http }],
      { listener: 'http', parser: 'http', rules: ['p ingress[0]'], unrestricted: false },
    ],
    ['goes to the listener that is named', [{ l7: to('envoy') }], { listener: 'envoy', parser: 'http', rules: ['p ingress[0]'] }],
    ['of several rules has all of them', [{ l7: http }, { l7: http }], { rules: ['p ingress[0]', 'p ingress[1]'], unrestricted: false }],
    ['beside a plain allow is unrestricted', [{ l7: http }, {}], { rules: ['p ingress[0]'], unrestricted: true }],
    ['beside a plain allow of another port is not', [{ l7: http }, { ports: [{ protocol: 'tcp', port: 81 }] }], { unrestricted: false }],
    ['goes to the listener of the lower priority', [{ l7: to('a', 2) }, { l7: to('b', 1) }], { listener: 'b', rules: ['p ingress[1]'] }],
    ['priority 0 is the first', [{ l7: to('a', 1) }, { l7: to('b', 0) }], { listener: 'b' }],
    ['a listener without a priority is the last', [{ l7: to('a') }, { l7: to('b', 100) }], { listener: 'b' }],
    ['of one priority by name', [{ l7: to('b') }, { l7: to('a') }], { listener: 'a', rules: ['p ingress[1]'] }],
    ['of two parsers by name', [{ l7: { parser: 'kafka' } }, { l7: http }], { listener: 'http', rules: ['p ingress[1]'] }],
    [
      'takes rules of the ports and peers alone',
      [
        { l7: http, ports: tcp80 },
        { l7: http, peers: [] },
      ],
      { rules: ['p ingress[0]'] },
    ],
  ])('%s', (_, list, redirect) => {
    expect(said(...list)).toMatchObject({ verdict: 'redirect', reason: 'rule', redirect })
  })

  it('names its first rule as the one that decided', () => {
    expect(said({}, { l7: http })).toMatchObject({ verdict: 'redirect', rule: 'p ingress[1]', redirect: { unrestricted: true } })
  })

  it('of an ordered tier is that of the first rule alone', () => {
    const admin = policy({ tier: 'admin', rules: [open(), open({ l7: http })] })
    expect(ask([admin])).toMatchObject({ verdict: 'allow', rule: 'p ingress[0]' })
    const first = policy({ tier: 'admin', rules: [open({ l7: http }), open()] })
    expect(ask([first])).toMatchObject({ verdict: 'redirect', redirect: { unrestricted: false } })
  })

  it.each(['deny', 'pass'] as const)('is nothing that a rule which says %s can ask for', (action) => {
    const tier = action === 'pass' ? ('admin' as const) : ('default' as const)
    for (const more of [{ l7: http }, { auth: 'required' as const }])
      expect(
        definePolicy({
          kind: 'network-policy',
          key: 'p',
          tier,
          subject: { kind: 'endpoints' },
          rules: [open({ action, ...more })],
        }).isErr(),
      ).toBe(true)
  })

  it.each<[string, L7Input]>([
    ['rules of another parser', { parser: 'dns', http: [{}] }],
    ['a broken expression', { parser: 'http', http: [{ path: '(' }] }],
    ['a name and a pattern', { parser: 'dns', dns: [{ matchName: 'a', matchPattern: '*' }] }],
    ['neither a name nor a pattern', { parser: 'dns', dns: [{}] }],
    ['a priority above 100', { parser: 'http', listener: { name: 'a', priority: 101 } }],
    ['no parser', { parser: '' }],
  ])('is refused with %s', (_, l7) => {
    expect(definePolicy({ kind: 'network-policy', key: 'p', subject: { kind: 'endpoints' }, rules: [open({ l7 })] }).isErr()).toBe(true)
  })
})

describe('authentication', () => {
  it.each<[string, Partial<RuleInput>[], string | undefined]>([
    ['is not asked for where no rule says', [{}], undefined],
    ['is asked for where one does', [{}, { auth: 'required' }], 'required'],
    ['is said not to be', [{ auth: 'disabled' }], 'disabled'],
    ['the strictest of equally close ones', [{ auth: 'disabled' }, { auth: 'required' }], 'required'],
    ['the strictest of all', [{ auth: 'test-always-fail' }, { auth: 'required' }], 'test-always-fail'],
    ['a rule with ports is closer', [{ auth: 'required' }, { auth: 'disabled', ports: tcp80 }], 'disabled'],
    ['a rule with ports that says nothing is not', [{ auth: 'required' }, { ports: tcp80 }], 'required'],
    ['not of rules that do not match', [{ auth: 'required', ports: [{ protocol: 'udp', port: 80 }] }, {}], undefined],
  ])('%s', (_, list, auth) => {
    expect(said(...list).auth).toBe(auth)
  })

  it('goes with a redirect', () => {
    expect(said({ l7: http }, { auth: 'required' })).toMatchObject({ verdict: 'redirect', auth: 'required' })
  })

  it('does not go with a denial', () => {
    const denied = ask([policy({ rules: [open({ auth: 'required' }), open({ action: 'deny' })] })])
    expect(denied).toMatchObject({ verdict: 'deny' })
    expect(denied.auth).toBeUndefined()
  })
})

describe('the author’s word', () => {
  it('goes with the verdicts of the rules', () => {
    expect(ask([policy({ log: 'seen', rules: [open()] })]).log).toBe('seen')
    expect(ask([policy({ log: 'seen', rules: [open({ action: 'deny' })] })]).log).toBe('seen')
    expect(ask([policy({ log: 'seen', rules: [open({ l7: http })] })]).log).toBe('seen')
  })

  it('does not go with what no rule decided', () => {
    expect(ask([policy({ log: 'seen', defaultDeny: { ingress: true } })]).log).toBeUndefined()
    expect(
      ask([policy({ key: 'a', log: 'seen', rules: [open({ peers: [] })] }), policy({ key: 'b', rules: [open()] })]).log,
    ).toBeUndefined()
  })
})
