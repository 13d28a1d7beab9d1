import { type Ip, Ipv4, Ipv6, Prefix } from '@axoneme/sys/values'
import type { Universe } from '../universe/universe.js'
import { freeAddress, type TakenAddresses, takenAddresses } from './free-address.js'
import type { OutsideBlock } from './meaning-diff.js'

/** A block without the blocks that were carved out of it: no rule of either set tells its addresses apart. */
export interface Region {
  readonly block: Prefix
  readonly inner: readonly Region[]
  /** an address in it that is no object's; undefined when it has none: nothing flows there */
  readonly sample: Ip | undefined
}

/** What is outside, carved up by blocks: a tree for each family. */
export function carve(universe: Universe, blocks: Iterable<Prefix>): readonly Region[] {
  const taken = takenAddresses(universe)
  const all = [...blocks]
  return [Prefix.of(Ipv4.ANY, 0), Prefix.of(Ipv6.ANY, 0)].map((whole) => {
    const ofFamily = new Map([whole, ...all.filter(({ family }) => family === whole.family)].map((block) => [`${block}`, block]))
    return treeOf(
      [...ofFamily.values()].sort((a, b) => a.compare(b)),
      taken,
    )
  })
}

/** In the order of addresses, the wider first, what follows a block and lies in it is carved out of it. */
function treeOf(blocks: readonly Prefix[], taken: TakenAddresses): Region {
  let at = 0
  const next = (): Region => {
    const block = blocks[at++] as Prefix
    const inner: Region[] = []
    while (at < blocks.length && block.contains(blocks[at] as Prefix)) inner.push(next())
    const holes = inner.map((region) => region.block)
    return { block, inner, sample: freeAddress(block, holes, taken) }
  }
  return next()
}

/** Every region of the trees, that have an address. */
export function regionsOf(roots: readonly Region[]): Region[] {
  return roots.flatMap((root) => [...(root.sample === undefined ? [] : [root]), ...regionsOf(root.inner)])
}

/** Some of the regions in the fewest words: blocks, less what of them is not meant. */
export function outsideBlocks(roots: readonly Region[], meant: ReadonlySet<Region>): OutsideBlock[] {
  const found: OutsideBlock[] = []
  for (const root of roots) visit(root, undefined)
  return found.map(({ prefix, except }) => ({ prefix, except: [...except] }))

  function visit(region: Region, within: { readonly except: string[] } | undefined): void {
    const is = isMeant(region, meant)
    let around = within
    if (is && within === undefined) {
      const block = { prefix: `${region.block}`, except: [] }
      found.push(block)
      around = block
    } else if (!is && within !== undefined) {
      within.except.push(`${region.block}`)
      around = undefined
    }
    for (const inner of region.inner) visit(inner, around)
  }
}

/** A region without an address is meant when all that was carved out of it is. */
function isMeant(region: Region, meant: ReadonlySet<Region>): boolean {
  if (region.sample !== undefined) return meant.has(region)
  return region.inner.length > 0 && region.inner.every((inner) => isMeant(inner, meant))
}
