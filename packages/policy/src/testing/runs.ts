/**
 * How a property is tried: in CI always with the same seed, for a change must not fail there for an older bug; elsewhere with a new one each
 * time. Either is printed. AXONEME_SEED and AXONEME_RUNS choose (the latter multiplies).
 */
export function runs(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  const { AXONEME_SEED, AXONEME_RUNS = '1', CI } = process.env
  const seed = AXONEME_SEED === undefined ? (CI === undefined ? Math.floor(Math.random() * 2 ** 31) : 20_261_124) : Number(AXONEME_SEED)
  const times = Math.ceil(numRuns * Number(AXONEME_RUNS))
  console.log(`${times} runs, seed ${seed} (AXONEME_SEED)`)
  return { numRuns: times, seed }
}
