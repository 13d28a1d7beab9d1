import { describe, expect, it } from 'vitest'
import { documentOf, importedPolicy, problemsIn, warningsIn } from '../../testing/documents.js'

const SHOP = { names: ['shop'] }

/** [what it is, the spec, what of the policy tells] */
const specs: [string, string, object][] = [
  ['without types: ingress', 'podSelector: {}', { defaultDeny: { ingress: true, egress: false }, rules: [] }],
  ['without a selector: every pod', 'policyTypes: [Ingress]', { subject: { kind: 'endpoints', namespaces: SHOP, selector: {} } }],
  ['with null for a selector: every pod', 'podSelector:', { subject: { kind: 'endpoints', namespaces: SHOP, selector: {} } }],
  ['with a section of egress and no types: both', 'egress: [{}]', { defaultDeny: { ingress: true, egress: true } }],
  ['with an empty section of egress: ingress alone', 'egress: []', { defaultDeny: { ingress: true, egress: false }, rules: [] }],
  ['with an empty list of types: as without', 'policyTypes: []', { defaultDeny: { ingress: true, egress: false } }],
  ['of egress alone', 'policyTypes: [Egress]', { defaultDeny: { ingress: false, egress: true }, rules: [] }],
  ['of both', 'policyTypes: [Ingress, Egress]', { defaultDeny: { ingress: true, egress: true } }],
  [
    'its selector has keys of Kubernetes',
    'podSelector: { matchLabels: { app: web }, matchExpressions: [{ key: tier, operator: Exists }] }',
    { subject: { selector: { matchLabels: { 'k8s:app': 'web' }, matchExpressions: [{ key: 'k8s:tier', operator: 'Exists' }] } } },
  ],
]

/** [what it is, a rule of ingress, what it becomes in full, less direction, action and source] */
const rules: [string, string, object][] = [
  ['an empty rule: everyone, everything', '{}', {}],
  ['an empty list of peers: everyone', '{ from: [] }', {}],
  ['an empty list of ports: everything', '{ ports: [] }', {}],
  [
    'pods of the own namespace',
    '{ from: [{ podSelector: { matchLabels: { a: b } } }] }',
    { peers: [{ kind: 'endpoints', namespaces: SHOP, selector: { matchLabels: { 'k8s:a': 'b' } }, scope: 'managed' }] },
  ],
  [
    'every pod of some namespaces: keys of namespaces stay plain',
    '{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: x } } }] }',
    {
      peers: [
        {
          kind: 'endpoints',
          namespaces: { selector: { matchLabels: { 'kubernetes.io/metadata.name': 'x' } } },
          selector: {},
          scope: 'managed',
        },
      ],
    },
  ],
  [
    'every pod of every namespace',
    '{ from: [{ namespaceSelector: {} }] }',
    { peers: [{ kind: 'endpoints', namespaces: { selector: {} }, selector: {}, scope: 'managed' }] },
  ],
  [
    'both selectors in one entry',
    '{ from: [{ podSelector: {}, namespaceSelector: { matchLabels: { n: m } } }] }',
    { peers: [{ kind: 'endpoints', namespaces: { selector: { matchLabels: { n: 'm' } } }, selector: {}, scope: 'managed' }] },
  ],
  [
    'two entries',
    '{ from: [{ podSelector: {} }, { ipBlock: { cidr: 0.0.0.0/0 } }] }',
    {
      peers: [
        { kind: 'endpoints', namespaces: SHOP, selector: {}, scope: 'managed' },
        { kind: 'cidr', prefix: '0.0.0.0/0', except: [], scope: 'external' },
      ],
    },
  ],
  [
    'a block less another; bits beyond the length go',
    '{ from: [{ ipBlock: { cidr: 10.1.2.3/8, except: [10.2.0.0/16] } }] }',
    { peers: [{ kind: 'cidr', prefix: '10.0.0.0/8', except: ['10.2.0.0/16'], scope: 'external' }] },
  ],
  ['TCP by default, every port of it', '{ ports: [{}] }', { ports: [{ protocol: 'tcp' }] }],
  ['every port of UDP', '{ ports: [{ protocol: UDP }] }', { ports: [{ protocol: 'udp' }] }],
  ['a port of SCTP', '{ ports: [{ protocol: SCTP, port: 7 }] }', { ports: [{ protocol: 'sctp', port: 7 }] }],
  ['a number as text', '{ ports: [{ port: "80" }] }', { ports: [{ protocol: 'tcp', port: 80 }] }],
  ['a named port', '{ ports: [{ port: http-alt }] }', { ports: [{ protocol: 'tcp', port: 'http-alt' }] }],
  ['a range', '{ ports: [{ port: 80, endPort: 90 }] }', { ports: [{ protocol: 'tcp', port: 80, endPort: 90 }] }],
  ['a range of one', '{ ports: [{ port: 80, endPort: 80 }] }', { ports: [{ protocol: 'tcp', port: 80, endPort: 80 }] }],
  [
    'several ports, several protocols',
    '{ ports: [{ port: 53, protocol: UDP }, { port: 53 }] }',
    {
      ports: [
        { protocol: 'udp', port: 53 },
        { protocol: 'tcp', port: 53 },
      ],
    },
  ],
]

