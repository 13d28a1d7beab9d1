import type { CST } from 'yaml'

/**
 * Deeper than any policy, and far from the depth (about 2,000) at which composing the text would exhaust the stack: V8 then ends the
 * process when a regular expression is compiled on the last of it, which nothing can catch.
 */
export const MAX_NESTING = 100

type Inner = CST.Token | null | undefined

/** Where the first node stands that is nested too deeply: an offset into the text. Walks without recursion. */
export function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const todo: [Inner, number][] = tokens.map((token) => [token, 0])
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [token, depth] = next
    if (token === null || token === undefined) continue
    if (depth > MAX_NESTING) return 'offset' in token ? token.offset : 0
    if (token.type === 'document') todo.push([token.value, depth])
    if ('items' in token) for (const item of token.items) todo.push([item.key, depth + 1], [item.value, depth + 1])
  }
  return undefined
}
