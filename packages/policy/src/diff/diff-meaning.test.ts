import { describe, expect, it } from 'vitest'
import type { NetworkPolicyInput, Policy } from '../rule/policy.js'
import { group, policy, type RuleInput, shopUniverse } from '../testing/shop.js'
import { createUniverse, type Universe } from '../universe/universe.js'
import { diffMeaning } from './diff-meaning.js'
import { formatDiff } from './format-diff.js'
import type { DiffOptions, MeaningDiff } from './meaning-diff.js'

/** Two apps of three and two pods, another namespace, a node, and nothing else. */
function town(settings: object = {}): Universe {
  const pods = (namespace: string, app: string, count: number, at: number) =>
    Array.from({ length: count }, (_, nth) => ({
      name: `${app}-${nth + 1}`,
      namespace,
      labels: { app, nth: `${nth}` },
      addresses: [`10.0.${at}.${nth + 1}`],
      namedPorts: [{ name: 'sql', port: 5432 }],
    }))
  return createUniverse({
    settings: { allowLocalHost: false, ...settings },
    endpoints: [...pods('shop', 'web', 3, 1), ...pods('shop', 'db', 2, 2), ...pods('bank', 'web', 2, 3)],
    nodes: [{ name: 'here', local: true, addresses: ['192.0.2.1'] }],
  }).unwrap()
}

const app = (name: string) => ({ matchLabels: { app: name } })
const from = (name: string) => [{ kind: 'endpoints' as const, selector: app(name), namespaces: { names: ['shop'] } }]
const db = { kind: 'endpoints' as const, namespaces: { names: ['shop'] }, selector: app('db') }
const tcp = (port: number, endPort?: number) => [{ protocol: 'tcp' as const, port, ...(endPort === undefined ? {} : { endPort }) }]
const world = (except: string[] = []) => [{ kind: 'cidr' as const, prefix: '203.0.113.0/24', except }]

/** The policy of the database, with these rules. */
function dbPolicy(rules: Partial<RuleInput>[], more: Partial<NetworkPolicyInput> = {}): Policy {
  return policy({
    key: 'NetworkPolicy shop/db',
    subject: db,
    rules: rules.map((rule) => ({ direction: 'ingress', ...rule })),
    ...more,
  })
}

function diff(before: readonly Policy[], after: readonly Policy[], options: DiffOptions = {}, universe = town()): MeaningDiff {
  return diffMeaning(universe, before, after, options).unwrap()
}

/** The lines of the diff without the first, which counts. */
const lines = (made: MeaningDiff): string[] => formatDiff(made).split('\n').slice(1)

