import type { Decision } from '../evaluate/verdict.js'
import { type Hash, hashText } from './hash.js'

/** The verdicts for a class of peers: one for each class of traffic. Equal rows of a table are one object. */
export interface Row {
  readonly decisions: readonly Decision[]
  readonly hash: Hash
}

function textOf({ verdict, reason, rule, redirect, auth, log, audited }: Decision): string {
  const { listener, parser, rules, unrestricted } = redirect ?? {}
  return [verdict, reason, rule, listener, parser, rules?.join(','), unrestricted, auth, log, audited].join('\t')
}

/** The rows of one table. */
export class RowTable {
  readonly #rows = new Map<string, Row>()

  intern(decisions: readonly Decision[]): Row {
    const text = decisions.map(textOf).join('\n')
    const there = this.#rows.get(text)
    if (there !== undefined) return there
    const row: Row = Object.freeze({ decisions: Object.freeze([...decisions]), hash: hashText(text) })
    this.#rows.set(text, row)
    return row
  }
}
