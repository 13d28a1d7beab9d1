import { describe, expect, it } from 'vitest'
import type { NetworkPolicyInput, Policy } from '../rule/policy.js'
import { group, type PeerInput, type PortInput, policy, type RuleInput, shopUniverse } from '../testing/shop.js'
import { type FindingCode, findings, formatFinding } from './finding.js'
import { lint } from './lint.js'

type Part = Partial<NetworkPolicyInput>
const universe = shopUniverse()
const db = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'db' } }, namespaces: { names: ['shop'] } }
const pods = (selector: Extract<PeerInput, { kind: 'endpoints' }>['selector'] = { matchLabels: { app: 'web' } }): PeerInput => ({
  kind: 'endpoints',
  selector,
})
const block = (prefix: string, ...except: string[]): PeerInput => ({ kind: 'cidr', prefix, except })
const world: PeerInput = { kind: 'entity', entity: 'world' }
const tcp = (port: number | string, endPort?: number): PortInput => ({
  protocol: 'tcp',
  port,
  ...(endPort === undefined ? {} : { endPort }),
})
const open = (more: Partial<RuleInput> = {}): RuleInput => ({ direction: 'ingress', peers: [pods()], ports: [tcp(80)], ...more })
const deny = (more: Partial<RuleInput> = {}): RuleInput => open({ action: 'deny', ...more })
const out = (more: Partial<RuleInput> = {}): RuleInput => open({ direction: 'egress', ...more })
const of = (...rules: RuleInput[]): Policy => policy({ subject: db, rules })
const named = (key: string, part: Part): Policy => policy({ key, subject: db, ...part })
const any = { kind: 'endpoints' as const, selector: {} }
const http = { parser: 'http', http: [{ method: 'GET' }] }
const envoy = (name: string, priority?: number) => ({ parser: 'http', listener: { name, priority } })
const dnsServer: RuleInput = out({ peers: [pods()], ports: [{ protocol: 'udp', port: 53 }] })
const byName: RuleInput = out({ peers: [{ kind: 'fqdn', matchName: 'api.example.com' }] })
const notIn = (key: string, ...more: { key: string; operator: 'Exists' }[]) => ({
  matchExpressions: [{ key, operator: 'NotIn' as const, values: ['x'] }, ...more],
})

