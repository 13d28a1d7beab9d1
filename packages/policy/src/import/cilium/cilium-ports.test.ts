import { describe, expect, it } from 'vitest'
import { documentOf, importedPolicy, problemsIn, warningsIn } from '../../testing/documents.js'
import { icmpTypes } from './icmp-types.js'

const inNamespace = (rules: string): string => documentOf('CiliumNetworkPolicy', `endpointSelector: {}\n${rules}`)
const portsOf = (rule: string): unknown => importedPolicy(inNamespace(`ingress: [${rule}]`)).rules[0]?.ports

/** [what it is, one of `ports`, the node] */
const ports: [string, string, object][] = [
  ['a port as text', '{ port: "80", protocol: TCP }', { protocol: 'tcp', port: 80 }],
  ['a port as a number', '{ port: 80, protocol: TCP }', { protocol: 'tcp', port: 80 }],
  ['no protocol: those that have ports', '{ port: "80" }', { protocol: 'transport', port: 80 }],
  ['an empty protocol likewise', '{ port: "80", protocol: "" }', { protocol: 'transport', port: 80 }],
  ['ANY likewise', '{ port: "80", protocol: ANY }', { protocol: 'transport', port: 80 }],
  ['port 0: every port', '{ port: "0", protocol: UDP }', { protocol: 'udp' }],
  ['no port: every port', '{ protocol: SCTP }', { protocol: 'sctp' }],
  ['nothing: every port of those that have ports', '{}', { protocol: 'transport' }],
  ['a named port, in lower case', '{ port: HTTP-8080, protocol: TCP }', { protocol: 'tcp', port: 'http-8080' }],
  ['a range', '{ port: "80", endPort: 90, protocol: TCP }', { protocol: 'tcp', port: 80, endPort: 90 }],
  ['an endPort of 0 is none', '{ port: "80", endPort: 0 }', { protocol: 'transport', port: 80 }],
  ['an endPort of the port is none', '{ port: "80", endPort: 80 }', { protocol: 'transport', port: 80 }],
  ...(['tcp', 'Udp', 'SCTP', 'icmp', 'ICMPv6', 'vrrp', 'IGMP'] as const).map((protocol): [string, string, object] => [
    `the protocol ${protocol}, in any case`,
    `{ protocol: ${protocol} }`,
    { protocol: protocol.toLowerCase() },
  ]),
]

/** [what is wrong, a rule of ingress in line 7 from column 5 on, path, line, part of the message] */
const wrong: [string, string, string, number, string][] = [
  ['a port too high', 'toPorts: [{ ports: [{ port: "65536" }] }]', 'toPorts[0].ports[0].port', 7, '"65536" is neither a port'],
  ['a port below zero', 'toPorts: [{ ports: [{ port: -1 }] }]', 'toPorts[0].ports[0].port', 7, 'neither a port'],
  ['a port with a zero before it', 'toPorts: [{ ports: [{ port: "080" }] }]', 'toPorts[0].ports[0].port', 7, 'neither a port'],
  ['a name that is too long', 'toPorts: [{ ports: [{ port: a23456789012345x }] }]', 'toPorts[0].ports[0].port', 7, 'neither a port'],
  [
    'a range backwards',
    'toPorts:\n  - ports:\n    - port: "90"\n      endPort: 80',
    'toPorts[0].ports[0].endPort',
    10,
    '80 comes before port 90',
  ],
  ['a range from a name', 'toPorts: [{ ports: [{ port: http, endPort: 80 }] }]', 'toPorts[0].ports[0].endPort', 7, 'numeric port'],
  ['a range from every port', 'toPorts: [{ ports: [{ port: "0", endPort: 80 }] }]', 'toPorts[0].ports[0].endPort', 7, 'numeric port'],
  ['a port of VRRP', 'toPorts: [{ ports: [{ port: "80", protocol: VRRP }] }]', 'toPorts[0].ports[0].port', 7, 'vrrp has no ports'],
  ['a protocol that is none', 'toPorts: [{ ports: [{ protocol: GRE }] }]', 'toPorts[0].ports[0].protocol', 7, '"GRE" is none of ANY, TCP'],
  ['too many ports', `toPorts: [{ ports: [${'{}, '.repeat(41)}] }]`, 'toPorts[0].ports', 7, 'more than 40 entries'],
  ['ICMP and ports', 'toPorts: [{ ports: [{}] }]\n  icmps: [{ fields: [{ type: 8 }] }]', '', 7, 'icmps and toPorts contradict'],
  ['ICMP without a type', 'icmps:\n  - fields:\n    - family: IPv4', 'icmps[0].fields[0].type', 9, 'is missing'],
  ['ICMP of a type too high', 'icmps: [{ fields: [{ type: 256 }] }]', 'icmps[0].fields[0].type', 7, '"256" is no ICMP type of IPv4'],
  [
    'ICMP of a name of the other family',
    'icmps: [{ fields: [{ type: PacketTooBig }] }]',
    'icmps[0].fields[0].type',
    7,
    'no ICMP type of IPv4',
  ],
  ['a name from the prototype', 'icmps: [{ fields: [{ type: toString }] }]', 'icmps[0].fields[0].type', 7, 'no ICMP type'],
  ['a family that is none', 'icmps: [{ fields: [{ type: 8, family: ipv4 }] }]', 'icmps[0].fields[0].family', 7, 'none of IPv4, IPv6'],
]

