import { describe, expect, it } from 'vitest'
import { entities } from '../../rule/peer.js'
import { documentOf, importedPolicy, problemsIn } from '../../testing/documents.js'

const inNamespace = (rules: string): string => documentOf('CiliumNetworkPolicy', `endpointSelector: {}\n${rules}`)
const inCluster = (rules: string): string => documentOf('CiliumClusterwideNetworkPolicy', `endpointSelector: {}\n${rules}`)
const SHOP = { names: ['shop'] }
const endpoints = (fields: object): object => ({ kind: 'endpoints', scope: 'managed', ...fields })

/** [what it is, a rule of ingress, its peers] */
const ingress: [string, string, object[] | undefined][] = [
  ['an empty rule: nobody', '{}', []],
  ['empty lists of ports are nothing either', '{ toPorts: [], icmps: [] }', []],
  ['ports alone: everyone', '{ toPorts: [{ ports: [{ port: "80" }] }] }', undefined],
  ['ICMP alone: everyone', '{ icmps: [{ fields: [{ type: 8 }] }] }', undefined],
  ['an empty list: nobody', '{ fromEndpoints: [] }', []],
  ['an empty list of blocks: nobody', '{ fromCIDR: [] }', []],
  ['an empty list with ports: nobody', '{ fromEndpoints: [], toPorts: [{ ports: [{ port: "80" }] }] }', []],
  ['one list that is not empty counts', '{ fromEndpoints: [], fromEntities: [host] }', [{ kind: 'entity', entity: 'host' }]],
  ['an empty selector: the namespace', '{ fromEndpoints: [{}] }', [endpoints({ namespaces: SHOP, selector: {} })]],
  [
    'a selector: of the namespace',
    '{ fromEndpoints: [{ matchLabels: { a: b } }] }',
    [endpoints({ namespaces: SHOP, selector: { matchLabels: { a: 'b' } } })],
  ],
  ...['io.kubernetes.pod.namespace', 'k8s:io.kubernetes.pod.namespace', 'any:io.kubernetes.pod.namespace'].flatMap(
    (key): [string, string, object[]][] => [
      [
        `${key}: the namespace that it names`,
        `{ fromEndpoints: [{ matchLabels: { "${key}": x } }] }`,
        [endpoints({ selector: { matchLabels: { [key]: 'x' } } })],
      ],
      [
        `${key} in an expression`,
        `{ fromEndpoints: [{ matchExpressions: [{ key: "${key}", operator: Exists }] }] }`,
        [endpoints({ selector: { matchExpressions: [{ key, operator: 'Exists' }] } })],
      ],
    ],
  ),
  [
    'labels of the namespace',
    '{ fromEndpoints: [{ matchLabels: { "k8s:io.cilium.k8s.namespace.labels.team": x } }] }',
    [endpoints({ selector: { matchLabels: { 'k8s:io.cilium.k8s.namespace.labels.team': 'x' } } })],
  ],
  [
    'a reserved label: whoever has it',
    '{ fromEndpoints: [{ matchLabels: { "reserved:host": "" } }] }',
    [{ kind: 'endpoints', selector: { matchLabels: { 'reserved:host': '' } }, scope: 'any' }],
  ],
  [
    'a reserved label that must not be there',
    '{ fromEndpoints: [{ matchExpressions: [{ key: "reserved:init", operator: DoesNotExist }] }] }',
    [{ kind: 'endpoints', selector: { matchExpressions: [{ key: 'reserved:init', operator: 'DoesNotExist' }] }, scope: 'any' }],
  ],
  [
    'blocks and single addresses',
    '{ fromCIDR: [10.0.0.0/8, 192.0.2.1, "2001:db8::1"] }',
    ['10.0.0.0/8', '192.0.2.1/32', '2001:db8::1/128'].map((prefix) => ({ kind: 'cidr', prefix, except: [], scope: 'external' })),
  ],
  [
    'blocks less others, groups by name and by labels',
    '{ fromCIDRSet: [{ cidr: 10.0.0.0/8, except: [10.1.0.0/16] }, { cidrGroupRef: g, except: [10.0.0.0/30] }, { cidrGroupSelector: { matchLabels: { a: b } } }] }',
    [
      { kind: 'cidr', prefix: '10.0.0.0/8', except: ['10.1.0.0/16'], scope: 'external' },
      { kind: 'cidr-group', name: 'g', except: ['10.0.0.0/30'] },
      { kind: 'cidr-group', selector: { matchLabels: { a: 'b' } }, except: [] },
    ],
  ],
  [
    'nodes',
    '{ fromNodes: [{ matchLabels: { pool: a } }] }',
    [{ kind: 'nodes', selector: { matchLabels: { pool: 'a' } }, scope: 'remote' }],
  ],
  ...entities.map((entity): [string, string, object[]] => [
    `the entity ${entity}`,
    `{ fromEntities: [${entity}] }`,
    [{ kind: 'entity', entity }],
  ]),
]

