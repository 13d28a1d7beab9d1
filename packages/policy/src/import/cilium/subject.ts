import { NAMESPACE_LABEL } from '../../rule/label.js'
import type { LabelSelector } from '../../rule/selector.js'
import type { SubjectInput } from '../node-inputs.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import type { SpecDocument } from './spec-document.js'

/** Whom a spec is about; `path` is the spec's. */
export function subjectOf(spec: SpecDocument, namespace: string | undefined, path: DocumentPath, reading: Reading): SubjectInput {
  if (spec.nodeSelector !== undefined) return reading.from([...path, 'nodeSelector'], { kind: 'nodes', selector: spec.nodeSelector })
  const origin = [...path, 'endpointSelector']
  const selector = spec.endpointSelector ?? {}
  if (namespace === undefined) return reading.from(origin, { kind: 'endpoints', selector })
  return reading.from(origin, {
    kind: 'endpoints',
    namespaces: { names: [namespace] },
    selector: inOwnNamespace(selector, namespace, origin, reading),
  })
}

/**
 * A policy of a namespace is about that one, whatever its selector says: the label is overwritten. Source: Cilium,
 * pkg/k8s/apis/cilium.io/utils: ParseToCiliumRule.
 */
function inOwnNamespace(selector: LabelSelector, namespace: string, path: DocumentPath, reading: Reading): LabelSelector {
  const { [NAMESPACE_LABEL]: named, ...matchLabels } = selector.matchLabels ?? {}
  if (named === undefined || named === namespace) return selector
  reading.warn([...path, 'matchLabels', NAMESPACE_LABEL], `no effect: the policy is about its own namespace, ${namespace}`)
  return { ...selector, matchLabels }
}
