import { describe, expect, it } from 'vitest'
import type { LabelSelector } from '../rule/selector.js'
import type { NamespaceMatch } from '../rule/subject.js'
import { ask, pods, policy, rules, whoEnters } from '../testing/shop.js'

const entering = (selector: LabelSelector, namespaces?: NamespaceMatch): string[] =>
  whoEnters([rules({ peers: [{ kind: 'endpoints', selector, ...(namespaces === undefined ? {} : { namespaces }) }] })])

const is = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 ? { values } : {}) }],
})

const webs = ['shop/web', 'bank/web', 'lost/web', 'stray']

describe('a selector of endpoints', () => {
  it.each<[string, LabelSelector, string[]]>([
    ['that is empty selects every endpoint, and nothing but endpoints', {}, pods],
    ['with empty lists is an empty one', { matchLabels: {}, matchExpressions: [] }, pods],
    ['wants the value', { matchLabels: { app: 'web' } }, webs],
    ['wants all values', { matchLabels: { app: 'web', env: 'prod' } }, ['shop/web']],
    ['wants labels and expressions', { matchLabels: { app: 'web' }, ...is('env', 'Exists') }, ['shop/web']],
    ['takes an empty value for a value', { matchLabels: { env: '' } }, ['shop/db']],
    ['finds nothing under a key that nobody has', { matchLabels: { nothing: '' } }, []],
    ['In: one of them', is('app', 'In', 'db', 'web'), [...webs, 'shop/db'].sort()],
    ['In: an empty value is not an absent label', is('env', 'In', ''), ['shop/db']],
    ['NotIn holds where the label is absent', is('app', 'NotIn', 'web'), ['shop/db', 'shop/bare']],
    ['NotIn the empty value holds where the label is absent', is('env', 'NotIn', ''), pods.filter((name) => name !== 'shop/db')],
    ['NotIn never lets the outside in', is('app', 'NotIn', 'none'), pods],
    ['Exists with an empty value', is('env', 'Exists'), ['shop/web', 'shop/db']],
    ['DoesNotExist', is('app', 'DoesNotExist'), ['shop/bare']],
    ['DoesNotExist never lets the outside in', is('nothing', 'DoesNotExist'), pods],
    [
      'wants every expression of one key',
      { matchExpressions: [...(is('app', 'Exists').matchExpressions ?? []), ...(is('app', 'NotIn', 'web').matchExpressions ?? [])] },
      ['shop/db'],
    ],
    ['contradicts itself', { matchLabels: { app: 'web' }, ...is('app', 'DoesNotExist') }, []],
    ['with a source wants that source', { matchLabels: { 'container:app': 'box' } }, ['stray']],
    ['with k8s: does not look at others', { matchLabels: { 'k8s:app': 'box' } }, []],
    ['without a source looks at all', { matchLabels: { app: 'box' } }, ['stray']],
    ['with any: looks at all', { matchLabels: { 'any:app': 'box' } }, ['stray']],
    [
      'NotIn fails when one source of several has the value',
      is('app', 'NotIn', 'box', 'db'),
      ['shop/web', 'shop/bare', 'bank/web', 'lost/web'],
    ],
    ['takes an unknown word before a colon for a part of the key', { matchLabels: { 'app:web': '' } }, []],
    ['by the label of the namespace', { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'bank' } }, ['bank/web']],
    ['by labels that the namespace has', { matchLabels: { 'k8s:io.cilium.k8s.namespace.labels.team': 'blue' } }, ['bank/web']],
    [
      'by the name that every namespace has as a label',
      { matchLabels: { 'io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name': 'lost' } },
      ['lost/web'],
    ],
    ['by the label of the service account', { matchLabels: { 'io.cilium.k8s.policy.serviceaccount': 'db' } }, ['shop/db']],
    ['by the label of the cluster', { matchLabels: { 'io.cilium.k8s.policy.cluster': 'default' } }, pods],
    ['by the label of another cluster', { matchLabels: { 'io.cilium.k8s.policy.cluster': 'far' } }, []],
  ])('%s', (_, selector, expected) => {
    expect(entering(selector).sort()).toEqual([...expected].sort())
  })
})

