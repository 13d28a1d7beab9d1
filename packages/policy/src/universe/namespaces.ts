import {
  CLUSTER_LABEL,
  LabelSet,
  NAMESPACE_LABEL,
  NAMESPACE_LABELS_PREFIX,
  NAMESPACE_NAME_LABEL,
  parseLabelKey,
  SERVICE_ACCOUNT_LABEL,
} from '../rule/label.js'
import type { Namespace } from './input.js'

type Pairs = readonly (readonly [string, string])[]

/** Namespaces' labels, and what endpoints have of them. */
export class Namespaces {
  readonly #labels = new Map<string, LabelSet>()
  readonly #undeclared = new Map<string, LabelSet>()
  /** labels that endpoints derive, made once for each state of a namespace */
  readonly #derived = new Map<string, { readonly labels: LabelSet; readonly pairs: Pairs }>()

  constructor(private readonly clusterName: string) {}

  clone(): Namespaces {
    const copy = new Namespaces(this.clusterName)
    for (const [name, labels] of this.#labels) copy.#labels.set(name, labels)
    return copy
  }

  /** Answers whether its labels are others now. */
  set({ name, labels }: Namespace): boolean {
    const before = this.labelsOf(name)
    const own = new LabelSet([[NAMESPACE_NAME_LABEL, name], ...Object.entries(labels)])
    this.#labels.set(name, own)
    return `${before}` !== `${own}`
  }

  remove(name: string): boolean {
    return this.#labels.delete(name)
  }

  /** As it was given, with the label of its name. */
  input(name: string): Namespace | undefined {
    const labels = this.#labels.get(name)
    return labels === undefined ? undefined : { name, labels: Object.fromEntries(labels.entries()) }
  }

  /** One that was not declared has the label of its name. */
  labelsOf(name: string | undefined): LabelSet {
    if (name === undefined) return LabelSet.EMPTY
    const there = this.#labels.get(name) ?? this.#undeclared.get(name)
    if (there !== undefined) return there
    const implied = new LabelSet([[NAMESPACE_NAME_LABEL, name]])
    this.#undeclared.set(name, implied)
    return implied
  }

  /** An endpoint's own labels with those that come of where it lives. */
  endpointLabels(own: Iterable<readonly [string, string]>, namespace: string | undefined, serviceAccount: string | undefined): LabelSet {
    const all: (readonly [string, string])[] = [...own, [CLUSTER_LABEL, this.clusterName]]
    if (namespace !== undefined) all.push(...this.#pairsOf(namespace))
    if (serviceAccount !== undefined) all.push([SERVICE_ACCOUNT_LABEL, serviceAccount])
    return new LabelSet(all)
  }

  #pairsOf(namespace: string): Pairs {
    const labels = this.labelsOf(namespace)
    const there = this.#derived.get(namespace)
    if (there !== undefined && there.labels === labels) return there.pairs
    const pairs: (readonly [string, string])[] = [[NAMESPACE_LABEL, namespace]]
    for (const [key, value] of labels.entries()) pairs.push([`${NAMESPACE_LABELS_PREFIX}${parseLabelKey(key, 'k8s').key}`, value])
    this.#derived.set(namespace, { labels, pairs })
    return pairs
  }
}
