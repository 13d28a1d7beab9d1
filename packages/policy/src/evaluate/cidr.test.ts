import { describe, expect, it } from 'vitest'
import { all, group, outside, type PeerInput, policy, rules, shopUniverse, whoEnters, whoIsReached } from '../testing/shop.js'

const block = (prefix: string, ...except: string[]): PeerInput => ({ kind: 'cidr', prefix, except })
const any = (prefix: string, ...except: string[]): PeerInput => ({ kind: 'cidr', prefix, except, scope: 'any' })
const v4 = outside.filter((name) => !name.includes(':'))
const nodes = ['here', 'there', 'master']

describe('a block of addresses', () => {
  it.each<[string, PeerInput, string[]]>([
    ['of a family: what is outside, of that family', block('0.0.0.0/0'), v4],
    ['of the other family', block('::/0'), ['2001:db8::9']],
    ['that is one address', block('203.0.113.7/32'), ['203.0.113.7']],
    ['without a length is one address', block('203.0.113.7'), ['203.0.113.7']],
    ['with bits beyond its length', block('203.0.113.99/24'), ['203.0.113.7', '203.0.113.8']],
    ['less another', block('203.0.113.0/24', '203.0.113.8/32'), ['203.0.113.7']],
    ['less several', block('0.0.0.0/0', '203.0.113.0/29', '203.0.113.8/32'), ['api outside']],
    ['less itself', block('203.0.113.0/24', '203.0.113.0/24'), []],
    ['never selects endpoints', block('10.0.0.0/8'), []],
    ['never selects nodes', block('192.168.0.0/16'), []],
    ['of any scope: endpoints too', any('10.0.0.0/24'), ['shop/web', 'shop/db', 'shop/bare']],
    ['of any scope: nodes too', any('192.168.0.0/16'), nodes],
    ['of any scope: less another', any('10.0.0.0/8', '10.0.0.0/24'), ['bank/web']],
    ['of any scope: an endpoint by one of its addresses', any('2001:db8::/32'), ['shop/web', '2001:db8::9']],
    ['of any scope: one address in, though the other is carved out', any('2001:db8::/32', '2001:db8::9/128'), ['shop/web']],
  ])('%s', (_, peer, expected) => {
    expect(whoEnters([rules({ peers: [peer] })])).toEqual(expected)
  })

  it('selects nodes where the settings say so, and endpoints still not', () => {
    const universe = shopUniverse({ settings: { cidrMatchesNodes: true } })
    expect(whoEnters([rules({ peers: [block('0.0.0.0/0')] })], universe)).toEqual([...nodes, ...v4])
    expect(whoIsReached([rules({ direction: 'egress', peers: [block('192.168.0.0/31')] })], universe)).toEqual(['here'])
  })
})

describe('blocks in blocks', () => {
  const open = (...peers: PeerInput[]) => policy({ key: 'open', rules: [{ direction: 'ingress', peers }] })
  const shut = (...peers: PeerInput[]) => policy({ key: 'shut', rules: [{ direction: 'ingress', action: 'deny', peers }] })
  it.each<[string, PeerInput[], PeerInput[], string[]]>([
    ['the denied one smaller', [block('203.0.113.0/24')], [block('203.0.113.8/32')], ['203.0.113.7']],
    ['the denied one larger', [block('203.0.113.8/32')], [block('203.0.113.0/24')], []],
    ['the denied one the same', [block('203.0.113.0/24')], [block('203.0.113.0/24')], []],
    ['the denied one less what is allowed', [block('203.0.113.8/32')], [block('203.0.113.0/24', '203.0.113.8/32')], ['203.0.113.8']],
    ['the world denied, a block allowed', [block('203.0.113.0/24')], [{ kind: 'entity', entity: 'world' }], []],
    ['the world allowed, a block denied', [{ kind: 'entity', entity: 'world' }], [block('203.0.113.0/24')], ['api outside', '2001:db8::9']],
    [
      'a family denied, the world allowed',
      [{ kind: 'entity', entity: 'world' }],
      [{ kind: 'entity', entity: 'world-ipv4' }],
      ['2001:db8::9'],
    ],
    ['everyone denied, a block allowed', [block('203.0.113.0/24')], [{ kind: 'entity', entity: 'all' }], []],
  ])('%s', (_, allowed, denied, expected) => {
    expect(whoEnters([open(...allowed), shut(...denied)])).toEqual(expected)
  })

  it('allow together: what one carves out, another may bring back', () => {
    expect(whoEnters([open(block('203.0.113.0/24', '203.0.113.8/32'), block('203.0.113.8/32'))])).toEqual(['203.0.113.7', '203.0.113.8'])
  })
})

describe('a group of blocks', () => {
  const partners = group({
    name: 'partners',
    labels: { kind: 'friend' },
    cidrs: ['203.0.113.0/24', { prefix: '2001:db8::/32', except: ['2001:db8::9/128'] }],
  })
  const cloud = group({ name: 'cloud', labels: { kind: 'friend' }, cidrs: ['198.51.100.0/24'] })
  it.each<[string, Omit<Extract<PeerInput, { kind: 'cidr-group' }>, 'kind'>, string[]]>([
    ['by name', { name: 'partners' }, ['203.0.113.7', '203.0.113.8']],
    ['by name, less a block', { name: 'partners', except: ['203.0.113.8/32'] }, ['203.0.113.7']],
    ['by name, less all of it', { name: 'partners', except: ['0.0.0.0/0'] }, []],
    ['that is not there', { name: 'nobody' }, []],
    ['by labels: all of them', { selector: { matchLabels: { kind: 'friend' } } }, ['api outside', '203.0.113.7', '203.0.113.8']],
    ['by no labels: all of them', { selector: {} }, ['api outside', '203.0.113.7', '203.0.113.8']],
    ['by labels that none has', { selector: { matchLabels: { kind: 'foe' } } }, []],
  ])('%s', (_, peer, expected) => {
    expect(whoEnters([rules({ peers: [{ kind: 'cidr-group', ...peer }] }), partners, cloud])).toEqual(expected)
  })

  it('alone says nothing about anybody', () => {
    expect(whoEnters([partners])).toEqual(all)
  })
})
