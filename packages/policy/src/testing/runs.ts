import fc from 'fast-check'

/** So many runs, or as many times that as AXONEME_RUNS says; the seed of all properties is printed. */
export function runs(numRuns: number): { readonly numRuns: number } {
  const times = Math.ceil(numRuns * Number(process.env.AXONEME_RUNS ?? 1))
  console.log(`${times} runs, seed ${fc.readConfigureGlobal().seed} (AXONEME_SEED)`)
  return { numRuns: times }
}
