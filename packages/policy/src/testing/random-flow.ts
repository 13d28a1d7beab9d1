import fc from 'fast-check'
import type { Flow } from '../evaluate/flow.js'
import { type EndpointInput, objectKey, type UniverseInput } from '../universe/input.js'
import type { FlowEnd } from '../universe/universe.js'
import { addresses, arbitraryLabels, namespaceNames, serviceAccounts } from './alphabet.js'

const plain = { noNullPrototype: true } as const

/** An end that the universe has: an object, an address of anybody or nobody, a number; now and then one that it has not. */
export function arbitraryEnd({ endpoints = [], nodes = [], identities = [] }: UniverseInput): fc.Arbitrary<FlowEnd> {
  const objects = [...endpoints.map((one: EndpointInput) => objectKey(one)), ...nodes.map(({ name }) => name)]
  const numbers = [...identities.map(({ identity }) => identity), ...endpoints.flatMap(({ identity }) => identity ?? [])]
  const labelled = fc
    .record(
      {
        labels: arbitraryLabels(),
        namespace: fc.option(fc.constantFrom(...namespaceNames), { nil: undefined }),
        serviceAccount: fc.option(fc.constantFrom(...serviceAccounts), { nil: undefined }),
      },
      plain,
    )
    .map(({ labels, namespace, serviceAccount }) => ({
      labels,
      ...(namespace === undefined ? {} : { namespace }),
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
    }))
  return fc.oneof(
    { arbitrary: fc.constantFrom(...objects, ...(objects.length === 0 ? ['nobody'] : [])).map((object) => ({ object })), weight: 12 },
    { arbitrary: fc.constantFrom(...addresses).map((ip) => ({ ip })), weight: 6 },
    { arbitrary: fc.integer({ min: 1, max: 10 }).map((identity) => ({ identity })), weight: 3 },
    { arbitrary: fc.constantFrom(256, 257, 258, ...numbers).map((identity) => ({ identity })), weight: 2 },
    { arbitrary: labelled, weight: 1 },
    { arbitrary: fc.constantFrom({ object: 'nobody' }, { identity: 0 }, { identity: 4_000_000 }), weight: 1 },
  )
}

/** What is carried: mostly at the ports that rules speak of. */
const carried = fc.oneof(
  {
    arbitrary: fc.record(
      {
        protocol: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const, 'sctp' as const, 6),
        port: fc.integer({ min: 78, max: 83 }),
      },
      plain,
    ),
    weight: 8,
  },
  {
    arbitrary: fc.record({ protocol: fc.constantFrom('icmp' as const, 'icmpv6' as const), icmpType: fc.constantFrom(0, 3, 8, 128) }, plain),
    weight: 2,
  },
  {
    arbitrary: fc.record({ protocol: fc.constantFrom('tcp' as const, 'udp' as const), port: fc.constantFrom(0, 1, 65535) }, plain),
    weight: 1,
  },
  { arbitrary: fc.record({ protocol: fc.constantFrom('vrrp' as const, 47, 0, 255) }, plain), weight: 1 },
)

/** A flow in that universe, valid but for an end that is not there. */
export function arbitraryFlow(input: UniverseInput): fc.Arbitrary<Flow> {
  const end = arbitraryEnd(input)
  return fc
    .record(
      {
        direction: fc.constantFrom('ingress' as const, 'egress' as const, undefined, undefined),
        from: end,
        to: end,
        traffic: carried,
        reply: fc.constantFrom(false, false, false, true),
      },
      plain,
    )
    .map(({ direction, traffic, reply, ...ends }) => ({
      ...ends,
      ...traffic,
      ...(direction === undefined ? {} : { direction }),
      ...(reply ? { reply } : {}),
    }))
}
