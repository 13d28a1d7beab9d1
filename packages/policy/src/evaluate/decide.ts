import { byText } from '../rule/by-text.js'
import type { AuthMode } from '../rule/rule.js'
import type { Rulebook, RuleRef } from './rulebook.js'
import type { Decision, Redirect } from './verdict.js'

/**
 * One side's verdict, of a book and the rules in it that match. The semantics of tiers, denials, defaults, redirects and audit are here and
 * nowhere else: the evaluator asks with a flow's rules, the resolver with those of a class of peers and ports.
 *
 * @param isHost whether the peer is this node itself
 */
export function decide(book: Rulebook, matches: (rule: RuleRef) => boolean, isHost: boolean): Decision {
  if (!book.enforced) return { verdict: 'allow', reason: 'not-enforced' }
  let audited: RuleRef | 'default-deny' | undefined
  /** a denial; nothing when its policy only tells, and the question goes on as if it were not there */
  const deny = (by: RuleRef | 'default-deny', tellsOnly: boolean): Decision | undefined => {
    if (!tellsOnly) return denied(by, book.audit)
    audited ??= by
    return undefined
  }
  /** first match decides; undefined: nothing did, or a rule passed */
  const inOrder = (rules: readonly RuleRef[]): Decision | undefined => {
    for (const ref of rules) {
      if (!matches(ref)) continue
      if (ref.rule.action === 'pass') return undefined
      const decision = ref.rule.action === 'allow' ? allowed([ref], audited) : deny(ref, ref.policy.audit)
      if (decision !== undefined) return decision
    }
    return undefined
  }

  const first = inOrder(book.admin)
  if (first !== undefined) return first

  for (const ref of book.denies) {
    const decision = matches(ref) ? deny(ref, ref.policy.audit) : undefined
    if (decision !== undefined) return decision
  }
  const allows = book.allows.filter(matches)
  if (allows.length > 0) return allowed(allows, audited)
  if (book.isolation !== 'open') {
    const tellsOnly = book.isolation === 'audited'
    const admitted = isHost && book.admitsHost
    if (admitted && !tellsOnly) return letThrough({ verdict: 'allow', reason: 'local-host' }, audited)
    const decision = admitted ? undefined : deny('default-deny', tellsOnly)
    if (decision !== undefined) return decision
  }

  // isolated by policies that only tell is not isolated: the baseline's denials hold as before
  return inOrder(book.baseline) ?? letThrough({ verdict: 'allow', reason: 'default-allow' }, audited)
}

function denied(by: RuleRef | 'default-deny', tellsOnly: boolean): Decision {
  const decision: Decision =
    by === 'default-deny'
      ? { verdict: 'deny', reason: 'default-deny' }
      : { verdict: 'deny', reason: 'rule', rule: by.key, ...(by.policy.log === undefined ? {} : { log: by.policy.log }) }
  return tellsOnly ? { ...decision, verdict: 'audit', audited: decision.rule ?? 'default-deny' } : decision
}

/** A flow that passes, though something would have denied it: that is what is told of it. */
function letThrough(decision: Decision, audited: RuleRef | 'default-deny' | undefined): Decision {
  if (audited === undefined) return decision
  const key = audited === 'default-deny' ? audited : audited.key
  if (decision.verdict === 'redirect') return { ...decision, audited: key }
  return { ...denied(audited, true), ...(decision.auth === undefined ? {} : { auth: decision.auth }) }
}

/** Several rules allow: the flow is redirected if one of them looks into requests, and asked for what the strictest of the closest asks. */
function allowed(refs: readonly RuleRef[], audited: RuleRef | 'default-deny' | undefined): Decision {
  const redirect = redirectOf(refs)
  const by = (redirect === undefined ? refs[0] : refs.find(({ key }) => key === redirect.rules[0])) as RuleRef
  const auth = authOf(refs)
  return letThrough(
    {
      verdict: redirect === undefined ? 'allow' : 'redirect',
      reason: 'rule',
      rule: by.key,
      ...(redirect === undefined ? {} : { redirect }),
      ...(auth === undefined ? {} : { auth }),
      ...(by.policy.log === undefined ? {} : { log: by.policy.log }),
    },
    audited,
  )
}

function redirectOf(refs: readonly RuleRef[]): Redirect | undefined {
  const looking = refs
    .flatMap(({ key, rule: { l7 } }) =>
      l7 === undefined
        ? []
        : [{ key, parser: l7.parser, listener: l7.listener?.name ?? l7.parser, priority: l7.listener?.priority ?? 101 }],
    )
    .sort((a, b) => a.priority - b.priority || byText(a.listener, b.listener) || byText(a.parser, b.parser) || byText(a.key, b.key))
  const [first] = looking
  if (first === undefined) return undefined
  const { listener, parser } = first
  const rules = looking.filter((other) => other.listener === listener && other.parser === parser).map(({ key }) => key)
  return { listener, parser, rules: rules.sort(byText), unrestricted: refs.some(({ rule }) => rule.l7 === undefined) }
}
const STRICTNESS: readonly AuthMode[] = ['disabled', 'required', 'test-always-fail']

/** A rule that names ports is closer than one that does not; of equally close ones the strictest counts. */
function authOf(refs: readonly RuleRef[]): AuthMode | undefined {
  const asking = refs.filter(({ rule }) => rule.auth !== undefined)
  const closest = asking.filter(({ rule }) => rule.ports !== undefined)
  const modes = (closest.length > 0 ? closest : asking).map(({ rule }) => rule.auth as AuthMode)
  return modes.sort((a, b) => STRICTNESS.indexOf(b) - STRICTNESS.indexOf(a))[0]
}
