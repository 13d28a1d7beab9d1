/** Policy documents, damaged: parsing answers a Result whose problems have lines; what it takes can be resolved, and reads back as itself. */
import { readdirSync, readFileSync } from 'node:fs'
import { createResolver, createUniverse, evaluate, lint, normalise, parsePolicies } from '@axoneme/policy'
import { expect, it } from 'vitest'
import { fuzz, type Target } from './engine.js'
import { watchdog } from './watchdog.js'

const seed = Number(process.env.AXONEME_FUZZ_SEED ?? (process.env.CI === undefined ? Date.now() % 0x1_0000_0000 : 20_260_101)) >>> 0
const wanted = Number(process.env.AXONEME_FUZZ_POLICY_RUNS ?? 10_000)

const documents = new URL('../../packages/policy/testdata/documents/', import.meta.url)
const seeds = readdirSync(documents).map((name) => new Uint8Array(readFileSync(new URL(name, documents))))
const universe = createUniverse({
  endpoints: [
    { name: 'a', namespace: 'default', labels: { app: 'web' }, addresses: ['10.0.0.1'], namedPorts: [{ name: 'http', port: 80 }] },
    { name: 'b', namespace: 'shop', labels: { app: 'db' }, addresses: ['10.0.0.2'] },
  ],
  nodes: [{ name: 'here', local: true, labels: { pool: 'a' }, addresses: ['192.0.2.1'] }],
}).unwrap()
const flow = { from: { object: 'default/a' }, to: { object: 'shop/b' }, protocol: 'tcp', port: 80 } as const

const target: Target = {
  name: 'policy documents',
  weight: 1,
  seeds,
  run(input, _random, thorough) {
    const parsed = parsePolicies(new TextDecoder().decode(input))
    if (parsed.isErr()) {
      const { error } = parsed
      if (error.code !== 'policy.malformed' && error.code !== 'policy.invalid') throw new Error(`an error that is ${JSON.stringify(error)}`)
      if (error.problems.length === 0 || error.problems.some(({ line = 0, column = 0 }) => line < 1 || column < 1))
        throw new Error(`a problem without a line: ${JSON.stringify(error.problems)}`)
      return
    }
    const again = parsePolicies(JSON.parse(JSON.stringify(parsed.value)))
    const [before, after] = [JSON.stringify(parsed.value), JSON.stringify(again.isOk() ? again.value : again.error)]
    if (before !== after) throw new Error(`not read as itself: ${before} became ${after}`)
    if (!thorough) return
    evaluate(universe, parsed.value, flow)
    lint(parsed.value, universe)
    for (const policy of parsed.value) normalise(policy)
    const resolver = createResolver({ universe, policies: parsed.value })
    if (resolver.isErr() && resolver.error.code !== 'policy.ambiguous-identity')
      throw new Error(`not resolved: ${JSON.stringify(resolver.error)}`)
  },
}

it(`policy documents answer a Result, damaged as they may be (${wanted} executions, seed ${seed})`, () => {
  expect(seeds.length).toBeGreaterThan(50)
  const finding = fuzz(target, wanted, seed)
  watchdog.resting()
  if (finding !== undefined)
    throw new Error(
      `${new TextDecoder().decode(finding.input)}\n${finding.reason instanceof Error ? finding.reason.stack : String(finding.reason)}`,
    )
})
