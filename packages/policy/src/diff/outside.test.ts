import { Prefix } from '@axoneme/sys/values'
import { describe, expect, it } from 'vitest'
import { createUniverse } from '../universe/universe.js'
import { carve, outsideBlocks, type Region, regionsOf } from './outside.js'

const empty = createUniverse().unwrap()
const carved = (blocks: readonly string[], universe = empty): readonly Region[] =>
  carve(
    universe,
    blocks.map((text) => Prefix.parse(text).unwrap()),
  )

/** Each region that has an address, with that. */
const samples = (roots: readonly Region[]): string[] => regionsOf(roots).map(({ block, sample }) => `${block} ${sample}`)

describe('what is outside', () => {
  it('is the two families where no rule names a block', () => {
    expect(samples(carved([]))).toEqual(['0.0.0.0/0 0.0.0.1', '::/0 ::1'])
  })

  it.each<[string, string[], string[]]>([
    ['a block in a block', ['10.0.0.0/8', '10.0.0.0/16'], ['10.0.0.0/8 10.1.0.0', '10.0.0.0/16 10.0.0.1']],
    ['one address', ['203.0.113.7/32'], ['203.0.113.7/32 203.0.113.7']],
    ['two addresses', ['203.0.113.6/31', '203.0.113.7/32'], ['203.0.113.6/31 203.0.113.6', '203.0.113.7/32 203.0.113.7']],
    ['nothing left of a block', ['10.0.0.0/24', '10.0.0.0/25', '10.0.0.128/25'], ['10.0.0.0/25 10.0.0.1', '10.0.0.128/25 10.0.0.129']],
    ['IPv6', ['2001:db8::/32', '2001:db8::/33'], ['2001:db8::/32 2001:db8:8000::', '2001:db8::/33 2001:db8::1']],
    ['the end of all addresses', ['255.255.255.254/31'], ['255.255.255.254/31 255.255.255.255']],
  ])('%s', (_, blocks, expected) => {
    expect(samples(carved(blocks)).filter((text) => !text.includes('/0 '))).toEqual(expected)
  })

  it('is no address of an object', () => {
    const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '203.0.113.7']
    const universe = createUniverse({ endpoints: [{ name: 'a', addresses }] }).unwrap()
    expect(samples(carved(['10.0.0.0/30', '203.0.113.7/32'], universe)).slice(1, -1)).toEqual(['10.0.0.0/30 10.0.0.0'])
  })
})

describe('regions in the fewest words', () => {
  const roots = carved(['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.0.0.0/25', '10.0.0.0/24', '10.0.0.128/25'])
  it.each<[string, string[], string[]]>([
    ['all of a block', ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.0.0.0/25', '10.0.0.128/25'], ['10.0.0.0/8']],
    ['less a block', ['10.0.0.0/8', '10.0.0.0/25', '10.0.0.128/25'], ['10.0.0.0/8 less 10.1.0.0/16']],
    [
      'less a block in which some is meant',
      ['10.0.0.0/8', '10.1.2.0/24', '10.0.0.0/25', '10.0.0.128/25'],
      ['10.0.0.0/8 less 10.1.0.0/16', '10.1.2.0/24'],
    ],
    ['two halves are the whole', ['10.0.0.0/25', '10.0.0.128/25'], ['10.0.0.0/24']],
    ['one half', ['10.0.0.128/25'], ['10.0.0.128/25']],
    ['none', [], []],
  ])('%s', (_, meant, expected) => {
    const chosen = new Set(regionsOf(roots).filter(({ block }) => meant.includes(`${block}`)))
    const told = outsideBlocks(roots, chosen).map(({ prefix, except }) => (except.length === 0 ? prefix : `${prefix} less ${except}`))
    expect(told).toEqual(expected)
  })
})
