import fc from 'fast-check'
import type { EndpointInput, UniverseInput } from '../universe/input.js'
import {
  addresses,
  arbitraryLabels,
  labelKeys,
  labelValues,
  names,
  namespaceNames,
  portNames,
  rarely,
  serviceAccounts,
  serviceNames,
} from './alphabet.js'

type NamedPortInput = NonNullable<EndpointInput['namedPorts']>[number]
type NodeInput = NonNullable<UniverseInput['nodes']>[number]

const plain = { noNullPrototype: true } as const

const namedPorts = fc.oneof(
  { arbitrary: fc.constant<NamedPortInput[]>([]), weight: 1 },
  {
    arbitrary: fc.array(
      fc.record(
        {
          name: fc.constantFrom(...portNames),
          port: fc.integer({ min: 79, max: 82 }),
          protocol: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const, 'sctp' as const),
        },
        plain,
      ),
      { maxLength: 3 },
    ),
    weight: 2,
  },
)

const namespaces = fc
  .subarray([...namespaceNames])
  .chain((present) => fc.tuple(...present.map((name) => arbitraryLabels(['env', 'team']).map((labels) => ({ name, labels })))))

const settings = fc.record(
  {
    enforcement: fc.constantFrom(...Array<'default'>(8).fill('default'), 'always' as const, 'never' as const),
    allowLocalHost: fc.boolean(),
    audit: fc.constantFrom(false, false, false, false, true),
    cidrMatchesNodes: fc.constantFrom(false, false, true),
    nodeIdentities: fc.boolean(),
    clusterName: fc.constantFrom('default', 'x'),
  },
  plain,
)

const endpoint = fc.record(
  {
    namespace: fc.option(fc.constantFrom(...namespaceNames), { nil: undefined, freq: 8 }),
    labels: arbitraryLabels(),
    serviceAccount: rarely(fc.constantFrom(...serviceAccounts)),
    namedPorts,
    reserved: rarely(fc.constantFrom('health' as const, 'ingress' as const, 'init' as const, 'unmanaged' as const), 8),
    audit: fc.constantFrom(false, false, false, false, true),
    local: fc.constantFrom(true, true, true, false),
    addressed: fc.nat(2),
    numbered: rarely(fc.constant(true), 6),
  },
  plain,
)

const node = fc.record(
  {
    labels: fc.oneof(fc.constant({}), arbitraryLabels(['env', 'role'])),
    kubeApiserver: fc.constantFrom(false, false, true),
    addressed: fc.nat(2),
  },
  plain,
)

const known = fc.record(
  {
    namespace: fc.option(fc.constantFrom(...namespaceNames), { nil: undefined, freq: 8 }),
    labels: arbitraryLabels(),
    serviceAccount: rarely(fc.constantFrom(...serviceAccounts)),
    namedPorts,
  },
  plain,
)

const service = fc.record(
  {
    name: fc.constantFrom(...serviceNames),
    namespace: rarely(fc.constantFrom(...namespaceNames)),
    labels: arbitraryLabels(),
    selector: rarely(
      fc.dictionary(fc.constantFrom(...labelKeys), fc.constantFrom(...labelValues), { maxKeys: 2, noNullPrototype: true }),
      2,
    ),
    addresses: fc.subarray([...addresses], { maxLength: 3 }),
  },
  plain,
)

const binding = fc.record(
  {
    name: fc.constantFrom(...names, 'a.EXAMPLE.com'),
    addresses: fc.subarray([...addresses], { minLength: 1, maxLength: 3 }),
    expiresAtMs: rarely(fc.constantFrom(50, 100, 150), 2),
  },
  plain,
)

/** What one identity is of: two objects of it cannot have two numbers. */
function traitOf({ namespace, serviceAccount, labels = {}, namedPorts = [] }: Partial<EndpointInput>): string {
  const ports = namedPorts.map(({ name, port, protocol }) => `${name} ${protocol} ${port}`).sort()
  return JSON.stringify([namespace ?? '', serviceAccount ?? '', Object.entries(labels).sort(), ports])
}

/**
 * A universe with every sort of object, always one that `createUniverse` takes: endpoints with and without namespaces, addresses, named
 * ports, reserved and remote ones; nodes with and without labels; identities without endpoints; services; an API server in and outside;
 * names with and without an end.
 */
export const arbitraryUniverseInput: fc.Arbitrary<UniverseInput> = fc
  .record(
    {
      settings,
      namespaces,
      endpoints: fc.array(endpoint, { minLength: 1, maxLength: 6 }),
      nodes: fc.array(node, { maxLength: 3 }),
      localNode: fc.nat(3),
      identities: fc.array(known, { maxLength: 2 }),
      services: fc.array(service, { maxLength: 3 }),
      bindings: fc.array(binding, { maxLength: 4 }),
      kubeApiserver: fc.subarray([...addresses], { maxLength: 2 }),
      deal: fc.shuffledSubarray([...addresses], { minLength: addresses.length - 3, maxLength: addresses.length - 3 }),
      nowMs: fc.constantFrom(0, 100),
    },
    plain,
  )
  .map(({ deal, localNode, ...drawn }) => {
    const left = [...deal]
    const traits = new Set<string>()
    const endpoints = drawn.endpoints.map(({ addressed, numbered, ...rest }, at): EndpointInput => {
      const fresh = rest.reserved === undefined && !traits.has(traitOf(rest))
      if (rest.reserved === undefined) traits.add(traitOf(rest))
      return { ...rest, name: `e${at}`, addresses: left.splice(0, addressed), ...(numbered && fresh ? { identity: 5000 + at } : {}) }
    })
    const nodes = drawn.nodes.map(
      ({ addressed, ...rest }, at): NodeInput => ({
        ...rest,
        name: `n${at}`,
        local: at === localNode,
        addresses: left.splice(0, addressed),
      }),
    )
    const identities = drawn.identities
      .filter((one) => !traits.has(traitOf(one)) && traits.add(traitOf(one)))
      .map((one, at) => ({ ...one, identity: 6000 + at }))
    return { ...drawn, endpoints, nodes, identities }
  })

/** The same without numbers that were chosen, which identities on relevant labels alone may contradict. */
export function withoutNumbers(input: UniverseInput): UniverseInput {
  return {
    ...input,
    identities: [],
    endpoints: (input.endpoints ?? []).map((one) => ({ ...one, identity: undefined })),
  }
}
