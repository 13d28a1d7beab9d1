import { describe, expect, it } from 'vitest'
import { group, type PeerInput, policy, type RuleInput, shopUniverse } from '../testing/shop.js'
import { explain } from './explain.js'
import type { SideExplanation } from './explanation.js'
import { formatExplanation } from './format.js'

type Policies = Parameters<typeof explain>[1]
type FlowInput = Partial<Parameters<typeof explain>[2]>

const db = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'db' } }, namespaces: { names: ['shop'] } }
const web: PeerInput = { kind: 'endpoints', selector: { matchLabels: { app: 'web' } } }
const at = (line: number) => ({ file: 'p.yaml', line, column: 1, path: 'spec' })
const open = (more: Partial<RuleInput> = {}): RuleInput => ({
  direction: 'ingress',
  ports: [{ protocol: 'tcp', port: 80 }],
  peers: [web],
  ...more,
})
const asked = (policies: Policies, flow: FlowInput = {}) =>
  explain(shopUniverse(), policies, { from: { object: 'shop/web' }, to: { object: 'shop/db' }, protocol: 'tcp', port: 80, ...flow })
const into = (policies: Policies, flow: FlowInput = {}): SideExplanation =>
  asked(policies, { direction: 'ingress', ...flow }).sides[0] as SideExplanation
const outOf = (policies: Policies, flow: FlowInput = {}): SideExplanation =>
  asked(policies, { direction: 'egress', from: { object: 'shop/db' }, to: { object: 'shop/web' }, ...flow }).sides[0] as SideExplanation
/** What the nearest rule lacks. */
const lacks = (rule: Partial<RuleInput>, flow: FlowInput = {}, ...others: Policies): string | undefined =>
  into([policy({ subject: db, rules: [open(rule)] }), ...others], flow)
    .misses[0]?.failing.map(({ text }) => text)
    .join(' & ')

