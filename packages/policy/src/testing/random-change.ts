import fc from 'fast-check'
import type { Change } from '../resolve/change.js'
import type { Policy } from '../rule/policy.js'
import { objectKey, type UniverseInput } from '../universe/input.js'
import { arbitraryPolicies } from './random-policy.js'
import { arbitraryUniverseInput } from './random-universe.js'

/** Everything of a universe and its policies, coming and going. */
function changesOf(input: UniverseInput, policies: readonly Policy[]): Change[] {
  const { namespaces = [], endpoints = [], identities = [], nodes = [], services = [], bindings = [], kubeApiserver = [] } = input
  return [
    ...policies.flatMap((policy): Change[] => [
      { kind: 'policy', policy },
      policy.kind === 'cidr-group' ? { kind: 'cidr-group-removed', name: policy.name } : { kind: 'policy-removed', key: policy.key },
    ]),
    ...namespaces.flatMap((namespace): Change[] => [
      { kind: 'namespace', namespace },
      { kind: 'namespace-removed', name: namespace.name },
    ]),
    ...endpoints.flatMap((endpoint): Change[] => [
      { kind: 'endpoint', endpoint },
      { kind: 'endpoint', endpoint: { ...endpoint, labels: { app: 'x' }, identity: undefined } },
      { kind: 'endpoint-removed', key: objectKey(endpoint) },
    ]),
    ...identities.flatMap((identity): Change[] => [
      { kind: 'identity', identity },
      { kind: 'identity-removed', identity: identity.identity },
    ]),
    ...nodes.flatMap((node): Change[] => [
      { kind: 'node', node },
      { kind: 'node-removed', name: node.name },
    ]),
    ...services.flatMap((service): Change[] => [
      { kind: 'service', service },
      { kind: 'service-removed', key: objectKey(service) },
    ]),
    ...bindings.flatMap((binding): Change[] => [
      { kind: 'binding', binding },
      { kind: 'binding-removed', name: binding.name },
    ]),
    { kind: 'kube-apiserver', addresses: kubeApiserver },
    { kind: 'kube-apiserver', addresses: [] },
    { kind: 'clock', nowMs: 60 },
    { kind: 'clock', nowMs: 120 },
  ]
}

/** A beginning, and batches of changes of two universes' objects under the same names. */
export const arbitraryHistory: fc.Arbitrary<{
  readonly settings: UniverseInput['settings']
  readonly batches: readonly (readonly Change[])[]
}> = fc.tuple(arbitraryUniverseInput, arbitraryUniverseInput, arbitraryPolicies, arbitraryPolicies).chain(([one, other, some, more]) => {
  const pool = [...changesOf(one, some), ...changesOf(other, more)]
  const coming = pool.filter(({ kind }) => !kind.endsWith('-removed'))
  const batch = fc.array(fc.constantFrom(...coming, ...pool), { minLength: 1, maxLength: 4 })
  return fc.record(
    { settings: fc.constant(one.settings), batches: fc.array(batch, { minLength: 12, maxLength: 40, size: 'max' }) },
    { noNullPrototype: true },
  )
})
