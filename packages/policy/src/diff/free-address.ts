import { type Ip, Ipv4, Ipv6, type Prefix } from '@axoneme/sys/values'
import { prefixOf } from '../rule/prefix.js'
import type { Universe } from '../universe/universe.js'

/** Addresses of a family's objects, as numbers in order. */
export type TakenAddresses = Readonly<Record<4 | 6, readonly bigint[]>>

export function takenAddresses(universe: Universe): TakenAddresses {
  const found: Record<4 | 6, bigint[]> = { 4: [], 6: [] }
  const add = (texts: readonly string[]): void => {
    for (const text of texts) {
      const { address } = prefixOf(text)
      found[address.family].push(numberOf(address))
    }
  }
  for (const { endpoint } of universe.endpoints()) add(endpoint.addresses)
  for (const { node } of universe.nodes()) add(node.addresses)
  for (const family of [4, 6] as const) found[family].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return found
}

/**
 * An address of the block that lies in none of the holes and is nobody's; undefined when it has none.
 *
 * @param holes blocks in it, apart from each other, in order
 */
export function freeAddress(block: Prefix, holes: readonly Prefix[], taken: TakenAddresses): Ip | undefined {
  const first = numberOf(block.first())
  const last = numberOf(block.last())
  const objects = taken[block.family]
  // a network's own address would look odd in an example; it is taken when no other is free
  const found = (first < last ? firstFree(first + 1n, last, holes, objects) : undefined) ?? firstFree(first, last, holes, objects)
  return found === undefined ? undefined : addressOf(found, block.family)
}

function firstFree(first: bigint, last: bigint, holes: readonly Prefix[], objects: readonly bigint[]): bigint | undefined {
  let candidate = first
  let hole = 0
  while (candidate <= last) {
    const block = holes[hole]
    if (block !== undefined && numberOf(block.first()) <= candidate) {
      const after = numberOf(block.last()) + 1n
      if (after > candidate) candidate = after
      hole++
    } else if (objects[lowerBound(objects, candidate)] === candidate) candidate++
    else return candidate
  }
  return undefined
}

function lowerBound(sorted: readonly bigint[], value: bigint): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as bigint) < value) low = middle + 1
    else high = middle
  }
  return low
}

function numberOf(address: Ip): bigint {
  if (address.family === 4) return BigInt(address.value)
  return [address.word0, address.word1, address.word2, address.word3].reduce((sum, word) => (sum << 32n) | BigInt(word), 0n)
}

function addressOf(number: bigint, family: 4 | 6): Ip {
  if (family === 4) return Ipv4.fromNumber(Number(number)).unwrap()
  const word = (shift: bigint): number => Number((number >> shift) & 0xffff_ffffn)
  return Ipv6.fromWords([word(96n), word(64n), word(32n), word(0n)]).unwrap()
}