/** [what it is, a rule of egress, its peers] */
const egress: [string, string, object[]][] = [
  ['endpoints', '{ toEndpoints: [{}] }', [endpoints({ namespaces: SHOP, selector: {} })]],
  ['blocks', '{ toCIDR: [::/0] }', [{ kind: 'cidr', prefix: '::/0', except: [], scope: 'external' }]],
  ['sets of blocks', '{ toCIDRSet: [{ cidrGroupRef: g }] }', [{ kind: 'cidr-group', name: 'g', except: [] }]],
  ['entities', '{ toEntities: [world] }', [{ kind: 'entity', entity: 'world' }]],
  ['nodes', '{ toNodes: [{}] }', [{ kind: 'nodes', selector: {}, scope: 'remote' }]],
  [
    'services by name and by labels',
    '{ toServices: [{ k8sService: { serviceName: s, namespace: n } }, { k8sServiceSelector: { selector: { matchLabels: { a: b } } } }] }',
    [
      { kind: 'service', name: 's', namespace: 'n' },
      { kind: 'service', selector: { matchLabels: { a: 'b' } } },
    ],
  ],
  [
    'a service both ways: either',
    '{ toServices: [{ k8sService: { serviceName: s }, k8sServiceSelector: { selector: {}, namespace: n } }] }',
    [
      { kind: 'service', name: 's' },
      { kind: 'service', selector: {}, namespace: 'n' },
    ],
  ],
  [
    'names and patterns',
    '{ toFQDNs: [{ matchName: a_b.example }, { matchPattern: "**.x-*.example." }] }',
    [
      { kind: 'fqdn', matchName: 'a_b.example' },
      { kind: 'fqdn', matchPattern: '**.x-*.example.' },
    ],
  ],
]

/** [what is wrong, the rules from line 6 on, path, line, part of the message] */
const wrong: [string, string, string, number, string][] = [
  [
    'two kinds of peers',
    'ingress:\n- fromEndpoints: [{}]\n  fromCIDR: [10.0.0.0/8]',
    'spec.ingress[0]',
    7,
    'fromEndpoints and fromCIDR contradict',
  ],
  ['two kinds of blocks', 'egress:\n- toCIDR: [::/0]\n  toCIDRSet: [{ cidr: ::/0 }]', 'spec.egress[0]', 7, 'contradict'],
  ['names and entities', 'egress:\n- toFQDNs: [{ matchName: a }]\n  toEntities: [world]', 'spec.egress[0]', 7, 'contradict'],
  ['two kinds of peers to deny', 'egressDeny:\n- toNodes: [{}]\n  toEntities: [world]', 'spec.egressDeny[0]', 7, 'contradict'],
  ['a cloud', 'ingress:\n- fromGroups: [{ aws: {} }]', 'spec.ingress[0].fromGroups', 7, 'known to that cloud only'],
  ['a cloud, in deny rules', 'egressDeny:\n- toGroups: [{ aws: {} }]', 'spec.egressDeny[0].toGroups', 7, 'known to that cloud only'],
  [
    'an entity that is none',
    'ingress:\n- fromEntities:\n  - world\n  - mars',
    'spec.ingress[0].fromEntities[1]',
    9,
    '"mars" is none of all, world',
  ],
  ['no block', 'ingress:\n- fromCIDR:\n  - 10.0.0/8', 'spec.ingress[0].fromCIDR[0]', 8, '10.0.0'],
  ['a set with a bare address', 'egress: [{ toCIDRSet: [{ cidr: 10.0.0.1 }] }]', 'spec.egress[0].toCIDRSet[0].cidr', 6, 'has no length'],
  [
    'an empty set',
    'egress: [{ toCIDRSet: [{}] }]',
    'spec.egress[0].toCIDRSet[0]',
    6,
    'give one of cidr, cidrGroupRef and cidrGroupSelector',
  ],
  [
    'a set of two',
    'egress: [{ toCIDRSet: [{ cidr: ::/0, cidrGroupRef: g }] }]',
    'spec.egress[0].toCIDRSet[0]',
    6,
    'cidr and cidrGroupRef contradict',
  ],
  [
    'an exception outside',
    'egress:\n- toCIDRSet:\n  - cidr: 10.0.0.0/8\n    except:\n    - 10.1.0.0/16\n    - 11.0.0.0/8',
    'spec.egress[0].toCIDRSet[0].except[1]',
    11,
    '11.0.0.0/8 does not lie in 10.0.0.0/8',
  ],
  [
    'an exception of a group that is no block',
    'egress: [{ toCIDRSet: [{ cidrGroupRef: g, except: [x] }] }]',
    'spec.egress[0].toCIDRSet[0].except[0]',
    6,
    'x',
  ],
  [
    'a service without a name',
    'egress: [{ toServices: [{ k8sService: {} }] }]',
    'spec.egress[0].toServices[0].k8sService.serviceName',
    6,
    'is missing',
  ],
  ['an empty service', 'egress: [{ toServices: [{}] }]', 'spec.egress[0].toServices[0]', 6, 'is empty'],
  ['services as peers of ingress', 'ingress: [{ toServices: [] }]', 'spec.ingress[0].toServices', 6, 'unknown field toServices'],
  ['names as peers of ingress', 'ingress: [{ toFQDNs: [] }]', 'spec.ingress[0].toFQDNs', 6, 'unknown field'],
  ['an empty name', 'egress: [{ toFQDNs: [{}] }]', 'spec.egress[0].toFQDNs[0]', 6, 'give one of matchName and matchPattern'],
  ['a name and a pattern', 'egress: [{ toFQDNs: [{ matchName: a, matchPattern: b }] }]', 'spec.egress[0].toFQDNs[0]', 6, 'contradict'],
  ['a name with a star', 'egress: [{ toFQDNs: [{ matchName: "*.a" }] }]', 'spec.egress[0].toFQDNs[0].matchName', 6, 'labels of letters'],
  [
    'a name with spaces',
    'egress: [{ toFQDNs: [{ matchPattern: "a b" }] }]',
    'spec.egress[0].toFQDNs[0].matchPattern',
    6,
    'labels of letters',
  ],
  [
    'a name with a label left out',
    'egress: [{ toFQDNs: [{ matchName: a..b }] }]',
    'spec.egress[0].toFQDNs[0].matchName',
    6,
    'labels of letters',
  ],
  ['names to deny', 'egressDeny: [{ toFQDNs: [{ matchName: a }] }]', 'spec.egressDeny[0].toFQDNs', 6, 'a deny rule cannot name domains'],
  [
    'a label that is a number',
    'ingress: [{ fromEndpoints: [{ matchLabels: { a: 1 } }] }]',
    'spec.ingress[0].fromEndpoints[0].matchLabels.a',
    6,
    'write it in quotes',
  ],
  [
    'a label that is nothing',
    'ingress: [{ fromEndpoints: [{ matchLabels: { "reserved:host": } }] }]',
    'spec.ingress[0].fromEndpoints[0].matchLabels.reserved:host',
    6,
    'write it in quotes',
  ],
]

