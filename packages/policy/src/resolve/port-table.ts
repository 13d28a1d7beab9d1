import type { Traffic } from '../evaluate/flow.js'
import { isPort } from '../evaluate/match.js'
import { hasPorts, isIcmp, type PortMatch, protocolNumber, transportNumbers } from '../rule/port.js'
import type { NamedPort } from '../universe/input.js'
import { type Hash, hashText } from './hash.js'
import { fewestPrefixes, type Stretch } from './prefixes.js'

/** Traffic → class, by longest prefix over the protocol (8 bits) and the port or ICMP type (16 bits). */
export interface PortEntry {
  /** 0 to 255; undefined: every protocol that has no entry of its own */
  readonly protocol: number | undefined
  readonly number: number
  /** of the 16 bits of `number`: 0 to 16 */
  readonly length: number
  readonly class: number
}

/** Disjoint classes of traffic, such that no rule tells two members of one apart. */
export interface PortTable {
  readonly entries: readonly PortEntry[]
  /** for each class one traffic that is in it; class 0 is what no rule with ports names */
  readonly classes: readonly Traffic[]
  readonly hash: Hash
}

/** A protocol that no rule can name, since it is past all numbers: what is left over. */
const LEFT_OVER: Traffic = { protocol: 256, number: 0 }

/**
 * The classes for rules with these ports.
 *
 * @param reached named ports of the subject (ingress); undefined when they are the peers' (egress)
 * @param candidates ports that peers may call by a name that a rule uses: each is a class of its own
 */
export function portTable(
  rules: readonly (readonly PortMatch[] | undefined)[],
  reached: readonly NamedPort[] | undefined,
  candidates: readonly Traffic[],
): PortTable {
  const cuts = new Map<number, Set<number>>()
  const cut = (protocol: number, ...at: number[]): void => {
    const there = cuts.get(protocol) ?? new Set([0])
    cuts.set(protocol, there)
    for (const number of at) if (number <= 0xffff) there.add(number)
  }
  for (const ports of rules)
    for (const { protocol, port, endPort, icmpType } of ports ?? [])
      for (const number of protocol === 'transport' ? transportNumbers : [protocolNumber(protocol)]) {
        cut(number)
        if (icmpType !== undefined) cut(number, icmpType, icmpType + 1)
        else if (typeof port === 'number') cut(number, port, (endPort ?? port) + 1)
        else if (port !== undefined)
          for (const named of reached ?? []) if (named.name === port) cut(protocolNumber(named.protocol), named.port, named.port + 1)
      }
  const own = new Set<string>()
  for (const { protocol, number } of candidates) {
    cut(protocol, number, number + 1)
    own.add(`${protocol}/${number}`)
  }

  const numbers = new Map<string, number>()
  const classes: Traffic[] = []
  const classOf = (traffic: Traffic): number => {
    const column = rules
      .map((ports) => (ports === undefined || ports.some((port) => isPort(port, traffic, reached ?? [])) ? '1' : '0'))
      .join('')
    const name = `${traffic.protocol}/${traffic.number}`
    const key = own.has(name) ? `${column} ${name}` : column
    const there = numbers.get(key)
    if (there !== undefined) return there
    numbers.set(key, classes.length)
    classes.push(traffic)
    return classes.length - 1
  }
  const rest = classOf(LEFT_OVER)
  const entries: PortEntry[] = [{ protocol: undefined, number: 0, length: 0, class: rest }]
  for (const protocol of [...cuts.keys()].sort((a, b) => a - b)) {
    const starts = [...(cuts.get(protocol) as Set<number>)].sort((a, b) => a - b)
    const stretches: Stretch[] = starts.map((first, at) => ({
      first,
      last: (starts[at + 1] ?? 0x1_0000) - 1,
      class: classOf({ protocol, number: first }),
    }))
    const whole = hasPorts(protocol) || isIcmp(protocol) ? stretches : [{ ...(stretches[0] as Stretch), last: 0xffff }]
    for (const { value, length, class: of } of fewestPrefixes(whole, rest)) entries.push({ protocol, number: value, length, class: of })
  }
  return Object.freeze({ entries, classes, hash: hashText(entries.map((entry) => Object.values(entry).join(' ')).join(';')) })
}

/** The class of traffic: the longest entry of its protocol, else what is left over. */
export function classOf({ entries }: PortTable, { protocol, number }: Traffic): number {
  let found = (entries[0] as PortEntry).class
  let longest = -1
  for (const entry of entries) {
    if (entry.protocol !== protocol || entry.length <= longest) continue
    if (number >>> (16 - entry.length) !== entry.number >>> (16 - entry.length)) continue
    found = entry.class
    longest = entry.length
  }
  return found
}
