import { describe, expect, it } from 'vitest'
import { documentOf, importedPolicy, problemsIn } from '../../testing/documents.js'

const cluster = (rules: string, tier = 'Admin'): string =>
  documentOf('ClusterNetworkPolicy', `tier: ${tier}\npriority: 7\nsubject: { namespaces: {} }\n${rules}`)
const FROM = 'from: [{ namespaces: {} }]'
const portsOf = (protocols: string): unknown =>
  importedPolicy(cluster(`ingress: [{ action: Accept, ${FROM}, protocols: [${protocols}] }]`)).rules[0]?.ports

describe('a ClusterNetworkPolicy', () => {
  it.each([
    ['Admin', 'admin'],
    ['Baseline', 'baseline'],
  ])('of the tier %s', (tier, expected) => {
    expect(importedPolicy(cluster(`ingress: [{ action: Deny, ${FROM} }]`, tier))).toMatchObject({
      key: 'ClusterNetworkPolicy web',
      tier: expected,
      priority: 7,
      defaultDeny: { ingress: false, egress: false },
      rules: [{ direction: 'ingress', action: 'deny', source: { line: 8, column: 13, path: 'spec.ingress[0]' } }],
    })
  })

  it('is understood of the later version too', () => {
    expect(importedPolicy(cluster('').replace('v1alpha2', 'v1beta1')).key).toBe('ClusterNetworkPolicy web')
  })

  it.each([
    ['Accept', 'allow'],
    ['Deny', 'deny'],
    ['Pass', 'pass'],
  ])('%s', (action, expected) => {
    expect(importedPolicy(cluster(`ingress: [{ name: n, action: ${action}, ${FROM} }]`)).rules).toMatchObject([
      { name: 'n', action: expected },
    ])
  })

  it.each([
    ['a port', '{ tcp: { destinationPort: { number: 80 } } }', { protocol: 'tcp', port: 80 }],
    ['a range', '{ udp: { destinationPort: { range: { start: 1, end: 2 } } } }', { protocol: 'udp', port: 1, endPort: 2 }],
    ['SCTP', '{ sctp: { destinationPort: { number: 7 } } }', { protocol: 'sctp', port: 7 }],
    ['a named port', '{ destinationNamedPort: web }', { protocol: 'transport', port: 'web' }],
  ])('of %s', (_, protocol, expected) => {
    expect(portsOf(protocol)).toEqual([expected])
  })

  it('is of every protocol where none is given', () => {
    expect(importedPolicy(cluster(`ingress: [{ action: Accept, ${FROM} }]`)).rules[0]).not.toHaveProperty('ports')
  })

  it('reaches blocks, nodes and names in egress', () => {
    const to = '[{ networks: [::/0] }, { nodes: {} }, { domainNames: ["*.a.b"] }, { pods: { podSelector: {} } }]'
    expect(importedPolicy(cluster(`egress: [{ action: Accept, to: ${to} }]`)).rules[0]?.peers).toMatchObject([
      { kind: 'cidr', scope: 'any' },
      { kind: 'nodes' },
      { kind: 'fqdn', matchPattern: '**.a.b' },
      { kind: 'endpoints', namespaces: { selector: {} } },
    ])
  })

  it.each([
    ['Allow', `ingress: [{ action: Allow, ${FROM} }]`, 'ingress[0].action', '"Allow" is none of Accept, Deny, Pass'],
    ['ports by the older name', `ingress: [{ action: Deny, ${FROM}, ports: [] }]`, 'ingress[0].ports', 'unknown field ports'],
    [
      'an empty protocol',
      `ingress: [{ action: Deny, ${FROM}, protocols: [{ tcp: {} }] }]`,
      'ingress[0].protocols[0].tcp.destinationPort',
      'is missing',
    ],
    [
      'no protocol',
      `ingress: [{ action: Deny, ${FROM}, protocols: [{}] }]`,
      'ingress[0].protocols[0]',
      'give one of tcp, udp, sctp and destinationNamedPort',
    ],
    [
      'two protocols in one',
      `ingress: [{ action: Deny, ${FROM}, protocols: [{ tcp: { destinationPort: { number: 1 } }, destinationNamedPort: a }] }]`,
      'ingress[0].protocols[0]',
      'contradict',
    ],
    [
      'a range of one',
      `ingress: [{ action: Deny, ${FROM}, protocols: [{ tcp: { destinationPort: { range: { start: 8, end: 8 } } } }] }]`,
      'ingress[0].protocols[0].tcp.destinationPort.range.end',
      '8 does not come after 8',
    ],
    ['no protocols', `ingress: [{ action: Deny, ${FROM}, protocols: [] }]`, 'ingress[0].protocols', 'needs 1 or more'],
    ['names to deny', 'egress: [{ action: Deny, to: [{ domainNames: [a.b] }] }]', 'egress[0].to[0]', 'they can only be allowed'],
    [
      'a named port of nodes',
      'egress: [{ action: Deny, to: [{ nodes: {} }], protocols: [{ destinationNamedPort: a }] }]',
      'egress[0].to[0]',
      'a named port contradicts',
    ],
    ['too many rules', `ingress: [${`{ action: Deny, ${FROM} }, `.repeat(26)}]`, 'ingress', 'more than 25'],
  ])('%s is wrong', (_, rules, path, message) => {
    expect(problemsIn(cluster(rules))).toMatchObject([{ path: `spec.${path}`, line: 8, message: expect.stringContaining(message) }])
  })

  it.each(['admin', 'Default'])('of the tier %s is wrong', (tier) => {
    expect(problemsIn(cluster('', tier))).toMatchObject([
      { path: 'spec.tier', line: 5, message: expect.stringContaining('is none of Admin, Baseline') },
    ])
  })
})
