import { NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../rule/label.js'
import { type LabelSelector, requirementsOf } from '../../rule/selector.js'
import type { PeerInput } from '../node-inputs.js'

const bare = (key: string): string => key.replace(/^(k8s|any):/, '')
const NAMESPACE_KEY = bare(NAMESPACE_LABEL)
const NAMESPACE_KEYS_PREFIX = bare(NAMESPACE_LABELS_PREFIX)

/** Whether a selector says itself which namespaces it is about, by the labels that endpoints get from theirs. */
export function namesNamespace(selector: LabelSelector): boolean {
  return requirementsOf(selector).some(({ key }) => bare(key) === NAMESPACE_KEY || bare(key).startsWith(NAMESPACE_KEYS_PREFIX))
}

/**
 * The peers of an endpoint selector: of the policy's namespace where it names none; of the cluster when the policy has none. One that
 * asks for `reserved:` labels is about what those mark, endpoint or not. Source: Cilium, pkg/k8s/apis/cilium.io/utils:
 * getEndpointSelector.
 */
export function endpointsPeer(selector: LabelSelector, namespace: string | undefined): PeerInput {
  if (requirementsOf(selector).some(({ key }) => key.startsWith('reserved:'))) return { kind: 'endpoints', selector, scope: 'any' }
  if (namespace === undefined || namesNamespace(selector)) return { kind: 'endpoints', selector }
  return { kind: 'endpoints', namespaces: { names: [namespace] }, selector }
}

/** A requirement is bound to the policy's namespace as a selector of peers is, but has its labels only to say so. */
export function requirement(selector: LabelSelector, namespace: string | undefined): LabelSelector {
  if (namespace === undefined || namesNamespace(selector)) return selector
  return { ...selector, matchLabels: { ...selector.matchLabels, [NAMESPACE_LABEL]: namespace } }
}