describe('what a denied flow lacks', () => {
  it.each<[string, Partial<RuleInput>, FlowInput, string]>([
    ['a port', { ports: [{ protocol: 'tcp', port: 8080 }] }, {}, 'tcp 8080, not tcp 80'],
    ['a port of a range', { ports: [{ protocol: 'tcp', port: 1, endPort: 79 }] }, {}, 'tcp 1-79, not tcp 80'],
    [
      'the nearest port',
      { ports: [{ protocol: 'tcp', port: 1 }, { protocol: 'tcp', port: 81 }, { protocol: 'icmp' }] },
      {},
      'tcp 81, not tcp 80',
    ],
    ['a protocol', { ports: [{ protocol: 'udp', port: 80 }] }, {}, 'udp 80, not tcp 80'],
    ['a named port', { ports: [{ protocol: 'tcp', port: 'http' }] }, {}, 'tcp http, not tcp 80: http is tcp 9090 at the receiver'],
    [
      'a port of that name',
      { ports: [{ protocol: 'tcp', port: 'dns' }] },
      {},
      'tcp dns, not tcp 80: no tcp port is called dns at the receiver',
    ],
    ['a type', { ports: [{ protocol: 'icmp', icmpType: 0 }] }, { protocol: 'icmp', icmpType: 8 }, 'icmp type 0, not icmp type 8'],
    [
      'a label',
      { peers: [{ kind: 'endpoints', selector: { matchLabels: { app: 'api' } } }] },
      {},
      'app=api on the peer, which has app=web',
    ],
    [
      'a label that is absent',
      { peers: [{ kind: 'endpoints', selector: { matchLabels: { tier: 'x' } } }] },
      {},
      'tier=x on the peer, which has no label tier',
    ],
    [
      'a value among several',
      { peers: [{ kind: 'endpoints', selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] } }] },
      {},
      'app in (a, b) on the peer, which has app=web',
    ],
    [
      'another value',
      { peers: [{ kind: 'endpoints', selector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] } }] },
      {},
      'app!=web on the peer, which has app=web',
    ],
    [
      'no such label',
      { peers: [{ kind: 'endpoints', selector: { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] } }] },
      {},
      'no label env on the peer, which has env=prod',
    ],
    [
      'any such label',
      { peers: [{ kind: 'endpoints', selector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] } }] },
      {},
      'a label x on the peer, which has no label x',
    ],
    [
      'a namespace',
      { peers: [{ kind: 'endpoints', namespaces: { names: ['bank'] } }] },
      {},
      'namespace bank; the peer is in namespace shop',
    ],
    [
      'any namespace',
      { peers: [{ kind: 'endpoints', namespaces: {} }] },
      { from: { object: 'stray' } },
      'a namespace; the peer is in none',
    ],
    [
      'a label of the namespace',
      { peers: [{ kind: 'endpoints', namespaces: { selector: { matchLabels: { team: 'blue' } } } }] },
      {},
      'team=blue on namespace shop, which has team=red',
    ],
    [
      'a service account',
      { peers: [{ kind: 'endpoints', serviceAccounts: ['db'] }] },
      {},
      'service account db; the peer has service account web',
    ],
    [
      'what is required besides',
      { requires: [{ matchLabels: { env: 'test' } }] },
      {},
      'env=test on the peer, as is required, which has env=prod',
    ],
    [
      'two things',
      { peers: [{ kind: 'endpoints', namespaces: { names: ['bank'] } }], ports: [{ protocol: 'tcp', port: 81 }] },
      {},
      'namespace bank; the peer is in namespace shop & tcp 81, not tcp 80',
    ],
    ['being a pod', {}, { from: { ip: '8.8.8.8' } }, 'every pod; 8.8.8.8 is an address outside'],
    ['being a node', { peers: [{ kind: 'nodes' }] }, {}, 'a node; shop/web is a pod'],
    [
      'being another node',
      { peers: [{ kind: 'nodes', scope: 'remote' }] },
      { from: { object: 'here' } },
      'every other node; here is this node',
    ],
    [
      'a label of the node',
      { peers: [{ kind: 'nodes', selector: { matchLabels: { disk: 'hdd' } } }] },
      { from: { object: 'there' } },
      'disk=hdd on the node, which has disk=ssd',
    ],
    [
      'being an entity',
      { peers: [{ kind: 'entity', entity: 'host' }] },
      { from: { object: 'there' } },
      'entity host; there is another node',
    ],
    [
      'being in a block',
      { peers: [{ kind: 'cidr', prefix: '9.0.0.0/8' }] },
      { from: { ip: '8.8.8.8' } },
      '9.0.0.0/8; 8.8.8.8 is not in it',
    ],
    [
      'not being carved out',
      { peers: [{ kind: 'cidr', prefix: '8.0.0.0/8', except: ['8.8.0.0/16'] }] },
      { from: { ip: '8.8.8.8' } },
      '8.0.0.0/8 except 8.8.0.0/16; 8.8.8.8 is in 8.8.0.0/16',
    ],
    [
      'being outside',
      { peers: [{ kind: 'cidr', prefix: '10.0.0.0/8' }] },
      {},
      '10.0.0.0/8; 10.0.0.1 is the address of a pod, shop/web: blocks don’t select endpoints',
    ],
    [
      'being outside, a node',
      { peers: [{ kind: 'cidr', prefix: '192.168.0.0/16' }] },
      { from: { object: 'there' } },
      '192.168.0.0/16; 192.168.0.2 is the address of node there: blocks don’t select nodes here',
    ],
    [
      'a group that is there',
      { peers: [{ kind: 'cidr-group', name: 'none' }] },
      { from: { ip: '8.8.8.8' } },
      'CIDR group none, which has no blocks',
    ],
    [
      'being in a group',
      { peers: [{ kind: 'cidr-group', name: 'g' }] },
      { from: { ip: '8.8.8.8' } },
      'CIDR group g: 8.8.4.0/24; 8.8.8.8 is not in it',
    ],
    ['a service that is there', { peers: [{ kind: 'service', name: 'none' }] }, {}, 'service none in any namespace, which is not there'],
    [
      'being behind a service',
      { peers: [{ kind: 'service', name: 'web' }] },
      { from: { object: 'bank/web' } },
      'service web in any namespace; bank/web is not behind shop/web {app=web}',
    ],
  ])('%s', (_, rule, flow, text) => {
    const cidrs = ['1.0.0.0/8', '8.8.4.0/24']
    expect(lacks(rule, flow, group({ name: 'g', cidrs }))).toBe(text)
  })

  it.each<[string, PeerInput, FlowInput, string]>([
    [
      'a name that is bound elsewhere',
      { kind: 'fqdn', matchName: 'api.example.com' },
      { to: { ip: '8.8.8.8' } },
      'name api.example.com; 8.8.8.8 has no live name; api.example.com stands for 203.0.113.7',
    ],
    [
      'a name that is bound nowhere',
      { kind: 'fqdn', matchName: 'x.y' },
      { to: { ip: '203.0.113.7' } },
      'name x.y; 203.0.113.7 (api.example.com) has names api.example.com; x.y has no live binding',
    ],
    ['a name like that', { kind: 'fqdn', matchPattern: '*.org' }, { to: { ip: '8.8.8.8' } }, 'names *.org; 8.8.8.8 has no live name'],
    ['a name, being a pod', { kind: 'fqdn', matchName: 'web.shop' }, {}, 'an address outside with name web.shop; shop/web is a pod'],
  ])('%s', (_, peer, flow, text) => {
    expect(outOf([policy({ subject: db, rules: [{ direction: 'egress', peers: [peer] }] })], flow).misses[0]?.failing[0]?.text).toBe(text)
  })

  it('a policy about it', () => {
    const closed = policy({ key: 'a', defaultDeny: { ingress: true } })
    const forApi = policy({
      key: 'b',
      subject: { kind: 'endpoints', selector: { matchLabels: { app: 'api' } } },
      rules: [open({ source: at(9) })],
    })
    expect(into([closed, forApi]).misses).toMatchObject([
      { rule: 'b ingress[0]', source: at(9), failing: [{ about: 'subject', what: 'label', wanted: 'app=api', found: 'app=db' }] },
    ])
    const forNodes = policy({ key: 'b', subject: { kind: 'nodes' }, rules: [open()] })
    expect(into([closed, forNodes]).misses[0]?.failing).toMatchObject([
      { about: 'subject', what: 'kind', wanted: 'a node', found: 'a pod' },
    ])
  })

  it('is less in a nearer rule: fewer things, then nearer ones', () => {
    const elsewhere: PeerInput = { kind: 'endpoints', namespaces: { names: ['bank'] } }
    const list = [
      open({ name: 'two', peers: [elsewhere], ports: [{ protocol: 'tcp', port: 81 }] }),
      open({ name: 'far port', ports: [{ protocol: 'tcp', port: 60000 }] }),
      open({ name: 'outside', peers: [{ kind: 'nodes' }], ports: undefined }),
      open({ name: 'near port', ports: [{ protocol: 'tcp', port: 81 }] }),
      open({ name: 'protocol', ports: [{ protocol: 'icmp' }] }),
      open({ name: 'nobody', peers: [] }),
      open({ name: 'other way', direction: 'egress' }),
    ]
    const { misses } = into([policy({ subject: db, rules: list })])
    expect(misses.map(({ name }) => name)).toEqual(['near port', 'far port', 'protocol', 'two', 'outside'])
    expect(into([policy({ subject: db, rules: list })]).misses).toHaveLength(5)
    expect(
      explain(
        shopUniverse(),
        [policy({ subject: db, rules: list })],
        { from: { object: 'shop/web' }, to: { object: 'shop/db' }, protocol: 'tcp', port: 80 },
        { misses: 2 },
      ).sides[1]?.misses,
    ).toHaveLength(2)
  })

  it('is nothing that would not be heard', () => {
    const near = open({ ports: [{ protocol: 'tcp', port: 81 }] })
    const denies = open({ action: 'deny' })
    const keys = (...policies: Policies) => into(policies).misses.map(({ policy: key }) => key)
    const admin = (key: string, ...rules: RuleInput[]) => policy({ key, tier: 'admin', rules })
    const base = (key: string, ...rules: RuleInput[]) => policy({ key, tier: 'baseline', rules })
    const usual = (key: string, ...rules: RuleInput[]) => policy({ key, rules })
    expect(keys(usual('u', denies, near), admin('a', near), base('b', near))).toEqual(['a'])
    expect(keys(admin('m', denies), admin('a', near), admin('z', near), usual('u', near))).toEqual(['a'])
    expect(keys(policy({ key: 'c', defaultDeny: { ingress: true } }), base('b', near), usual('u', near))).toEqual(['u'])
    expect(keys(base('m', denies, near), base('a', near), policy({ key: 'u', defaultDeny: { ingress: false }, rules: [near] }))).toEqual([
      'a',
      'u',
    ])
    expect(keys(base('m', near, denies))).toEqual(['m'])
  })
})

