import { beforeEach, describe, expect, it } from 'vitest'
import { endpointSchema, nodeSchema, serviceSchema, settingsSchema } from './input.js'
import { type Effect, UniverseStore } from './store.js'

const endpoint = (name: string, more: object = {}) => endpointSchema.parse({ name, namespace: 'shop', ...more })
const node = (name: string, more: object = {}) => nodeSchema.parse({ name, ...more })
const service = (name: string, more: object = {}) => serviceSchema.parse({ name, ...more })

/** `identity 256 added`, `subject shop/a set`. */
const text = (effect: Effect): string => {
  if (effect.kind === 'identity') return `identity ${effect.identity} ${effect.how}`
  if (effect.kind === 'subject') return `subject ${effect.object} ${effect.how}`
  return effect.kind === 'service' ? `service ${effect.service.name}` : `address ${effect.address}`
}

describe('a change to a universe tells what it did', () => {
  let store: UniverseStore
  const set = (...given: Parameters<typeof endpoint>): string[] =>
    store
      .setEndpoint(endpoint(...given))
      .unwrap()
      .map(text)

  beforeEach(() => {
    store = new UniverseStore(settingsSchema.parse({}), undefined)
  })

  it('of endpoints: the first of a kind brings an identity, the last takes it away', () => {
    expect(set('a')).toEqual(['identity 256 added', 'subject shop/a set'])
    expect(set('b')).toEqual(['subject shop/b set'])
    expect(set('a', { labels: { app: 'x' } })).toEqual(['identity 257 added', 'subject shop/a set'])
    expect(set('b', { labels: { app: 'x' } })).toEqual(['identity 256 removed', 'subject shop/b set'])
    expect(store.removeEndpoint('shop/a').map(text)).toEqual(['subject shop/a removed'])
    expect(store.removeEndpoint('shop/b').map(text)).toEqual(['subject shop/b removed', 'identity 257 removed'])
    expect(store.removeEndpoint('shop/b')).toEqual([])
    expect([...store.identityNumbers()]).toEqual([])
  })

  it('of the node’s own endpoints: no identity comes', () => {
    expect(set('h', { reserved: 'health' })).toEqual(['subject shop/h set'])
    expect(set('h')).toEqual(['identity 256 added', 'subject shop/h set'])
    expect(set('h', { reserved: 'health' })).toEqual(['identity 256 removed', 'subject shop/h set'])
    expect(store.removeEndpoint('shop/h').map(text)).toEqual(['subject shop/h removed'])
  })

  it('gives a number back when the change is through, not before', () => {
    set('a')
    store.removeEndpoint('shop/a')
    expect(set('a')).toEqual(['identity 256 added', 'subject shop/a set'])
    store.removeEndpoint('shop/a')
    store.settle()
    expect(set('a')).toEqual(['identity 257 added', 'subject shop/a set'])
  })

  it('changes nothing when it is refused', () => {
    set('a', { addresses: ['10.0.0.1'] })
    expect(store.setEndpoint(endpoint('b', { addresses: ['10.0.0.1'] })).isErr()).toBe(true)
    expect([store.endpoint('shop/b'), store.partyOfObject('shop/a')?.object]).toEqual([undefined, 'shop/a'])
    set('a', { addresses: ['10.0.0.2'] })
    expect(set('b', { addresses: ['10.0.0.1'] })).toEqual(['identity 256 changed', 'subject shop/b set'])
  })

  it('of namespaces: whoever lives there', () => {
    set('a')
    set('h', { reserved: 'health' })
    expect(store.setNamespace({ name: 'shop', labels: { team: 'red' } }).map(text)).toEqual([
      'identity 256 changed',
      'subject shop/a set',
      'subject shop/h set',
    ])
    expect(store.setNamespace({ name: 'shop', labels: { team: 'red' } })).toEqual([])
    expect(store.setNamespace({ name: 'empty', labels: {} })).toEqual([])
    expect(store.namespaceInput('shop')?.labels).toEqual({ 'k8s:kubernetes.io/metadata.name': 'shop', 'k8s:team': 'red' })
    expect(store.removeNamespace('shop').map(text)).toHaveLength(3)
    expect(store.removeNamespace('shop')).toEqual([])
  })

  it('of nodes', () => {
    const put = (...given: Parameters<typeof node>): string[] =>
      store
        .setNode(node(...given))
        .unwrap()
        .map(text)
    expect(put('n', { local: true })).toEqual(['identity 1 changed', 'subject n set'])
    expect(put('m')).toEqual(['subject m set'])
    expect(put('m', { labels: { a: 'b' } })).toEqual(['subject m removed', `identity ${0x200_0000} added`, 'subject m set'])
    expect(store.removeNode('m').map(text)).toEqual(['subject m removed', `identity ${0x200_0000} removed`])
    expect(store.removeNode('n').map(text)).toEqual(['subject n removed', 'identity 1 changed'])
    expect(store.removeNode('n')).toEqual([])
  })

  it('of known identities, which stay while an endpoint has them', () => {
    const known = { identity: 300, namespace: 'shop', labels: {}, namedPorts: [] }
    expect(store.setIdentity(known).unwrap().map(text)).toEqual(['identity 300 added'])
    expect(store.setIdentity(known).unwrap()).toEqual([])
    expect(store.known(300)).toMatchObject(known)
    expect(set('a')).toEqual(['subject shop/a set'])
    expect(store.removeIdentity(300)).toEqual([])
    expect(store.known(300)).toBeUndefined()
    expect(store.removeEndpoint('shop/a').map(text)).toEqual(['subject shop/a removed', 'identity 300 removed'])
  })

  it('of known identities, whose labels may change while nobody has them', () => {
    const known = { identity: 300, labels: {}, namedPorts: [] }
    store.setIdentity(known)
    expect(
      store
        .setIdentity({ ...known, labels: { app: 'x' } })
        .unwrap()
        .map(text),
    ).toEqual(['identity 300 changed'])
    expect(store.removeIdentity(300).map(text)).toEqual(['identity 300 removed'])
  })

  it('of known identities: one that is refused keeps its number', () => {
    store.setIdentity({ identity: 256, labels: {}, namedPorts: [] })
    store.setIdentity({ identity: 257, labels: { app: 'x' }, namedPorts: [] })
    expect(store.setIdentity({ identity: 256, labels: { app: 'x' }, namedPorts: [] }).isErr()).toBe(true)
    expect(set('a', { labels: { app: 'y' } })).toEqual(['identity 258 added', 'subject shop/a set'])
  })

  it('of services: what was and what is', () => {
    expect(store.setService(service('s')).map(text)).toEqual(['service s'])
    expect(store.setService(service('s', { selector: { a: 'b' } }))).toMatchObject([{ service: {} }, { service: { selector: { a: 'b' } } }])
    expect(store.removeService('s').map(text)).toEqual(['service s'])
    expect(store.removeService('s')).toEqual([])
  })

  it('of the API server: addresses that came or went', () => {
    expect(store.setKubeApiserver(['10.0.0.1', '10.0.0.2']).map(text)).toEqual(['address 10.0.0.1', 'address 10.0.0.2'])
    expect(store.setKubeApiserver(['10.0.0.2', '10.0.0.3']).map(text)).toEqual(['address 10.0.0.1', 'address 10.0.0.3'])
  })

  it('of names: addresses that got one or lost one', () => {
    expect(store.bind({ name: 'a.b', addresses: ['10.0.0.1', '10.0.0.2'], expiresAtMs: 5 }).map(text)).toEqual([
      'address 10.0.0.1',
      'address 10.0.0.2',
    ])
    expect(store.bind({ name: 'A.b.', addresses: ['10.0.0.1'], expiresAtMs: 9 })).toEqual([])
    expect(store.advance(5).map(text)).toEqual(['address 10.0.0.2'])
    expect(store.bind({ name: 'late', addresses: ['10.0.0.1'], expiresAtMs: 5 })).toEqual([])
    expect(store.advance(3)).toEqual([])
    expect(store.nowMs).toBe(5)
    expect(store.unbind('a.b').map(text)).toEqual(['address 10.0.0.1'])
    expect(store.unbind('a.b')).toEqual([])
  })

  it('leaves copies alone', () => {
    set('a', { addresses: ['10.0.0.1'] })
    store.bind({ name: 'x', addresses: ['9.9.9.9'] })
    const copy = store.clone()
    set('b', { labels: { app: 'x' } })
    store.removeEndpoint('shop/a')
    store.unbind('x')
    expect([...copy.endpoints()].map(({ endpoint: { name } }) => name)).toEqual(['a'])
    expect([...copy.identityNumbers()]).toEqual([256])
    expect(copy.bindings.names('9.9.9.9')).toEqual(['x'])
    expect(
      copy
        .setEndpoint(endpoint('c', { labels: { app: 'y' } }))
        .unwrap()
        .map(text),
    ).toEqual(['identity 257 added', 'subject shop/c set'])
  })
})
