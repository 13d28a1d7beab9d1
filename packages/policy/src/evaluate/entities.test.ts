import { describe, expect, it } from 'vitest'
import { type Entity, entities } from '../rule/peer.js'
import { all, allBut, ask, outside, rules, shopUniverse, whoEnters } from '../testing/shop.js'
import { reservedIdentities } from '../universe/identity.js'

const peers = (entity: Entity) => [rules({ peers: [{ kind: 'entity', entity }] })]

describe('an entity', () => {
  const meanings: Readonly<Record<Entity, string[]>> = {
    all,
    none: [],
    world: outside,
    'world-ipv4': ['api outside', '203.0.113.7', '203.0.113.8'],
    'world-ipv6': ['2001:db8::9'],
    cluster: allBut('203.0.113.7', '203.0.113.8', '2001:db8::9'),
    host: ['here'],
    'remote-node': ['there', 'master'],
    'kube-apiserver': ['master', 'api outside'],
    ingress: ['gateway'],
    init: ['early'],
    health: ['health'],
    unmanaged: ['foreign'],
  }
  it.each(Object.entries(meanings))('%s', (entity, expected) => {
    expect(whoEnters(peers(entity as Entity))).toEqual(expected)
  })

  const numbers: Readonly<Record<Entity, string[]>> = {
    all: Object.keys(reservedIdentities),
    none: [],
    world: ['world', 'world-ipv4', 'world-ipv6'],
    'world-ipv4': ['world-ipv4'],
    'world-ipv6': ['world-ipv6'],
    cluster: ['host', 'unmanaged', 'health', 'init', 'remote-node', 'kube-apiserver', 'ingress'],
    host: ['host'],
    'remote-node': ['remote-node', 'kube-apiserver'],
    'kube-apiserver': ['kube-apiserver'],
    ingress: ['ingress'],
    init: ['init'],
    health: ['health'],
    unmanaged: ['unmanaged'],
  }
  it.each(Object.entries(numbers))('%s by reserved identity', (entity, expected) => {
    const entering = Object.entries(reservedIdentities).filter(
      ([, identity]) => ask(peers(entity as Entity), { from: { identity } }).verdict === 'allow',
    )
    expect(entering.map(([name]) => name)).toEqual(expected)
  })

  it('is in both tables, each', () => {
    expect([Object.keys(meanings).sort(), Object.keys(numbers).sort()]).toEqual([[...entities].sort(), [...entities].sort()])
  })

  it('host is nobody where there is no local node, but by its number', () => {
    const universe = shopUniverse({ nodes: [] })
    expect(ask(peers('host'), { from: { ip: '192.168.0.1' } }, universe).verdict).toBe('deny')
    expect(ask(peers('host'), { from: { identity: 1 } }, universe).verdict).toBe('allow')
  })

  it('kube-apiserver is an address, not the whole world, and goes with it', () => {
    const universe = shopUniverse({ kubeApiserver: [] })
    expect(ask(peers('kube-apiserver'), { from: { ip: '198.51.100.1' } }, universe).verdict).toBe('deny')
    expect(ask(peers('cluster'), { from: { ip: '198.51.100.1' } }, universe).verdict).toBe('deny')
  })

  it('a node with an identity of its own is what it was', () => {
    const universe = shopUniverse({ settings: { nodeIdentities: true } })
    for (const [entity, expected] of Object.entries(meanings)) expect(whoEnters(peers(entity as Entity), universe)).toEqual(expected)
  })
})
