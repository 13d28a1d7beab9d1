import { describe, expect, it } from 'vitest'
import { documentOf, imported, importedPolicy, problemsIn, warningsIn } from '../../testing/documents.js'

const RULE = 'ingress: [{}]'

describe('the subject', () => {
  it.each([
    ['of a namespace', 'CiliumNetworkPolicy', 'endpointSelector: {}', { kind: 'endpoints', namespaces: { names: ['shop'] }, selector: {} }],
    [
      'keys stay as they are written',
      'CiliumNetworkPolicy',
      'endpointSelector: { matchLabels: { app: a, "k8s:b": c, "any:d": e } }',
      { kind: 'endpoints', namespaces: { names: ['shop'] }, selector: { matchLabels: { app: 'a', 'k8s:b': 'c', 'any:d': 'e' } } },
    ],
    ['of the cluster', 'CiliumClusterwideNetworkPolicy', 'endpointSelector: {}', { kind: 'endpoints', selector: {} }],
    [
      'nodes',
      'CiliumClusterwideNetworkPolicy',
      'nodeSelector: { matchLabels: { pool: a } }',
      { kind: 'nodes', selector: { matchLabels: { pool: 'a' } } },
    ],
  ])('%s', (_, kind, selector, subject) => {
    expect(importedPolicy(documentOf(kind, `${selector}\n${RULE}`)).subject).toEqual(subject)
  })

  it('is of the own namespace, whatever it says', () => {
    const text = documentOf(
      'CiliumNetworkPolicy',
      `endpointSelector: { matchLabels: { k8s:io.kubernetes.pod.namespace: x, a: b } }\n${RULE}`,
    )
    expect(importedPolicy(text).subject).toEqual({
      kind: 'endpoints',
      namespaces: { names: ['shop'] },
      selector: { matchLabels: { a: 'b' } },
    })
    expect(warningsIn(text)).toMatchObject([{ line: 5, message: expect.stringContaining('its own namespace, shop') }])
  })
})

describe('the default', () => {
  it.each([
    ['rules of ingress close ingress', 'ingress: [{}]', true, false],
    ['rules of ingressDeny close ingress', 'ingressDeny: [{}]', true, false],
    ['rules of egress close egress', 'egress: [{}]', false, true],
    ['rules of egressDeny close egress', 'egressDeny: [{}]', false, true],
    ['both', 'ingress: [{}]\negressDeny: [{}]', true, true],
    ['an empty list is no rule', 'ingress: []\negress: [{}]', false, true],
    ['by word: open', 'ingress: [{}]\nenableDefaultDeny: { ingress: false }', false, false],
    ['by word: closed', 'ingress: [{}]\nenableDefaultDeny: { egress: true }', true, true],
    ['by word alone', 'enableDefaultDeny: { ingress: true }', true, false],
  ])('%s', (_, spec, ingress, egress) => {
    expect(importedPolicy(documentOf('CiliumNetworkPolicy', `endpointSelector: {}\n${spec}`)).defaultDeny).toEqual({ ingress, egress })
  })
})

describe('spec and specs', () => {
  const head = 'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: web, namespace: shop }\n'
  const one = '{ endpointSelector: {}, ingress: [{}] }'

  it.each([
    ['one spec', `spec: ${one}`, ['CiliumNetworkPolicy shop/web']],
    ['specs', `specs: [${one}, ${one}]`, ['CiliumNetworkPolicy shop/web#0', 'CiliumNetworkPolicy shop/web#1']],
    ['both', `spec: ${one}\nspecs:\n- ${one}`, ['CiliumNetworkPolicy shop/web', 'CiliumNetworkPolicy shop/web#0']],
  ])('%s', (_, specs, keys) => {
    expect(imported(head + specs).map((policy) => policy.kind === 'network-policy' && policy.key)).toEqual(keys)
  })

  it('have places of their own', () => {
    expect(imported(`${head}spec: ${one}\nspecs:\n- ${one}`)).toMatchObject([
      { source: { line: 1, path: '' }, rules: [{ source: { line: 4, path: 'spec.ingress[0]' } }] },
      { source: { line: 6, column: 3, path: 'specs[0]' }, rules: [{ source: { line: 6, path: 'specs[0].ingress[0]' } }] },
    ])
  })

  it.each([
    ['neither', ''],
    ['an empty list', 'specs: []'],
  ])('%s is wrong', (_, specs) => {
    expect(problemsIn(head + specs)).toMatchObject([{ path: '', line: 1, message: 'holds neither spec nor specs' }])
  })

  it('of the cluster have keys without a namespace, even where one is written', () => {
    expect(importedPolicy(documentOf('CiliumClusterwideNetworkPolicy', `endpointSelector: {}\n${RULE}`)).key).toBe(
      'CiliumClusterwideNetworkPolicy web',
    )
  })

  it('keep the word for the log', () => {
    expect(importedPolicy(documentOf('CiliumNetworkPolicy', `endpointSelector: {}\n${RULE}\nlog: { value: told }`)).log).toBe('told')
  })
})

describe('a spec that cannot be meant', () => {
  it.each([
    ['no subject', 'CiliumNetworkPolicy', RULE, 'spec', 5, 'give one of endpointSelector and nodeSelector'],
    [
      'two subjects',
      'CiliumClusterwideNetworkPolicy',
      `endpointSelector: {}\nnodeSelector: {}\n${RULE}`,
      'spec',
      5,
      'endpointSelector and nodeSelector contradict',
    ],
    ['nodes in a namespace', 'CiliumNetworkPolicy', `nodeSelector: {}\n${RULE}`, 'spec.nodeSelector', 5, 'nodes are in no namespace'],
    ['no rules', 'CiliumNetworkPolicy', 'endpointSelector: {}', 'spec', 5, 'at least one of ingress, ingressDeny, egress, egressDeny'],
    ['empty lists of rules', 'CiliumNetworkPolicy', 'endpointSelector: {}\ningress: []', 'spec', 5, 'at least one of ingress'],
    ['an unknown field', 'CiliumNetworkPolicy', `endpointSelector: {}\n${RULE}\nIngress: []`, 'spec.Ingress', 7, 'unknown field Ingress'],
    [
      'a word for the log that is too long',
      'CiliumNetworkPolicy',
      `endpointSelector: {}\n${RULE}\nlog: { value: ${'x'.repeat(33)} }`,
      'spec.log.value',
      7,
      'longer than 32',
    ],
    [
      'requests of nodes',
      'CiliumClusterwideNetworkPolicy',
      'nodeSelector: {}\ningress:\n- toPorts:\n  - ports: [{ port: "80", protocol: TCP }]\n    rules: { http: [{}] }',
      'spec.ingress[0].toPorts[0].rules',
      9,
      'nodes themselves',
    ],
  ])('%s', (_, kind, spec, path, line, message) => {
    expect(problemsIn(documentOf(kind, spec))).toMatchObject([{ path, line, message: expect.stringContaining(message) }])
  })

  it('may look into what nodes ask for by name', () => {
    const spec = 'nodeSelector: {}\negress: [{ toPorts: [{ ports: [{ port: "53" }], rules: { dns: [{ matchPattern: "*" }] } }] }]'
    expect(importedPolicy(documentOf('CiliumClusterwideNetworkPolicy', spec)).rules[0]?.l7?.parser).toBe('dns')
  })
})