/** For each finding: policies where it is found, and policies much like them where it is not. */
const table: Readonly<Record<FindingCode, { readonly found: readonly Policy[][]; readonly not: readonly Policy[][] }>> = {
  'duplicate-key': {
    found: [
      [of(open()), of(out())],
      [group({ name: 'g', cidrs: [] }), group({ name: 'g', cidrs: [] })],
    ],
    not: [
      [of(open()), named('q', {})],
      [group({ name: 'p', cidrs: [] }), of()],
    ],
  },
  contradiction: {
    found: [
      [of(open(), deny())],
      [of(open()), named('q', { rules: [deny({ ports: [{ protocol: 6, port: 80, endPort: 80 }] })] })],
      [of(open({ peers: undefined }), deny({ peers: [{ kind: 'entity', entity: 'all' }] }))],
    ],
    not: [
      [of(open(), deny({ ports: [tcp(81)] }))],
      [of(open(), deny({ direction: 'egress' }))],
      [of(open()), named('q', { audit: true, rules: [deny()] })],
    ],
  },
  'shadowed-by-deny': {
    found: [
      [of(open(), deny({ ports: undefined }))],
      [of(open(), deny({ ports: [tcp(1, 100)] }))],
      [of(open(), deny({ peers: [pods({})] }))],
      [of(open()), named('q', { subject: any, rules: [deny()] })],
      [of(open({ peers: [block('10.1.0.0/16')] }), deny({ peers: [block('10.0.0.0/8', '10.2.0.0/16')] }))],
      [of(open({ peers: [block('10.1.0.0/16')] }), deny({ peers: [world] }))],
      [of(open()), named('q', { tier: 'admin', rules: [deny({ peers: undefined })] })],
    ],
    not: [
      [of(open(), deny({ peers: [pods({ matchLabels: { app: 'web', env: 'x' } })] }))],
      [of(open({ ports: undefined }), deny())],
      [of(open({ peers: [block('10.0.0.0/8')] }), deny({ peers: [block('10.0.0.0/8', '10.1.0.0/16')] }))],
      [policy({ subject: any, rules: [open()] }), named('q', { rules: [deny()] })],
      [of(open()), named('q', { audit: true, rules: [deny({ ports: undefined })] })],
      [of(open(), deny({ peers: [], ports: undefined }))],
      [of(open()), named('q', { tier: 'admin', rules: [open({ action: 'pass' }), deny({ peers: undefined })] })],
      [of(open(), deny({ peers: [pods({})], requires: [{ matchLabels: { env: 'x' } }] }))],
    ],
  },
  unreachable: {
    found: [
      [named('a', { tier: 'admin', rules: [open({ ports: undefined }), deny()] })],
      [named('z', { tier: 'admin', rules: [open({ action: 'pass' })] }), named('b', { tier: 'admin', priority: 1, rules: [deny()] })],
      [named('a', { tier: 'baseline', rules: [deny({ peers: undefined }), open()] })],
    ],
    not: [
      [named('a', { tier: 'admin', rules: [deny(), open({ ports: undefined })] })],
      [named('a', { tier: 'admin', priority: 1, rules: [open()] }), named('b', { tier: 'admin', rules: [deny({ ports: [tcp(81)] })] })],
      [named('a', { tier: 'admin', audit: true, rules: [deny(), open()] })],
      [named('a', { tier: 'admin', rules: [open({ action: 'pass' })] }), named('b', { tier: 'baseline', rules: [deny()] })],
    ],
  },
  'requests-unchecked': {
    found: [[of(open({ l7: http }), open())], [of(open({ l7: http })), named('q', { rules: [open({ ports: undefined })] })]],
    not: [
      [of(open({ l7: http }), open({ l7: http }))],
      [of(open({ l7: http }), open({ ports: [tcp(81)] }))],
      [of(open({ l7: http, peers: undefined }), open())],
    ],
  },
  'listener-conflict': {
    found: [
      [of(open({ l7: envoy('a') }), open({ l7: envoy('b') }))],
      [of(open({ l7: envoy('a', 3) }), open({ l7: envoy('b', 3), ports: undefined }))],
    ],
    not: [
      [of(open({ l7: envoy('a', 1) }), open({ l7: envoy('b', 2) }))],
      [of(open({ l7: envoy('a') }), open({ l7: envoy('b'), ports: [tcp(81)] }))],
      [of(open({ l7: envoy('a') }), open({ l7: envoy('a'), ports: undefined }))],
    ],
  },
  redundant: {
    found: [
      [of(open(), open())],
      [of(open(), open({ ports: undefined }))],
      [of(deny(), deny({ peers: undefined }))],
      [of(open({ peers: [{ kind: 'fqdn', matchName: 'a.b' }] }), open({ peers: [{ kind: 'fqdn', matchPattern: '*.b' }] }))],
    ],
    not: [
      [of(open(), open({ ports: [tcp(81)] }))],
      [of(open({ auth: 'required' }), open({ ports: undefined }))],
      [of(open({ l7: http }), open())],
      [of(open(), open({ l7: http, ports: undefined }))],
      [of(deny()), named('q', { audit: true, rules: [deny({ peers: undefined })] })],
      [of(open(), open({ peers: [] }))],
    ],
  },
  'unknown-namespace': {
    found: [
      [policy({ subject: { ...db, namespaces: { names: ['shop', 'nowhere'] } } })],
      [of(open({ peers: [{ kind: 'endpoints', namespaces: { names: ['nowhere'] } }] }))],
    ],
    not: [
      [policy({ subject: { ...db, namespaces: { names: ['shop', 'lost'] } } })],
      [of(open({ peers: [{ kind: 'endpoints', namespaces: { names: ['bank'] } }] }))],
    ],
  },
  'unknown-cidr-group': {
    found: [[of(open({ peers: [{ kind: 'cidr-group', name: 'g' }] }))]],
    not: [
      [of(open({ peers: [{ kind: 'cidr-group', name: 'g' }] })), group({ name: 'g', cidrs: [] })],
      [of(open({ peers: [{ kind: 'cidr-group', selector: {} }] }))],
    ],
  },
  'unknown-service': {
    found: [
      [of(open({ peers: [{ kind: 'service', name: 'web', namespace: 'bank' }] }))],
      [of(open({ peers: [{ kind: 'service', selector: { matchLabels: { x: 'y' } } }] }))],
    ],
    not: [[of(open({ peers: [{ kind: 'service', name: 'web', namespace: 'shop' }] }))]],
  },
  'unknown-port-name': {
    found: [
      [of(open({ ports: [tcp('metrics')] }))],
      [of(open({ ports: [{ protocol: 'udp', port: 'http' }] }))],
      [of(out({ ports: [tcp('dns')] }))],
    ],
    not: [
      [of(open({ ports: [tcp('http')] }))],
      [of(out({ ports: [{ protocol: 'transport', port: 'dns' }] }))],
      [of(out({ peers: undefined, ports: [tcp('http')] }))],
    ],
  },
  'subject-selects-nothing': {
    found: [
      [policy({ subject: { ...db, selector: { matchLabels: { app: 'none' } } } })],
      [policy({ subject: { kind: 'nodes', selector: { matchLabels: { disk: 'x' } } } })],
    ],
    not: [[of()], [policy({ subject: { kind: 'nodes' } })], [policy({ subject: { ...db, namespaces: { names: ['nowhere'] } } })]],
  },
  'peer-selects-nothing': {
    found: [
      [of(open({ peers: [pods({ matchLabels: { app: 'none' } })] }))],
      [of(open({ peers: [{ kind: 'nodes', selector: { matchLabels: { x: 'y' } } }] }))],
    ],
    not: [
      [of(open())],
      [of(open({ peers: [{ kind: 'nodes' }] }))],
      [of(open({ peers: [block('10.0.0.0/8'), { kind: 'entity', entity: 'none' }] }))],
      [of(open({ peers: [{ kind: 'endpoints', scope: 'any', selector: { matchLabels: { 'reserved:host': '' } } }] }))],
    ],
  },
  'dns-closed': {
    found: [
      [of(byName)],
      [of(byName, out({ ports: [{ protocol: 'tcp', port: 53 }] }))],
      [
        policy({ subject: db, defaultDeny: { egress: false }, rules: [byName] }),
        named('q', { subject: any, defaultDeny: { egress: true } }),
      ],
    ],
    not: [
      [of(byName, dnsServer)],
      [of(byName, out({ ports: undefined, peers: undefined }))],
      [of(byName), named('q', { subject: any, rules: [dnsServer] })],
      [policy({ subject: db, defaultDeny: { egress: false }, rules: [byName] })],
      [of(out())],
    ],
  },
  'dns-unobserved': {
    found: [[of(byName, dnsServer)], [policy({ subject: db, defaultDeny: { egress: false }, rules: [byName] })]],
    not: [[of(byName, { ...dnsServer, l7: { parser: 'dns', dns: [{ matchPattern: '*' }] } })], [of(dnsServer)], [of(byName)]],
  },
  'lets-unlabelled-in': {
    found: [
      [of(open({ peers: [pods(notIn('env'))] }))],
      [of(open({ peers: [{ kind: 'endpoints', namespaces: { selector: notIn('team') } }] }))],
      [of(open({ peers: [{ kind: 'nodes', selector: notIn('role') }] }))],
    ],
    not: [
      [of(open({ peers: [pods(notIn('env', { key: 'env', operator: 'Exists' }))] }))],
      [of(deny({ peers: [pods(notIn('env'))] }))],
      [of(open())],
    ],
  },
  'every-namespace': {
    found: [
      [of(open({ peers: [{ kind: 'endpoints' }] }))],
      [of(open({ peers: [{ kind: 'endpoints', namespaces: { selector: {} }, selector: { matchLabels: { app: 'web' } } }] }))],
      [of(open({ peers: [{ kind: 'endpoints', namespaces: {} }] }))],
    ],
    not: [
      [of(open())],
      [of(open({ peers: [{ kind: 'endpoints', namespaces: { names: ['shop'] } }] }))],
      [of(open({ peers: [{ kind: 'endpoints', namespaces: { selector: { matchLabels: { team: 'red' } } } }] }))],
      [of(deny({ peers: [{ kind: 'endpoints' }] }))],
    ],
  },
  'wide-beside-narrow': {
    found: [
      [of(open({ peers: [world, block('10.0.0.0/8')] }))],
      [of(open({ peers: [{ kind: 'entity', entity: 'all' }, pods()] }))],
      [of(open({ peers: [{ kind: 'fqdn', matchName: 'a' }, world] }))],
    ],
    not: [
      [of(open({ peers: [world, pods()] }))],
      [of(open({ peers: [world] }))],
      [of(open({ peers: [{ kind: 'entity', entity: 'host' }, pods()] }))],
    ],
  },
  'empty-block': {
    found: [
      [of(open({ peers: [block('10.0.0.0/8', '10.0.0.0/8')] }))],
      [of(open({ peers: [{ kind: 'cidr-group', name: 'g', except: ['0.0.0.0/0'] }] })), group({ name: 'g', cidrs: ['10.0.0.0/8'] })],
    ],
    not: [
      [of(open({ peers: [block('10.0.0.0/8', '10.0.0.0/9')] }))],
      [of(open({ peers: [{ kind: 'cidr-group', name: 'g', except: ['10.1.0.0/16'] }] })), group({ name: 'g', cidrs: ['10.0.0.0/8'] })],
    ],
  },
  'port-name-is-number': {
    found: [[of(open({ ports: [tcp('80')] }))]],
    not: [[of(open({ ports: [tcp('h80')] }))], [of(open())]],
  },
  'requires-dropped': { found: [[of(open({ requires: [{}] }))]], not: [[of(open())]] },
  'audit-left-on': { found: [[named('q', { audit: true })]], not: [[named('q', {})]] },
  'open-to-everyone': {
    found: [[of(open({ peers: undefined }))], [of(out({ peers: undefined }))]],
    not: [[of(open({ peers: [] }))], [of(open({ peers: [world] }))], [of(deny({ peers: undefined }))]],
  },
  'any-protocol': {
    found: [[of(open({ ports: [{ protocol: 'transport', port: 80 }] }))]],
    not: [[of(open({ ports: [{ protocol: 'transport' }] }))], [of(open())], [of(deny({ ports: [{ protocol: 'transport', port: 80 }] }))]],
  },
  'one-family': {
    found: [[of(out({ peers: [block('0.0.0.0/0', '10.0.0.0/8')] }))], [of(out({ peers: [block('::/0')] }))]],
    not: [
      [of(out({ peers: [block('0.0.0.0/0'), block('::/0')] }))],
      [of(out({ peers: [block('0.0.0.0/0')] }), out({ peers: [block('::/0')] }))],
      [of(out({ peers: [block('0.0.0.0/0'), world] }))],
      [of(out({ peers: [block('10.0.0.0/8')] }))],
      [of(out({ peers: [block('0.0.0.0/0')] }), out({ peers: undefined }))],
    ],
  },
  'allows-nobody': {
    found: [
      [policy({ subject: db, defaultDeny: { ingress: true } })],
      [of(open({ peers: [] }))],
      [of(deny())],
      [of(open({ peers: [{ kind: 'entity', entity: 'none' }] }))],
      [of(open({ ports: [] }))],
    ],
    not: [[of(open())], [policy({ subject: db, defaultDeny: { ingress: false } })], [of(open({ peers: [] }), open())]],
  },
}

