import type { Redirect } from '../evaluate/verdict.js'
import type { L7 } from '../rule/l7.js'
import { type Policy, ruleKey } from '../rule/policy.js'

/** What the rules of a set let through at a proxy, as texts: rules under other names, or split in another way, say the same. */
export class Requests {
  readonly #byRule = new Map<string, L7>()

  constructor(policies: readonly Policy[]) {
    for (const policy of policies)
      if (policy.kind === 'network-policy')
        for (const [index, { l7 }] of policy.rules.entries()) if (l7 !== undefined) this.#byRule.set(ruleKey(policy, index), l7)
  }

  of({ rules }: Redirect): string[] {
    return [...new Set(rules.flatMap((rule) => wordsOf(this.#byRule.get(rule))))].sort()
  }
}

/** One text for each request that is let through, with the conditions that hold for all of a rule's. */
function wordsOf(l7: L7 | undefined): string[] {
  if (l7 === undefined) return []
  const { http, dns, kafka, generic, serverNames, terminatingTls, originatingTls } = l7
  const lists = { http, dns, kafka, generic }
  const conditions = [serverNames === undefined ? null : [...serverNames].sort(), terminatingTls ?? null, originatingTls ?? null]
  const given = Object.entries(lists).filter(([, list]) => list !== undefined)
  if (given.length === 0) return [JSON.stringify(conditions)]
  return given.flatMap(([kind, list]) => (list ?? []).map((request: object) => JSON.stringify([kind, sorted(request), conditions])))
}

/** Fields in order. */
function sorted(request: object): unknown {
  return Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1))
}
