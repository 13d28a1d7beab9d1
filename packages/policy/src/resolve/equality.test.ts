import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../evaluate/evaluate.js'
import { type Flow, trafficOf } from '../evaluate/flow.js'
import type { Decision } from '../evaluate/verdict.js'
import type { Direction } from '../rule/rule.js'
import { directions } from '../rule/rule.js'
import { arbitraryFlow, arbitraryPolicies, arbitraryUniverseInput } from '../testing/random.js'
import { runs } from '../testing/runs.js'
import { createUniverse, type FlowEnd } from '../universe/universe.js'
import { createResolver, type Resolver } from './resolver.js'

const RUNS = 1_250
const FLOWS = 150

/** What the tables say of one side; undefined where they say nothing: no table, or a peer known by labels alone. */
function tableDecision(resolver: Resolver, direction: Direction, flow: Flow): Decision | undefined {
  const { from, to } = flow.reply === true ? { from: flow.to, to: flow.from } : flow
  const [subject, peer]: [FlowEnd, FlowEnd] = direction === 'ingress' ? [to, from] : [from, to]
  const owner = resolver.universe.party(subject)?.object
  const identity = resolver.universe.party(peer)?.identity
  const tables = resolver.tables()
  const entry = owner === undefined ? undefined : tables.endpoints.get(owner)
  if (entry === undefined || identity === undefined || identity === 0) return undefined
  return tables.sets.get(entry.set)?.[direction].lookup(identity, trafficOf(flow).unwrap())
}

describe('tables', () => {
  it('say what the evaluator says, of every flow', () => {
    let compared = 0
    let ambiguous = 0
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(
        arbitraryUniverseInput.chain((input) =>
          fc.tuple(fc.constant(input), arbitraryPolicies, fc.array(arbitraryFlow(input), { minLength: FLOWS, maxLength: FLOWS })),
        ),
        ([input, policies, flows]) => {
          const made = createResolver({ universe: createUniverse(input).unwrap(), policies })
          if (made.isErr()) {
            expect(made.error.code).toBe('policy.ambiguous-identity')
            ambiguous++
            return
          }
          for (const flow of flows)
            for (const direction of directions) {
              const decision = tableDecision(made.value, direction, flow)
              if (decision === undefined) continue
              compared++
              seen.set(`${decision.verdict} ${decision.reason}`, (seen.get(`${decision.verdict} ${decision.reason}`) ?? 0) + 1)
              const reference: Decision | undefined = evaluate(made.value.universe, policies, { ...flow, direction })[direction]
              const [told, wanted]: (string | undefined)[] = [JSON.stringify(decision), JSON.stringify(reference)]
              if (told !== wanted) expect.fail(`${JSON.stringify({ ...flow, direction })}: the tables say ${told}, the evaluator ${wanted}`)
            }
        },
      ),
      runs(RUNS),
    )
    console.log(`${compared} decisions compared; ${ambiguous} universes ambiguous`)
    // the test tests: most universes are compared, and every sort of verdict occurs
    expect(ambiguous).toBeLessThan(RUNS / 2)
    expect(compared).toBeGreaterThan(100_000)
    for (const kind of [
      'allow rule',
      'deny rule',
      'redirect rule',
      'audit rule',
      'deny default-deny',
      'audit default-deny',
      'allow default-allow',
      'allow local-host',
      'allow not-enforced',
    ])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(20)
  }, 240_000)
})
