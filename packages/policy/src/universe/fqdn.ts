/** Lower case, without the dot at the end: how names are compared. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

const patterns = new Map<string, RegExp>()

/**
 * Whether a name matches a pattern: `*` alone matches every name; within a pattern it stands for letters, digits, `-` and `_` of one
 * label, none included; `**.` at the front stands for one label or more. Source: Cilium, pkg/fqdn/matchpattern.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let expression = patterns.get(pattern)
  if (expression === undefined) {
    expression = compile(canonicalName(pattern))
    // a bound, for patterns come from documents
    if (patterns.size >= 10_000) patterns.clear()
    patterns.set(pattern, expression)
  }
  return expression.test(canonicalName(name))
}

function compile(pattern: string): RegExp {
  if (pattern === '*') return /^/
  const deep = pattern.startsWith('**.')
  const rest = (deep ? pattern.slice(3) : pattern)
    .split('*')
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
    .join('[-a-z0-9_]*')
  return new RegExp(`^${deep ? '([-a-z0-9_]+\\.)+' : ''}${rest}$`)
}

/** Which names stand for which addresses, and until when. */
export class FqdnBindings {
  /** address → name → when it ends */
  readonly #names = new Map<string, Map<string, number>>()

  /** Binds, or binds anew; a later end replaces an earlier one. Answers whether the address had not that name. */
  bind(name: string, address: string, expiresAtMs = Number.POSITIVE_INFINITY): boolean {
    const names = this.#names.get(address) ?? new Map<string, number>()
    this.#names.set(address, names)
    const there = names.get(canonicalName(name))
    names.set(canonicalName(name), Math.max(there ?? Number.NEGATIVE_INFINITY, expiresAtMs))
    return there === undefined
  }

  unbind(name: string, address: string): boolean {
    const names = this.#names.get(address)
    const gone = names?.delete(canonicalName(name)) ?? false
    if (names?.size === 0) this.#names.delete(address)
    return gone
  }

  /** Forgets what ended at or before that time; answers the addresses that lost a name. */
  expire(nowMs: number): string[] {
    const touched: string[] = []
    for (const [address, names] of this.#names) {
      const before = names.size
      for (const [name, end] of names) if (end <= nowMs) names.delete(name)
      if (names.size === before) continue
      touched.push(address)
      if (names.size === 0) this.#names.delete(address)
    }
    return touched
  }

  names(address: string): readonly string[] {
    return [...(this.#names.get(address)?.keys() ?? [])]
  }

  addressesOf(name: string): string[] {
    const wanted = canonicalName(name)
    return [...this.#names].filter(([, names]) => names.has(wanted)).map(([address]) => address)
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
