import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ask, policy, type RuleInput, rules, shopUniverse } from '../testing/shop.js'
import { evaluate } from './evaluate.js'
import type { Flow } from './flow.js'

const web = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'web' } } }
const rule = (direction: RuleInput['direction'], more: Partial<RuleInput> = {}): RuleInput => ({ direction, ...more })
const ends = { from: { object: 'shop/web' }, to: { object: 'shop/db' } }
const both = (policies: Parameters<typeof evaluate>[1], flow: Partial<Flow> = {}) =>
  evaluate(shopUniverse(), policies, { ...ends, protocol: 'tcp', port: 80, ...flow })
const of = (app: string) => ({ kind: 'endpoints' as const, selector: { matchLabels: { app } } })

describe('a flow without a direction', () => {
  const sends = (more: Partial<RuleInput>) => policy({ key: 's', subject: of('web'), rules: [rule('egress', more)] })
  const receives = (more: Partial<RuleInput>) => policy({ key: 'r', subject: of('db'), rules: [rule('ingress', more)] })
  const http = { l7: { parser: 'http' } }
  it.each<[string, Parameters<typeof evaluate>[1], object]>([
    ['passes where nothing is said', [], { verdict: 'allow', reason: 'default-allow', direction: 'egress' }],
    [
      'passes where both allow',
      [sends({}), receives({})],
      { verdict: 'allow', direction: 'egress', rule: 's egress[0]', ingress: { rule: 'r ingress[0]' } },
    ],
    ['stops at the sender', [sends({ peers: [] }), receives({})], { verdict: 'deny', direction: 'egress', ingress: { verdict: 'allow' } }],
    [
      'stops at the receiver',
      [sends({}), receives({ peers: [] })],
      { verdict: 'deny', direction: 'ingress', egress: { verdict: 'allow' } },
    ],
    [
      'stops at both: the sender’s word',
      [sends({ action: 'deny' }), receives({ action: 'deny' })],
      { verdict: 'deny', direction: 'egress', rule: 's egress[0]' },
    ],
    ['is redirected where one redirects', [sends({}), receives(http)], { verdict: 'redirect', direction: 'ingress' }],
    ['stops where one redirects and one denies', [sends(http), receives({ peers: [] })], { verdict: 'deny', direction: 'ingress' }],
    [
      'is told of where one would deny',
      [sends({}), policy({ key: 'r', audit: true, subject: of('db'), rules: [rule('ingress', { action: 'deny' })] })],
      { verdict: 'audit', direction: 'ingress', audited: 'r ingress[0]' },
    ],
    [
      'is told of where the other redirects',
      [sends(http), policy({ key: 'r', audit: true, subject: of('db'), rules: [rule('ingress', { action: 'deny' })] })],
      { verdict: 'redirect', direction: 'egress', audited: 'r ingress[0]' },
    ],
  ])('%s', (_, policies, expected) => {
    expect(both(policies)).toMatchObject(expected)
  })

  it('from outside has one side that says anything', () => {
    expect(both([], { from: { ip: '203.0.113.7' } })).toMatchObject({
      verdict: 'allow',
      direction: 'ingress',
      egress: { reason: 'no-subject' },
    })
    expect(both([], { to: { ip: '203.0.113.7' } })).toMatchObject({
      verdict: 'allow',
      direction: 'egress',
      ingress: { reason: 'no-subject' },
    })
  })

  it('between two who have no policies passes', () => {
    expect(
      both([policy({ defaultDeny: { ingress: true, egress: true } })], { from: { ip: '8.8.8.8' }, to: { identity: 6 } }),
    ).toMatchObject({
      verdict: 'allow',
      reason: 'no-subject',
    })
  })

  it('to oneself is judged as any', () => {
    expect(both([rules({ peers: [] })], { from: ends.to }).verdict).toBe('deny')
    expect(both([rules({ peers: [of('db')] })], { from: ends.to }).verdict).toBe('allow')
  })
})

describe('a reply', () => {
  const oneWay = [policy({ key: 's', rules: [rule('egress', { peers: [of('db')] }), rule('ingress', { peers: [web] })] })]
  it('has the verdict of the flow that it answers', () => {
    const flow = { ...ends, protocol: 'tcp' as const, port: 80 }
    const answer: Flow = { ...flow, from: flow.to, to: flow.from, reply: true }
    expect(evaluate(shopUniverse(), oneWay, flow).verdict).toBe('allow')
    expect(evaluate(shopUniverse(), oneWay, answer)).toEqual(evaluate(shopUniverse(), oneWay, flow))
    expect(evaluate(shopUniverse(), oneWay, { ...answer, reply: false }).verdict).toBe('deny')
  })
})

