import { type LabelSet, NAMESPACE_LABEL, parseLabelKey } from '../rule/label.js'
import { type LabelSelector, requirementsOf } from '../rule/selector.js'
import type { NamespaceMatch } from '../rule/subject.js'
import type { Party } from '../universe/party.js'

/** What selects endpoints: of a policy's subject or of a peer. */
export interface EndpointSpec {
  readonly namespaces?: NamespaceMatch | undefined
  readonly selector: LabelSelector
}

const NAMESPACE_KEY = parseLabelKey(NAMESPACE_LABEL, 'k8s').key

/** A positive requirement that few meet, as keys of an index; undefined: none, everybody has to be asked. */
function keysOf({ namespaces, selector }: EndpointSpec): {
  readonly names: readonly string[] | undefined
  readonly labels: readonly string[] | undefined
} {
  const positive = requirementsOf(selector).map(({ key, operator, values = [] }) => ({
    key: parseLabelKey(key, 'any').key,
    operator,
    values,
  }))
  const byName = positive.find(({ key, operator }) => operator === 'In' && key === NAMESPACE_KEY)
  const byValue = positive
    .filter(({ key, operator }) => operator === 'In' && key !== NAMESPACE_KEY)
    .sort((a, b) => a.values.length - b.values.length)[0]
  const byKey = positive.find(({ key, operator }) => operator === 'Exists' && key !== NAMESPACE_KEY)
  return {
    names: namespaces?.names ?? byName?.values,
    labels:
      byValue === undefined ? (byKey === undefined ? undefined : [byKey.key]) : byValue.values.map((value) => `${byValue.key}=${value}`),
  }
}

/** `app=web`, `app`, for every label: what a party can be found under. */
function labelKeys(labels: LabelSet): string[] {
  const keys: string[] = []
  for (const [text, value] of labels.entries()) {
    const { key } = parseLabelKey(text, 'k8s')
    if (key === NAMESPACE_KEY) continue
    keys.push(`${key}=${value}`, key)
  }
  return keys
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, new Set([value]))
  else there.add(value)
}

function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const there = map.get(key)
  there?.delete(value)
  if (there?.size === 0) map.delete(key)
}

/** Things that select endpoints, found by an endpoint: a few that may select it, instead of all. */
export class SpecIndex<T> {
  readonly #byKey = new Map<string, Set<T>>()
  readonly #everywhere = new Set<T>()

  add(spec: EndpointSpec, value: T): void {
    const keys = this.#keys(spec)
    if (keys === undefined) this.#everywhere.add(value)
    else for (const key of keys) addTo(this.#byKey, key, value)
  }

  remove(spec: EndpointSpec, value: T): void {
    const keys = this.#keys(spec)
    if (keys === undefined) this.#everywhere.delete(value)
    else for (const key of keys) removeFrom(this.#byKey, key, value)
  }

  *candidates({ namespace, labels }: Pick<Party, 'namespace' | 'labels'>): IterableIterator<T> {
    yield* this.#everywhere
    const names = namespace === undefined ? [''] : ['', namespace]
    for (const name of names) {
      yield* this.#byKey.get(`${name}|`) ?? []
      for (const key of labelKeys(labels)) yield* this.#byKey.get(`${name}|${key}`) ?? []
    }
  }

  #keys(spec: EndpointSpec): string[] | undefined {
    const { names, labels } = keysOf(spec)
    if (names === undefined && labels === undefined) return undefined
    return (names ?? ['']).flatMap((name) => (labels ?? ['']).map((label) => `${name}|${label}`))
  }
}

/** Endpoints' identities, found by what selects them. */
export class PartyIndex {
  readonly #byLabel = new Map<string, Set<number>>()
  readonly #byNamespace = new Map<string, Set<number>>()
  readonly #all = new Set<number>()

  add(identity: number, { namespace, labels }: Party): void {
    this.#all.add(identity)
    if (namespace !== undefined) addTo(this.#byNamespace, namespace, identity)
    for (const key of labelKeys(labels)) addTo(this.#byLabel, key, identity)
  }

  remove(identity: number, { namespace, labels }: Party): void {
    this.#all.delete(identity)
    if (namespace !== undefined) removeFrom(this.#byNamespace, namespace, identity)
    for (const key of labelKeys(labels)) removeFrom(this.#byLabel, key, identity)
  }

  /** All that may be selected, and some that are not. */
  *candidates(spec: EndpointSpec): IterableIterator<number> {
    const { names, labels } = keysOf(spec)
    const size = (map: Map<string, Set<number>>, keys: readonly string[] | undefined): number =>
      keys === undefined ? Number.POSITIVE_INFINITY : keys.reduce((sum, key) => sum + (map.get(key)?.size ?? 0), 0)
    if (names === undefined && labels === undefined) yield* this.#all
    else if (size(this.#byNamespace, names) <= size(this.#byLabel, labels))
      for (const name of new Set(names)) yield* this.#byNamespace.get(name) ?? []
    else for (const label of new Set(labels)) yield* this.#byLabel.get(label) ?? []
  }
}