/** [what is wrong, the spec, path, line, column, part of the message]; the spec begins in line 5, column 3 */
const wrong: [string, string, string, number, number, string][] = [
  ['an unknown field', 'podSelectors: {}', 'spec.podSelectors', 5, 3, 'unknown field podSelectors'],
  ['an unknown field of a rule', 'ingress:\n- from: []\n  port: []', 'spec.ingress[0].port', 7, 5, 'unknown field port'],
  ['an empty peer', 'ingress:\n- from:\n  - podSelector: {}\n  - {}', 'spec.ingress[0].from[1]', 8, 7, 'is empty'],
  ['null for a peer', 'ingress: [{ from: [null] }]', 'spec.ingress[0].from[0]', 5, 22, 'null where a mapping belongs'],
  [
    'a block and a selector in one',
    'ingress:\n- from:\n  - ipBlock: { cidr: 10.0.0.0/8 }\n    podSelector: {}',
    'spec.ingress[0].from[0]',
    7,
    7,
    'contradicts',
  ],
  [
    'no block',
    'ingress:\n- from:\n  - ipBlock:\n      cidr: 10.0.0.0/33',
    'spec.ingress[0].from[0].ipBlock.cidr',
    8,
    15,
    'no length from 0 to 32',
  ],
  [
    'a block without a length',
    'ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.1 } }] }]',
    'spec.ingress[0].from[0].ipBlock.cidr',
    5,
    41,
    'write 10.0.0.1/32',
  ],
  [
    'an exception outside',
    'egress:\n- to:\n  - ipBlock:\n      cidr: 10.0.0.0/8\n      except:\n      - 10.1.0.0/16\n      - 11.0.0.0/16',
    'spec.egress[0].to[0].ipBlock.except[1]',
    11,
    11,
    '11.0.0.0/16 is no part of 10.0.0.0/8',
  ],
  [
    'an exception of the whole block',
    'egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.0.0.0/8] } }] }]',
    'spec.egress[0].to[0].ipBlock.except[0]',
    5,
    59,
    'is no part of',
  ],
  [
    'a range backwards',
    'ingress:\n- ports:\n  - port: 90\n    endPort: 80',
    'spec.ingress[0].ports[0].endPort',
    8,
    16,
    '80 comes before port 90',
  ],
  [
    'a range from a name',
    'ingress: [{ ports: [{ port: http, endPort: 80 }] }]',
    'spec.ingress[0].ports[0].endPort',
    5,
    46,
    'begins with a numeric port',
  ],
  [
    'a range from nothing',
    'ingress: [{ ports: [{ endPort: 80 }] }]',
    'spec.ingress[0].ports[0].endPort',
    5,
    34,
    'begins with a numeric port',
  ],
  ['a port too high', 'ingress: [{ ports: [{ port: 65536 }] }]', 'spec.ingress[0].ports[0].port', 5, 31, '"65536" is neither a port'],
  ['port 0', 'ingress: [{ ports: [{ port: 0 }] }]', 'spec.ingress[0].ports[0].port', 5, 31, 'neither a port'],
  ['half a port', 'ingress: [{ ports: [{ port: 80.5 }] }]', 'spec.ingress[0].ports[0].port', 5, 31, 'neither a port'],
  ['a name that is none', 'ingress: [{ ports: [{ port: HTTP }] }]', 'spec.ingress[0].ports[0].port', 5, 31, "nor a port's name"],
  ['a list for a port', 'ingress: [{ ports: [{ port: [80] }] }]', 'spec.ingress[0].ports[0].port', 5, 31, 'neither a number nor a name'],
  [
    'a protocol without ports',
    'ingress: [{ ports: [{ protocol: ICMP }] }]',
    'spec.ingress[0].ports[0].protocol',
    5,
    35,
    '"ICMP" is none of TCP, UDP, SCTP',
  ],
  ['a protocol in lower case', 'ingress: [{ ports: [{ protocol: tcp }] }]', 'spec.ingress[0].ports[0].protocol', 5, 35, 'is none of TCP'],
  ['a type in lower case', 'policyTypes: [ingress]', 'spec.policyTypes[0]', 5, 17, 'is none of Ingress, Egress'],
  [
    'a label that is true',
    'podSelector: { matchLabels: { a: true } }',
    'spec.podSelector.matchLabels.a',
    5,
    36,
    'true is no text: write it in quotes',
  ],
  [
    'a label that is 1',
    'podSelector:\n  matchLabels:\n    a: 1',
    'spec.podSelector.matchLabels.a',
    7,
    10,
    '1 is no text: write it in quotes',
  ],
  [
    'a label that is nothing',
    'podSelector: { matchLabels: { a: } }',
    'spec.podSelector.matchLabels.a',
    5,
    36,
    'null is no text: write it in quotes',
  ],
  [
    'an operator that is none',
    'podSelector: { matchExpressions: [{ key: a, operator: in, values: [b] }] }',
    'spec.podSelector.matchExpressions[0].operator',
    5,
    57,
    'is none of In, NotIn',
  ],
  [
    'In without values',
    'podSelector: { matchExpressions: [{ key: a, operator: In }] }',
    'spec.podSelector.matchExpressions[0].values',
    5,
    37,
    'In needs at least one value',
  ],
  [
    'Exists with values',
    'podSelector: { matchExpressions: [{ key: a, operator: Exists, values: [b] }] }',
    'spec.podSelector.matchExpressions[0].values',
    5,
    73,
    'Exists takes no values',
  ],
  ['rules that are a mapping', 'ingress: { from: [] }', 'spec.ingress', 5, 12, 'a mapping where a list belongs'],
  ['a rule that is text', 'ingress: [all]', 'spec.ingress[0]', 5, 13, '"all" where a mapping belongs'],
]