describe('the parts that rules and policies have', () => {
  it('in isolation: who closes', () => {
    const closed = into([
      policy({ key: 'b', source: at(3), defaultDeny: { ingress: true } }),
      policy({ key: 'a', rules: [open({ peers: [] })] }),
      policy({ key: 'e', rules: [open({ direction: 'egress' })] }),
    ])
    expect(closed.closedBy.map(({ policy: key, source }) => [key, source?.line])).toEqual([
      ['a', undefined],
      ['b', 3],
    ])
    expect(closed.policies.map(({ policy: key }) => key)).toEqual(['a', 'b'])
    expect(closed.decidedBy).toBeUndefined()
  })

  it('in a denial: what it overrules', () => {
    const denied = into([
      policy({ key: 'a', rules: [open()] }),
      policy({ key: 'd', source: at(7), rules: [open({ action: 'deny', name: 'never' })] }),
    ])
    expect(denied.decidedBy).toEqual({
      rule: 'd ingress[0]',
      name: 'never',
      policy: 'd',
      text: 'deny ingress from pods {app=web} to tcp 80',
      source: at(7),
    })
    expect(denied.overruled.map(({ rule }) => rule)).toEqual(['a ingress[0]'])
  })

  it('in an allow: which, and which others', () => {
    const allowed = into([
      policy({ key: 'a', rules: [open(), open({ peers: undefined })] }),
      policy({ key: 'b', tier: 'baseline', rules: [open({ action: 'deny' })] }),
    ])
    expect([allowed.decidedBy?.rule, allowed.alsoAllowedBy.map(({ rule }) => rule), allowed.overruled.map(({ rule }) => rule)]).toEqual([
      'a ingress[0]',
      ['a ingress[1]'],
      ['b ingress[0]'],
    ])
    expect(allowed.misses).toEqual([])
  })

  it('in an allow of an ordered tier: what it overrules', () => {
    const allowed = into([
      policy({ key: 'a', tier: 'admin', rules: [open(), open({ action: 'deny' })] }),
      policy({ key: 'b', rules: [open({ action: 'deny' })] }),
    ])
    expect(allowed.overruled.map(({ rule }) => rule)).toEqual(['a ingress[1]', 'b ingress[0]'])
  })

  it('in passing on, and in telling', () => {
    const told = into([
      policy({ key: 'a', tier: 'admin', rules: [open({ action: 'pass' })] }),
      policy({ key: 'b', audit: true, rules: [open({ action: 'deny' }), open({ action: 'deny' })] }),
      policy({ key: 'c', rules: [open()] }),
    ])
    expect(told.decision).toMatchObject({ verdict: 'audit', rule: 'b ingress[0]' })
    expect([told.passedBy, told.told, told.alsoAllowedBy].map((all) => all.map(({ rule }) => rule))).toEqual([
      ['a ingress[0]'],
      [],
      ['c ingress[0]'],
    ])
  })

  it('none, where policies are not asked', () => {
    expect(
      asked([policy({ rules: [open()] })], { from: { ip: '8.8.8.8' } }).sides.map(({ decision, policies }) => [
        decision.reason,
        policies.length,
      ]),
    ).toEqual([
      ['no-subject', 0],
      ['default-deny', 1],
    ])
  })
})

