/** Rules that have no effect, or another one than they say, because of other rules. */

import { formatRule } from '../../normalise/print.js'
import { formatSource } from '../../rule/source.js'
import type { Finding } from '../finding.js'
import { aboutRule, type Check, type LintContext, type LintRule, saysAnything } from './context.js'
import { type Comparing, ruleCovers } from './covers-rule.js'

export const effect: Check = function* (context) {
  const { rules, universe } = context
  const comparing: Comparing = {
    blocksAreOutside: universe?.settings.cidrMatchesNodes !== true,
    nothingRequired: rules.every(({ rule }) => rule.requires === undefined || rule.requires.length === 0),
  }
  const near = neighboursOf(rules)
  for (const rule of rules) {
    if (!saysAnything(rule)) continue
    const found =
      rule.policy.tier === 'default' ? ofDefaultTier(rule, near(rule), context, comparing) : ofOrderedTier(rule, near(rule), comparing)
    if (found !== undefined) yield found
  }
}

/** Rules whose subjects may take in a rule's: those of its namespace, and those that are of no one namespace. Pairs of all would be too many. */
function neighboursOf(rules: readonly LintRule[]): (rule: LintRule) => LintRule[] {
  // the rule itself says what direction it is of; so do those that may take it in
  const home = ({ subject, rule: { direction } }: LintRule, wide = false): string => {
    const names = subject.kind === 'endpoints' ? subject.namespaces?.names : undefined
    return `${direction} ${wide || names?.length !== 1 ? '' : `of ${names[0]}`}`
  }
  const byHome = new Map<string, LintRule[]>()
  for (const rule of rules) {
    if (!saysAnything(rule)) continue
    const there = byHome.get(home(rule))
    if (there === undefined) byHome.set(home(rule), [rule])
    else there.push(rule)
  }
  return (rule) => {
    const [own, wide] = [home(rule), home(rule, true)]
    const all = [...(byHome.get(own) ?? []), ...(own === wide ? [] : (byHome.get(wide) ?? []))]
    return all.filter((other) => other !== rule)
  }
}

/** Asked before: of the ordered tiers. */
function isBefore(a: LintRule, b: LintRule): boolean {
  if (a.policy === b.policy) return a.index < b.index
  if (a.policy.priority !== b.policy.priority) return a.policy.priority < b.policy.priority
  return a.policy.key < b.policy.key
}

function ofOrderedTier(rule: LintRule, others: readonly LintRule[], comparing: Comparing): Finding | undefined {
  const first = others.find(
    (other) => other.policy.tier === rule.policy.tier && isBefore(other, rule) && decides(other) && ruleCovers(other, rule, comparing),
  )
  if (first === undefined) return undefined
  return aboutRule(
    'unreachable',
    rule,
    `is never asked: ${called(first)} comes before it and decides all that it is about`,
    'Move it up, or remove it.',
  )
}

/** Whether nothing is asked after it. */
function decides({ rule, policy }: LintRule): boolean {
  return rule.action !== 'deny' || !policy.audit
}

function ofDefaultTier(rule: LintRule, others: readonly LintRule[], { rules }: LintContext, comparing: Comparing): Finding | undefined {
  const beside = others.filter(({ policy }) => policy.tier === 'default')
  if (rule.rule.action === 'deny') return redundant(rule, beside, comparing)
  const above = others.find(
    (other) => other.policy.tier === 'admin' && other.rule.action === 'deny' && decides(other) && ruleCovers(other, rule, comparing),
  )
  if (above !== undefined && !rules.some((other) => opensBefore(other, above))) return shadowed(rule, above)
  const denies = beside.filter((other) => other.rule.action === 'deny' && decides(other) && ruleCovers(other, rule, comparing))
  const opposite = denies.find((other) => ruleCovers(rule, other, comparing))
  if (opposite !== undefined)
    return aboutRule('contradiction', rule, `allows just what ${called(opposite)} denies: it is denied`, 'Remove one of the two.')
  const [denying] = denies
  if (denying !== undefined) return shadowed(rule, denying)
  return requestsUnchecked(rule, beside, comparing) ?? redundant(rule, beside, comparing) ?? listenerConflict(rule, beside, comparing)
}