describe.each(Object.entries(table))('%s', (code, { found, not }) => {
  const codes = (policies: readonly Policy[]): string[] => lint(policies, universe).map((finding) => finding.code)
  it.each(found.map((policies, at) => [at, policies] as const))('is found: %d', (_, policies) => {
    expect(codes(policies)).toContain(code)
  })
  it.each(not.map((policies, at) => [at, policies] as const))('is not found: %d', (_, policies) => {
    expect(codes(policies)).not.toContain(code)
  })
})

describe('findings', () => {
  const source = { file: 'p.yaml', line: 7, column: 1, path: 'spec' }

  it('name the rule, where it stands, and what to do', () => {
    const all = lint([of({ ...open(), source }, deny({ ports: undefined, source: { ...source, line: 12 } }))], universe)
    const [found] = all
    expect(found).toMatchObject({ code: 'shadowed-by-deny', severity: 'warning', policy: 'p', rule: 'p ingress[0]', source })
    expect(formatFinding(found as never)).toBe(
      'p.yaml:7 warning shadowed-by-deny: p ingress[0]: has no effect: p ingress[1] (p.yaml:12), deny ingress from pods {app=web}, denies all that it allows (Narrow the denial, or remove this rule.)',
    )
  })

  it('are of policies where no rule is meant, and without a place where none is known', () => {
    const [found] = lint([named('q', { audit: true })])
    expect(found?.rule).toBeUndefined()
    expect(formatFinding(found as never)).toMatch(/^warning audit-left-on: q: /)
  })

  it('are in order of how bad they are', () => {
    const severities = lint([of(open(), deny(), open({ peers: undefined })), of(byName), named('q', { audit: true })], universe).map(
      ({ severity }) => severity,
    )
    expect(severities).toEqual(
      [...severities].sort((a, b) => ['error', 'warning', 'info'].indexOf(a) - ['error', 'warning', 'info'].indexOf(b)),
    )
    expect(new Set(severities).size).toBe(3)
  })

  it('of who is there need a universe', () => {
    expect(lint([policy({ subject: { ...db, selector: { matchLabels: { app: 'none' } } } })])).toEqual([])
  })

  it('are none where nothing is wrong', () => {
    expect(lint([of(open(), out())], universe)).toEqual([])
    expect(lint([])).toEqual([])
  })

  it('are all in the tables', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(findings).sort())
  })
})