describe('an end', () => {
  const onlyWeb = [rules({ peers: [web] })]
  it.each<[string, Flow['from'], string]>([
    ['by object', { object: 'shop/web' }, 'allow rule'],
    ['by address', { ip: '10.0.0.1' }, 'allow rule'],
    ['by its other address', { ip: '2001:db8::1' }, 'allow rule'],
    ['by labels', { labels: { app: 'web' } }, 'allow rule'],
    ['by labels, in a namespace', { labels: { app: 'web' }, namespace: 'bank' }, 'allow rule'],
    ['by other labels', { labels: { app: 'db' } }, 'deny default-deny'],
    ['by the address of a node', { ip: '192.168.0.2' }, 'deny default-deny'],
    ['by an address of nobody', { ip: '9.9.9.9' }, 'deny default-deny'],
    ['by an identity that is not there', { identity: 4242 }, 'deny unknown-identity'],
    ['by the identity of nobody', { identity: 0 }, 'deny unknown-identity'],
    ['by no number', { identity: Number.NaN }, 'deny unknown-identity'],
    ['by an object that is not there', { object: 'shop/none' }, 'deny unknown-identity'],
    ['by what is no address', { ip: '10.0.0.256' }, 'deny unknown-identity'],
    ['by nothing', { ip: '' }, 'deny unknown-identity'],
  ])('%s', (_, from, expected) => {
    const { verdict, reason } = ask(onlyWeb, { from })
    expect(`${verdict} ${reason}`).toBe(expected)
  })

  it('by its number', () => {
    const universe = shopUniverse()
    expect(ask(onlyWeb, { from: { identity: universe.identityOf('shop/web') ?? 0 } }, universe).verdict).toBe('allow')
    expect(ask(onlyWeb, { from: { identity: universe.identityOf('shop/bare') ?? 0 } }, universe).verdict).toBe('deny')
  })
})

describe('a flow that cannot be', () => {
  it.each<[string, Partial<Flow>, string]>([
    ['has no such protocol', { protocol: 'quic' as 'tcp' }, 'protocol'],
    ['has no protocol above 255', { protocol: 256 }, 'protocol'],
    ['has no half protocol', { protocol: 6.5 }, 'protocol'],
    ['goes to a port', { protocol: 'tcp', port: undefined as unknown as number }, 'port'],
    ['has no port above 65535', { port: 65536 }, 'port'],
    ['has no negative port', { port: -1 }, 'port'],
    ['has a type, of ICMP', { protocol: 'icmp' }, 'icmpType'],
    ['has no type above 255', { protocol: 'icmpv6', icmpType: 256 }, 'icmpType'],
  ])('%s', (_, flow, path) => {
    expect(ask([], flow)).toMatchObject({ verdict: 'deny', reason: 'invalid-flow', error: { code: 'input.invalid', path } })
  })

  it('is denied even where policies are not asked', () => {
    expect(ask([], { port: 70000 }, shopUniverse({ settings: { enforcement: 'never' } })).verdict).toBe('deny')
  })

  it('never throws, whatever it is', () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: 0, max: 300 }))
    const end = fc.oneof(
      fc.record({ object: fc.oneof(fc.string(), fc.constantFrom('shop/web', '__proto__', 'here')) }),
      fc.record({ ip: fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()) }),
      fc.record({ identity: number }),
      fc.record({ labels: fc.dictionary(fc.string(), fc.string()), namespace: fc.string() }),
    )
    const flow = fc.record(
      {
        from: end,
        to: end,
        protocol: fc.oneof(number, fc.string()),
        port: number,
        icmpType: number,
        reply: fc.boolean(),
        direction: fc.constantFrom('ingress', 'egress', 'up'),
      },
      { requiredKeys: ['from', 'to', 'protocol'] },
    )
    const universe = shopUniverse()
    const policies = [rules({ peers: [web, { kind: 'cidr', prefix: '10.0.0.0/8' }], ports: [{ protocol: 'tcp', port: 'http' }] })]
    fc.assert(
      fc.property(flow, (given) => {
        expect(['allow', 'deny']).toContain(evaluate(universe, policies, given as Flow).verdict)
      }),
      { numRuns: 2000 },
    )
  })
})
