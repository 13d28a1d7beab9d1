import { Prefix, parseIp } from '@axoneme/sys/values'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PrefixTrie } from './prefix-trie.js'

const prefix = (text: string): Prefix => Prefix.parse(text).unwrap()

/** Few addresses, so that prefixes lie in each other; every length. */
const arbitraryPrefix = fc
  .oneof(
    fc.tuple(
      fc.constantFrom('0.0.0.0', '10.0.0.0', '10.1.2.3', '10.128.0.1', '255.255.255.255', '128.0.0.0'),
      fc.integer({ min: 0, max: 32 }),
    ),
    fc.tuple(
      fc.constantFrom('::', '2001:db8::', '2001:db8:0:1::1', '2001:db8::8000:0:0:1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'),
      fc.oneof(fc.integer({ min: 0, max: 128 }), fc.constantFrom(31, 32, 33, 63, 64, 65, 95, 96, 97, 128)),
    ),
  )
  .map(([address, length]) => prefix(`${address}/${length}`).network())

const action = fc.record({ what: fc.constantFrom('set', 'set', 'delete'), prefix: arbitraryPrefix, value: fc.nat(1000) })

describe('prefixes with values', () => {
  it('are as a list would have them, whatever is put in and taken out', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), fc.array(arbitraryPrefix, { maxLength: 8 }), (actions, probes) => {
        const trie = new PrefixTrie<number>()
        const list = new Map<string, { prefix: Prefix; value: number }>()
        for (const { what, prefix, value } of actions) {
          if (what === 'set') {
            trie.set(prefix, value)
            list.set(`${prefix}`, { prefix, value })
          } else expect(trie.delete(prefix)).toBe(list.delete(`${prefix}`))
          expect(trie.size).toBe(list.size)
        }
        const all = [...list.values()]
        for (const probe of [...probes, ...actions.map((one) => one.prefix)]) {
          expect(trie.get(probe)).toBe(list.get(`${probe}`)?.value)
          const holding = all.filter((one) => one.prefix.contains(probe)).sort((a, b) => a.prefix.length - b.prefix.length)
          expect([...trie.holding(probe)].map(({ value }) => value)).toEqual(holding.map(({ value }) => value))
          const within = all.filter((one) => probe.contains(one.prefix))
          expect([...trie.within(probe)].map((one) => `${one.prefix} ${one.value}`).sort()).toEqual(
            within.map((one) => `${one.prefix} ${one.value}`).sort(),
          )
          for (const address of [probe.first(), probe.last()]) {
            const found = all.filter((one) => one.prefix.contains(address)).sort((a, b) => b.prefix.length - a.prefix.length)
            expect(trie.longest(address)).toBe(found[0]?.value)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('are of two families apart', () => {
    const trie = new PrefixTrie<string>()
    trie.set(prefix('0.0.0.0/0'), 'four')
    expect(trie.longest(parseIp('::1').unwrap())).toBeUndefined()
    trie.set(prefix('::/0'), 'six')
    expect([trie.longest(parseIp('1.2.3.4').unwrap()), trie.longest(parseIp('::1').unwrap())]).toEqual(['four', 'six'])
    expect(trie.size).toBe(2)
  })

  it('may have undefined for a value', () => {
    const trie = new PrefixTrie<undefined>()
    trie.set(prefix('10.0.0.0/8'), undefined)
    expect([trie.size, [...trie.within(prefix('0.0.0.0/0'))].length, trie.delete(prefix('10.0.0.0/8')), trie.size]).toEqual([1, 1, true, 0])
  })
})
