import { parseLabelKey } from '../rule/label.js'

/** Who can be told by labels: an endpoint, or an identity without one. */
export interface Individual {
  readonly name: string
  readonly namespace: string | undefined
  readonly labels: Readonly<Record<string, string>>
}

const FEW = 3
const MANY_NAMESPACES = 4

/** Some of the individuals in few words, and exactly those: `{app=web} in shop (12 endpoints)`, `every endpoint`, or by their names. */
export class Crowd {
  readonly #byNamespace: ReadonlyMap<string | undefined, readonly Individual[]>

  constructor(
    private readonly all: readonly Individual[],
    private readonly noun: 'endpoint' | 'identity',
  ) {
    this.#byNamespace = byNamespace(all)
  }

  describe(some: readonly Individual[]): string[] {
    if (some.length === 0) return []
    if (some.length === 1) return [(some[0] as Individual).name]
    if (some.length === this.all.length) return [`every ${this.noun}`]
    const parts = byNamespace(some)
    const labels = parts.size > 1 ? commonWords(some, this.all) : undefined
    if (labels !== undefined) return [`${labels} (${this.#count(some)})`]
    if (parts.size > MANY_NAMESPACES) return [this.#butFor(some) ?? listed(some.map(({ name }) => name))]
    return [...parts].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)).map(([namespace, ones]) => this.#inNamespace(namespace, ones))
  }

  #inNamespace(namespace: string | undefined, some: readonly Individual[]): string {
    if (some.length === 1) return (some[0] as Individual).name
    const all = this.#byNamespace.get(namespace) ?? []
    const where = namespace === undefined ? 'without a namespace' : `in ${namespace}`
    if (some.length === all.length) return `every ${this.noun} ${where} (${some.length})`
    const labels = commonWords(some, all)
    return labels === undefined ? listed(some.map(({ name }) => name)) : `${labels} ${where} (${this.#count(some)})`
  }

  /** `every endpoint but shop/web`, when the others are told in a word. */
  #butFor(some: readonly Individual[]): string | undefined {
    const meant = new Set(some)
    const others = this.all.filter((one) => !meant.has(one))
    if (others.length >= some.length || byNamespace(others).size > MANY_NAMESPACES) return undefined
    const [words, ...more] = this.describe(others)
    return words === undefined || more.length > 0 ? undefined : `every ${this.noun} but ${words}`
  }

  #count({ length }: readonly Individual[]): string {
    return `${length} ${this.noun === 'identity' ? 'identities' : 'endpoints'}`
  }
}

/** `a, b and 5 more` */
export function listed(names: readonly string[]): string {
  const sorted = [...names].sort()
  if (sorted.length <= FEW) return sorted.join(', ')
  return `${sorted.slice(0, FEW - 1).join(', ')} and ${sorted.length - FEW + 1} more`
}

function byNamespace(all: readonly Individual[]): Map<string | undefined, Individual[]> {
  const found = new Map<string | undefined, Individual[]>()
  for (const one of all) {
    const there = found.get(one.namespace)
    if (there === undefined) found.set(one.namespace, [one])
    else there.push(one)
  }
  return found
}

/** Labels that all of some have and nobody else of all has, as few as say it: `{app=web}`; undefined when there are none. */
function commonWords(some: readonly Individual[], all: readonly Individual[]): string | undefined {
  const [first, ...others] = some as [Individual, ...Individual[]]
  const common = Object.entries(first.labels).filter(([key, value]) => others.every(({ labels }) => labels[key] === value))
  const isExact = (words: typeof common): boolean => {
    let found = 0
    for (const { labels } of all) if (words.every(([key, value]) => labels[key] === value) && ++found > some.length) return false
    return found === some.length
  }
  if (common.length === 0 || !isExact(common)) return undefined
  let words = common
  for (const word of common) {
    const fewer = words.filter((one) => one !== word)
    if (fewer.length > 0 && isExact(fewer)) words = fewer
  }
  const text = words.map(([key, value]) => {
    const { source, key: bare } = parseLabelKey(key, 'k8s')
    return `${source === 'k8s' ? bare : key}=${value === '' ? '""' : value}`
  })
  return `{${text.join(', ')}}`
}
