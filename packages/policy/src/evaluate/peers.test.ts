import { describe, expect, it } from 'vitest'
import { all, allBut, type PeerInput, pods, policy, type RuleInput, rules, shopUniverse, whoEnters, whoIsReached } from '../testing/shop.js'

const web = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'web' } } }
const db = { kind: 'endpoints' as const, selector: { matchLabels: { app: 'db' } } }

describe('the list of peers', () => {
  it.each<[string, Partial<RuleInput>[], string[]]>([
    ['absent: everyone', [{}], all],
    ['empty: nobody', [{ peers: [] }], []],
    ['no rule at all: nobody', [{ direction: 'egress' }], all],
    ['one empty selector: every endpoint, not the world', [{ peers: [{ kind: 'endpoints' }] }], pods],
    ['several: any of them', [{ peers: [db, { kind: 'entity', entity: 'host' }] }], ['shop/db', 'here']],
    ['several rules: any of them', [{ peers: [db] }, { peers: [{ kind: 'entity', entity: 'host' }] }], ['shop/db', 'here']],
    ['a rule that names nothing beside one that does', [{ peers: [] }, { peers: [db] }], ['shop/db']],
  ])('%s', (_, list, expected) => {
    expect(whoEnters([rules(...list)])).toEqual(expected)
  })

  it('means those who are reached, for egress', () => {
    expect(whoIsReached([rules({ direction: 'egress', peers: [web] })])).toEqual(['shop/web', 'bank/web', 'lost/web', 'stray'])
    expect(whoIsReached([rules({ direction: 'egress' })])).toEqual(all)
    expect(whoIsReached([rules({ direction: 'egress', peers: [] })])).toEqual([])
  })
})

describe('peers by what they are', () => {
  const endpoints = (extra: Partial<Extract<PeerInput, { kind: 'endpoints' }>>): PeerInput => ({ kind: 'endpoints', ...extra })
  it.each<[string, PeerInput, string[]]>([
    ['a service account', endpoints({ serviceAccounts: ['web'] }), ['shop/web', 'bank/web']],
    ['a service account in a namespace', endpoints({ serviceAccounts: ['web'], namespaces: { names: ['bank'] } }), ['bank/web']],
    ['no service account', endpoints({ serviceAccounts: [] }), []],
    ['whoever carries labels', endpoints({ scope: 'any' }), all],
    [
      'a negative on whoever carries labels',
      endpoints({ scope: 'any', selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }),
      ['shop/web', 'shop/db', 'bank/web', 'lost/web', 'stray'],
    ],
    ['a reserved label', endpoints({ scope: 'any', selector: { matchLabels: { 'reserved:host': '' } } }), ['here']],
    ['a reserved label, of endpoints', endpoints({ selector: { matchLabels: { 'reserved:host': '' } } }), []],
    [
      'the reserved label of an endpoint of the node',
      endpoints({ scope: 'any', selector: { matchLabels: { 'reserved:health': '' } } }),
      ['health'],
    ],
    [
      'the reserved label of remote nodes',
      endpoints({ scope: 'any', selector: { matchLabels: { 'reserved:remote-node': '' } } }),
      ['there', 'master'],
    ],
    [
      'the reserved label of API servers',
      endpoints({ scope: 'any', selector: { matchLabels: { 'reserved:kube-apiserver': '' } } }),
      ['master', 'api outside'],
    ],
    [
      'the reserved label of a family',
      endpoints({ scope: 'any', selector: { matchLabels: { 'reserved:world-ipv6': '' } } }),
      ['2001:db8::9'],
    ],
    [
      'the reserved label of the world has nobody with two families',
      endpoints({ scope: 'any', selector: { matchLabels: { 'reserved:world': '' } } }),
      [],
    ],
    ['nodes', { kind: 'nodes' }, ['here', 'there', 'master']],
    ['nodes but this one', { kind: 'nodes', scope: 'remote' }, ['there', 'master']],
    ['other nodes', { kind: 'nodes', scope: 'remote' }, ['there', 'master']],
    ['nodes by labels', { kind: 'nodes', selector: { matchLabels: { role: 'worker' } } }, ['here', 'there']],
    ['nodes without a label', { kind: 'nodes', selector: { matchExpressions: [{ key: 'role', operator: 'DoesNotExist' }] } }, ['master']],
    ['a service by name: its endpoints in its namespace', { kind: 'service', name: 'web', namespace: 'shop' }, ['shop/web']],
    ['a service by name in any namespace', { kind: 'service', name: 'web' }, ['shop/web']],
    ['a service in a namespace that has none', { kind: 'service', name: 'web', namespace: 'bank' }, []],
    ['a service that is not there', { kind: 'service', name: 'none' }, []],
    ['services by labels', { kind: 'service', selector: { matchLabels: { kind: 'front' } } }, ['shop/web']],
    ['a service without a selector: addresses outside, endpoints never', { kind: 'service', name: 'legacy' }, ['203.0.113.7']],
    ['a service with an empty selector has none', { kind: 'service', name: 'empty' }, ['203.0.113.8']],
    ['every service', { kind: 'service', selector: {} }, ['shop/web', '203.0.113.7', '203.0.113.8']],
  ])('%s', (_, peer, expected) => {
    expect(whoEnters([rules({ peers: [peer] })])).toEqual(expected)
  })

  it('are the same in rules that deny', () => {
    const open = policy({ key: 'open', rules: [{ direction: 'ingress' }] })
    const closed = policy({ key: 'closed', rules: [{ direction: 'ingress', action: 'deny', peers: [web] }] })
    expect(whoEnters([open, closed])).toEqual(allBut('shop/web', 'bank/web', 'lost/web', 'stray'))
  })
})

