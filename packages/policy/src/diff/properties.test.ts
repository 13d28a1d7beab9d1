import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../evaluate/evaluate.js'
import type { Flow } from '../evaluate/flow.js'
import type { Verdict } from '../evaluate/verdict.js'
import { createResolver } from '../resolve/resolver.js'
import type { NetworkPolicy, Policy } from '../rule/policy.js'
import { definePolicy } from '../schema/define.js'
import { holds } from '../testing/holds.js'
import { arbitraryFlow, arbitraryPolicies, arbitraryUniverseInput } from '../testing/random.js'
import { createUniverse, type FlowEnd, type Universe } from '../universe/universe.js'
import { diffMeaning } from './diff-meaning.js'
import { formatDiff } from './format-diff.js'
import type { ChangeGroup } from './meaning-diff.js'

const RUNS = Number(process.env.RUNS ?? 160)

/** Another set, or the same with one rule or policy gone, or one that tells only. */
const arbitraryEdit: fc.Arbitrary<readonly [readonly Policy[], readonly Policy[]]> = fc
  .tuple(arbitraryPolicies, arbitraryPolicies, fc.nat(3), fc.nat(), fc.nat())
  .map(([before, other, how, which, rule]) => {
    const at = which % Math.max(before.length, 1)
    const edited = before[at]
    if (how === 0 || edited === undefined) return [before, other]
    const without = before.filter((policy) => policy !== edited)
    if (how === 1 || edited.kind === 'cidr-group') return [before, without]
    const changed: NetworkPolicy =
      how === 2
        ? { ...edited, audit: !edited.audit }
        : { ...edited, rules: edited.rules.filter((_, nth) => nth !== rule % Math.max(edited.rules.length, 1)) }
    return [before, [...without, definePolicy(changed).unwrap()]]
  })

/** Ends that a diff is about: who is there, whichever way they are named. */
function isThere(universe: Universe, end: FlowEnd): boolean {
  const party = universe.party(end)
  if ('labels' in end || party === undefined) return false
  if ('object' in end || 'ip' in end) return true
  const alone = [...universe.endpoints()].every(({ identity }) => identity !== end.identity)
  // a number of several objects says less than each of them; the host's is the node's own
  const nodes = [...universe.nodes()].filter(({ identity }) => identity === end.identity).length
  return alone && (end.identity === 1 || (end.identity > 255 && nodes === 0))
}

/** What of a verdict can be seen from without, whichever rule decided; requests at proxies apart. */
function seen({ verdict, egress, ingress, log, audited }: Verdict): unknown {
  if (verdict === 'deny') return { verdict, log }
  const side = (one: Verdict['egress']): unknown => {
    const { listener, parser, unrestricted } = one?.redirect ?? {}
    const auth = one?.auth === 'disabled' ? undefined : one?.auth
    return [one?.verdict, listener, parser, unrestricted, auth, one?.log, one?.audited !== undefined]
  }
  return { verdict, sides: [side(egress), side(ingress)], audited: audited !== undefined }
}

