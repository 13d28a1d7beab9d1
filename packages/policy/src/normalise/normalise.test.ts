import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../evaluate/evaluate.js'
import type { NetworkPolicy } from '../rule/policy.js'
import { policySchema } from '../rule/policy.js'
import type { Rule } from '../rule/rule.js'
import { arbitraryScene } from '../testing/passes.js'
import { arbitraryPolicies } from '../testing/random.js'
import { group, type PeerInput, type PortInput, policy, rules } from '../testing/shop.js'
import { normalise } from './normalise.js'

const ruleOf = (rule: Parameters<typeof rules>[0]): Rule => (normalise(rules(rule as object)) as NetworkPolicy).rules[0] as Rule
const ports = (...all: PortInput[]) => ruleOf({ ports: all }).ports
const peers = (...all: PeerInput[]) => ruleOf({ peers: all }).peers
const block = (prefix: string, ...except: string[]) => ({ kind: 'cidr' as const, prefix, except, scope: 'external' as const })
const entity = (...all: Extract<PeerInput, { kind: 'entity' }>['entity'][]): PeerInput[] =>
  all.map((one) => ({ kind: 'entity', entity: one }))
const tcp = (port?: number | string, endPort?: number): PortInput => ({
  protocol: 'tcp',
  ...(port === undefined ? {} : { port }),
  ...(endPort === undefined ? {} : { endPort }),
})

describe('ports', () => {
  it.each<[string, PortInput[], PortInput[]]>([
    [
      'in order',
      [tcp(81), tcp('b'), tcp('a'), { protocol: 'icmp' }, tcp(79)],
      [{ protocol: 'icmp' }, tcp(79), tcp(81), tcp('a'), tcp('b')],
    ],
    ['once', [tcp(80), tcp(80), { protocol: 6, port: 80 }, tcp(80, 80)], [tcp(80)]],
    ['neighbours are one', [tcp(80), tcp(81)], [tcp(80, 81)]],
    ['overlapping ranges are one', [tcp(85, 99), tcp(80, 90)], [tcp(80, 99)]],
    ['a range in a range', [tcp(1, 100), tcp(5, 6), tcp(101)], [tcp(1, 101)]],
    ['a gap stays', [tcp(80), tcp(82)], [tcp(80), tcp(82)]],
    ['of two protocols stay two', [tcp(80), { protocol: 'udp', port: 81 }], [tcp(80), { protocol: 'udp', port: 81 }]],
    ['a whole protocol takes in its ports', [tcp(80), tcp(), tcp('http')], [tcp()]],
    ['all numbers are not the whole protocol', [tcp(1, 65535), tcp('http')], [tcp(1, 65535), tcp('http')]],
    [
      'types of ICMP',
      [
        { protocol: 'icmp', icmpType: 8 },
        { protocol: 1, icmpType: 0 },
      ],
      [
        { protocol: 'icmp', icmpType: 0 },
        { protocol: 'icmp', icmpType: 8 },
      ],
    ],
    ['every type takes in each', [{ protocol: 'icmp', icmpType: 8 }, { protocol: 'icmp' }], [{ protocol: 'icmp' }]],
    ['transport takes in its protocols', [tcp(80), { protocol: 'transport', port: 80 }], [{ protocol: 'transport', port: 80 }]],
    [
      'three protocols are transport',
      [tcp(80), { protocol: 'udp', port: 80 }, { protocol: 'sctp', port: 80 }],
      [{ protocol: 'transport', port: 80 }],
    ],
    [
      'transport and more of one',
      [tcp(81), { protocol: 'transport', port: 80 }],
      [tcp(80, 81), { protocol: 'udp', port: 80 }, { protocol: 'sctp', port: 80 }],
    ],
    ['a protocol by its name', [{ protocol: 112 }, { protocol: 47 }], [{ protocol: 47 }, { protocol: 'vrrp' }]],
    ['none stay none', [], []],
  ])('%s', (_, given, expected) => {
    expect(ports(...given)).toEqual(expected)
  })
})

describe('peers', () => {
  it.each<[string, PeerInput[], PeerInput[] | undefined]>([
    ['everyone is no list', [...entity('host', 'all'), block('10.0.0.0/8')], undefined],
    ['the world and the cluster are everyone', entity('cluster', 'world'), undefined],
    ['the families of the world are not all of it', entity('world-ipv6', 'world-ipv4'), entity('world-ipv4', 'world-ipv6')],
    ['the world takes in its families', entity('world', 'world-ipv4'), entity('world')],
    ['the cluster takes in its own', entity('health', 'host', 'cluster', 'remote-node', 'kube-apiserver'), entity('cluster')],
    ['nobody adds nobody', entity('none', 'host'), entity('host')],
    ['nobody alone is an empty list', entity('none'), []],
    ['an empty list stays', [], []],
    ['twice the same', [...entity('host', 'host'), block('10.0.0.0/8'), block('10.0.0.0/8')], [...entity('host'), block('10.0.0.0/8')]],
    ['a block in a block', [block('10.1.0.0/16', '10.1.2.0/24'), block('10.0.0.0/8')], [block('10.0.0.0/8')]],
    [
      'a block in a block that something is carved out of',
      [block('10.1.0.0/16'), block('10.0.0.0/8', '10.1.0.0/16')],
      [block('10.0.0.0/8', '10.1.0.0/16'), block('10.1.0.0/16')],
    ],
    ['what is carved out twice', [block('10.0.0.0/8', '10.1.2.0/24', '10.1.0.0/16')], [block('10.0.0.0/8', '10.1.0.0/16')]],
    ['a block that is carved out whole', [block('10.0.0.0/8', '10.0.0.0/8')], []],
    ['neighbours stay two', [block('10.128.0.0/9'), block('10.0.0.0/9')], [block('10.0.0.0/9'), block('10.128.0.0/9')]],
    [
      'a block of any scope in one of what is outside',
      [{ ...block('10.1.0.0/16'), scope: 'any' }, block('10.0.0.0/8')],
      [block('10.0.0.0/8'), { ...block('10.1.0.0/16'), scope: 'any' }],
    ],
    [
      'names in one spelling',
      [
        { kind: 'fqdn', matchName: 'A.b.' },
        { kind: 'fqdn', matchName: 'a.b' },
      ],
      [{ kind: 'fqdn', matchName: 'a.b' }],
    ],
  ])('%s', (_, given, expected) => {
    expect(peers(...given)).toEqual(expected)
  })

  it('with namespaces and service accounts in order', () => {
    expect(
      peers({ kind: 'endpoints', namespaces: { names: ['b', 'a', 'b'], selector: { matchLabels: {} } }, serviceAccounts: ['y', 'x', 'x'] }),
    ).toEqual([{ kind: 'endpoints', namespaces: { names: ['a', 'b'] }, selector: {}, serviceAccounts: ['x', 'y'], scope: 'managed' }])
  })
})

