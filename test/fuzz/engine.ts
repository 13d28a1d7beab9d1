import { toHex } from './corpus.js'
import { mutated } from './mutate.js'
import { Random } from './random.js'
import { watchdog } from './watchdog.js'

/** One decoder under test. */
export interface Target {
  readonly name: string
  /** how many executions it gets beside the others */
  readonly weight: number
  readonly seeds: readonly Uint8Array[]
  /** throws when the contract is broken; `thorough` now and then, for what costs more than the decoding */
  run(input: Uint8Array, random: Random, thorough: boolean): void
}

export interface Finding {
  readonly target: string
  readonly input: Uint8Array
  readonly reason: unknown
}

/** Executions between two looks at the clock. */
const CHUNK = 256
/** A chunk above this is looked at one by one: an input above SLOWEST is a finding. */
const CHUNK_MS = 1_500
const SLOWEST_MS = 500
const THOROUGH_EVERY = 8

/** Runs a target so many times; the first finding, or undefined. */
export function fuzz(target: Target, runs: number, seed: number): Finding | undefined {
  const random = Random.of(seed, target.name)
  for (let executed = 0; executed < runs; ) {
    const chunk = Math.min(CHUNK, runs - executed)
    const position = random.position
    const began = performance.now()
    const finding = some(target, random, executed, chunk)
    if (finding !== undefined) return finding
    if (performance.now() - began > CHUNK_MS) {
      const again = new Random(position)
      const slow = some(target, again, executed, chunk, SLOWEST_MS)
      if (slow !== undefined) return slow
    }
    executed += chunk
  }
  return undefined
}

function some(target: Target, random: Random, executed: number, count: number, limitMs?: number): Finding | undefined {
  for (let at = 0; at < count; at++) {
    const input = mutated(target.seeds, random)
    watchdog.trying(target.name, input)
    const began = limitMs === undefined ? 0 : performance.now()
    const finding = once(target, input, random, (executed + at) % THOROUGH_EVERY === 0)
    if (finding !== undefined) return finding
    if (limitMs !== undefined && performance.now() - began > limitMs)
      return { target: target.name, input, reason: new Error(`took ${Math.round(performance.now() - began)} ms for ${input.length} bytes`) }
  }
  return undefined
}

export function once(target: Target, input: Uint8Array, random: Random, thorough: boolean): Finding | undefined {
  try {
    target.run(input, random, thorough)
    return undefined
  } catch (reason) {
    return { target: target.name, input, reason }
  }
}

/** What to put into the corpus, so that the input is tried first from now on. */
export function report({ target, input, reason }: Finding): string {
  const lines = toHex(input).match(/.{1,96}/g) ?? []
  return [
    `${target} broke its contract: ${reason instanceof Error ? reason.stack : String(reason)}`,
    'Keep the input: test/fuzz/corpus/NAME.hex',
    `# target: ${target}`,
    '# WHAT WAS WRONG',
    ...lines,
  ].join('\n')
}
