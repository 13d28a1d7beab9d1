import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../evaluate/evaluate.js'
import { entities } from '../rule/peer.js'
import { createUniverse } from '../universe/universe.js'
import { arbitraryFlow, arbitraryPolicies, arbitraryUniverseInput } from './random.js'

/** How often each was drawn. */
class Counts {
  readonly #counts = new Map<string, number>()

  add(...words: (string | undefined)[]): void {
    for (const word of words) if (word !== undefined) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }

  missing(words: readonly string[]): string[] {
    return words.filter((word) => !this.#counts.has(word))
  }
}

const scenario = arbitraryUniverseInput.chain((input) =>
  fc.record({
    input: fc.constant(input),
    policies: arbitraryPolicies,
    flows: fc.array(arbitraryFlow(input), { minLength: 4, maxLength: 8 }),
  }),
)

describe('random universes, policies and flows', { timeout: 120_000 }, () => {
  it('are valid, and cover every construct and every kind of verdict', () => {
    const drawn = new Counts()
    fc.assert(
      fc.property(scenario, ({ input, policies, flows }) => {
        const universe = createUniverse(input)
        if (universe.isErr()) throw new Error(universe.error.message)
        for (const policy of policies) {
          if (policy.kind === 'cidr-group') continue
          drawn.add(policy.subject.kind === 'endpoints' && policy.subject.namespaces ? 'placed' : 'unplaced')
          drawn.add(`tier ${policy.tier}`, `subject ${policy.subject.kind}`, policy.audit ? 'audit' : undefined, policy.log && 'log')
          for (const rule of policy.rules) {
            drawn.add(rule.action, rule.direction, rule.requires && 'requires', rule.l7 && 'l7', rule.auth)
            drawn.add(`peers ${rule.peers?.length ?? 'absent'}`, `ports ${rule.ports?.length ?? 'absent'}`)
            for (const peer of rule.peers ?? []) drawn.add(peer.kind === 'entity' ? peer.entity : peer.kind)
            for (const peer of rule.peers ?? []) {
              if (peer.kind === 'cidr') drawn.add(peer.except.length > 0 ? 'except' : 'whole', `block ${peer.scope}`)
              if (peer.kind === 'nodes') drawn.add(`nodes ${peer.scope}`)
              if (peer.kind !== 'endpoints') continue
              drawn.add(`pods ${peer.scope}`, peer.serviceAccounts && 'accounts', peer.namespaces?.names && 'names')
              drawn.add(
                peer.namespaces?.selector?.matchLabels && 'labelled names',
                peer.namespaces?.selector?.matchExpressions && 'expressed names',
              )
            }
            for (const { port, endPort, icmpType } of rule.ports ?? [])
              drawn.add(typeof port, endPort === undefined ? undefined : 'range', icmpType === undefined ? undefined : `icmp ${icmpType}`)
          }
        }
        for (const flow of flows) {
          const verdict = evaluate(universe.value, policies, flow)
          drawn.add(verdict.verdict, verdict.reason, verdict.auth && 'asks', verdict.redirect?.unrestricted ? 'unrestricted' : undefined)
          drawn.add(verdict.redirect && verdict.redirect.rules.length > 1 ? 'several' : undefined, flow.reply ? 'reply' : undefined)
        }
        for (const { namedPorts = [], reserved } of input.endpoints ?? []) drawn.add(namedPorts.length > 0 ? 'named' : undefined, reserved)
      }),
      { numRuns: 5000, seed: 1 },
    )
    expect(
      drawn.missing([
        ...entities,
        ...['tier admin', 'tier default', 'tier baseline', 'subject endpoints', 'subject nodes', 'audit', 'log'],
        ...['allow', 'deny', 'pass', 'ingress', 'egress', 'requires', 'l7', 'disabled', 'required', 'test-always-fail'],
        ...['peers absent', 'peers 0', 'peers 1', 'peers 3', 'ports absent', 'ports 0', 'ports 1', 'ports 3'],
        ...['endpoints', 'whole', 'block any', 'block external', 'nodes all', 'nodes remote', 'pods any', 'pods managed'],
        ...['accounts', 'names', 'labelled names', 'expressed names', 'placed', 'unplaced'],
        ...['cidr', 'cidr-group', 'fqdn', 'service', 'nodes', 'except', 'string', 'number', 'range', 'icmp 0', 'icmp 8'],
        ...['redirect', 'rule', 'default-deny', 'default-allow', 'local-host', 'not-enforced', 'no-subject', 'unknown-identity'],
        ...['asks', 'unrestricted', 'several', 'reply', 'named', 'health', 'ingress', 'init', 'unmanaged'],
      ]),
    ).toEqual([])
  })
})
