import type { Decision, DirectionTable, Scope } from '@axoneme/policy'
import { scopeRanges } from '@axoneme/policy'
import { expect } from 'vitest'
import { DecisionFlags, Verdict } from '../../generated/datapath.generated.js'
import type { PolicyTables } from '../policy-tables.js'
import { ask } from './ask.js'
import type { MemoryMaps } from './memory-maps.js'

/** What a table carries is of a protocol and a number. */
type Traffic = DirectionTable['traffic'][number]

const PROTOCOLS_WITH_NUMBERS = [6, 17, 132, 1, 58]
/** The last number of a scope: nobody gets that far. */
const SCOPES = Object.keys(scopeRanges) as Scope[]

/** One traffic of every class, the ends of every entry, and some more. */
export function trafficOf({ traffic, ports }: DirectionTable, more: readonly Traffic[] = []): Traffic[] {
  const named = new Set(ports.map(({ protocol }) => protocol))
  const unnamed = Array.from({ length: 256 }, (_, protocol) => protocol).filter((protocol) => !named.has(protocol))
  const ends = ports.flatMap(({ protocol, number, length }) =>
    protocol === undefined
      ? []
      : [number - 1, number, number + 2 ** (16 - length) - 1, number + 2 ** (16 - length)]
          .filter((one) => one >= 0 && one <= 0xffff)
          .map((one) => ({ protocol, number: one })),
  )
  const rest = [unnamed[0], unnamed.at(-1)].flatMap((protocol) => (protocol === undefined ? [] : [{ protocol, number: 0 }]))
  return [...traffic.filter(({ protocol }) => protocol < 256), ...ends, ...rest, ...more].map(({ protocol, number }) => ({
    protocol,
    number: PROTOCOLS_WITH_NUMBERS.includes(protocol) ? number : 0,
  }))
}

/** Those that a table lists, whoever else is asked about, and one of each scope whom nobody knows. */
export function identitiesOf({ peers }: DirectionTable, more: Iterable<number> = []): number[] {
  return [...new Set([...peers.keys(), ...more, ...SCOPES.map((scope) => scopeRanges[scope][1])])]
}

/** That programs find in the maps what the table says. Answers how many questions were asked. */
export function expectAgreement(
  memory: MemoryMaps,
  tables: PolicyTables,
  number: number,
  table: DirectionTable,
  identities: readonly number[],
  traffic: readonly Traffic[],
  indexOf: (identity: number) => number = (identity) => tables.index(identity),
): number {
  for (const identity of identities) {
    const index = indexOf(identity)
    for (const one of traffic) {
      const found = ask(memory, number, identity, index, one.protocol, one.number)
      const [told, wanted] = [tables.decision(found), table.lookup(identity, one)]
      if (JSON.stringify(told) !== JSON.stringify(wanted))
        expect.fail(
          `identity ${identity} (index ${index}) ${JSON.stringify(one)}: the maps say ${JSON.stringify(told)}, the table ${JSON.stringify(wanted)}`,
        )
      expectEntry(memory, tables, found, wanted as Decision)
    }
  }
  return identities.length * traffic.length
}

/** That the decision's entry makes programs do what it says. */
function expectEntry(memory: MemoryMaps, tables: PolicyTables, number: number, { verdict, reason, auth, redirect }: Decision): void {
  const entry = memory.decisions.lookup(number)
  const listener = redirect === undefined ? 0 : tables.listeners.get(redirect.listener)
  const words = {
    allow: Verdict.AXM_VERDICT_ALLOW,
    deny: Verdict.AXM_VERDICT_DENY,
    redirect: Verdict.AXM_VERDICT_REDIRECT,
    audit: Verdict.AXM_VERDICT_AUDIT,
  }
  const asks = auth === 'required' || auth === 'test-always-fail'
  const right =
    entry?.verdict === words[verdict] &&
    entry.listener === listener &&
    ((entry.flags & DecisionFlags.AXM_DECISION_AUTH) !== 0) === asks &&
    (verdict !== 'deny' || ((entry.flags & DecisionFlags.AXM_DECISION_BY_RULE) !== 0) === (reason === 'rule'))
  if (!right) expect.fail(`decision ${number} is ${JSON.stringify(entry)}, for ${JSON.stringify({ verdict, reason, auth, redirect })}`)
}
