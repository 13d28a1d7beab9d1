import { byText } from '../rule/by-text.js'

/** Each once, the first of equal ones; plain data is compared by what it says. */
export function distinct<T>(all: readonly T[]): T[] {
  const seen = new Set<string>()
  return all.filter((one) => {
    const text = JSON.stringify(one)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}

/** A record with its keys in order. */
export function sortedEntries(entries: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries([...entries].sort(([a], [b]) => byText(a, b)))
}
