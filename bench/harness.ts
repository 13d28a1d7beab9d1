/** One measured job, in the unit that `ours` answers; a peer does the same job in the same run. */
export interface Row {
  readonly name: string
  readonly unit: 'ms' | 'us' | 'ns' | 'per-second' | 'percent' | 'megabytes'
  /** samples of each side */
  readonly rounds: number
  /** one sample */
  ours(): Promise<number>
  readonly peer?: { readonly name: string; run(): Promise<number> }
  /** another row of the suite: `ratio` is then this row's minimum / that one's */
  readonly floor?: string
  /** of an interleaved suite: measured after the others, with its floor alone, for it would leave them with cold caches */
  readonly apart?: boolean
}

/** What a suite's file exports as its default. */
export interface Suite {
  readonly rows: readonly Row[]
  /** all rows are measured round by round, one after the other, so that what disturbs the machine disturbs all of them */
  readonly interleaved?: boolean
  /** undoes what the suite made; also after a failure */
  close(): void | Promise<void>
}

/** A row's figures. `ratio` is ours / peer, of the medians, or of the minima where the peer is a floor: lower is better, unless the unit is a rate. */
export interface Figures {
  readonly suite: string
  readonly name: string
  readonly unit: string
  readonly n: number
  readonly min: number
  readonly median: number
  readonly p90: number
  readonly peer?: { readonly name: string; readonly min: number; readonly median: number }
  readonly ratio?: number
}

export function rows(all: readonly Row[], close: Suite['close']): Suite {
  return { rows: all, close }
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] as number
  const high = sorted[Math.ceil(at)] as number
  return low + (high - low) * (at - Math.floor(at))
}

/** A suite's rows round by round; floors are taken from the same run. */
export async function measureTogether(suite: string, all: readonly Row[], rounds?: number): Promise<Figures[]> {
  const figures = await interleave(
    suite,
    all.filter(({ apart }) => apart !== true),
    rounds,
  )
  for (const row of all) {
    if (row.apart !== true) continue
    const floor = all.find(({ name }) => name === row.floor)
    const measured = await interleave(suite, floor === undefined ? [row] : [floor, row], rounds)
    figures.push(measured.at(-1) as Figures)
  }
  return figures
}

async function interleave(suite: string, all: readonly Row[], rounds: number | undefined): Promise<Figures[]> {
  const samples = new Map<string, number[]>(all.map(({ name }) => [name, []]))
  const most = rounds ?? Math.max(...all.map((row) => row.rounds))
  // one round warms up, unless one is all
  for (let round = most > 1 ? -1 : 0; round < most; round++)
    for (const row of all) {
      if (round >= (rounds ?? row.rounds)) continue
      const sample = await row.ours()
      if (round >= 0) samples.get(row.name)?.push(sample)
    }
  const minimum = (name: string): number => Math.min(...(samples.get(name) ?? []))
  return all.map(({ name, unit, floor }) => {
    const sorted = (samples.get(name) as number[]).sort((a, b) => a - b)
    const figures = {
      suite,
      name,
      unit,
      n: sorted.length,
      min: rounded(sorted[0] as number),
      median: rounded(quantile(sorted, 0.5)),
      p90: rounded(quantile(sorted, 0.9)),
    }
    if (floor === undefined) return figures
    const floors = (samples.get(floor) as number[]).slice().sort((a, b) => a - b)
    return {
      ...figures,
      peer: { name: floor, min: rounded(minimum(floor)), median: rounded(quantile(floors, 0.5)) },
      ratio: rounded(minimum(name) / minimum(floor)),
    }
  })
}

const rounded = (value: number): number => Number(value.toPrecision(4))

/** Takes the samples: one of each side unmeasured, then ours and the peer's in turn, each first in every other round. */
export async function measure(suite: string, row: Row, rounds = row.rounds): Promise<Figures> {
  const ours: number[] = []
  const theirs: number[] = []
  const { peer } = row
  if (rounds > 1) {
    await row.ours()
    await peer?.run()
  }
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 1 && peer !== undefined) theirs.push(await peer.run())
    ours.push(await row.ours())
    if (round % 2 === 0 && peer !== undefined) theirs.push(await peer.run())
  }
  const sorted = ours.sort((a, b) => a - b)
  const figures = {
    suite,
    name: row.name,
    unit: row.unit,
    n: sorted.length,
    min: rounded(sorted[0] as number),
    median: rounded(quantile(sorted, 0.5)),
    p90: rounded(quantile(sorted, 0.9)),
  }
  if (peer === undefined) return figures
  const peers = theirs.sort((a, b) => a - b)
  return {
    ...figures,
    peer: { name: peer.name, min: rounded(peers[0] as number), median: rounded(quantile(peers, 0.5)) },
    ratio: rounded(quantile(sorted, 0.5) / quantile(peers, 0.5)),
  }
}
