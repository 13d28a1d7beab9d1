import { afterAll, describe, expect, it } from 'vitest'
import { objectFiles, regressions, truncated } from './bpf-seeds.js'
import { bpfTargets, codecCount } from './bpf-targets.js'
import { fuzz, once, report } from './engine.js'
import { Random } from './random.js'
import { watchdog } from './watchdog.js'

/** as in the fuzzing of netlink: a new one each time, the same in CI */
const seed = Number(process.env.AXONEME_FUZZ_SEED ?? (process.env.CI === undefined ? Date.now() % 0x1_0000_0000 : 20_260_101)) >>> 0
const wanted = Number(process.env.AXONEME_FUZZ_RUNS ?? 1_000_000)
const executed = new Map<string, number>()

describe('the list of targets', () => {
  it('has a name for each, and seeds', () => {
    expect(new Set(bpfTargets.map(({ name }) => name)).size).toBe(bpfTargets.length)
    for (const { name, seeds } of bpfTargets) expect(seeds.length, name).toBeGreaterThan(0)
    expect(objectFiles.length).toBeGreaterThan(40)
    expect(codecCount).toBeGreaterThan(4)
  })
})

describe('inputs that once broke something', () => {
  it('are kept', () => expect(regressions.length).toBeGreaterThan(0))

  it.each(regressions)('$file', ({ target: name, input }) => {
    const target = bpfTargets.find((one) => one.name === name)
    if (target === undefined) throw new Error(`no target ${name}`)
    for (let state = 0; state < 64; state++) {
      watchdog.trying(name, input)
      const finding = once(target, input, new Random(state), true)
      watchdog.resting()
      if (finding !== undefined) throw new Error(report(finding))
    }
  })
})

describe('inputs as they are', () => {
  it.each(bpfTargets.map((target) => [target.name, target] as const))('%s', (_name, target) => {
    for (const input of target.seeds) {
      const finding = once(target, input, new Random(1), true)
      if (finding !== undefined) throw new Error(report(finding))
    }
    if (target.seeds === truncated) executed.set('each object cut off everywhere', truncated.length)
  })
})

describe(`mutated inputs (AXONEME_FUZZ_SEED=${seed})`, () => {
  const weight = bpfTargets.reduce((sum, one) => sum + one.weight, 0)

  it.each(bpfTargets.map((target) => [target.name, target] as const))('%s', (name, target) => {
    const runs = Math.ceil((wanted * target.weight) / weight)
    const began = performance.now()
    const finding = fuzz(target, runs, seed)
    watchdog.resting()
    executed.set(name, runs)
    if (process.env.AXONEME_FUZZ_TIMES !== undefined) console.log(`${name}: ${Math.round(performance.now() - began)} ms`)
    if (finding !== undefined) throw new Error(report(finding))
  })
})

afterAll(async () => {
  await watchdog.end()
  const total = [...executed.values()].reduce((sum, runs) => sum + runs, 0)
  const lines = [...executed].map(([name, runs]) => `${String(runs).padStart(9)}  ${name}`)
  console.log(`executions, seed ${seed}:\n${lines.join('\n')}\n${String(total).padStart(9)}  in total`)
})
