import { describe, expect, it } from 'vitest'
import type { UniverseInput } from './input.js'
import { describeParty, type Party } from './party.js'
import { createUniverse, type FlowEnd } from './universe.js'

const endpoint = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more })
const made = (input: UniverseInput) => createUniverse(input).unwrap()

describe('a universe', () => {
  it('may be empty, and knows the reserved ones and the world', () => {
    const universe = made({})
    expect([...universe.endpoints(), ...universe.nodes(), ...universe.services(), ...universe.identityNumbers()]).toEqual([])
    expect(universe.party({ ip: '203.0.113.7' })).toMatchObject({ category: 'external', identity: 9 })
    expect(universe.party({ ip: '2001:db8::1' })).toMatchObject({ category: 'external', identity: 10 })
    expect([...Array(12).keys()].map((identity) => universe.party({ identity })?.category)).toEqual([
      undefined,
      'node',
      'external',
      'reserved',
      'reserved',
      'reserved',
      'node',
      'node',
      'reserved',
      'external',
      'external',
      undefined,
    ])
    expect(universe.settings).toEqual({
      enforcement: 'default',
      allowLocalHost: true,
      audit: false,
      cidrMatchesNodes: false,
      nodeIdentities: false,
      clusterName: 'default',
    })
  })

  it.each<[string, UniverseInput, string, RegExp]>([
    ['an address', { endpoints: [endpoint('a', { addresses: ['10.0.0.300'] })] }, 'endpoints[0].addresses[0]', /10\.0\.0\.300/],
    ['a port', { endpoints: [endpoint('a', { namedPorts: [{ name: 'x', port: 0 }] })] }, 'endpoints[0].namedPorts[0].port', /1/],
    ['a reserved number', { endpoints: [endpoint('a', { identity: 255 })] }, 'endpoints[0].identity', /256/],
    ['a number that is too large', { identities: [{ identity: 2 ** 24, labels: {} }] }, 'identities[0].identity', /16777215/],
    ['an unknown field', { endpoints: [endpoint('a', { label: {} })] } as UniverseInput, 'endpoints[0]', /label/],
    ['a binding to nothing', { bindings: [{ name: 'a', addresses: [] }] }, 'bindings[0].addresses', /1/],
    [
      'one address of two',
      { endpoints: [endpoint('a', { addresses: ['10.0.0.1'] }), endpoint('b', { addresses: ['10.0.0.1'] })] },
      'endpoints[1].addresses[0]',
      /address of shop\/a/,
    ],
    [
      'one address of an endpoint and a node',
      { nodes: [{ name: 'n', addresses: ['10.0.0.1'] }], endpoints: [endpoint('b', { addresses: ['10.0.0.1'] })] },
      'endpoints[0].addresses[0]',
      /address of n/,
    ],
    [
      'two nodes that are this one',
      {
        nodes: [
          { name: 'n', local: true },
          { name: 'm', local: true },
        ],
      },
      'nodes[1].local',
      /n is the local node/,
    ],
    [
      'a node and an endpoint of one name',
      { nodes: [{ name: 'n' }], endpoints: [{ name: 'n' }] },
      'endpoints[0].name',
      /a node is called n/,
    ],
    [
      'one number for two sets of labels',
      { endpoints: [endpoint('a', { identity: 300 }), endpoint('b', { identity: 300, labels: { app: 'b' } })] },
      'endpoints[1].identity',
      /other labels/,
    ],
    [
      'two numbers for one set of labels',
      { endpoints: [endpoint('a', { identity: 300 }), endpoint('b', { identity: 301 })] },
      'endpoints[1].identity',
      /have the identity 300/,
    ],
    [
      'a known number of other labels',
      { endpoints: [endpoint('a', { identity: 300 })], identities: [{ identity: 300, labels: { app: 'b' } }] },
      'identities[0].identity',
      /other labels/,
    ],
  ])('is refused with %s', (_, input, path, message) => {
    const universe = createUniverse(input)
    expect(universe.isErr() && [universe.error.code, universe.error.path]).toEqual(['input.invalid', path])
    expect(universe.isErr() && universe.error.message).toMatch(message)
  })

  it('gives endpoints that are alike one identity, in whatever order they are said', () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'dns', port: 53, protocol: 'udp' as const },
      { name: 'dns', port: 53, protocol: 'tcp' as const },
      { name: 'dns', port: 54, protocol: 'tcp' as const },
    ]
    const universe = made({
      endpoints: [
        endpoint('a', { labels: { app: 'web', env: 'x' }, namedPorts: ports }),
        endpoint('b', { labels: { env: 'x', app: 'web' }, namedPorts: [...ports].reverse() }),
        endpoint('c', { labels: { env: 'x', app: 'web' } }),
        endpoint('d', { labels: { env: 'x', app: 'web' }, serviceAccount: 's' }),
        { name: 'e', namespace: 'bank', labels: { env: 'x', app: 'web' } },
        { name: 'f', labels: { env: 'x', app: 'web' } },
      ],
    })
    const numbers = ['shop/a', 'shop/b', 'shop/c', 'shop/d', 'bank/e', 'f'].map((key) => universe.identityOf(key))
    expect(numbers).toEqual([256, 256, 257, 258, 259, 260])
    expect([...universe.identityNumbers()]).toEqual([256, 257, 258, 259, 260])
  })

  it('allots numbers around those that were chosen', () => {
    const universe = made({
      endpoints: [endpoint('a'), endpoint('b', { labels: { app: 'b' }, identity: 256 })],
      identities: [{ identity: 257, labels: { app: 'far' } }],
    })
    expect([universe.identityOf('shop/a'), universe.identityOf('shop/b')]).toEqual([258, 256])
    expect(universe.party({ identity: 257 })?.labels.has({ source: 'k8s', key: 'app' })).toBe(true)
  })

  it('gives nodes numbers of their own where they can be told apart', () => {
    const nodes = [
      { name: 'here', local: true },
      { name: 'plain' },
      { name: 'api', kubeApiserver: true },
      { name: 'tagged', labels: { a: 'b' } },
    ]
    const numbers = (settings: UniverseInput['settings']) => nodes.map(({ name }) => made({ nodes, settings }).identityOf(name))
    const first = 0x200_0000
    expect(numbers({})).toEqual([1, 6, 7, first])
    expect(numbers({ nodeIdentities: true })).toEqual([1, first, first + 1, first + 2])
    expect(numbers({ cidrMatchesNodes: true })).toEqual([1, first, first + 1, first + 2])
  })

  it('says what it was made of', () => {
    const universe = made({ endpoints: [endpoint('a', { addresses: ['2001:DB8::1'] })], nowMs: 7 })
    expect(universe.endpoint('shop/a')).toMatchObject({ addresses: ['2001:db8::1'], local: true, audit: false })
    expect([universe.endpoint('a'), universe.nowMs]).toEqual([undefined, 7])
  })
})