describe('ports', () => {
  it.each(ports)('%s', (_, port, expected) => {
    expect(portsOf(`{ toPorts: [{ ports: [${port}] }] }`)).toEqual([expected])
  })

  it('make a rule for each entry, with the same peers', () => {
    const spec =
      'ingress:\n- fromEntities: [host]\n  authentication: { mode: required }\n  toPorts:\n  - ports: [{ port: "1" }, { port: "2" }]\n  - ports: [{ port: "3" }]'
    const common = { direction: 'ingress', action: 'allow', peers: [{ kind: 'entity', entity: 'host' }], auth: 'required' }
    expect(importedPolicy(inNamespace(spec)).rules).toEqual([
      {
        ...common,
        ports: [
          { protocol: 'transport', port: 1 },
          { protocol: 'transport', port: 2 },
        ],
        source: { line: 10, column: 7, path: 'spec.ingress[0].toPorts[0]' },
      },
      { ...common, ports: [{ protocol: 'transport', port: 3 }], source: { line: 11, column: 7, path: 'spec.ingress[0].toPorts[1]' } },
    ])
  })

  it.each([
    ['an entry without ports', '{ toPorts: [{ ports: [] }] }', 'spec.ingress[0].toPorts[0]'],
    ['an entry without anything', '{ toPorts: [{}] }', 'spec.ingress[0].toPorts[0]'],
    ['ICMP without fields', '{ icmps: [{ fields: [] }, {}] }', 'spec.ingress[0].icmps'],
  ])('%s matches nothing, and tells', (_, rule, path) => {
    const text = inNamespace(`ingress: [${rule}]`)
    expect(importedPolicy(text).rules).toMatchObject([{ ports: [] }])
    expect(importedPolicy(text).rules[0]?.peers).toBeUndefined()
    expect(warningsIn(text)).toMatchObject([{ path, line: 6, message: expect.stringContaining('no effect') }])
  })

  it.each(wrong)('%s', (_, rule, path, line, message) => {
    const whole = path === '' ? 'spec.ingress[0]' : `spec.ingress[0].${path}`
    expect(problemsIn(inNamespace(`ingress:\n- ${rule}`))).toMatchObject([{ path: whole, line, message: expect.stringContaining(message) }])
  })
})

describe('ICMP', () => {
  it('is of all fields of all entries', () => {
    expect(
      portsOf('{ icmps: [{ fields: [{ type: 8 }, { type: "0", family: IPv6 }] }, { fields: [{ type: EchoReply, family: IPv4 }] }] }'),
    ).toEqual([
      { protocol: 'icmp', icmpType: 8 },
      { protocol: 'icmpv6', icmpType: 0 },
      { protocol: 'icmp', icmpType: 0 },
    ])
  })

  it.each(
    (['IPv4', 'IPv6'] as const).flatMap((family) =>
      Object.entries(icmpTypes[family]).map(([name, number]) => [family, name, number] as const),
    ),
  )('of %s: %s is %i', (family, name, icmpType) => {
    const protocol = family === 'IPv4' ? 'icmp' : 'icmpv6'
    expect(portsOf(`{ icmps: [{ fields: [{ family: ${family}, type: ${name} }] }] }`)).toEqual([{ protocol, icmpType }])
  })
})

describe('deny rules', () => {
  it('deny, and close their direction', () => {
    const { rules, defaultDeny } = importedPolicy(
      inNamespace(
        'ingressDeny: [{ fromEntities: [world], toPorts: [{ ports: [{ port: "22" }] }] }]\negressDeny: [{ icmps: [{ fields: [{ type: 8 }] }] }]',
      ),
    )
    expect(rules).toMatchObject([
      { direction: 'ingress', action: 'deny', peers: [{ entity: 'world' }], ports: [{ port: 22 }] },
      { direction: 'egress', action: 'deny', ports: [{ icmpType: 8 }] },
    ])
    expect(defaultDeny).toEqual({ ingress: true, egress: true })
  })

  it.each([
    ['rules: { http: [{}] }', 'rules', 'cannot look into requests'],
    ['serverNames: [a]', 'serverNames', 'cannot look into requests'],
    ['listener: {}', 'listener', 'cannot look into requests'],
    ['terminatingTLS: {}', 'terminatingTLS', 'cannot look into requests'],
    ['originatingTLS: {}', 'originatingTLS', 'cannot look into requests'],
  ])('cannot have %s', (field, path, message) => {
    expect(problemsIn(inNamespace(`ingressDeny: [{ toPorts: [{ ports: [{ port: "80" }], ${field} }] }]`))).toMatchObject([
      { path: `spec.ingressDeny[0].toPorts[0].${path}`, line: 6, message: expect.stringContaining(message) },
    ])
  })

  it('cannot ask for authentication', () => {
    expect(problemsIn(inNamespace('egressDeny: [{ authentication: { mode: required } }]'))).toMatchObject([
      { path: 'spec.egressDeny[0].authentication', line: 6 },
    ])
  })
})

describe('authentication', () => {
  it.each(['required', 'disabled', 'test-always-fail'])('%s', (mode) => {
    expect(importedPolicy(inNamespace(`ingress: [{ fromEndpoints: [{}], authentication: { mode: ${mode} } }]`)).rules[0]?.auth).toBe(mode)
  })

  it.each([
    ['{ mode: always }', 'authentication.mode', '"always" is none of'],
    ['{}', 'authentication.mode', 'is missing'],
  ])('%s is wrong', (authentication, path, message) => {
    expect(problemsIn(inNamespace(`ingress: [{ authentication: ${authentication} }]`))).toMatchObject([
      { path: `spec.ingress[0].${path}`, message: expect.stringContaining(message) },
    ])
  })
})
