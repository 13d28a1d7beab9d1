import { describe, expect, it } from 'vitest'
import { documentOf, importedPolicy, problemsIn, warningsIn } from '../../testing/documents.js'

const HTTP = 'ports: [{ port: "80", protocol: TCP }]'
const DNS = 'ports: [{ port: "53", protocol: UDP }, { port: "53", protocol: TCP }, { port: "53", protocol: ANY }]'
const entryIn = (direction: string, entry: string, kind = 'CiliumNetworkPolicy'): string =>
  documentOf(kind, `endpointSelector: {}\n${direction}:\n- toPorts:\n  - { ${entry} }`)

/** [what it is, an entry of toPorts in egress, the node] */
const entries: [string, string, object | undefined][] = [
  ['nothing', HTTP, undefined],
  [
    'HTTP',
    `${HTTP}, rules: { http: [{ method: GET, path: "/a.*", host: b, headers: ["X: y"] }] }`,
    { parser: 'http', http: [{ method: 'GET', path: '/a.*', host: 'b', headers: ['X: y'] }] },
  ],
  ['any request', `${HTTP}, rules: { http: [{}] }`, { parser: 'http', http: [{}] }],
  ['empty texts are left out', `${HTTP}, rules: { http: [{ method: "", path: /a }] }`, { parser: 'http', http: [{ path: '/a' }] }],
  [
    'values of headers',
    `${HTTP}, rules: { http: [{ headerMatches: [{ name: a, value: b, mismatch: LOG }, { name: c, secret: { name: s, namespace: n } }] }] }`,
    {
      parser: 'http',
      http: [
        {
          headerMatches: [
            { name: 'a', value: 'b', mismatch: 'LOG' },
            { name: 'c', secret: { name: 's', namespace: 'n' } },
          ],
        },
      ],
    },
  ],
  [
    'DNS: a name, a pattern, and both at once',
    `${DNS}, rules: { dns: [{ matchName: a.b }, { matchPattern: "*.c" }, { matchName: d, matchPattern: "e*" }] }`,
    { parser: 'dns', dns: [{ matchName: 'a.b' }, { matchPattern: '*.c' }, { matchName: 'd' }, { matchPattern: 'e*' }] },
  ],
  [
    'Kafka',
    `${HTTP}, rules: { kafka: [{ role: consume, topic: t }, { apiKey: fetch, apiVersion: "3", clientID: c }] }`,
    {
      parser: 'kafka',
      kafka: [
        { role: 'consume', topic: 't' },
        { apiKey: 'fetch', apiVersion: '3', clientID: 'c' },
      ],
    },
  ],
  ['another protocol', `${HTTP}, rules: { l7proto: parrot, l7: [{ cmd: say }] }`, { parser: 'parrot', generic: [{ cmd: 'say' }] }],
  ['another protocol, any request', `${HTTP}, rules: { l7proto: parrot }`, { parser: 'parrot' }],
  ['names of servers', `${HTTP}, serverNames: [a.b, "*.c"]`, { parser: 'tls', serverNames: ['a.b', '*.c'] }],
  ['opened TLS', `${HTTP}, terminatingTLS: { secret: { name: s, namespace: n } }`, { parser: 'tls', terminatingTls: 'n/s' }],
  ['opened TLS, of the own namespace', `${HTTP}, originatingTLS: { secret: { name: s } }`, { parser: 'tls', originatingTls: 'shop/s' }],
  [
    'requests in opened TLS',
    `${HTTP}, serverNames: [a], terminatingTLS: { secret: { name: s } }, rules: { http: [{}] }`,
    { parser: 'http', http: [{}], serverNames: ['a'], terminatingTls: 'shop/s' },
  ],
  [
    'a listener',
    `${HTTP}, listener: { envoyConfig: { name: e }, name: l, priority: 3 }`,
    { parser: 'tcp', listener: { name: 'shop/e/l', priority: 3 } },
  ],
  [
    "a listener of the cluster's",
    `${HTTP}, listener: { envoyConfig: { kind: CiliumClusterwideEnvoyConfig, name: e }, name: l }`,
    { parser: 'tcp', listener: { name: '/e/l' } },
  ],
]

