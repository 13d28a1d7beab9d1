import type { Ip, Prefix } from '@axoneme/sys/values'

interface TrieNode<T> {
  readonly words: readonly number[]
  readonly length: number
  entry: { readonly prefix: Prefix; value: T } | undefined
  zero: TrieNode<T> | undefined
  one: TrieNode<T> | undefined
}

/** Prefixes of both families with a value each: the longest that holds an address, all that hold one, all that lie in one. */
export class PrefixTrie<T> {
  readonly #roots: { 4: TrieNode<T>; 6: TrieNode<T> } = { 4: node([0], 0), 6: node([0, 0, 0, 0], 0) }
  #size = 0

  get size(): number {
    return this.#size
  }

  set(prefix: Prefix, value: T): void {
    const words = wordsOf(prefix.first())
    let at = this.#roots[prefix.family]
    while (true) {
      if (at.length === prefix.length) {
        if (at.entry === undefined) this.#size++
        at.entry = { prefix, value }
        return
      }
      const one = bit(words, at.length)
      const child = one ? at.one : at.zero
      if (child === undefined) {
        put(at, one, leaf(words, prefix, value))
        this.#size++
        return
      }
      const common = commonLength(words, child.words, Math.min(prefix.length, child.length))
      if (common === child.length) {
        at = child
        continue
      }
      // the branch ends earlier than the child: a node goes between them
      const between = common === prefix.length ? leaf(words, prefix, value) : node<T>(words, common)
      put(between, bit(child.words, common), child)
      if (common !== prefix.length) put(between, bit(words, common), leaf(words, prefix, value))
      put(at, one, between)
      this.#size++
      return
    }
  }

  get(prefix: Prefix): T | undefined {
    for (const found of this.#path(wordsOf(prefix.first()), prefix.family, prefix.length))
      if (found.prefix.length === prefix.length) return found.value
    return undefined
  }

  /** Nodes in between stay; they cost memory alone, and a prefix that comes back uses them. */
  delete(prefix: Prefix): boolean {
    const words = wordsOf(prefix.first())
    let at: TrieNode<T> | undefined = this.#roots[prefix.family]
    while (at !== undefined && at.length < prefix.length) at = bit(words, at.length) ? at.one : at.zero
    if (at?.entry === undefined || at.length !== prefix.length || commonLength(words, at.words, at.length) < at.length) return false
    at.entry = undefined
    this.#size--
    return true
  }

  /** The value of the longest prefix that holds the address. */
  longest(address: Ip): T | undefined {
    let value: T | undefined
    for (const found of this.#path(wordsOf(address), address.family, address.family === 4 ? 32 : 128)) value = found.value
    return value
  }

  /** Prefixes that hold the whole of this one, itself included, the shortest first. */
  *holding(prefix: Prefix): IterableIterator<{ readonly prefix: Prefix; readonly value: T }> {
    yield* this.#path(wordsOf(prefix.first()), prefix.family, prefix.length)
  }

  /** Prefixes that lie in this one, itself included. */
  *within(prefix: Prefix): IterableIterator<{ readonly prefix: Prefix; readonly value: T }> {
    const words = wordsOf(prefix.first())
    let at: TrieNode<T> | undefined = this.#roots[prefix.family]
    while (at !== undefined && at.length < prefix.length) at = bit(words, at.length) ? at.one : at.zero
    if (at === undefined || commonLength(words, at.words, prefix.length) < prefix.length) return
    const todo = [at]
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (next.entry !== undefined) yield next.entry
      if (next.one !== undefined) todo.push(next.one)
      if (next.zero !== undefined) todo.push(next.zero)
    }
  }

  *#path(words: readonly number[], family: 4 | 6, length: number): IterableIterator<{ readonly prefix: Prefix; readonly value: T }> {
    let at: TrieNode<T> | undefined = this.#roots[family]
    while (at !== undefined && at.length <= length && commonLength(words, at.words, at.length) === at.length) {
      if (at.entry !== undefined) yield at.entry
      if (at.length === length) return
      at = bit(words, at.length) ? at.one : at.zero
    }
  }
}

function node<T>(words: readonly number[], length: number): TrieNode<T> {
  return { words, length, entry: undefined, zero: undefined, one: undefined }
}

function leaf<T>(words: readonly number[], prefix: Prefix, value: T): TrieNode<T> {
  return { words, length: prefix.length, entry: { prefix, value }, zero: undefined, one: undefined }
}

function put<T>(parent: TrieNode<T>, one: boolean, child: TrieNode<T>): void {
  if (one) parent.one = child
  else parent.zero = child
}

function wordsOf(address: Ip): readonly number[] {
  return address.family === 4 ? [address.value] : [address.word0, address.word1, address.word2, address.word3]
}

function bit(words: readonly number[], at: number): boolean {
  return (((words[at >>> 5] as number) >>> (31 - (at & 31))) & 1) === 1
}

/** How many leading bits are the same, up to a limit. */
function commonLength(left: readonly number[], right: readonly number[], limit: number): number {
  for (let word = 0; word * 32 < limit; word++) {
    const difference = (left[word] as number) ^ (right[word] as number)
    if (difference !== 0) return Math.min(word * 32 + Math.clz32(difference), limit)
  }
  return limit
}
