import type { Answer } from '../evaluate/verdict.js'
import type { Direction } from '../rule/rule.js'
import type { ChangeEffect } from './meaning-diff.js'
import type { Spoken } from './spoken.js'

/** One side of a flow under both sets. */
export interface SideChange {
  readonly before: Spoken
  readonly after: Spoken
}

export interface ChangedSide {
  readonly direction: Direction
  readonly spoken: Spoken
}

/** What happens to flows, under both sets: end to end, with the sides that it is about. */
export interface Change {
  /** equal for equal changes */
  readonly key: string
  readonly effect: ChangeEffect
  readonly before: { readonly verdict: Answer; readonly sides: readonly ChangedSide[] }
  readonly after: { readonly verdict: Answer; readonly sides: readonly ChangedSide[] }
}

const SEVERITY = ['allow', 'audit', 'redirect', 'deny'] as const
type When = 'before' | 'after'

/**
 * Whether anything is another for a flow, and what. Whoever is denied at one side anyway has not changed with the other; what the log is
 * told of a denial is that of the side which denies first.
 *
 * @param rules whether another deciding rule counts
 */
export function judgeChange(sides: Readonly<Record<Direction, SideChange>>, rules: boolean): Change | undefined {
  const inOrder = (['egress', 'ingress'] as const).map((direction) => ({ direction, ...sides[direction] }))
  const denying = (when: When): Direction[] =>
    inOrder.filter((side) => side[when].decision.verdict === 'deny').map(({ direction }) => direction)
  const was = denying('before')
  const is = denying('after')
  const changed = inOrder
    .filter(({ before, after }) => (rules ? before.id !== after.id : before.meaning !== after.meaning))
    .map(({ direction }) => direction)
  if (changed.length === 0) return undefined
  const told = (when: When, of: readonly Direction[]): Change['before'] => ({
    verdict: worst(inOrder.map((side) => side[when].decision.verdict)),
    sides: of.map((direction) => ({ direction, spoken: sides[direction][when] })),
  })
  const change = (effect: ChangeEffect, before: Change['before'], after: Change['after']): Change => {
    const text = ({ verdict, sides: about }: Change['before']): string =>
      `${verdict} ${about.map(({ direction, spoken }) => `${direction} ${spoken.id}`).join(' ')}`
    return { key: `${effect}: ${text(before)}: ${text(after)}`, effect, before, after }
  }

  if (is.length > 0 && was.length === 0) return change('closed', told('before', is), told('after', is))
  if (was.length > 0 && is.length === 0) return change('opened', told('before', was), told('after', was))
  if (was.length > 0) {
    const before = told('before', was.slice(0, 1))
    const after = told('after', is.slice(0, 1))
    const [one, other] = [before.sides[0], after.sides[0]]
    const differs = rules
      ? one?.direction !== other?.direction || one?.spoken.id !== other?.spoken.id
      : one?.spoken.decision.log !== other?.spoken.decision.log
    return differs ? change('changed', before, after) : undefined
  }
  const looked = (when: When): boolean[] => changed.map((direction) => sides[direction][when].decision.verdict === 'redirect')
  const now = looked('after')
  const redirected = looked('before').some((before, at) => before !== now[at])
  return change(redirected ? 'redirected' : 'changed', told('before', changed), told('after', changed))
}

function worst(verdicts: readonly Answer[]): Answer {
  return verdicts.reduce((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a), 'allow')
}
