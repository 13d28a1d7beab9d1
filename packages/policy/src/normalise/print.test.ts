import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NetworkPolicy } from '../rule/policy.js'
import type { Rule } from '../rule/rule.js'
import { arbitraryPolicies } from '../testing/random.js'
import { group, type PeerInput, policy, type RuleInput, rules } from '../testing/shop.js'
import { formatPeer, formatPolicy, formatPort, formatRule } from './print.js'

const rule = (given: Partial<RuleInput>): Rule => (rules(given) as NetworkPolicy).rules[0] as Rule
const web = { matchLabels: { app: 'web' } }

describe('a rule in words', () => {
  it.each<[Partial<RuleInput>, string]>([
    [
      {
        peers: [{ kind: 'endpoints', selector: web, namespaces: { names: ['shop'] } }],
        ports: [
          { protocol: 'tcp', port: 80, endPort: 90 },
          { protocol: 'tcp', port: 'http' },
        ],
      },
      'allow ingress from pods {app=web} in namespace shop to tcp 80-90, tcp http',
    ],
    [{}, 'allow ingress from anyone'],
    [{ action: 'deny', peers: [] }, 'deny ingress from nobody'],
    [
      { direction: 'egress', peers: [{ kind: 'fqdn', matchPattern: '*.x' }], ports: [{ protocol: 'transport', port: 53 }] },
      'allow egress to names *.x at tcp/udp/sctp 53',
    ],
    [{ ports: [] }, 'allow ingress from anyone to no port'],
    [{ peers: [{ kind: 'endpoints' }], requires: [web] }, 'allow ingress from every pod; pods must be {app=web} too'],
    [
      { l7: { parser: 'http' }, auth: 'required' },
      'allow ingress from anyone; through the http proxy, every request; authentication required',
    ],
    [
      { l7: { parser: 'http', listener: { name: 'envoy' }, http: [{}, {}] } },
      'allow ingress from anyone; through envoy, as http, 2 kinds of request',
    ],
  ])('%j', (given, text) => {
    expect(formatRule(rule(given))).toBe(text)
  })
})

describe('a peer in words', () => {
  it.each<[PeerInput, string]>([
    [{ kind: 'endpoints' }, 'every pod'],
    [{ kind: 'endpoints', namespaces: {} }, 'pods in any namespace'],
    [{ kind: 'endpoints', namespaces: { names: [] } }, 'pods in no namespace'],
    [{ kind: 'endpoints', namespaces: { names: ['a', 'b'], selector: { matchLabels: { t: 'x' } } } }, 'pods in namespaces a, b if {t=x}'],
    [{ kind: 'endpoints', namespaces: { selector: { matchLabels: { t: '' } } } }, 'pods in namespaces {t=""}'],
    [{ kind: 'endpoints', serviceAccounts: ['db'] }, 'pods of service account db'],
    [{ kind: 'endpoints', serviceAccounts: [] }, 'pods of no service account'],
    [{ kind: 'endpoints', scope: 'any', selector: { matchLabels: { 'reserved:host': '' } } }, 'anybody {reserved:host=""}'],
    [
      {
        kind: 'nodes',
        selector: {
          matchExpressions: [
            { key: 'a', operator: 'In', values: ['x', ''] },
            { key: 'b', operator: 'NotIn', values: ['y'] },
            { key: 'c', operator: 'Exists' },
            { key: 'd', operator: 'DoesNotExist' },
          ],
        },
      },
      'nodes {a in (x, ""), b notin (y), c, !d}',
    ],
    [{ kind: 'nodes' }, 'every node'],
    [{ kind: 'nodes', scope: 'remote' }, 'every other node'],
    [{ kind: 'entity', entity: 'world' }, 'entity world'],
    [{ kind: 'cidr', prefix: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/16'] }, '10.0.0.0/8 except 10.1.0.0/16, 10.2.0.0/16'],
    [{ kind: 'cidr', prefix: '::/0', scope: 'any' }, '::/0, pods and nodes too'],
    [{ kind: 'cidr-group', name: 'g', except: ['10.0.0.0/8'] }, 'CIDR group g except 10.0.0.0/8'],
    [{ kind: 'cidr-group', selector: { matchLabels: { a: 'b' } } }, 'CIDR groups {a=b}'],
    [{ kind: 'fqdn', matchName: 'a.b' }, 'name a.b'],
    [{ kind: 'service', name: 's', namespace: 'shop' }, 'service s in namespace shop'],
    [{ kind: 'service', selector: {} }, 'services {} in any namespace'],
  ])('%j', (peer, text) => {
    expect(formatPeer(rule({ peers: [peer] }).peers?.[0] as never)).toBe(text)
  })
})

describe('a port in words', () => {
  it.each([
    [{ protocol: 'tcp' as const, port: 80, endPort: 80 }, 'tcp 80'],
    [{ protocol: 'tcp' as const }, 'tcp'],
    [{ protocol: 'icmp' as const, icmpType: 0 }, 'icmp type 0'],
    [{ protocol: 47 }, 'protocol 47'],
    [{ protocol: 17, port: 53 }, 'udp 53'],
  ])('%j', (port, text) => {
    expect(formatPort(port)).toBe(text)
  })
})

describe('a policy in words', () => {
  it('has a line for each rule', () => {
    const source = { file: 'a.yaml', line: 3, column: 1, path: '' }
    const shown = policy({
      key: 'NetworkPolicy shop/web',
      source,
      audit: true,
      subject: { kind: 'endpoints', selector: web, namespaces: { names: ['shop'] } },
      rules: [{ direction: 'ingress' }, { direction: 'egress', peers: [] }],
    })
    expect(formatPolicy(shown).split('\n')).toEqual([
      'NetworkPolicy shop/web: pods {app=web} in namespace shop, closed to other ingress and egress, denials are told only (a.yaml:3)',
      '  allow ingress from anyone',
      '  allow egress to nobody',
    ])
    expect(formatPolicy(policy({ tier: 'admin', priority: 7, subject: { kind: 'nodes' } }))).toBe('p: every node, tier admin at 7')
    expect(formatPolicy(group({ name: 'g', cidrs: ['10.0.0.0/8', { prefix: '::/0', except: ['::1/128'] }], source }))).toBe(
      'CIDR group g: 10.0.0.0/8, ::/0 except ::1/128 (a.yaml:3)',
    )
    expect(formatPolicy(group({ name: 'g', cidrs: [] }))).toBe('CIDR group g: nothing')
  })

  it('has one line each, whatever it is', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryPolicies, (policies) => {
        for (const one of policies) {
          const lines = formatPolicy(one).split('\n')
          expect(lines).toHaveLength(1 + (one.kind === 'network-policy' ? one.rules.length : 0))
          expect(lines.join()).not.toMatch(/undefined|\[object/)
        }
      }),
    )
  })
})
