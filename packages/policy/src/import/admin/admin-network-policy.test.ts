import { describe, expect, it } from 'vitest'
import { documentOf, importedPolicy, problemsIn, warningsIn } from '../../testing/documents.js'

const HEAD = 'priority: 5\nsubject: { namespaces: {} }'
const admin = (rules: string): string => documentOf('AdminNetworkPolicy', `${HEAD}\n${rules}`)
const baseline = (rules: string): string => documentOf('BaselineAdminNetworkPolicy', `subject: { namespaces: {} }\n${rules}`)

/** [what it is, a rule of egress, what of the node tells] */
const rules: [string, string, object][] = [
  ['allows', '{ action: Allow, to: [{ namespaces: {} }] }', { action: 'allow' }],
  ['denies', '{ action: Deny, to: [{ namespaces: {} }] }', { action: 'deny' }],
  ['passes on', '{ action: Pass, to: [{ namespaces: {} }] }', { action: 'pass' }],
  ['has a name', '{ name: "my rule", action: Pass, to: [{ namespaces: {} }] }', { name: 'my rule' }],
  [
    'is about pods of namespaces',
    '{ action: Deny, to: [{ namespaces: { matchLabels: { a: b } } }] }',
    { peers: [{ kind: 'endpoints', namespaces: { selector: { matchLabels: { a: 'b' } } }, selector: {}, scope: 'managed' }] },
  ],
  [
    'is about pods',
    '{ action: Deny, to: [{ pods: { namespaceSelector: { matchLabels: { a: b } }, podSelector: { matchLabels: { c: d } } } }] }',
    {
      peers: [
        {
          kind: 'endpoints',
          namespaces: { selector: { matchLabels: { a: 'b' } } },
          selector: { matchLabels: { 'k8s:c': 'd' } },
          scope: 'managed',
        },
      ],
    },
  ],
  [
    'is about pods of every namespace, where none is selected',
    '{ action: Deny, to: [{ pods: { podSelector: {} } }] }',
    { peers: [{ kind: 'endpoints', namespaces: { selector: {} }, selector: {}, scope: 'managed' }] },
  ],
  [
    'is about nodes',
    '{ action: Deny, to: [{ nodes: { matchLabels: { a: b } } }] }',
    { peers: [{ kind: 'nodes', selector: { matchLabels: { a: 'b' } } }] },
  ],
  [
    'is about blocks, and pods in them',
    '{ action: Deny, to: [{ networks: [10.0.0.0/8, ::/0] }] }',
    { peers: ['10.0.0.0/8', '::/0'].map((prefix) => ({ kind: 'cidr', prefix, except: [], scope: 'any' })) },
  ],
  [
    'is about names: the star is one label or more',
    '{ action: Allow, to: [{ domainNames: [a.example, "*.b.example"] }] }',
    {
      peers: [
        { kind: 'fqdn', matchName: 'a.example' },
        { kind: 'fqdn', matchPattern: '**.b.example' },
      ],
    },
  ],
  [
    'is about ports',
    '{ action: Deny, to: [{ namespaces: {} }], ports: [{ portNumber: { port: 1 } }, { portNumber: { protocol: SCTP, port: 2 } }, { portRange: { start: 3, end: 4 } }, { portRange: { protocol: UDP, start: 5, end: 6 } }, { namedPort: web }] }',
    {
      ports: [
        { protocol: 'tcp', port: 1 },
        { protocol: 'sctp', port: 2 },
        { protocol: 'tcp', port: 3, endPort: 4 },
        { protocol: 'udp', port: 5, endPort: 6 },
        { protocol: 'transport', port: 'web' },
      ],
    },
  ],
]

/** [what is wrong, rules from line 7 on, path, line, part of the message] */
const wrong: [string, string, string, number, string][] = [
  [
    'an action that is none',
    'ingress: [{ action: Accept, from: [{ namespaces: {} }] }]',
    'ingress[0].action',
    7,
    '"Accept" is none of Allow, Deny, Pass',
  ],
  ['no action', 'ingress: [{ from: [{ namespaces: {} }] }]', 'ingress[0].action', 7, 'is missing'],
  ['no peers', 'ingress: [{ action: Deny }]', 'ingress[0].from', 7, 'is missing'],
  ['an empty list of peers', 'ingress: [{ action: Deny, from: [] }]', 'ingress[0].from', 7, 'needs 1 or more'],
  ['an empty peer', 'ingress: [{ action: Deny, from: [{}] }]', 'ingress[0].from[0]', 7, 'give one of namespaces and pods'],
  [
    'two peers in one',
    'egress: [{ action: Deny, to: [{ namespaces: {}, nodes: {} }] }]',
    'egress[0].to[0]',
    7,
    'namespaces and nodes contradict',
  ],
  [
    'blocks as peers of ingress',
    'ingress: [{ action: Deny, from: [{ networks: [::/0] }] }]',
    'ingress[0].from[0].networks',
    7,
    'unknown field networks',
  ],
  ['names to deny', 'egress:\n- action: Deny\n  to:\n  - domainNames: [a.b]', 'egress[0].to[0]', 10, 'they can only be allowed'],
  ['names to pass on', 'egress: [{ action: Pass, to: [{ domainNames: [a.b] }] }]', 'egress[0].to[0]', 7, 'they can only be allowed'],
  [
    'a name with a star inside',
    'egress: [{ action: Allow, to: [{ domainNames: [a.*.b] }] }]',
    'egress[0].to[0].domainNames[0]',
    7,
    'no domain name',
  ],
  ['a name of one label', 'egress: [{ action: Allow, to: [{ domainNames: [a] }] }]', 'egress[0].to[0].domainNames[0]', 7, 'no domain name'],
  [
    'a named port of blocks',
    'egress: [{ action: Allow, to: [{ namespaces: {} }, { networks: [::/0] }], ports: [{ namedPort: web }] }]',
    'egress[0].to[1]',
    7,
    'a named port contradicts',
  ],
  [
    'two ports in one',
    'ingress: [{ action: Deny, from: [{ namespaces: {} }], ports: [{ namedPort: a, portNumber: { port: 1 } }] }]',
    'ingress[0].ports[0]',
    7,
    'contradict',
  ],
  [
    'a range backwards',
    'ingress: [{ action: Deny, from: [{ namespaces: {} }], ports: [{ portRange: { start: 9, end: 8 } }] }]',
    'ingress[0].ports[0]',
    7,
    '8 comes before port 9',
  ],
  [
    'a port of 0',
    'ingress: [{ action: Deny, from: [{ namespaces: {} }], ports: [{ portNumber: { port: 0 } }] }]',
    'ingress[0].ports[0].portNumber.port',
    7,
    '0 is less than 1',
  ],
  ['no block', 'egress: [{ action: Deny, to: [{ networks: [10.0.0.1] }] }]', 'egress[0].to[0].networks[0]', 7, 'has no length'],
]