function shadowed(rule: LintRule, by: LintRule): Finding {
  return aboutRule(
    'shadowed-by-deny',
    rule,
    `has no effect: ${called(by)} denies all that it allows`,
    'Narrow the denial, or remove this rule.',
  )
}

/** Whether a rule of the admin tier may take flows away from a denial there. */
function opensBefore(rule: LintRule, denial: LintRule): boolean {
  return (
    rule.policy.tier === 'admin' &&
    rule.rule.action !== 'deny' &&
    rule.rule.direction === denial.rule.direction &&
    isBefore(rule, denial) &&
    saysAnything(rule)
  )
}

/** What a rule has looked into, another lets through unlooked. */
function requestsUnchecked(rule: LintRule, beside: readonly LintRule[], comparing: Comparing): Finding | undefined {
  if (rule.rule.l7 === undefined) return undefined
  const plain = beside.find((other) => other.rule.action === 'allow' && other.rule.l7 === undefined && ruleCovers(other, rule, comparing))
  if (plain === undefined) return undefined
  return aboutRule(
    'requests-unchecked',
    rule,
    `looks into requests in vain: ${called(plain)} allows all of its traffic, whatever the request`,
    'Give both rules the requests that they allow, or narrow the other one.',
  )
}

/** Said already by a wider rule, or by an equal one earlier. */
function redundant(rule: LintRule, beside: readonly LintRule[], comparing: Comparing): Finding | undefined {
  const wider = beside.find(
    (other) =>
      other.rule.action === rule.rule.action &&
      (rule.rule.action === 'allow' || decides(other) || rule.policy.audit) &&
      same(other.rule.l7, rule.rule.l7) &&
      other.rule.auth === rule.rule.auth &&
      // a rule with ports is closer, and its authentication counts for more
      (rule.rule.auth === undefined || (other.rule.ports === undefined) === (rule.rule.ports === undefined)) &&
      ruleCovers(other, rule, comparing) &&
      (other.at < rule.at || !ruleCovers(rule, other, comparing)),
  )
  if (wider === undefined) return undefined
  return aboutRule('redundant', rule, `adds nothing: ${called(wider)} says all of it`, 'Remove it, if it is not there to explain.')
}

/** Two listeners want the same flows, and no priority says which one gets them. */
function listenerConflict(rule: LintRule, beside: readonly LintRule[], comparing: Comparing): Finding | undefined {
  const { l7 } = rule.rule
  if (l7 === undefined) return undefined
  const rival = beside.find(
    (other) =>
      other.at < rule.at &&
      other.rule.action === 'allow' &&
      other.rule.l7 !== undefined &&
      (listenerOf(other.rule.l7) !== listenerOf(l7) || other.rule.l7.parser !== l7.parser) &&
      (other.rule.l7.listener?.priority ?? 101) === (l7.listener?.priority ?? 101) &&
      (ruleCovers(other, rule, comparing) || ruleCovers(rule, other, comparing)),
  )
  if (rival === undefined) return undefined
  return aboutRule(
    'listener-conflict',
    rule,
    `wants flows at ${listenerOf(l7)} that ${called(rival)} wants at ${listenerOf(rival.rule.l7)}; a flow goes to one`,
    'Give the listeners priorities, or the rules different ports.',
  )
}

function listenerOf(l7: LintRule['rule']['l7']): string {
  return l7?.listener?.name ?? l7?.parser ?? ''
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

/** `NetworkPolicy shop/web ingress[0] (web.yaml:12), deny ingress from anyone` */
function called({ key, rule, policy }: LintRule): string {
  const source = rule.source ?? policy.source
  return `${key}${source === undefined ? '' : ` (${formatSource(source)})`}, ${formatRule(rule)},`
}
