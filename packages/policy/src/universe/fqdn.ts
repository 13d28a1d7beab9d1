/** Lower case, without the dot at the end: how names are compared. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

interface Pattern {
  readonly every: boolean
  /** begins with `**.` */
  readonly deep: boolean
  readonly labels: readonly string[]
}

const patterns = new Map<string, Pattern>()

/**
 * Whether a name matches a pattern: `*` alone matches every name; within a pattern it stands for letters, digits, `-` and `_` of one
 * label, none included; `**.` at the front stands for one label or more. Source: Cilium, pkg/fqdn/matchpattern.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const { every, deep, labels } = patternOf(pattern)
  if (every) return true
  const given = canonicalName(name).split('.')
  const front = given.length - labels.length
  if (deep ? front < 1 : front !== 0) return false
  for (let at = 0; at < front; at++) if (!/^[-a-z0-9_]+$/.test(given[at] as string)) return false
  return labels.every((label, at) => matchesLabel(label, given[front + at] as string))
}

function patternOf(text: string): Pattern {
  let pattern = patterns.get(text)
  if (pattern === undefined) {
    const canonical = canonicalName(text)
    const deep = canonical.startsWith('**.')
    pattern = { every: canonical === '*', deep, labels: (deep ? canonical.slice(3) : canonical).split('.') }
    // a bound, for patterns come from documents
    if (patterns.size >= 10_000) patterns.clear()
    patterns.set(text, pattern)
  }
  return pattern
}

/**
 * Not a regular expression: one with many stars may take for ever over a name that somebody chose for that. A star takes as little as it
 * can; when the rest does not fit, the last star takes one character more, which is enough, for what earlier ones took was the least.
 */
function matchesLabel(pattern: string, text: string): boolean {
  let [at, star, taken] = [0, -1, 0]
  for (let next = 0; next < text.length || at < pattern.length; ) {
    if (pattern[at] === '*') {
      star = at++
      taken = next
    } else if (next < text.length && pattern[at] === text[next]) {
      at++
      next++
    } else if (star >= 0 && taken < text.length && /[-a-z0-9_]/.test(text[taken] as string)) {
      next = ++taken
      at = star + 1
    } else return false
  }
  return true
}

/** Which names stand for which addresses, and until when. */
export class FqdnBindings {
  /** address → name → when it ends */
  readonly #names = new Map<string, Map<string, number>>()
  /** name → addresses */
  readonly #addresses = new Map<string, Set<string>>()

  /** Binds, or binds anew; a later end replaces an earlier one. Answers whether the address had not that name. */
  bind(name: string, address: string, expiresAtMs = Number.POSITIVE_INFINITY): boolean {
    const key = canonicalName(name)
    const names = this.#names.get(address) ?? new Map<string, number>()
    this.#names.set(address, names)
    this.#addresses.set(key, (this.#addresses.get(key) ?? new Set()).add(address))
    const there = names.get(key)
    names.set(key, Math.max(there ?? Number.NEGATIVE_INFINITY, expiresAtMs))
    return there === undefined
  }

  unbind(name: string, address: string): boolean {
    const key = canonicalName(name)
    const names = this.#names.get(address)
    const gone = names?.delete(key) ?? false
    if (names?.size === 0) this.#names.delete(address)
    const addresses = this.#addresses.get(key)
    addresses?.delete(address)
    if (addresses?.size === 0) this.#addresses.delete(key)
    return gone
  }

  /** Forgets what ended at or before that time; answers the addresses that lost a name. */
  expire(nowMs: number): string[] {
    const ended = [...this.entries()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs)
    for (const { name, address } of ended) this.unbind(name, address)
    return [...new Set(ended.map(({ address }) => address))]
  }

  /** When a binding ends; undefined when there is none. */
  endOf(name: string, address: string): number | undefined {
    return this.#names.get(address)?.get(canonicalName(name))
  }

  names(address: string): readonly string[] {
    return [...(this.#names.get(address)?.keys() ?? [])]
  }

  addressesOf(name: string): string[] {
    return [...(this.#addresses.get(canonicalName(name)) ?? [])]
  }

  /** Addresses with a name that matches. */
  addressesFor({
    matchName,
    matchPattern,
  }: {
    readonly matchName?: string | undefined
    readonly matchPattern?: string | undefined
  }): string[] {
    if (matchName !== undefined) return this.addressesOf(matchName)
    const found = new Set<string>()
    for (const [name, addresses] of this.#addresses)
      if (matchesPattern(matchPattern ?? '', name)) for (const address of addresses) found.add(address)
    return [...found]
  }

  *entries(): IterableIterator<{ name: string; address: string; expiresAtMs: number }> {
    for (const [address, names] of this.#names) for (const [name, expiresAtMs] of names) yield { name, address, expiresAtMs }
  }

  clone(): FqdnBindings {
    const copy = new FqdnBindings()
    for (const { name, address, expiresAtMs } of this.entries()) copy.bind(name, address, expiresAtMs)
    return copy
  }
}
