import fc from 'fast-check'
import type { DnsMatch, HttpMatch } from '../rule/l7.js'
import type { CidrGroup, NetworkPolicy, NetworkPolicyInput, Policy, Tier } from '../rule/policy.js'
import { authModes } from '../rule/rule.js'
import { defineCidrGroup, definePolicy } from '../schema/define.js'
import { groupNames, labelValues, portNames, rarely, serviceAccounts, some } from './alphabet.js'
import { arbitraryCidr, arbitraryNamespaces, arbitraryPeer, endpointSelector, nodeSelector, reservedSelector } from './random-peer.js'

const plain = { noNullPrototype: true } as const

type RuleInput = NonNullable<NetworkPolicyInput['rules']>[number]
export type PortInput = NonNullable<RuleInput['ports']>[number]

const ported = fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const, 'sctp' as const, 'transport' as const, 6)
const number = fc.integer({ min: 79, max: 82 })

/** Single ports, ranges, names, types of ICMP, whole protocols with and without ports. */
export const arbitraryPort: fc.Arbitrary<PortInput> = fc.oneof(
  { arbitrary: fc.record({ protocol: ported, port: number }, plain), weight: 5 },
  {
    arbitrary: fc
      .tuple(ported, number, number)
      .map(([protocol, one, other]) => ({ protocol, port: Math.min(one, other), endPort: Math.max(one, other) })),
    weight: 3,
  },
  { arbitrary: fc.record({ protocol: ported, port: fc.constantFrom(...portNames) }, plain), weight: 3 },
  { arbitrary: fc.record({ protocol: ported, port: fc.constant(1), endPort: fc.constantFrom(80, 65535) }, plain), weight: 1 },
  {
    arbitrary: fc.record(
      {
        protocol: fc.constantFrom('icmp' as const, 'icmpv6' as const, 1),
        icmpType: fc.option(fc.constantFrom(0, 8, 128), { nil: undefined, freq: 4 }),
      },
      plain,
    ),
    weight: 2,
  },
  { arbitrary: fc.record({ protocol: fc.oneof(ported, fc.constantFrom('vrrp' as const, 47, 0, 255)) }, plain), weight: 2 },
)

const l7: fc.Arbitrary<NonNullable<RuleInput['l7']>> = fc.oneof(
  fc.record({ parser: fc.constant('http'), http: fc.constant<HttpMatch[]>([{ method: 'GET', path: '/a.*' }]) }, plain),
  fc.record({ parser: fc.constant('dns'), dns: fc.constant<DnsMatch[]>([{ matchPattern: '*.example.com' }]) }, plain),
  fc.record(
    {
      parser: fc.constantFrom('http', 'tls'),
      listener: fc.record({ name: fc.constantFrom('one', 'two'), priority: rarely(fc.constantFrom(0, 1, 100), 2) }, plain),
      serverNames: fc.constant<string[]>(['a.example.com']),
    },
    plain,
  ),
)

/** A rule that may stand in that tier: rarely one of the fields that are absent or empty with a meaning of its own. */
export function arbitraryRule(tier: Tier): fc.Arbitrary<RuleInput> {
  const actions = tier === 'default' ? (['allow', 'allow', 'allow', 'deny'] as const) : (['allow', 'deny', 'pass'] as const)
  return fc
    .record(
      {
        direction: fc.constantFrom('ingress' as const, 'egress' as const),
        action: fc.constantFrom(...actions),
        peers: fc.option(fc.array(arbitraryPeer, { maxLength: 3 }), { nil: undefined, freq: 4 }),
        ports: fc.option(fc.array(arbitraryPort, { maxLength: 3 }), { nil: undefined, freq: 2 }),
        requires: rarely(fc.array(endpointSelector, { maxLength: 1 }), 12),
        l7: rarely(l7, 4),
        auth: rarely(fc.constantFrom(...authModes), 4),
      },
      plain,
    )
    .map(({ requires, l7: checked, auth, ...rule }) => ({
      ...rule,
      ...(tier === 'default' ? { requires } : {}),
      ...(rule.action === 'allow' ? { l7: checked, auth } : {}),
    }))
}

const subject: fc.Arbitrary<NetworkPolicyInput['subject']> = fc.oneof(
  {
    arbitrary: fc.record(
      {
        kind: fc.constant('endpoints' as const),
        namespaces: rarely(arbitraryNamespaces, 2),
        selector: fc.oneof(fc.constant({}), endpointSelector),
        serviceAccounts: rarely(some(serviceAccounts), 12),
      },
      plain,
    ),
    weight: 8,
  },
  { arbitrary: fc.record({ kind: fc.constant('endpoints' as const), selector: reservedSelector }, plain), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('nodes' as const), selector: nodeSelector }, plain), weight: 2 },
)

/** A policy of that tier, under a key that is put in later. */
export function arbitraryNetworkPolicy(tier: Tier): fc.Arbitrary<Omit<NetworkPolicyInput, 'key'>> {
  return fc
    .record(
      {
        kind: fc.constant('network-policy' as const),
        tier: fc.constant(tier),
        priority: fc.nat(2),
        subject,
        defaultDeny: rarely(
          fc.record({ ingress: fc.option(fc.boolean(), { nil: undefined }), egress: fc.option(fc.boolean(), { nil: undefined }) }, plain),
          2,
        ),
        audit: fc.constantFrom(false, false, false, false, true),
        log: rarely(fc.constantFrom('seen', 'noted'), 4),
        rules: fc.array(arbitraryRule(tier), { maxLength: 4 }),
      },
      plain,
    )
    .map(({ defaultDeny, ...policy }) => ({ ...policy, ...(tier === 'default' ? { defaultDeny } : {}) }))
}

const group: fc.Arbitrary<CidrGroup> = fc
  .record(
    {
      kind: fc.constant('cidr-group' as const),
      name: fc.constantFrom(...groupNames),
      labels: fc.dictionary(fc.constant('env'), fc.constantFrom(...labelValues), { noNullPrototype: true }),
      cidrs: fc.array(arbitraryCidr, { maxLength: 3 }),
    },
    plain,
  )
  .map((input) => defineCidrGroup(input).unwrap())

const tier = fc.constantFrom('default' as const, 'default' as const, 'default' as const, 'admin' as const, 'baseline' as const)

/** Policies of all tiers in any order, with unlike keys, and groups of blocks among them. */
export const arbitraryPolicies: fc.Arbitrary<readonly Policy[]> = fc
  .record({ policies: fc.array(tier.chain(arbitraryNetworkPolicy), { maxLength: 6 }), groups: fc.array(group, { maxLength: 2 }) }, plain)
  .chain(({ policies, groups }) => {
    const unlike = groups.filter(({ name }, at) => groups.findIndex((other) => other.name === name) === at)
    const named = policies.map((policy, at): NetworkPolicy => definePolicy({ ...policy, key: `p${at}` }).unwrap())
    return fc.shuffledSubarray<Policy>([...named, ...unlike], { minLength: named.length + unlike.length })
  })
