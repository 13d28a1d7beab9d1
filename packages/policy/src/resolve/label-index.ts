import { CLUSTER_LABEL, NAMESPACE_LABEL, parseLabelKey } from '../rule/label.js'
import { type LabelSelector, requirementsOf } from '../rule/selector.js'
import type { NamespaceMatch } from '../rule/subject.js'
import type { Party } from '../universe/party.js'

/** What selects endpoints: of a policy's subject or of a peer. */
export interface EndpointSpec {
  readonly namespaces?: NamespaceMatch | undefined
  readonly selector: LabelSelector
}

const NAMESPACE_KEY = parseLabelKey(NAMESPACE_LABEL, 'k8s').key
/** no label's key has a space */
const OF_NAMESPACE = 'namespace '
const CLUSTER_KEY = parseLabelKey(CLUSTER_LABEL, 'k8s').key

/**
 * What a spec needs of an endpoint that an index knows: one of these namespaces, and of each list of labels one. Nothing: everybody has to
 * be asked.
 */
function keysOf({ namespaces, selector }: EndpointSpec): {
  readonly names: readonly string[] | undefined
  /** the list with the fewest values first */
  readonly labels: readonly (readonly string[])[]
} {
  const ins = (from: LabelSelector, before: string): { key: string; values: readonly string[] }[] =>
    requirementsOf(from).flatMap(({ key, operator, values = [] }) =>
      operator === 'In' ? [{ key: `${before}${parseLabelKey(key, 'any').key}`, values: [...new Set(values)] }] : [],
    )
  const own = ins(selector, '')
  const needed = [...own, ...(namespaces?.selector === undefined ? [] : ins(namespaces.selector, OF_NAMESPACE))]
    .filter(({ key }) => key !== NAMESPACE_KEY && key !== CLUSTER_KEY)
    .sort((a, b) => a.values.length - b.values.length)
  const names = namespaces?.names ?? own.find(({ key }) => key === NAMESPACE_KEY)?.values
  return {
    names: names === undefined ? undefined : [...new Set(names)],
    labels: needed.map(({ key, values }) => values.map((value) => `${key}=${value}`)),
  }
}

/** Calls with `app=web` for every label that tells endpoints apart, their namespace's too: what a party can be found under. */
function eachLabel({ labels, namespaceLabels }: Pick<Party, 'labels' | 'namespaceLabels'>, visit: (key: string) => void): void {
  labels.each((key, value) => {
    if (key !== NAMESPACE_KEY && key !== CLUSTER_KEY) visit(`${key}=${value}`)
  })
  namespaceLabels.each((key, value) => visit(`${OF_NAMESPACE}${key}=${value}`))
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

  candidates(party: Party): Iterable<T> {
    const { namespace } = party
    const found: T[] = [...this.#everywhere]
    const collect = (key: string): void => {
      const there = this.#byKey.get(key)
      if (there !== undefined) for (const value of there) found.push(value)
    }
    if (namespace !== undefined) collect(`${namespace}|`)
    eachLabel(party, (label) => {
      collect(`|${label}`)
      if (namespace !== undefined) collect(`${namespace}|${label}`)
    })
    return found
  }

  #keys(spec: EndpointSpec): string[] | undefined {
    const { names, labels } = keysOf(spec)
    if (names === undefined && labels.length === 0) return undefined
    return (names ?? ['']).flatMap((name) => (labels[0] ?? ['']).map((label) => `${name}|${label}`))
  }
}

/** Endpoints' identities, found by what selects them. */
export class PartyIndex {
  readonly #byLabel = new Map<string, Set<number>>()
  readonly #byNamespace = new Map<string, Set<number>>()
  readonly #all = new Set<number>()

  add(identity: number, party: Party): void {
    this.#all.add(identity)
    if (party.namespace !== undefined) addTo(this.#byNamespace, party.namespace, identity)
    eachLabel(party, (key) => addTo(this.#byLabel, key, identity))
  }

  remove(identity: number, party: Party): void {
    this.#all.delete(identity)
    if (party.namespace !== undefined) removeFrom(this.#byNamespace, party.namespace, identity)
    eachLabel(party, (key) => removeFrom(this.#byLabel, key, identity))
  }

  /** All that may be selected, and a few that are not: those of the list that fewest are in, less those that another list lacks. */
  *candidates(spec: EndpointSpec): IterableIterator<number> {
    const { names, labels } = keysOf(spec)
    const lists = labels.map((keys) => keys.flatMap((key) => this.#byLabel.get(key) ?? []))
    if (names !== undefined) lists.push(names.flatMap((name) => this.#byNamespace.get(name) ?? []))
    const sizeOf = (list: readonly Set<number>[]): number => list.reduce((sum, { size }) => sum + size, 0)
    const [fewest, ...others] = lists.sort((a, b) => sizeOf(a) - sizeOf(b))
    if (fewest === undefined) yield* this.#all
    else for (const set of fewest) for (const number of set) if (others.every((list) => list.some((one) => one.has(number)))) yield number
  }
}