describe('namespaces', () => {
  const spaced = ['shop/web', 'shop/db', 'shop/bare', 'bank/web', 'lost/web']
  it.each<[string, NamespaceMatch, LabelSelector, string[]]>([
    ['any, but one there must be', {}, {}, spaced],
    ['by an empty selector are any', { selector: {} }, {}, spaced],
    ['by name', { names: ['bank'] }, {}, ['bank/web']],
    ['by several names', { names: ['bank', 'lost'] }, {}, ['bank/web', 'lost/web']],
    ['by no name are none', { names: [] }, {}, []],
    ['by a name that is not there', { names: ['nowhere'] }, {}, []],
    ['by their labels', { selector: { matchLabels: { team: 'red' } } }, {}, ['shop/web', 'shop/db', 'shop/bare']],
    ['by the label that is their name', { selector: { matchLabels: { 'kubernetes.io/metadata.name': 'bank' } } }, {}, ['bank/web']],
    ['by that label, undeclared', { selector: { matchLabels: { 'kubernetes.io/metadata.name': 'lost' } } }, {}, ['lost/web']],
    ['by a negative: those without the label too', { selector: is('team', 'NotIn', 'red') }, {}, ['bank/web', 'lost/web']],
    ['by an absent label', { selector: is('team', 'DoesNotExist') }, {}, ['lost/web']],
    ['by name and labels: both', { names: ['shop'], selector: { matchLabels: { team: 'blue' } } }, {}, []],
    ['and labels of the endpoint: both', { names: ['shop', 'bank'] }, { matchLabels: { app: 'web' } }, ['shop/web', 'bank/web']],
    ['are not found by the labels of endpoints', { selector: { matchLabels: { app: 'web' } } }, {}, []],
  ])('%s', (_, namespaces, selector, expected) => {
    expect(entering(selector, namespaces).sort()).toEqual([...expected].sort())
  })

  it('are two peers, or one with both: or against and', () => {
    const both = { kind: 'endpoints' as const, namespaces: { names: ['shop'] }, selector: { matchLabels: { app: 'web' } } }
    const either = [
      { kind: 'endpoints' as const, namespaces: { names: ['shop'] } },
      { kind: 'endpoints' as const, selector: { matchLabels: { app: 'web' } } },
    ]
    expect(whoEnters([rules({ peers: [both] })])).toEqual(['shop/web'])
    expect(whoEnters([rules({ peers: either })])).toEqual(pods)
  })
})

describe('a subject', () => {
  const to = (object: string, subject: Parameters<typeof policy>[0]): string => {
    const closing = policy({ ...subject, defaultDeny: { ingress: true } })
    return ask([closing], { to: { object } }).reason
  }
  const inShop = { subject: { kind: 'endpoints' as const, namespaces: { names: ['shop'] } } }
  const everywhere = { subject: { kind: 'endpoints' as const } }
  const nodes = { subject: { kind: 'nodes' as const } }
  const ofHealth = { subject: { kind: 'endpoints' as const, selector: { matchLabels: { 'reserved:health': '' } } } }
  it.each<[string, string, Parameters<typeof policy>[0], string]>([
    ['of a namespace: its endpoints', 'shop/db', inShop, 'default-deny'],
    ['of a namespace: not those of others', 'bank/web', inShop, 'default-allow'],
    ['of a namespace: not those without one', 'stray', inShop, 'default-allow'],
    ['of the cluster: endpoints of every namespace', 'bank/web', everywhere, 'default-deny'],
    ['of the cluster: endpoints without a namespace', 'stray', everywhere, 'default-deny'],
    ['of the cluster: no nodes', 'here', everywhere, 'default-allow'],
    ['of the cluster: not the endpoints of the node itself', 'health', everywhere, 'default-allow'],
    ['by a reserved label: those', 'health', ofHealth, 'default-deny'],
    ['by a reserved label: no others', 'gateway', ofHealth, 'default-allow'],
    ['by a reserved label: no endpoints', 'shop/db', ofHealth, 'default-allow'],
    ['of nodes: this one', 'here', nodes, 'default-deny'],
    ['of nodes: others', 'there', nodes, 'default-deny'],
    ['of nodes: no endpoints', 'shop/db', nodes, 'default-allow'],
    ['of nodes: by their labels', 'here', { subject: { kind: 'nodes', selector: { matchLabels: { disk: 'ssd' } } } }, 'default-allow'],
    ['of nodes: by their labels, found', 'there', { subject: { kind: 'nodes', selector: is('disk', 'Exists') } }, 'default-deny'],
    ['by service account', 'shop/db', { subject: { kind: 'endpoints', serviceAccounts: ['db'] } }, 'default-deny'],
    ['by service account: of another', 'shop/web', { subject: { kind: 'endpoints', serviceAccounts: ['db'] } }, 'default-allow'],
    ['by service account: of none', 'shop/bare', { subject: { kind: 'endpoints', serviceAccounts: ['db'] } }, 'default-allow'],
  ])('%s', (_, object, subject, reason) => {
    expect(to(object, subject)).toBe(reason)
  })

  it('is nobody outside', () => {
    expect(ask([policy({ defaultDeny: { ingress: true } })], { to: { ip: '203.0.113.7' } })).toMatchObject({
      verdict: 'allow',
      reason: 'no-subject',
    })
  })
})