describe('the other end of a rule', () => {
  it.each(ingress)('%s', (_, rule, peers) => {
    expect(importedPolicy(inNamespace(`ingress: [${rule}]`)).rules[0]?.peers).toEqual(peers)
  })

  it.each(egress)('of egress: %s', (_, rule, peers) => {
    expect(importedPolicy(inNamespace(`egress: [${rule}]`)).rules[0]?.peers).toEqual(peers)
  })

  it.each([
    ['every endpoint, and not the world', '{ fromEndpoints: [{}] }', [endpoints({ selector: {} })]],
    ['any namespace', '{ fromEndpoints: [{ matchLabels: { a: b } }] }', [endpoints({ selector: { matchLabels: { a: 'b' } } })]],
  ])('of the cluster: %s', (_, rule, peers) => {
    expect(importedPolicy(inCluster(`ingress: [${rule}]`)).rules[0]?.peers).toEqual(peers)
  })

  it.each(wrong)('%s is wrong', (_, rules, path, line, message) => {
    expect(problemsIn(inNamespace(rules))).toMatchObject([{ path, line, message: expect.stringContaining(message) }])
  })

  it('is wrong in deny rules even where unknown fields are let pass', () => {
    const warnings: unknown[] = []
    const options = { unknownFields: 'warning', onWarning: (problem: unknown) => warnings.push(problem) } as const
    expect(problemsIn(inNamespace('egressDeny: [{ toFQDNs: [{ matchName: a }] }]'), options)).toHaveLength(1)
    expect(warnings).toEqual([])
  })
})

describe('requirements', () => {
  it.each([
    [
      'alone they allow nobody',
      '{ fromRequires: [{ matchLabels: { a: b } }] }',
      { peers: [], requires: [{ matchLabels: { a: 'b', 'k8s:io.kubernetes.pod.namespace': 'shop' } }] },
    ],
    [
      'beside peers',
      '{ fromRequires: [{ matchLabels: { io.kubernetes.pod.namespace: x } }], fromEndpoints: [{}] }',
      { peers: [endpoints({ namespaces: SHOP })], requires: [{ matchLabels: { 'io.kubernetes.pod.namespace': 'x' } }] },
    ],
  ])('%s', (_, rule, expected) => {
    expect(importedPolicy(inNamespace(`ingress: [${rule}]`)).rules).toMatchObject([expected])
  })

  it('of the cluster stay as they are', () => {
    expect(importedPolicy(inCluster('egress: [{ toRequires: [{ matchLabels: { a: b } }] }]')).rules).toMatchObject([
      { direction: 'egress', peers: [], requires: [{ matchLabels: { a: 'b' } }] },
    ])
  })
})
