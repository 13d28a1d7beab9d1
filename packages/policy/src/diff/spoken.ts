import type { Decision } from '../evaluate/verdict.js'
import type { Requests } from './requests.js'

/** A side's verdict, once for all that are equal: in both sets, requests at proxies included. */
export interface Spoken {
  readonly id: number
  readonly decision: Decision
  /** equal for decisions that flows cannot tell apart, whichever rule decided */
  readonly meaning: number
}

/** Gives equal verdicts one number. */
export class Vocabulary {
  readonly #words = new Map<string, Spoken>()
  readonly #meanings = new Map<string, number>()
  readonly #seen = new Map<Requests, WeakMap<Decision, Spoken>>()

  /** @param requests of the set whose rules the decision names */
  spoken(decision: Decision, requests: Requests): Spoken {
    const seen = this.#seen.get(requests) ?? new WeakMap<Decision, Spoken>()
    this.#seen.set(requests, seen)
    const there = seen.get(decision)
    if (there !== undefined) return there
    const { verdict, redirect, auth, log, audited } = decision
    const looked = redirect === undefined ? [] : requests.of(redirect)
    const text = JSON.stringify([Object.entries(decision).sort(([a], [b]) => (a < b ? -1 : 1)), looked])
    // `disabled` says that nothing is asked for, as silence does
    const means = JSON.stringify([
      verdict,
      redirect === undefined ? null : [redirect.listener, redirect.parser, redirect.unrestricted, looked],
      auth === 'disabled' ? null : (auth ?? null),
      log ?? null,
      audited !== undefined,
    ])
    const meaning = this.#meanings.get(means) ?? this.#meanings.size
    this.#meanings.set(means, meaning)
    const word = this.#words.get(text) ?? { id: this.#words.size, decision, meaning }
    this.#words.set(text, word)
    seen.set(decision, word)
    return word
  }
}