describe('selectors', () => {
  const selector = (given: object) => (peers({ kind: 'nodes', selector: given }) as unknown as [{ selector: object }])[0].selector
  const expression = (key: string, operator: string, ...values: string[]) => ({ key, operator, ...(values.length === 0 ? {} : { values }) })
  it.each<[string, object, object]>([
    ['empty lists go', { matchLabels: {}, matchExpressions: [] }, {}],
    ['one value is a label', { matchExpressions: [expression('a', 'In', 'x', 'x')] }, { matchLabels: { a: 'x' } }],
    ['said twice', { matchLabels: { a: 'x' }, matchExpressions: [expression('a', 'In', 'x')] }, { matchLabels: { a: 'x' } }],
    [
      'a contradiction stays one',
      { matchLabels: { a: 'x' }, matchExpressions: [expression('a', 'In', 'y')] },
      { matchLabels: { a: 'x' }, matchExpressions: [expression('a', 'In', 'y')] },
    ],
    [
      'values and expressions in order',
      { matchExpressions: [expression('b', 'Exists'), expression('a', 'NotIn', 'y', 'x')] },
      { matchExpressions: [expression('a', 'NotIn', 'x', 'y'), expression('b', 'Exists')] },
    ],
    [
      'any: is left out',
      { matchLabels: { 'any:a': 'x' }, matchExpressions: [expression('any:b', 'Exists')] },
      { matchLabels: { a: 'x' }, matchExpressions: [expression('b', 'Exists')] },
    ],
    ['any: stays before what would be a source', { matchLabels: { 'any:k8s:a': 'x' } }, { matchLabels: { 'any:k8s:a': 'x' } }],
    ['k8s: stays', { matchLabels: { 'k8s:a': 'x' } }, { matchLabels: { 'k8s:a': 'x' } }],
    [
      'one key by two spellings, with two values',
      { matchLabels: { a: 'x', 'any:a': 'y' } },
      { matchLabels: { a: 'y' }, matchExpressions: [expression('a', 'In', 'x')] },
    ],
  ])('%s', (_, given, expected) => {
    expect(selector(given)).toEqual(expected)
  })
})

describe('rules and policies', () => {
  it('keep their places, names and sources', () => {
    const given = policy({
      rules: [
        { direction: 'ingress', name: 'first', peers: [], source: { line: 3, column: 1, path: 'spec' } },
        { direction: 'ingress', peers: [] },
        { direction: 'egress', requires: [{}, { matchLabels: { b: 'x' } }, { matchLabels: { a: 'x' } }] },
      ],
    }) as NetworkPolicy
    const made = normalise(given)
    expect(made.rules.map(({ name, direction }) => [name, direction])).toEqual([
      ['first', 'ingress'],
      [undefined, 'ingress'],
      [undefined, 'egress'],
    ])
    expect(made.rules[0]?.source).toEqual(given.rules[0]?.source)
    expect(made.rules[2]?.requires).toEqual([{ matchLabels: { a: 'x' } }, { matchLabels: { b: 'x' } }])
    expect(Object.isFrozen(made.rules[0]?.peers)).toBe(true)
  })

  it('that are groups of blocks', () => {
    expect(normalise(group({ name: 'g', labels: { b: '1', a: '2' }, cidrs: ['10.1.0.0/16', '10.0.0.0/8', '10.0.0.0/8'] }))).toEqual({
      kind: 'cidr-group',
      name: 'g',
      labels: { a: '2', b: '1' },
      cidrs: [{ prefix: '10.0.0.0/8', except: [] }],
    })
  })

  it('are normal after once, and still policies', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryPolicies, (policies) => {
        for (const one of policies) {
          const once = normalise(one)
          expect(JSON.stringify(normalise(once))).toBe(JSON.stringify(once))
          expect(policySchema.parse(once)).toEqual(once)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('mean what they meant', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(arbitraryScene, ({ universe, policies, flows }) => {
        const normal = policies.map((one) => normalise(one))
        for (const flow of flows) expect(evaluate(universe, normal, flow)).toEqual(evaluate(universe, policies, flow))
      }),
      { numRuns: 3000 },
    )
  })
})