/** [what is wrong, direction, an entry in line 8, path after the entry's, part of the message] */
const wrong: [string, string, string, string, string][] = [
  ['two protocols', 'egress', `${HTTP}, rules: { http: [{}], kafka: [{}] }`, '.rules', 'http and kafka contradict'],
  ['requests of another protocol without its name', 'egress', `${HTTP}, rules: { l7: [{ a: b }] }`, '.rules.l7', 'needs l7proto'],
  ['HTTP over ANY', 'ingress', 'ports: [{ port: "80" }], rules: { http: [{}] }', '.ports[0]', 'need the protocol TCP, not ANY'],
  ['Kafka over UDP', 'ingress', 'ports: [{ port: "80", protocol: UDP }], rules: { kafka: [{}] }', '.ports[0]', 'not udp'],
  [
    'DNS over SCTP',
    'egress',
    'ports: [{ port: "53", protocol: SCTP }], rules: { dns: [{ matchName: a }] }',
    '.ports[0].protocol',
    'no DNS over sctp',
  ],
  [
    'DNS in a range',
    'egress',
    'ports: [{ port: "53", endPort: 60 }], rules: { dns: [{ matchName: a }] }',
    '.ports[0].endPort',
    'no ranges',
  ],
  ['DNS in ingress', 'ingress', `${DNS}, rules: { dns: [{ matchName: a }] }`, '.rules.dns', 'in egress only'],
  ['DNS of nothing', 'egress', `${DNS}, rules: { dns: [{}] }`, '.rules.dns[0]', 'give matchName or matchPattern'],
  ['every port', 'egress', 'ports: [{ port: "0", protocol: TCP }], rules: { http: [{}] }', '.ports[0]', 'rules need a port'],
  ['no ports', 'egress', 'rules: { http: [{}] }', '', 'names no ports'],
  ['no ports, but names of servers', 'egress', 'ports: [], serverNames: [a]', '', 'names no ports'],
  ['no ports, but a listener', 'egress', 'listener: { envoyConfig: { name: e }, name: l }', '', 'names no ports'],
  [
    'a method that is no expression',
    'egress',
    `${HTTP}, rules: { http: [{ method: "(" }] }`,
    '.rules.http[0].method',
    'nvalid regular expression',
  ],
  [
    'a header without a name',
    'egress',
    `${HTTP}, rules: { http: [{ headerMatches: [{ value: a }] }] }`,
    '.rules.http[0].headerMatches[0].name',
    'is missing',
  ],
  [
    'a role and a key',
    'ingress',
    `${HTTP}, rules: { kafka: [{ role: produce, apiKey: fetch }] }`,
    '.rules.kafka[0]',
    'contradict each other',
  ],
  [
    'an unknown field of HTTP',
    'ingress',
    `${HTTP}, rules: { http: [{ methods: GET }] }`,
    '.rules.http[0].methods',
    'unknown field methods',
  ],
  ['names of servers beside requests', 'egress', `${HTTP}, serverNames: [a], rules: { http: [{}] }`, '.serverNames', 'need terminatingTLS'],
  ['no names of servers', 'egress', `${HTTP}, serverNames: []`, '.serverNames', 'needs 1 or more'],
  ['an empty name of a server', 'egress', `${HTTP}, serverNames: [""]`, '.serverNames[0]', 'is empty'],
  [
    'a listener beside requests',
    'egress',
    `${HTTP}, listener: { envoyConfig: { name: e }, name: l }, rules: { http: [{}] }`,
    '.listener',
    'contradicts rules',
  ],
  ['a listener in ingress', 'ingress', `${HTTP}, listener: { envoyConfig: { name: e }, name: l }`, '.listener', 'egress only'],
  [
    'a priority of 0',
    'egress',
    `${HTTP}, listener: { envoyConfig: { name: e }, name: l, priority: 0 }`,
    '.listener.priority',
    '0 is less than 1',
  ],
  ['TLS without a secret', 'egress', `${HTTP}, terminatingTLS: {}`, '.terminatingTLS.secret', 'is missing'],
]

describe('what a proxy looks at', () => {
  it.each(entries)('%s', (_, entry, l7) => {
    expect(importedPolicy(entryIn('egress', entry)).rules[0]?.l7).toEqual(l7)
  })

  it.each(wrong)('%s', (_, direction, entry, path, message) => {
    expect(problemsIn(entryIn(direction, entry))[0]).toMatchObject({
      path: `spec.${direction}[0].toPorts[0]${path}`,
      line: 8,
      message: expect.stringContaining(message),
    })
  })

  it('is nothing where a list of rules is empty, and that is told', () => {
    const text = entryIn('ingress', `${HTTP}, rules: { http: [] }`)
    expect(importedPolicy(text).rules[0]).not.toHaveProperty('l7')
    expect(warningsIn(text)).toMatchObject([
      { path: 'spec.ingress[0].toPorts[0].rules', message: expect.stringContaining('every request passes') },
    ])
  })

  it('of the cluster: a secret without a namespace has none', () => {
    const text = entryIn('egress', `${HTTP}, terminatingTLS: { secret: { name: s } }`, 'CiliumClusterwideNetworkPolicy')
    expect(importedPolicy(text).rules[0]?.l7?.terminatingTls).toBe('s')
  })

  it('of the cluster: listeners are of the cluster too', () => {
    const kind = 'CiliumClusterwideNetworkPolicy'
    const listener = (of: string): string => `${HTTP}, listener: { envoyConfig: { ${of}name: e }, name: l }`
    expect(importedPolicy(entryIn('egress', listener(''), kind)).rules[0]?.l7?.listener?.name).toBe('/e/l')
    expect(problemsIn(entryIn('egress', listener('kind: CiliumEnvoyConfig, '), kind))).toMatchObject([
      { path: 'spec.egress[0].toPorts[0].listener.envoyConfig.kind', line: 8, message: expect.stringContaining('no namespace') },
    ])
  })
})