describe('a NetworkPolicy', () => {
  it.each(specs)('%s', (_, spec, expected) => {
    expect(importedPolicy(documentOf('NetworkPolicy', spec))).toMatchObject(expected)
  })

  it.each(rules)('%s', (_, rule, expected) => {
    const { rules: made } = importedPolicy(documentOf('NetworkPolicy', `ingress: [${rule}]`))
    expect(made).toEqual([{ direction: 'ingress', action: 'allow', ...expected, source: { line: 5, column: 13, path: 'spec.ingress[0]' } }])
  })

  it('means by `to` what it means by `from`', () => {
    const { rules: made } = importedPolicy(documentOf('NetworkPolicy', 'egress:\n- to: [{ podSelector: {} }]\n- {}'))
    expect(made).toEqual([
      {
        direction: 'egress',
        action: 'allow',
        peers: [{ kind: 'endpoints', namespaces: SHOP, selector: {}, scope: 'managed' }],
        source: { line: 6, column: 5, path: 'spec.egress[0]' },
      },
      { direction: 'egress', action: 'allow', source: { line: 7, column: 5, path: 'spec.egress[1]' } },
    ])
  })

  it.each(wrong)('%s', (_, spec, path, line, column, message) => {
    expect(problemsIn(documentOf('NetworkPolicy', spec), { file: 'a.yaml' })).toEqual([
      { file: 'a.yaml', path, line, column, message: expect.stringContaining(message) },
    ])
  })

  it('has a key, a tier and a source', () => {
    expect(importedPolicy(documentOf('NetworkPolicy', 'podSelector: {}'), { file: 'a.yaml' })).toMatchObject({
      key: 'NetworkPolicy shop/web',
      tier: 'default',
      audit: false,
      source: { file: 'a.yaml', line: 1, column: 1, path: '' },
    })
  })

  it('drops rules of a direction that its types leave out, and tells', () => {
    const text = documentOf('NetworkPolicy', 'policyTypes: [Ingress]\negress: [{}]\ningress: [{}]')
    expect(importedPolicy(text)).toMatchObject({ defaultDeny: { ingress: true, egress: false }, rules: [{ direction: 'ingress' }] })
    expect(warningsIn(text)).toMatchObject([{ path: 'spec.egress', line: 6, message: expect.stringContaining('leaves out egress') }])
  })

  it.each([
    ['an empty section of egress', 'egress: []', 'spec.egress', 'say Egress in policyTypes'],
    ['a field that is null', 'ingress:', 'spec.ingress', 'null: taken as absent'],
  ])('warns of %s', (_, spec, path, message) => {
    expect(warningsIn(documentOf('NetworkPolicy', spec))).toMatchObject([{ path, line: 5, message: expect.stringContaining(message) }])
  })
})
