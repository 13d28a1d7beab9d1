import type { PolicyProblem } from '../errors.js'
import type { ImportOptions } from '../import/options.js'
import { parsePolicies } from '../import/parse-policies.js'
import type { CidrGroup, NetworkPolicy, Policy } from '../rule/policy.js'

/** For tests: what a text holds, what is wrong with it, what it warns of. */
export function imported(text: string, options: ImportOptions = {}): Policy[] {
  const policies = parsePolicies(text, options)
  if (policies.isErr()) throw new Error(JSON.stringify(policies.error, null, 1))
  return policies.value
}

export function importedPolicy(text: string, options: ImportOptions = {}): NetworkPolicy {
  const [policy, ...others] = imported(text, options)
  if (policy?.kind !== 'network-policy' || others.length > 0) throw new Error('not one policy')
  return policy
}

export function importedGroup(text: string): CidrGroup {
  const [group] = imported(text)
  if (group?.kind !== 'cidr-group') throw new Error('not a group')
  return group
}

export function problemsIn(input: string | object, options: ImportOptions = {}): readonly PolicyProblem[] {
  const policies = parsePolicies(input, options)
  if (policies.isOk() || !('problems' in policies.error)) throw new Error('nothing is wrong')
  return policies.error.problems
}

export function warningsIn(text: string, options: Pick<ImportOptions, 'file' | 'namespace'> = {}): readonly PolicyProblem[] {
  const warnings: PolicyProblem[] = []
  imported(text, { ...options, onWarning: (problem) => warnings.push(problem) })
  return warnings
}

/** A document whose `spec` is that text, in lines of its own from the fifth on, indented by two. */
export function documentOf(kind: string, spec: string): string {
  const apiVersion = API_VERSIONS[kind]
  const name = kind === 'BaselineAdminNetworkPolicy' ? 'default' : 'web'
  const indented = spec.trim().replace(/^/gm, '  ')
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: shop }\nspec:\n${indented}\n`
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networking.k8s.io/v1',
  CiliumNetworkPolicy: 'cilium.io/v2',
  CiliumClusterwideNetworkPolicy: 'cilium.io/v2',
  CiliumCIDRGroup: 'cilium.io/v2',
  AdminNetworkPolicy: 'policy.networking.k8s.io/v1alpha1',
  BaselineAdminNetworkPolicy: 'policy.networking.k8s.io/v1alpha1',
  ClusterNetworkPolicy: 'policy.networking.k8s.io/v1alpha2',
}
