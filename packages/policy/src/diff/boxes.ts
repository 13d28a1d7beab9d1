import type { Atom } from './compare.js'
import { piecesOf, type TrafficSet, union } from './traffic-set.js'

/** Flows as a full product: each of those to each of those with all of that traffic. */
export interface Box {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly traffic: TrafficSet
}

/** above that many, traffic is not cut up to find a better grouping */
const MANY = 200_000

/**
 * Puts atoms together into boxes that have no flow in common: the best of a few ways of grouping. (The fewest boxes of all would be as hard
 * to find as the smallest cover of any graph.)
 */
export function boxesOf(atoms: readonly Atom[]): Box[] {
  const ways = [grouped(atoms, 'from'), grouped(atoms, 'to')]
  const sets = [...new Map(atoms.map(({ traffic }) => [traffic.key, traffic])).values()]
  if (sets.length > 1 && atoms.length < MANY) {
    const pieces = new Map(piecesOf(sets).map((pieces, at) => [(sets[at] as TrafficSet).key, pieces]))
    const cut = atoms.flatMap(({ from, to, traffic }) => (pieces.get(traffic.key) ?? []).map((piece) => ({ from, to, traffic: piece })))
    if (cut.length < MANY) ways.push(grouped(cut, 'from'), grouped(cut, 'to'))
  }
  return ways.map(merged).reduce((best, other) => (other.length < best.length ? other : best))
}

/** One end with all that it has the same traffic with. */
function grouped(atoms: readonly Atom[], by: 'from' | 'to'): Box[] {
  const other = by === 'from' ? 'to' : 'from'
  const found = new Map<string, { one: number; others: number[]; traffic: TrafficSet }>()
  for (const atom of atoms) {
    const key = `${atom[by]} ${atom.traffic.key}`
    const there = found.get(key)
    if (there === undefined) found.set(key, { one: atom[by], others: [atom[other]], traffic: atom.traffic })
    else there.others.push(atom[other])
  }
  return [...found.values()].map(({ one, others, traffic }) => {
    const [mine, theirs] = [[one], inOrder(others)]
    return by === 'from' ? { from: mine, to: theirs, traffic } : { from: theirs, to: mine, traffic }
  })
}

/** Boxes that differ in one of their three sides alone become one, as long as there are any. */
function merged(boxes: Box[]): Box[] {
  let all = boxes
  while (true) {
    const before = all.length
    all = joined(
      all,
      ({ to, traffic }) => `${to} ${traffic.key}`,
      (same) => ({ ...same[0], from: inOrder(same.flatMap(({ from }) => from)) }),
    )
    all = joined(
      all,
      ({ from, traffic }) => `${from} ${traffic.key}`,
      (same) => ({ ...same[0], to: inOrder(same.flatMap(({ to }) => to)) }),
    )
    all = joined(
      all,
      ({ from, to }) => `${from} ${to}`,
      (same) => ({ ...same[0], traffic: union(same.map(({ traffic }) => traffic)) }),
    )
    if (all.length === before) return all
  }
}

function joined(boxes: readonly Box[], key: (box: Box) => string, join: (same: readonly [Box, ...Box[]]) => Box): Box[] {
  const found = new Map<string, [Box, ...Box[]]>()
  for (const box of boxes) {
    const there = found.get(key(box))
    if (there === undefined) found.set(key(box), [box])
    else there.push(box)
  }
  return [...found.values()].map((same) => (same.length === 1 ? same[0] : join(same)))
}

function inOrder(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}
