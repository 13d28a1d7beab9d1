import { Prefix } from '@axoneme/sys/values'
import fc from 'fast-check'
import { entities, type Peer } from '../rule/peer.js'
import type { NetworkPolicyInput } from '../rule/policy.js'
import {
  arbitrarySelector,
  groupNames,
  labelKeys,
  labelValues,
  names,
  namespaceNames,
  patterns,
  prefixes4,
  prefixes6,
  rarely,
  serviceAccounts,
  serviceNames,
  some,
} from './alphabet.js'

const plain = { noNullPrototype: true } as const

type RuleInput = NonNullable<NetworkPolicyInput['rules']>[number]
export type PeerInput = NonNullable<RuleInput['peers']>[number]

/** Labels of endpoints under all the names that a selector has for them, those from where they live too. */
export const endpointSelector = fc.oneof(
  { arbitrary: arbitrarySelector([...labelKeys, 'k8s:app', 'any:tier', 'container:env']), weight: 8 },
  {
    arbitrary: arbitrarySelector(
      [
        'k8s:io.kubernetes.pod.namespace',
        'io.cilium.k8s.namespace.labels.env',
        'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name',
        'io.cilium.k8s.policy.serviceaccount',
        'k8s:io.cilium.k8s.policy.cluster',
      ],
      [...namespaceNames, ...serviceAccounts, 'x', 'default'],
    ),
    weight: 1,
  },
)

export const reservedSelector = arbitrarySelector(
  ['host', 'remote-node', 'kube-apiserver', 'world-ipv4', 'world-ipv6', 'health', 'ingress', 'init', 'unmanaged'].map(
    (name) => `reserved:${name}`,
  ),
  [''],
)

export const nodeSelector = arbitrarySelector(['env', 'role', 'k8s:role'])

export const arbitraryNamespaces = fc.record(
  {
    names: rarely(fc.oneof({ arbitrary: some<string>(namespaceNames), weight: 5 }, { arbitrary: fc.constant<string[]>([]), weight: 1 }), 2),
    selector: rarely(
      fc.oneof(arbitrarySelector(['env', 'team', 'k8s:env']), arbitrarySelector(['kubernetes.io/metadata.name'], namespaceNames)),
      2,
    ),
  },
  plain,
)

const endpoints = fc.record(
  {
    kind: fc.constant('endpoints' as const),
    namespaces: rarely(arbitraryNamespaces, 2),
    selector: endpointSelector,
    serviceAccounts: rarely(fc.oneof(some<string>(serviceAccounts), fc.constant<string[]>([])), 8),
    scope: fc.constantFrom('managed' as const, 'managed' as const, 'any' as const),
  },
  plain,
)

const reserved = fc.record(
  { kind: fc.constant('endpoints' as const), selector: reservedSelector, scope: fc.constantFrom('any' as const, 'managed' as const) },
  plain,
)

/** A block and blocks that lie in it. */
export const arbitraryCidr = fc.constantFrom(...prefixes4, ...prefixes6).chain((prefix) => {
  const outer = Prefix.parse(prefix).unwrap()
  const inside = [...prefixes4, ...prefixes6].filter((text) => text !== prefix && outer.contains(Prefix.parse(text).unwrap()))
  const except = fc.subarray<string>(inside, { maxLength: Math.min(2, inside.length) })
  return fc.record({ prefix: fc.constant<string>(prefix), except: fc.oneof(fc.constant<string[]>([]), except) }, plain)
})

const cidr = fc
  .tuple(arbitraryCidr, fc.constantFrom('external' as const, 'external' as const, 'any' as const))
  .map(([block, scope]): Extract<Peer, { kind: 'cidr' }> => ({ kind: 'cidr', ...block, scope }))

const cidrGroup = fc.oneof(
  fc.record(
    {
      kind: fc.constant('cidr-group' as const),
      name: fc.constantFrom(...groupNames, 'missing'),
      except: fc.subarray(['10.1.2.0/24', '203.0.113.7/32'], { maxLength: 1 }),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('cidr-group' as const), selector: arbitrarySelector(['env']) }, plain),
)

const fqdn = fc.oneof(
  fc.record({ kind: fc.constant('fqdn' as const), matchName: fc.constantFrom(...names) }, plain),
  fc.record({ kind: fc.constant('fqdn' as const), matchPattern: fc.constantFrom(...patterns) }, plain),
)

const service = fc.oneof(
  fc.record(
    {
      kind: fc.constant('service' as const),
      name: fc.constantFrom(...serviceNames),
      namespace: rarely(fc.constantFrom(...namespaceNames), 2),
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('service' as const),
      selector: arbitrarySelector(labelKeys, labelValues),
      namespace: rarely(fc.constantFrom(...namespaceNames), 2),
    },
    plain,
  ),
)

export const arbitraryPeer: fc.Arbitrary<PeerInput> = fc.oneof(
  { arbitrary: endpoints, weight: 6 },
  { arbitrary: reserved, weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('entity' as const), entity: fc.constantFrom(...entities) }, plain), weight: 3 },
  { arbitrary: cidr, weight: 3 },
  { arbitrary: cidrGroup, weight: 1 },
  { arbitrary: fqdn, weight: 2 },
  { arbitrary: service, weight: 1 },
  {
    arbitrary: fc.record(
      { kind: fc.constant('nodes' as const), selector: nodeSelector, scope: fc.constantFrom('all' as const, 'remote' as const) },
      plain,
    ),
    weight: 1,
  },
)