describe('an explanation in words', () => {
  const shown = (policies: Policies, flow: FlowInput = {}): string[] => formatExplanation(asked(policies, flow)).split('\n')

  it('of isolation', () => {
    expect(
      shown([
        policy({
          key: 'NetworkPolicy shop/db',
          source: at(3),
          subject: db,
          rules: [open({ source: at(9), ports: [{ protocol: 'tcp', port: 8080 }] })],
        }),
      ]),
    ).toEqual([
      'deny: shop/web → shop/db, tcp 80',
      '  out of shop/web: allow, no policy is about it',
      '  into shop/db: deny, closed by NetworkPolicy shop/db (p.yaml:3), and no rule allows it',
      '    nearly allowed by',
      '      NetworkPolicy shop/db ingress[0] (p.yaml:9): allow ingress from pods {app=web} to tcp 8080',
      '        but for tcp 8080, not tcp 80',
    ])
  })

  it('of a rule that denies', () => {
    expect(
      shown([policy({ subject: db, rules: [open(), open({ action: 'deny', name: 'never', source: at(12) })] })], { direction: 'ingress' }),
    ).toEqual([
      'deny: shop/web → shop/db, tcp 80',
      '  into shop/db: deny, by p ingress[1] "never" (p.yaml:12)',
      '    deny ingress from pods {app=web} to tcp 80',
      '    overrules p ingress[0]: allow ingress from pods {app=web} to tcp 80',
    ])
  })

  it('of a redirect', () => {
    expect(
      shown([policy({ log: 'seen', subject: db, rules: [open({ l7: { parser: 'http' }, auth: 'required' }), open()] })], {
        direction: 'ingress',
      }),
    ).toEqual([
      'redirect: shop/web → shop/db, tcp 80',
      '  into shop/db: redirect, by p ingress[0]',
      '    allow ingress from pods {app=web} to tcp 80; through the http proxy, every request; authentication required',
      '    redirected to http as http, which lets every request through: a plain rule allows the flow too',
      '    authentication: required',
      '    noted: seen',
      '    allowed by p ingress[1]: allow ingress from pods {app=web} to tcp 80',
    ])
  })

  it.each<[string, Policies, FlowInput, RegExp]>([
    ['of audit', [policy({ audit: true, rules: [open({ action: 'deny' })] })], {}, /let through: it is only told of/],
    [
      'of audited isolation',
      [policy({ audit: true, rules: [open({ peers: [] })] })],
      {},
      /closed by p, which only tells, and no rule allows it/,
    ],
    ['of openness', [policy({ defaultDeny: { ingress: false }, rules: [open({ peers: [] })] })], {}, /open: p does not close it/],
    [
      'of an end that is not there',
      [],
      { from: { object: 'shop/none' } },
      /^deny: unknown shop\/none → shop\/db, tcp 80\n {2}an end is not known/,
    ],
    ['of no address', [], { from: { ip: '1.2.3' } }, /^deny: "1.2.3", which is no address → /],
    ['of no such identity', [], { from: { identity: 4242 } }, /^deny: unknown identity 4242/],
    ['of no flow', [], { port: 70000 }, /no such flow: port: tcp goes to a port from 0 to 65535, not 70000/],
    ['of an end outside', [], { from: { ip: '8.8.8.8' } }, /out of 8.8.8.8: allow, no policies are asked there/],
    [
      'of a reply',
      [policy({ subject: db, rules: [open()] })],
      { from: { object: 'shop/db' }, to: { object: 'shop/web' }, reply: true },
      /^allow: shop\/web → shop\/db/,
    ],
  ])('%s', (_, policies, flow, text) => {
    expect(formatExplanation(asked(policies, flow))).toMatch(text)
  })

  it('of enforcement', () => {
    const by = (settings: object) =>
      formatExplanation(
        explain(shopUniverse({ settings }), [], {
          direction: 'ingress',
          from: { object: 'here' },
          to: { object: 'shop/db' },
          protocol: 'tcp',
          port: 80,
        }),
      )
    expect(by({ enforcement: 'always' })).toContain('deny, policies are always enforced and no rule allows it')
    expect(by({ enforcement: 'never' })).toContain('allow, policies are not enforced')
    expect(by({ enforcement: 'always', allowLocalHost: true })).toContain('allow, the node reaches its own endpoints')
  })
})
