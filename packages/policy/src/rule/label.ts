/**
 * Labels as Cilium writes them: `source:key`, where the source says who gave the label. In a selector a key without a source, or with
 * `any:`, matches whatever the source; in a set of labels a key without one is `k8s:`.
 */

/** Labels that are derived from where an endpoint lives, by the names that policies for Kubernetes use for them. */
export const NAMESPACE_LABEL = 'k8s:io.kubernetes.pod.namespace'
export const NAMESPACE_LABELS_PREFIX = 'k8s:io.cilium.k8s.namespace.labels.'
export const SERVICE_ACCOUNT_LABEL = 'k8s:io.cilium.k8s.policy.serviceaccount'
export const CLUSTER_LABEL = 'k8s:io.cilium.k8s.policy.cluster'
/** The label that Kubernetes gives every namespace by itself. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name'

const SOURCES = new Set(['any', 'k8s', 'reserved', 'cidr', 'cidrgroup', 'fqdn', 'node', 'container', 'unspec', 'cni'])

/** A key with its source apart. */
export interface LabelKey {
  /** `any` matches every source */
  readonly source: string
  readonly key: string
}

/** `k8s:app` → source `k8s`, key `app`; what stands before the first colon is a source only when it is a known one. */
export function parseLabelKey(text: string, otherwise: string): LabelKey {
  const colon = text.indexOf(':')
  const source = colon > 0 ? text.slice(0, colon) : ''
  return SOURCES.has(source) ? { source, key: text.slice(colon + 1) } : { source: otherwise, key: text }
}

interface Label {
  readonly source: string
  readonly value: string
}

/** A set of labels: of an endpoint, a node, an address, a namespace. Immutable. */
export class LabelSet {
  /** by bare key: the usual case is one source for a key */
  readonly #byKey = new Map<string, Label[]>()

  constructor(labels: Iterable<readonly [string, string]>) {
    for (const [text, value] of labels) {
      const { source, key } = parseLabelKey(text, 'k8s')
      const there = this.#byKey.get(key)
      if (there === undefined) this.#byKey.set(key, [{ source, value }])
      else {
        const at = there.findIndex((label) => label.source === source)
        if (at >= 0) there[at] = { source, value }
        else there.push({ source, value })
      }
    }
  }

  static readonly EMPTY = new LabelSet([])

  /** The values under that key: none when it is absent, several when several sources gave it. */
  values({ source, key }: LabelKey): readonly string[] {
    const labels = this.#byKey.get(key)
    if (labels === undefined) return []
    if (source === 'any') return labels.map(({ value }) => value)
    return labels.filter((label) => label.source === source).map(({ value }) => value)
  }

  has(key: LabelKey): boolean {
    return this.values(key).length > 0
  }

  /** `source:key` and value, in the order of the text: equal sets write the same. */
  entries(): [string, string][] {
    return [...this.#byKey]
      .flatMap(([key, labels]) => labels.map(({ source, value }): [string, string] => [`${source}:${key}`, value]))
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }

  /** `k8s:app=web, reserved:host`: what a reader is shown. */
  toString(): string {
    return this.entries()
      .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
      .join(', ')
  }
}