describe('a diff of meaning', () => {
  it('holds a flow in one group exactly when the evaluator says something else of it', () => {
    const count = { ambiguous: 0, same: 0, differs: 0, groups: 0 }
    fc.assert(
      fc.property(
        arbitraryUniverseInput.chain((input) =>
          fc.tuple(fc.constant(input), arbitraryEdit, fc.array(arbitraryFlow(input), { minLength: 60, maxLength: 60 })),
        ),
        ([input, [before, after], flows]) => {
          const universe = createUniverse(input).unwrap()
          const made = diffMeaning(universe, before, after)
          if (made.isErr()) {
            expect(made.error.code).toBe('policy.ambiguous-identity')
            count.ambiguous++
            return
          }
          for (const policies of [before, after]) expect(createResolver({ universe, policies }).isOk()).toBe(true)
          const { groups, totals } = made.value
          expect(formatDiff(made.value).split('\n')).toHaveLength(groups.length + 1)
          count.groups += groups.length
          for (const { direction: _, ...flow } of flows) {
            const there = isThere(universe, flow.from) && isThere(universe, flow.to)
            if (!there) continue
            const [was, is] = [evaluate(universe, before, flow), evaluate(universe, after, flow)]
            const holding: readonly ChangeGroup[] = groups.filter((group) => holds(universe, group, flow))
            const differs = JSON.stringify(seen(was)) !== JSON.stringify(seen(is))
            const told: string = `${JSON.stringify(flow)}\n${JSON.stringify(was)}\n${JSON.stringify(is)}\n${formatDiff(made.value)}`
            if (differs) {
              count.differs++
              if (holding.length !== 1) expect.fail(`held by ${holding.length} groups: ${told}`)
            } else {
              count.same++
              // where all looks the same, requests at a proxy may have changed
              const requests = was.egress?.redirect !== undefined || was.ingress?.redirect !== undefined
              if (holding.length > Number(requests)) expect.fail(`held by ${holding.length} groups: ${told}`)
            }
            for (const { effect, before: old, after: now } of holding) {
              expect([old.verdict, now.verdict]).toEqual([was.verdict, is.verdict])
              expect(effect === 'closed').toBe(was.verdict !== 'deny' && is.verdict === 'deny')
              expect(effect === 'opened').toBe(was.verdict === 'deny' && is.verdict !== 'deny')
            }
          }
          for (const group of groups) {
            const { flow, before: was, after: is } = group.example
            expect([evaluate(universe, before, flow), evaluate(universe, after, flow)]).toEqual([was, is])
            expect([group.before.verdict, group.after.verdict]).toEqual([was.verdict, is.verdict])
            for (const [judged, verdict] of [
              [group.before, was],
              [group.after, is],
            ] as const)
              for (const { direction, closedBy: _, ...decision } of judged.sides) expect(verdict[direction]).toEqual(decision)
            expect(groups.filter((other) => holds(universe, other, flow as Flow))).toEqual([group])
            expect(group.flows % group.pairs).toBe(0)
          }
          expect(groups.reduce((sum, { flows }) => sum + flows, 0)).toBe(Object.values(totals.flows).reduce((sum, one) => sum + one, 0))
        },
      ),
      { numRuns: RUNS },
    )
    if (process.env.SHOW) console.log(count)
    // the test tests: most universes are compared, and flows of both sorts occur
    expect(count.ambiguous).toBeLessThan(RUNS / 2)
    expect(count.differs).toBeGreaterThan(RUNS)
    expect(count.same).toBeGreaterThan(RUNS)
  }, 120_000)

  it('turned round is the diff of the edit that is taken back', () => {
    fc.assert(
      fc.property(arbitraryUniverseInput, arbitraryEdit, (input, [before, after]) => {
        const universe = createUniverse(input).unwrap()
        const [there, back] = [diffMeaning(universe, before, after), diffMeaning(universe, after, before)]
        expect(back.isOk()).toBe(there.isOk())
        if (there.isErr() || back.isErr()) return
        const { closed, opened, ...others } = there.value.totals.flows
        expect(back.value.totals).toEqual({ ...there.value.totals, flows: { closed: opened, opened: closed, ...others } })
      }),
      { numRuns: RUNS / 4 },
    )
  }, 60_000)

  it('of a set and itself, and of its policies in another order, is empty', () => {
    fc.assert(
      fc.property(arbitraryUniverseInput, arbitraryPolicies, fc.boolean(), (input, policies, rules) => {
        const universe = createUniverse(input).unwrap()
        const made = diffMeaning(universe, policies, [...policies].reverse(), { rules })
        if (made.isErr()) return
        expect(made.value.groups).toEqual([])
        expect(formatDiff(made.value)).toBe('no flow changes')
      }),
      { numRuns: RUNS / 4 },
    )
  }, 60_000)
})
