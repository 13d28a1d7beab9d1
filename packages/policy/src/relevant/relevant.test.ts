import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../evaluate/evaluate.js'
import type { Policy } from '../rule/policy.js'
import { arbitraryFlow, arbitraryPolicies, arbitraryUniverseInput, withoutNumbers } from '../testing/random.js'
import { policy, rules } from '../testing/shop.js'
import { objectKey } from '../universe/input.js'
import { createUniverse } from '../universe/universe.js'
import { notRelevant, relevantLabels } from './relevant.js'

const of = (...policies: Parameters<typeof relevantLabels>[0]) => {
  const { keys, namespaceKeys, nodeKeys, serviceAccounts, namedPorts, prefixes } = relevantLabels(policies, [
    { selector: { 'k8s:behind': 'x' } },
  ])
  return {
    keys: [...keys],
    namespaceKeys: [...namespaceKeys],
    nodeKeys: [...nodeKeys],
    serviceAccounts,
    namedPorts: [...namedPorts],
    prefixes: [...prefixes],
  }
}
const nothing = { keys: [], namespaceKeys: [], nodeKeys: [], serviceAccounts: false, namedPorts: [], prefixes: [] }

describe('what policies look at', () => {
  it.each<[string, Policy, object]>([
    ['nothing', policy(), {}],
    [
      'the subject’s labels, without their source',
      policy({ subject: { kind: 'endpoints', selector: { matchLabels: { 'k8s:app': 'x' } } } }),
      { keys: ['app'] },
    ],
    [
      'the labels of its namespaces',
      policy({ subject: { kind: 'endpoints', namespaces: { selector: { matchLabels: { team: 'x' } } } } }),
      { namespaceKeys: ['team'] },
    ],
    ['nodes’ labels', policy({ subject: { kind: 'nodes', selector: { matchLabels: { role: 'x' } } } }), { nodeKeys: ['role'] }],
    [
      'the peers’ labels',
      rules({ peers: [{ kind: 'endpoints', selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }] }),
      { keys: ['app'] },
    ],
    ['what is required', rules({ peers: [], requires: [{ matchLabels: { env: 'x' } }] }), { keys: ['env'] }],
    [
      'a namespace’s label by its long name',
      rules({ peers: [{ kind: 'endpoints', selector: { matchLabels: { 'k8s:io.cilium.k8s.namespace.labels.team': 'x' } } }] }),
      { namespaceKeys: ['team'] },
    ],
    [
      'service accounts by their label',
      rules({ peers: [{ kind: 'endpoints', selector: { matchLabels: { 'io.cilium.k8s.policy.serviceaccount': 'x' } } }] }),
      { serviceAccounts: true },
    ],
    ['service accounts', rules({ peers: [{ kind: 'endpoints', serviceAccounts: [] }] }), { serviceAccounts: true }],
    [
      'names of ports, not numbers',
      rules({
        ports: [
          { protocol: 'tcp', port: 'http' },
          { protocol: 'tcp', port: 80 },
        ],
      }),
      { namedPorts: ['http'] },
    ],
    [
      'blocks of any scope, and those carved out',
      rules({ peers: [{ kind: 'cidr', prefix: '10.0.0.0/8', except: ['10.0.0.0/24'], scope: 'any' }] }),
      { prefixes: ['10.0.0.0/8', '10.0.0.0/24'] },
    ],
    ['no blocks of what is outside', rules({ peers: [{ kind: 'cidr', prefix: '10.0.0.0/8' }] }), {}],
    ['peers that are nodes', rules({ peers: [{ kind: 'nodes', selector: { matchLabels: { role: 'x' } } }] }), { nodeKeys: ['role'] }],
    ['what services select, where a peer is one', rules({ peers: [{ kind: 'service', name: 'x' }] }), { keys: ['behind'] }],
    ['no services elsewhere', rules({ peers: [{ kind: 'entity', entity: 'all' }] }), {}],
  ])('%s', (_, one, expected) => {
    expect(of(one)).toEqual({ ...nothing, ...expected })
  })

  it('is missed where identities were not allotted on it', () => {
    const given = relevantLabels([rules({ peers: [{ kind: 'endpoints', selector: { matchLabels: { app: 'x' } } }] })])
    const needed = relevantLabels([
      rules({
        peers: [
          { kind: 'endpoints', selector: { matchLabels: { app: 'x', env: 'y' } }, serviceAccounts: ['s'] },
          { kind: 'cidr', prefix: '10.0.0.0/8', scope: 'any' },
        ],
        ports: [{ protocol: 'tcp', port: 'http' }],
      }),
    ])
    expect(notRelevant(needed, given)).toEqual(['label env', 'port name http', 'block 10.0.0.0/8', 'service accounts'])
    expect(notRelevant(given, needed)).toEqual([])
  })
})

describe('identities on what is relevant alone', () => {
  it('are fewer', () => {
    const policies = [rules({ peers: [{ kind: 'endpoints', selector: { matchLabels: { app: 'web' } } }] })]
    const input = { endpoints: [0, 1, 2].map((at) => ({ name: `w${at}`, labels: { app: at < 2 ? 'web' : 'db', hash: `${at}` } })) }
    expect([...createUniverse(input).unwrap().identityNumbers()]).toEqual([256, 257, 258])
    expect([
      ...createUniverse(input, { relevant: relevantLabels(policies) })
        .unwrap()
        .identityNumbers(),
    ]).toEqual([256, 257])
  })

  const scene = arbitraryUniverseInput.map(withoutNumbers).chain((input) =>
    fc.record({
      input: fc.constant(input),
      policies: arbitraryPolicies,
      flows: fc.array(arbitraryFlow(input), { minLength: 4, maxLength: 8 }),
    }),
  )

  it('give the same verdicts', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(scene, ({ input, policies, flows }) => {
        const whole = createUniverse(input).unwrap()
        const relevant = createUniverse(input, { relevant: relevantLabels(policies, input.services) }).unwrap()
        for (const flow of flows) {
          // numbers differ: endpoints are asked of by their names
          if ([flow.from, flow.to].some((end) => 'identity' in end && end.identity > 255)) continue
          expect(evaluate(relevant, policies, flow)).toEqual(evaluate(whole, policies, flow))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('give every endpoint the verdicts of its number', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(scene, ({ input, policies, flows }) => {
        const universe = createUniverse(input, { relevant: relevantLabels(policies, input.services) }).unwrap()
        for (const one of input.endpoints ?? []) {
          // one of the node’s own has nothing but its reserved number in common with others of that
          if (one.reserved !== undefined) continue
          const identity = universe.identityOf(objectKey(one)) as number
          for (const flow of flows) {
            const [byNumber, byName] = [{ identity }, { object: objectKey(one) }].map((end) =>
              evaluate(universe, policies, { ...flow, direction: 'ingress', reply: false, from: end }),
            )
            expect(byNumber).toEqual(byName)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})
