import type { Policy } from '../rule/policy.js'
import type { Universe } from '../universe/universe.js'
import { closing } from './checks/closing.js'
import { type Check, contextOf } from './checks/context.js'
import { effect } from './checks/effect.js'
import { form } from './checks/form.js'
import { missing } from './checks/missing.js'
import { opening } from './checks/opening.js'
import type { Finding, Severity } from './finding.js'

const checks: readonly Check[] = [form, effect, missing, opening, closing]
const severities: readonly Severity[] = ['error', 'warning', 'info']

/**
 * What in policies may not be what their author means, the worst first. Nothing of it keeps them from being enforced.
 *
 * @param universe who is there: without it, words that mean nobody are not looked for
 */
export function lint(policies: readonly Policy[], universe?: Universe): Finding[] {
  const context = contextOf(policies, universe)
  const found = checks.flatMap((check) => [...check(context)])
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
}
