import type { Ip, Prefix } from '@axoneme/sys/values'
import { IdentityNumbers, reservedIdentities } from '../universe/identity.js'
import { PrefixTrie } from '../universe/prefix-trie.js'

interface Block {
  readonly prefix: Prefix
  readonly identity: number
  uses: number
}

/**
 * Identities of address blocks: one for each block that a rule names, so that the longest block that holds an address says all that
 * rules can know of it.
 */
export class AddressIdentities {
  readonly #blocks = new Map<string, Block>()
  readonly #byNumber = new Map<number, Block>()
  readonly #trie = new PrefixTrie<number>()
  readonly #numbers = { 4: new IdentityNumbers('address-ipv4'), 6: new IdentityNumbers('address-ipv6') }
  /** numbers that are given back when the change is through */
  readonly #retired = new Map<string, 4 | 6>()

  /** Counts one more use; answers the identity if that is new. The whole of a family has a reserved one, and needs none. */
  acquire(prefix: Prefix): number | undefined {
    if (prefix.length === 0) return undefined
    const key = `${prefix}`
    const there = this.#blocks.get(key)
    if (there !== undefined) {
      there.uses++
      return undefined
    }
    const identity = this.#numbers[prefix.family].allocate(key)
    // eight million blocks: memory ends before
    if (identity === undefined) throw new Error('a bug in axoneme: no identity is left for address blocks')
    this.#retired.delete(key)
    const block = { prefix, identity, uses: 1 }
    this.#blocks.set(key, block)
    this.#byNumber.set(identity, block)
    this.#trie.set(prefix, identity)
    return identity
  }

  /** Counts one use less; answers the identity if nobody has it any more. */
  release(prefix: Prefix): number | undefined {
    const key = `${prefix}`
    const there = this.#blocks.get(key)
    if (there === undefined) return undefined
    if (--there.uses > 0) return undefined
    this.#blocks.delete(key)
    this.#byNumber.delete(there.identity)
    this.#trie.delete(prefix)
    this.#retired.set(key, prefix.family)
    return there.identity
  }

  /** Numbers that nobody has any more are free again. */
  settle(): void {
    for (const [key, family] of this.#retired) this.#numbers[family].release(key)
    this.#retired.clear()
  }

  get(prefix: Prefix): number | undefined {
    return this.#blocks.get(`${prefix}`)?.identity
  }

  prefixOf(identity: number): Prefix | undefined {
    return this.#byNumber.get(identity)?.prefix
  }

  /** The identity of an address outside. */
  lookup(address: Ip): number {
    return this.#trie.longest(address) ?? (address.family === 4 ? reservedIdentities['world-ipv4'] : reservedIdentities['world-ipv6'])
  }

  /** Identities of the blocks that lie in this one, itself included. */
  *within(prefix: Prefix): IterableIterator<number> {
    for (const { value } of this.#trie.within(prefix)) yield value
  }

  *entries(): IterableIterator<{ readonly prefix: Prefix; readonly identity: number }> {
    yield* this.#blocks.values()
  }
}