describe('an AdminNetworkPolicy', () => {
  it('is of the tier admin, with its priority, and closes nobody', () => {
    expect(importedPolicy(admin(''))).toMatchObject({
      key: 'AdminNetworkPolicy web',
      tier: 'admin',
      priority: 5,
      defaultDeny: { ingress: false, egress: false },
      subject: { kind: 'endpoints', namespaces: { selector: {} }, selector: {} },
      rules: [],
    })
  })

  it('is of no namespace: one that is written has no effect, and that is told', () => {
    expect(warningsIn(admin(''))).toMatchObject([
      { path: 'metadata.namespace', line: 3, message: expect.stringContaining('whole cluster') },
    ])
  })

  it('is about pods', () => {
    const spec = 'priority: 0\nsubject: { pods: { namespaceSelector: { matchLabels: { a: b } }, podSelector: { matchLabels: { c: d } } } }'
    expect(importedPolicy(documentOf('AdminNetworkPolicy', spec)).subject).toEqual({
      kind: 'endpoints',
      namespaces: { selector: { matchLabels: { a: 'b' } } },
      selector: { matchLabels: { 'k8s:c': 'd' } },
    })
  })

  it.each(rules)('%s', (_, rule, expected) => {
    const [made, ...others] = importedPolicy(admin(`egress:\n- ${rule}`)).rules
    expect(made).toMatchObject({ direction: 'egress', ...expected, source: { line: 8, column: 5, path: 'spec.egress[0]' } })
    expect(others).toEqual([])
  })

  it('keeps the order of its rules', () => {
    const list = ['a', 'b', 'c'].map((name) => `{ name: ${name}, action: Deny, from: [{ namespaces: {} }] }`)
    expect(importedPolicy(admin(`ingress: [${list}]`)).rules.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it.each(wrong)('%s', (_, spec, path, line, message) => {
    expect(problemsIn(admin(spec))).toMatchObject([{ path: `spec.${path}`, line, message: expect.stringContaining(message) }])
  })

  it.each([
    ['priority: 1001\nsubject: { namespaces: {} }', 'spec.priority', '1001 is more than 1000'],
    ['priority: -1\nsubject: { namespaces: {} }', 'spec.priority', '-1 is less than 0'],
    ['subject: { namespaces: {} }', 'spec.priority', 'is missing'],
    ['priority: 1', 'spec.subject', 'is missing'],
    ['priority: 1\nsubject: {}', 'spec.subject', 'give one of namespaces and pods'],
  ])('%s is wrong', (spec, path, message) => {
    expect(problemsIn(documentOf('AdminNetworkPolicy', spec))).toMatchObject([{ path, message: expect.stringContaining(message) }])
  })
})

describe('a BaselineAdminNetworkPolicy', () => {
  it('is of the tier baseline', () => {
    expect(importedPolicy(baseline('ingress: [{ action: Deny, from: [{ namespaces: {} }] }]'))).toMatchObject({
      key: 'BaselineAdminNetworkPolicy default',
      tier: 'baseline',
      priority: 0,
      defaultDeny: { ingress: false, egress: false },
      rules: [{ direction: 'ingress', action: 'deny' }],
    })
  })

  it.each([
    [
      'passes nothing on',
      'ingress: [{ action: Pass, from: [{ namespaces: {} }] }]',
      'spec.ingress[0].action',
      '"Pass" is none of Allow, Deny',
    ],
    [
      'names no domains',
      'egress: [{ action: Allow, to: [{ domainNames: [a.b] }] }]',
      'spec.egress[0].to[0].domainNames',
      'cannot name domains',
    ],
    ['has no priority', 'priority: 1', 'spec.priority', 'unknown field priority'],
  ])('%s', (_, rules_, path, message) => {
    expect(problemsIn(baseline(rules_))[0]).toMatchObject({ path, message: expect.stringContaining(message) })
  })

  it('is called default', () => {
    expect(problemsIn(baseline('').replace('name: default', 'name: other'))).toMatchObject([
      { path: 'metadata.name', line: 3, message: expect.stringContaining('"other" is not default') },
    ])
  })
})
