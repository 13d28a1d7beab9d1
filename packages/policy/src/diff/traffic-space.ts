import type { PortEntry } from '../resolve/port-table.js'
import { hasPorts, isIcmp } from '../rule/port.js'
import { rangesOf, type Stretch, type TrafficSet } from './traffic-set.js'

/** A table's classes as it has them of each protocol of the space: where they begin, in order. */
export interface Layout {
  readonly id: number
  readonly protocols: readonly { readonly starts: readonly number[]; readonly classes: readonly number[] }[]
  /** of whatever other protocol */
  readonly rest: number
}

/** Traffic that none of the layouts tells apart, and its class in each: 0 where there is no layout. */
export interface Part {
  readonly classes: readonly number[]
  readonly traffic: TrafficSet
}

/** A layout that all traffic is alike in: where nobody is asked. */
const nothing: Pick<Layout, 'protocols' | 'rest'> = { protocols: [], rest: 0 }

/** All traffic: the protocols that any table speaks of, and the rest, which no table tells apart. */
export class TrafficSpace {
  readonly protocols: readonly number[]
  readonly #layouts = new Map<string, Layout>()
  readonly #ofEntries = new WeakMap<readonly PortEntry[], Layout>()
  readonly #parts = new Map<string, readonly Part[]>()

  constructor(tables: Iterable<readonly PortEntry[]>) {
    const found = new Set<number>()
    for (const entries of tables) for (const { protocol } of entries) if (protocol !== undefined) found.add(protocol)
    this.protocols = [...found].sort((a, b) => a - b)
  }

  layoutOf(entries: readonly PortEntry[]): Layout {
    const known = this.#ofEntries.get(entries)
    if (known !== undefined) return known
    const rest = entries[0]?.class ?? 0
    const protocols = this.protocols.map((protocol) => {
      const own = entries.filter((entry) => entry.protocol === protocol)
      return classesOf(own, rest, lastOf(protocol))
    })
    const key = JSON.stringify([rest, protocols])
    const layout = this.#layouts.get(key) ?? { id: this.#layouts.size + 1, protocols, rest }
    this.#layouts.set(key, layout)
    this.#ofEntries.set(entries, layout)
    return layout
  }

  /** The coarsest parts that are whole in each of these layouts. */
  parts(layouts: readonly (Layout | undefined)[]): readonly Part[] {
    const key = layouts.map((layout) => layout?.id ?? 0).join(' ')
    const there = this.#parts.get(key)
    if (there !== undefined) return there
    const found = new Map<string, { readonly classes: readonly number[]; readonly stretches: Stretch[] }>()
    const add = (classes: readonly number[], stretch: Stretch): void => {
      const part = found.get(classes.join(' ')) ?? { classes, stretches: [] }
      found.set(classes.join(' '), part)
      part.stretches.push(stretch)
    }
    const all = layouts.map((layout) => layout ?? nothing)
    for (const [at, protocol] of this.protocols.entries()) {
      const cuts = new Set(all.flatMap(({ protocols }) => protocols[at]?.starts ?? [0]))
      const starts = [...cuts].sort((a, b) => a - b)
      for (const [nth, first] of starts.entries()) {
        const last = (starts[nth + 1] ?? lastOf(protocol) + 1) - 1
        add(
          all.map(({ protocols }) => classAt(protocols[at], first)),
          { protocol, first, last },
        )
      }
    }
    if (this.protocols.length < 256)
      add(
        all.map(({ rest }) => rest),
        { protocol: undefined, first: 0, last: 0 },
      )
    const parts = [...found.values()].map(({ classes, stretches }): Part => ({ classes, traffic: rangesOf(stretches) }))
    this.#parts.set(key, parts)
    return parts
  }
}

/** The last port or ICMP type. */
export function lastOf(protocol: number): number {
  return hasPorts(protocol) ? 0xffff : isIcmp(protocol) ? 0xff : 0
}

function classAt(of: Layout['protocols'][number] | undefined, number: number): number {
  if (of === undefined) return 0
  let low = 0
  let high = of.starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((of.starts[middle] as number) <= number) low = middle
    else high = middle - 1
  }
  return of.classes[low] as number
}

/** Longest prefixes as stretches. */
function classesOf(entries: readonly PortEntry[], rest: number, last: number): { starts: number[]; classes: number[] } {
  const byPrefix = new Map(entries.map((entry) => [(entry.number >>> (16 - entry.length)) * 32 + entry.length, entry.class]))
  const edges = new Set([0])
  for (const { number, length } of entries) {
    edges.add(number)
    edges.add(number + 2 ** (16 - length))
  }
  const starts: number[] = []
  const classes: number[] = []
  for (const edge of [...edges].filter((one) => one <= last).sort((a, b) => a - b)) {
    let of = rest
    for (let length = 16; length >= 0; length--) {
      const found = byPrefix.get((edge >>> (16 - length)) * 32 + length)
      if (found === undefined) continue
      of = found
      break
    }
    if (classes.at(-1) === of) continue
    starts.push(edge)
    classes.push(of)
  }
  return { starts, classes }
}
