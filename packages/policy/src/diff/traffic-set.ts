/** Numbers of one protocol, from the first to the last; of no protocol: all that no table speaks of. */
export interface Stretch {
  readonly protocol: number | undefined
  readonly first: number
  readonly last: number
}

/** Traffic: stretches in order, apart from each other. Equal sets have equal keys. */
export interface TrafficSet {
  readonly stretches: readonly Stretch[]
  readonly key: string
}

const order = ({ protocol }: Stretch): number => protocol ?? 256

/** Stretches that do not overlap, as a set. */
export function rangesOf(stretches: readonly Stretch[]): TrafficSet {
  const sorted = [...stretches].sort((a, b) => order(a) - order(b) || a.first - b.first)
  const merged: Stretch[] = []
  for (const stretch of sorted) {
    const before = merged.at(-1)
    if (before !== undefined && before.protocol === stretch.protocol && before.last + 1 === stretch.first)
      merged[merged.length - 1] = { ...before, last: stretch.last }
    else merged.push(stretch)
  }
  return { stretches: merged, key: merged.map(({ protocol, first, last }) => `${protocol ?? ''}/${first}-${last}`).join(' ') }
}

/** Of sets that have nothing in common. */
export function union(sets: readonly TrafficSet[]): TrafficSet {
  return sets.length === 1 ? (sets[0] as TrafficSet) : rangesOf(sets.flatMap(({ stretches }) => stretches))
}

/**
 * Sets cut up where any of them begins or ends: what two of them have in common they have in whole pieces. Equal pieces are one object.
 */
export function piecesOf(sets: readonly TrafficSet[]): TrafficSet[][] {
  const edges = new Map<number | undefined, Set<number>>()
  for (const { stretches } of sets)
    for (const { protocol, first, last } of stretches) {
      const there = edges.get(protocol) ?? new Set()
      edges.set(protocol, there.add(first).add(last + 1))
    }
  const pieces = new Map<string, TrafficSet>()
  const sorted = new Map([...edges].map(([protocol, set]) => [protocol, [...set].sort((a, b) => a - b)]))
  return sets.map(({ stretches }) =>
    stretches.flatMap(({ protocol, first, last }) => {
      const starts = (sorted.get(protocol) ?? []).filter((edge) => edge >= first && edge <= last)
      return starts.map((start, at) => {
        const piece = rangesOf([{ protocol, first: start, last: (starts[at + 1] ?? last + 1) - 1 }])
        const one = pieces.get(piece.key) ?? piece
        pieces.set(piece.key, one)
        return one
      })
    }),
  )
}

/** How many ports, types or protocols. `others`: how many protocols no table speaks of. */
export function sizeOf({ stretches }: TrafficSet, others: number): number {
  return stretches.reduce((sum, { protocol, first, last }) => sum + (protocol === undefined ? others : last - first + 1), 0)
}
