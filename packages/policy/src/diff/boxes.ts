import type { Atom } from './compare.js'
import { piecesOf, type TrafficSet, union } from './traffic-set.js'

/** Flows as a full product: each of those to each of those with all of that traffic. */
export interface Box {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly traffic: TrafficSet
}

/** above that many pieces, traffic is not cut up to find a better grouping */
const MANY = 20_000

/**
 * Puts atoms together into boxes that have no flow in common: the best of a few ways of grouping. (The fewest boxes of all would be as hard
 * to find as the smallest cover of any graph.)
 */
export function boxesOf(atoms: readonly Atom[]): Box[] {
  const ways = [grouped(atoms, 'from'), grouped(atoms, 'to')]
  const sets = [...new Set(atoms.map(({ traffic }) => traffic))]
  if (sets.length > 1) {
    const pieces = new Map(piecesOf(sets).map((all, at) => [sets[at], all]))
    const count = atoms.reduce((sum, { traffic }) => sum + (pieces.get(traffic)?.length ?? 0), 0)
    if (count <= MANY) {
      const cut = atoms.flatMap(({ from, to, traffic }) => (pieces.get(traffic) ?? []).map((piece) => ({ from, to, traffic: piece })))
      ways.push(grouped(cut, 'from'), grouped(cut, 'to'))
    }
  }
  return ways.map(merged).reduce((best, other) => (other.length < best.length ? other : best))
}

/** One end with all that it has the same traffic with. Equal traffic is one object. */
function grouped(atoms: readonly Atom[], by: 'from' | 'to'): Box[] {
  const other = by === 'from' ? 'to' : 'from'
  const found = new Map<number, Map<TrafficSet, number[]>>()
  for (const atom of atoms) {
    const mine = found.get(atom[by]) ?? new Map<TrafficSet, number[]>()
    found.set(atom[by], mine)
    const theirs = mine.get(atom.traffic)
    if (theirs === undefined) mine.set(atom.traffic, [atom[other]])
    else theirs.push(atom[other])
  }
  const boxes: Box[] = []
  for (const [one, all] of found)
    for (const [traffic, others] of all) {
      const theirs = inOrder(others)
      boxes.push(by === 'from' ? { from: [one], to: theirs, traffic } : { from: theirs, to: [one], traffic })
    }
  return boxes
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
    const name = key(box)
    const there = found.get(name)
    if (there === undefined) found.set(name, [box])
    else there.push(box)
  }
  return [...found.values()].map((same) => (same.length === 1 ? same[0] : join(same)))
}

function inOrder(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}
