import type { LabelSelector } from '../../rule/selector.js'

/** A selector of Kubernetes, which knows labels of pods alone: its keys with the source that they have among an endpoint's labels. */
export function podLabels({ matchLabels, matchExpressions }: LabelSelector = {}): LabelSelector {
  return {
    ...(matchLabels && { matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [`k8s:${key}`, value])) }),
    ...(matchExpressions && { matchExpressions: matchExpressions.map((one) => ({ ...one, key: `k8s:${one.key}` })) }),
  }
}