describe('what an edit changes', () => {
  const open = dbPolicy([{ peers: from('web'), ports: tcp(5432) }])
  it.each<[string, Policy[], Policy[], string[]]>([
    [
      'a deny',
      [open],
      [open, dbPolicy([{ action: 'deny', peers: from('web') }], { key: 'no', defaultDeny: {} })],
      [
        '- closed     {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 5432  was allowed by NetworkPolicy shop/db ingress[0]; now denied by no ingress[0]',
      ],
    ],
    [
      'a policy removed',
      [open],
      [],
      [
        '+ opened     every endpoint in bank (2), {app=db} in shop (2 endpoints), here, the world → {app=db} in shop (2 endpoints)  everything  was denied: no rule of NetworkPolicy shop/db allows it; now allowed, for ingress is open',
        '+ opened     {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  everything but tcp 5432  was denied: no rule of NetworkPolicy shop/db allows it; now allowed, for ingress is open',
      ],
    ],
    [
      'a range of ports narrowed',
      [dbPolicy([{ peers: from('web'), ports: tcp(8000, 8999) }])],
      [dbPolicy([{ peers: from('web'), ports: tcp(8080, 8089) }])],
      [
        '- closed     {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 8000-8079, tcp 8090-8999  was allowed by NetworkPolicy shop/db ingress[0]; now denied: no rule of NetworkPolicy shop/db allows it',
      ],
    ],
    [
      'a block carved out',
      [dbPolicy([{ peers: world(), ports: [{ protocol: 'icmp', icmpType: 8 }] }])],
      [dbPolicy([{ peers: world(['203.0.113.128/25']), ports: [{ protocol: 'icmp', icmpType: 8 }] }])],
      [
        '- closed     203.0.113.128/25 → {app=db} in shop (2 endpoints)  icmp type 8  was allowed by NetworkPolicy shop/db ingress[0]; now denied: no rule of NetworkPolicy shop/db allows it',
      ],
    ],
    [
      'a block carved out of a wider one',
      [dbPolicy([{ peers: world(['203.0.113.64/26']) }])],
      [dbPolicy([{ peers: [] }])],
      [
        '- closed     203.0.113.0/24 except 203.0.113.64/26 → {app=db} in shop (2 endpoints)  everything  was allowed by NetworkPolicy shop/db ingress[0]; now denied: no rule of NetworkPolicy shop/db allows it',
      ],
    ],
    [
      'default deny switched on',
      [dbPolicy([{ peers: from('web') }], { defaultDeny: { ingress: false } })],
      [dbPolicy([{ peers: from('web') }])],
      [
        '- closed     every endpoint in bank (2), {app=db} in shop (2 endpoints), here, the world → {app=db} in shop (2 endpoints)  everything  was allowed, for ingress is open; now denied: no rule of NetworkPolicy shop/db allows it',
      ],
    ],
    [
      'another selector',
      [open],
      [dbPolicy([{ peers: [{ kind: 'endpoints', selector: app('web'), namespaces: { names: ['bank'] } }], ports: tcp(5432) }])],
      [
        '- closed     {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 5432  was allowed by NetworkPolicy shop/db ingress[0]; now denied: no rule of NetworkPolicy shop/db allows it',
        '+ opened     every endpoint in bank (2) → {app=db} in shop (2 endpoints)  tcp 5432  was denied: no rule of NetworkPolicy shop/db allows it; now allowed by NetworkPolicy shop/db ingress[0]',
      ],
    ],
    [
      'requests looked into',
      [open],
      [dbPolicy([{ peers: from('web'), ports: tcp(5432), l7: { parser: 'http', http: [{ method: 'GET' }] } }])],
      [
        '> redirected {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 5432  was allowed by NetworkPolicy shop/db ingress[0]; now allowed by NetworkPolicy shop/db ingress[0] through http',
      ],
    ],
    [
      'other requests at the same proxy',
      [dbPolicy([{ peers: from('web'), ports: tcp(80), l7: { parser: 'http', http: [{ path: '/a' }] } }])],
      [dbPolicy([{ peers: from('web'), ports: tcp(80), l7: { parser: 'http', http: [{ path: '/.*' }] } }])],
      [
        '~ changed    {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 80  was allowed by NetworkPolicy shop/db ingress[0] through http; now allowed by NetworkPolicy shop/db ingress[0] through http, of other requests',
      ],
    ],
    [
      'other names of servers at the same proxy',
      [dbPolicy([{ peers: from('web'), ports: tcp(443), l7: { parser: 'tls', serverNames: ['a'] } }])],
      [dbPolicy([{ peers: from('web'), ports: tcp(443), l7: { parser: 'tls', serverNames: ['a', 'b'] } }])],
      [
        '~ changed    {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 443  was allowed by NetworkPolicy shop/db ingress[0] through tls; now allowed by NetworkPolicy shop/db ingress[0] through tls, of other requests',
      ],
    ],
    [
      'another listener',
      [dbPolicy([{ peers: from('web'), l7: { parser: 'http' } }])],
      [dbPolicy([{ peers: from('web'), l7: { parser: 'http', listener: { name: 'envoy' } } }])],
      [
        '~ changed    {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  everything  was allowed by NetworkPolicy shop/db ingress[0] through http; now allowed by NetworkPolicy shop/db ingress[0] through envoy as http',
      ],
    ],
    [
      'authentication',
      [open],
      [dbPolicy([{ peers: from('web'), ports: tcp(5432), auth: 'required' }])],
      [
        '~ changed    {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 5432  was allowed by NetworkPolicy shop/db ingress[0]; now allowed by NetworkPolicy shop/db ingress[0], with authentication (required)',
      ],
    ],
    [
      'a word in the log',
      [open],
      [dbPolicy([{ peers: from('web'), ports: tcp(5432) }], { log: 'seen' })],
      [
        '~ changed    {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 5432  was allowed by NetworkPolicy shop/db ingress[0]; now allowed by NetworkPolicy shop/db ingress[0], noted "seen"',
      ],
    ],
    [
      'audit switched off',
      [dbPolicy([{ peers: from('web') }], { audit: true })],
      [dbPolicy([{ peers: from('web') }])],
      [
        '- closed     every endpoint in bank (2), {app=db} in shop (2 endpoints), here, the world → {app=db} in shop (2 endpoints)  everything  was let through and told of, as no rule of NetworkPolicy shop/db allows it; now denied: no rule of NetworkPolicy shop/db allows it',
      ],
    ],
    [
      'one pod of an app',
      [],
      [
        policy({
          key: 'one',
          tier: 'admin',
          subject: { kind: 'endpoints', namespaces: { names: ['shop'] }, selector: { matchLabels: { app: 'web', nth: '1' } } },
          rules: [{ direction: 'egress', action: 'deny', ports: [{ protocol: 'udp' }] }],
        }),
      ],
      ['- closed     shop/web-2 → everyone  udp  was allowed, for egress is open; now denied by one egress[0]'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(lines(diff(before, after))).toEqual(expected)
  })

  it('a denial without a rule names the policies that close, of the end that they are about', () => {
    const out = (key: string, audit: boolean) =>
      policy({
        key,
        audit,
        subject: { kind: 'endpoints', selector: app('web') },
        rules: [{ direction: 'egress', peers: [{ kind: 'endpoints', selector: app('web') }] }],
      })
    const [first] = diff([], [out('closes', false), out('tells', true), dbPolicy([])]).groups
    expect(first?.after.sides).toMatchObject([{ direction: 'egress', reason: 'default-deny', closedBy: ['closes'] }])
    const [told] = diff([], [out('tells', true)]).groups
    expect(told?.after.sides).toMatchObject([{ verdict: 'audit', closedBy: ['tells'] }])
  })

  it('a node’s policy', () => {
    const host = (action: 'allow' | 'deny') =>
      policy({ key: 'host', tier: 'admin', subject: { kind: 'nodes' }, rules: [{ direction: 'ingress', action, ports: tcp(22) }] })
    const made = diff([], [host('deny')], {}, shopUniverse())
    expect(lines(made)).toEqual([
      '- closed     everyone → every node  tcp 22  was allowed, for ingress is open; now denied by host ingress[0]',
    ])
    expect(made.groups[0]?.to.nodes).toEqual(['here', 'master', 'there'])
  })

  it('a node that the universe does not know is the host', () => {
    const universe = createUniverse({ endpoints: [{ name: 'a' }], nodes: [{ name: 'far', labels: { role: 'x' } }] }).unwrap()
    const deny = policy({
      key: 'host',
      tier: 'admin',
      subject: { kind: 'nodes', selector: { matchExpressions: [{ key: 'role', operator: 'DoesNotExist' }] } },
      rules: [{ direction: 'egress', action: 'deny' }],
    })
    const [only, ...others] = diff([], [deny], {}, universe).groups
    expect(others).toEqual([])
    expect(only?.from).toEqual({ text: 'this node', endpoints: [], nodes: [], identities: [], host: true, blocks: [] })
    expect(only?.example.flow.from).toEqual({ identity: 1 })
  })

  it('what is of other nodes, and identities without an endpoint', () => {
    const universe = createUniverse({
      endpoints: [{ name: 'far', labels: { app: 'x' }, local: false }],
      identities: [{ identity: 7000, labels: { app: 'y' } }],
    }).unwrap()
    const [only, ...others] = diff([], [policy({ key: 'p', rules: [{ direction: 'ingress', peers: [] }] })], {}, universe).groups
    expect(others).toEqual([])
    expect(only?.to).toEqual({ text: 'far, identity 7000', endpoints: ['far'], nodes: [], identities: [7000], host: false, blocks: [] })
  })
})

describe('what is no change', () => {
  const web = dbPolicy([{ peers: from('web'), ports: tcp(80, 81) }])
  const http = (...paths: string[]) => ({ parser: 'http', http: paths.map((path) => ({ path })) })
  it.each<[string, Policy[], Policy[]]>([
    ['another key', [web], [dbPolicy([{ peers: from('web'), ports: tcp(80, 81) }], { key: 'other' })]],
    ['a rule split in two', [web], [dbPolicy([81, 80].map((port) => ({ peers: from('web'), ports: tcp(port) })))]],
    [
      'a block written as two',
      [dbPolicy([{ peers: world() }])],
      [dbPolicy([{ peers: ['203.0.113.0/25', '203.0.113.128/25'].map((prefix) => ({ kind: 'cidr' as const, prefix })) }])],
    ],
    [
      'blocks by a group',
      [dbPolicy([{ peers: world() }])],
      [dbPolicy([{ peers: [{ kind: 'cidr-group', name: 'g' }] }]), group({ name: 'g', cidrs: ['203.0.113.0/24'] })],
    ],
    [
      'a rule that another says already',
      [web],
      [
        dbPolicy([
          { peers: from('web'), ports: tcp(80, 81) },
          { peers: from('web'), ports: tcp(80) },
        ]),
      ],
    ],
    [
      'a rule about nobody',
      [web],
      [web, policy({ key: 'n', subject: { ...db, selector: app('none') }, rules: [{ direction: 'egress' }] })],
    ],
    ['a port by its name', [dbPolicy([{ ports: [{ protocol: 'tcp', port: 'sql' }] }])], [dbPolicy([{ ports: tcp(5432) }])]],
    ['requests split over two rules', [dbPolicy([{ l7: http('/a', '/b') }])], [dbPolicy([{ l7: http('/b') }, { l7: http('/a') }])]],
    [
      'names of servers in another order',
      [dbPolicy([{ l7: { parser: 'tls', serverNames: ['a', 'b'] } }])],
      [dbPolicy([{ l7: { parser: 'tls', serverNames: ['b', 'a'] } }])],
    ],
    ['authentication said not to be asked for', [web], [dbPolicy([{ peers: from('web'), ports: tcp(80, 81), auth: 'disabled' }])]],
    [
      'more of what is denied at the other side',
      [policy({ key: 'closed', rules: [{ direction: 'egress', peers: [] }] }), dbPolicy([{ peers: from('web') }])],
      [policy({ key: 'closed', rules: [{ direction: 'egress', peers: [] }] }), dbPolicy([{ peers: [...from('web'), ...from('db')] }])],
    ],
  ])('%s', (_, before, after) => {
    const made = diff(before, after)
    expect(formatDiff(made)).toBe('no flow changes')
    expect(made.totals).toMatchObject({ changedPairs: 0, flows: { closed: 0, opened: 0, redirected: 0, changed: 0 } })
  })

  it('another deciding rule, unless that is asked for', () => {
    const renamed = dbPolicy([{ peers: from('web'), ports: tcp(80, 81) }], { key: 'other' })
    expect(lines(diff([web], [renamed], { rules: true }))[0]).toBe(
      '~ changed    {app=web} in shop (3 endpoints) → {app=db} in shop (2 endpoints)  tcp 80-81  was allowed by NetworkPolicy shop/db ingress[0]; now allowed by other ingress[0]',
    )
  })
})

describe('a group', () => {
  const before = dbPolicy([{ peers: from('web'), ports: tcp(5432) }])
  const [only] = diff([before], [dbPolicy([{ peers: [] }])]).groups

  it('says who, what, and why', () => {
    expect(only).toMatchObject({
      effect: 'closed',
      from: { endpoints: ['shop/web-1', 'shop/web-2', 'shop/web-3'], nodes: [], identities: [], host: false, blocks: [] },
      to: { endpoints: ['shop/db-1', 'shop/db-2'] },
      traffic: [{ protocol: 6, first: 5432, last: 5432, text: 'tcp 5432' }],
      before: { verdict: 'allow', sides: [{ direction: 'ingress', reason: 'rule', rule: 'NetworkPolicy shop/db ingress[0]' }] },
      after: { verdict: 'deny', sides: [{ direction: 'ingress', reason: 'default-deny', closedBy: ['NetworkPolicy shop/db'] }] },
      pairs: 6,
      flows: 6,
    })
  })

  it('has an example that can be asked for', () => {
    expect(only?.example.flow).toEqual({ from: { object: 'shop/web-1' }, to: { object: 'shop/db-1' }, protocol: 'tcp', port: 5432 })
    expect([only?.example.before.verdict, only?.example.after.verdict]).toEqual(['allow', 'deny'])
  })

  it('names both sides where both close', () => {
    const out = policy({ key: 'out', subject: { kind: 'endpoints', selector: app('web') }, rules: [{ direction: 'egress', peers: [] }] })
    const made = diff([before], [out, dbPolicy([{ peers: [] }])]).groups.filter(({ to }) => to.endpoints[0] === 'shop/db-1')
    expect(made.find(({ after }) => after.sides.length === 2)?.after.sides.map(({ direction }) => direction)).toEqual(['egress', 'ingress'])
  })

  it('of an address outside has one that is nobody’s', () => {
    const wide = dbPolicy([{ peers: [{ kind: 'cidr', prefix: '10.0.1.0/24' }] }])
    expect(diff([wide], [dbPolicy([{ peers: [] }])]).groups[0]?.example.flow.from).toEqual({ ip: '10.0.1.4' })
  })
})

describe('errors', () => {
  const twice: Policy[] = [dbPolicy([{}]), dbPolicy([])]
  it('a key that two policies have', () => {
    expect(diffMeaning(town(), [], twice).unwrapErr().code).toBe('input.invalid')
    expect(diffMeaning(town(), twice, []).unwrapErr().code).toBe('input.invalid')
  })

  it('what is no universe', () => {
    expect(diffMeaning({} as Universe, [], []).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'universe' })
  })

  it('endpoints of one identity that a block tells apart', () => {
    const universe = createUniverse({
      endpoints: ['10.0.0.1', '10.1.0.1'].map((address, at) => ({ name: `e${at}`, labels: { app: 'x' }, addresses: [address] })),
    }).unwrap()
    const split = policy({ key: 'p', rules: [{ direction: 'ingress', peers: [{ kind: 'cidr', prefix: '10.0.0.0/16', scope: 'any' }] }] })
    expect(diffMeaning(universe, [], [split]).unwrapErr().code).toBe('policy.ambiguous-identity')
  })

  it('nothing is too large to be compared', () => {
    const many = (first: number) =>
      Array.from({ length: 300 }, (_, at) => ({ l7: { parser: 'http', listener: { name: `l${first + at}` } }, ports: tcp(at + 1) }))
    expect(diffMeaning(town(), [dbPolicy(many(0))], [dbPolicy(many(1))]).unwrap().groups).toHaveLength(300)
  })
})
