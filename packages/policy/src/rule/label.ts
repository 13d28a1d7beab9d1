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

/** A set of labels: of an endpoint, a node, an address, a namespace. Immutable. A handful each: a list is faster than a map. */
export class LabelSet {
  readonly #keys: string[] = []
  readonly #sources: string[] = []
  readonly #values: string[] = []

  constructor(labels: Iterable<readonly [string, string]>) {
    for (const [text, value] of labels) {
      const { source, key } = parseLabelKey(text, 'k8s')
      let at = this.#keys.indexOf(key)
      while (at >= 0 && this.#sources[at] !== source) at = this.#keys.indexOf(key, at + 1)
      if (at < 0) at = this.#keys.length
      this.#keys[at] = key
      this.#sources[at] = source
      this.#values[at] = value
    }
  }

  static readonly EMPTY = new LabelSet([])

  /** Whether a label of that key is there, with a value among those if any are given. Several sources may have given one. */
  has({ source, key }: LabelKey, values?: readonly string[]): boolean {
    const keys = this.#keys
    for (let at = 0; at < keys.length; at++) {
      if (keys[at] !== key || (source !== 'any' && this.#sources[at] !== source)) continue
      if (values === undefined || values.includes(this.#values[at] as string)) return true
    }
    return false
  }

  /** The values under that key: none when it is absent, several when several sources gave it. */
  values({ source, key }: LabelKey): readonly string[] {
    return this.#values.filter((_, at) => this.#keys[at] === key && (source === 'any' || this.#sources[at] === source))
  }

  /** Calls for each label, with its key bare. */
  each(visit: (key: string, value: string, source: string) => void): void {
    for (let at = 0; at < this.#keys.length; at++) visit(this.#keys[at] as string, this.#values[at] as string, this.#sources[at] as string)
  }

  /** `source:key` and value, in the order of the text: equal sets write the same. */
  entries(): [string, string][] {
    return this.#keys
      .map((key, at): [string, string] => [`${this.#sources[at]}:${key}`, this.#values[at] as string])
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }

  /** `k8s:app=web, reserved:host`: what a reader is shown. */
  toString(): string {
    return this.entries()
      .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
      .join(', ')
  }
}