describe('an end', () => {
  const universe = made({
    namespaces: [{ name: 'shop', labels: { team: 'red' } }],
    endpoints: [
      endpoint('a', { labels: { app: 'web' }, serviceAccount: 's', addresses: ['10.0.0.1'] }),
      { name: 'health', reserved: 'health' },
    ],
    nodes: [{ name: 'here', local: true, addresses: ['192.168.0.1'], labels: { role: 'x' } }],
    kubeApiserver: ['203.0.113.1'],
    bindings: [
      { name: 'api.example.com', addresses: ['203.0.113.1'] },
      { name: 'old.example.com', addresses: ['203.0.113.1'], expiresAtMs: 5 },
    ],
    nowMs: 5,
  })
  const party = (end: FlowEnd): Party => universe.party(end) as Party

  it('is one, by object, address and number', () => {
    expect(party({ ip: '10.0.0.1' })).toEqual(party({ object: 'shop/a' }))
    const { object: _, ...unnamed } = party({ object: 'shop/a' })
    expect(party({ identity: 256 })).toEqual(unnamed)
    expect(party({ identity: 1 })).toEqual(party({ object: 'here' }))
    expect(party({ ip: '192.168.0.1' })).toEqual(party({ object: 'here' }))
  })

  it('has labels of where it lives', () => {
    expect(party({ object: 'shop/a' }).labels.entries()).toEqual([
      ['k8s:app', 'web'],
      ['k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name', 'shop'],
      ['k8s:io.cilium.k8s.namespace.labels.team', 'red'],
      ['k8s:io.cilium.k8s.policy.cluster', 'default'],
      ['k8s:io.cilium.k8s.policy.serviceaccount', 's'],
      ['k8s:io.kubernetes.pod.namespace', 'shop'],
    ])
    expect(party({ labels: { app: 'web' }, namespace: 'shop', serviceAccount: 's' })).toMatchObject({
      category: 'endpoint',
      identity: 0,
      namespace: 'shop',
    })
    expect(`${party({ labels: { app: 'web' }, namespace: 'shop', serviceAccount: 's' }).labels}`).toBe(
      `${party({ object: 'shop/a' }).labels}`,
    )
  })

  it.each<[FlowEnd, string]>([
    [{ object: 'shop/a' }, 'shop/a'],
    [{ object: 'here' }, 'here'],
    [{ ip: '203.0.113.1' }, '203.0.113.1 (api.example.com)'],
    [{ ip: '2001:db8::1' }, '2001:db8::1'],
    [{ identity: 9 }, '0.0.0.0/0'],
    [{ identity: 2 }, '{reserved:world}'],
    [{ identity: 6 }, '{reserved:remote-node}'],
  ])('%j is shown as %s', (end, text) => {
    expect(describeParty(party(end))).toBe(text)
  })
})