describe('what is required of peers besides', () => {
  const prod = { matchLabels: { env: 'prod' } }
  const apply = (...all: Partial<RuleInput>[]): string[] => whoEnters([rules(...all)])
  it.each<[string, Partial<RuleInput>[], string[]]>([
    ['holds for peers of the same rule', [{ peers: [web], requires: [prod] }], ['shop/web']],
    ['holds for peers of other rules of the direction', [{ peers: [web] }, { peers: [], requires: [prod] }], ['shop/web']],
    ['allows nothing', [{ peers: [], requires: [prod] }], []],
    [
      'does not hold for what is no endpoint',
      [{ peers: [web, { kind: 'entity', entity: 'host' }], requires: [prod] }],
      ['shop/web', 'here'],
    ],
    ['holds all of it', [{ peers: [web], requires: [prod, { matchLabels: { app: 'db' } }] }], []],
    [
      'does not hold for the other direction',
      [{ peers: [web] }, { direction: 'egress', peers: [], requires: [prod] }],
      ['shop/web', 'bank/web', 'lost/web', 'stray'],
    ],
    [
      'does not hold for rules of the other action',
      [{ peers: [web] }, { action: 'deny', peers: [], requires: [prod] }],
      ['shop/web', 'bank/web', 'lost/web', 'stray'],
    ],
    ['narrows what is denied', [{}, { action: 'deny', peers: [web], requires: [prod] }], allBut('shop/web')],
  ])('%s', (_, list, expected) => {
    expect(apply(...list)).toEqual(expected)
  })

  it('holds across policies about the same subject', () => {
    const allows = policy({ key: 'a', rules: [{ direction: 'ingress', peers: [web] }] })
    const wants = (subject: string) =>
      policy({
        key: 'b',
        subject: { kind: 'endpoints', selector: { matchLabels: { app: subject } } },
        rules: [{ direction: 'ingress', peers: [], requires: [prod] }],
      })
    expect(whoEnters([allows, wants('db')])).toEqual(['shop/web'])
    expect(whoEnters([allows, wants('web')])).toEqual(['shop/web', 'bank/web', 'lost/web', 'stray'])
  })
})

describe('names', () => {
  const at = (peer: Omit<Extract<PeerInput, { kind: 'fqdn' }>, 'kind'>, nowMs = 0): string[] =>
    whoIsReached([rules({ direction: 'egress', peers: [{ kind: 'fqdn', ...peer }] })], shopUniverse({ nowMs }))
  it.each<[string, Omit<Extract<PeerInput, { kind: 'fqdn' }>, 'kind'>, string[]]>([
    ['a name', { matchName: 'api.example.com' }, ['203.0.113.7']],
    ['in capitals', { matchName: 'API.Example.COM' }, ['203.0.113.7']],
    ['with the dot at the end', { matchName: 'api.example.com.' }, ['203.0.113.7']],
    ['bound in capitals and with the dot', { matchName: 'a.b.example.com' }, ['203.0.113.8']],
    ['that nothing is bound to', { matchName: 'www.example.com' }, []],
    ['of an endpoint: never', { matchName: 'web.shop' }, []],
    ['a star is no name', { matchName: '*.example.com' }, []],
    ['*: every name', { matchPattern: '*' }, ['203.0.113.7', '203.0.113.8']],
    ['*.x: one label', { matchPattern: '*.example.com' }, ['203.0.113.7']],
    ['**.x: one label or more', { matchPattern: '**.example.com' }, ['203.0.113.7', '203.0.113.8']],
    ['**.x is not x', { matchPattern: '**.api.example.com' }, []],
    ['*.*.x', { matchPattern: '*.*.Example.com.' }, ['203.0.113.8']],
    ['a star within a label, none included', { matchPattern: 'a*pi.example.com' }, ['203.0.113.7']],
    ['a dot is a dot', { matchPattern: 'api-example.com' }, []],
  ])('%s', (_, peer, expected) => {
    expect(at(peer)).toEqual(expected)
  })

  it('end at their time, not before', () => {
    expect(at({ matchPattern: '**.example.com' }, 99)).toEqual(['203.0.113.7', '203.0.113.8'])
    expect(at({ matchPattern: '**.example.com' }, 100)).toEqual(['203.0.113.7'])
  })
})
