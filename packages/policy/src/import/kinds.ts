import { adminNetworkPolicy, baselineAdminNetworkPolicy } from './admin/admin-network-policy.js'
import { clusterNetworkPolicy } from './admin/cluster-network-policy.js'
import { ciliumCidrGroup } from './cilium/cidr-group.js'
import { ciliumClusterwideNetworkPolicy, ciliumNetworkPolicy } from './cilium/cilium-policy.js'
import type { Kind } from './kind.js'
import { networkPolicy } from './kubernetes/network-policy.js'
import { cidrGroupNode, networkPolicyNode } from './own/own-kinds.js'

/** Every kind of document that is understood. */
export const kinds: readonly Kind[] = [
  networkPolicy,
  ciliumNetworkPolicy,
  ciliumClusterwideNetworkPolicy,
  ciliumCidrGroup,
  adminNetworkPolicy,
  baselineAdminNetworkPolicy,
  clusterNetworkPolicy,
  networkPolicyNode,
  cidrGroupNode,
]

/** The kind of a document by what it says of itself; else what to tell its author. */
export function kindOf(kind: string, apiVersion: string | undefined): Kind | string {
  const named = kinds.find((known) => known.kind === kind)
  if (named === undefined) return `documents of kind ${kind} are none that is understood: ${kinds.map((known) => known.kind).join(', ')}`
  const versions = named.apiVersions
  if (versions.length === 0 ? apiVersion === undefined : apiVersion !== undefined && versions.includes(apiVersion)) return named
  return `${kind} is understood of ${versions.join(' and ') || 'no apiVersion'}, not of ${apiVersion ?? 'none'}`
}
