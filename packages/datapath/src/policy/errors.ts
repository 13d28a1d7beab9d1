import type { MapError } from '@axoneme/bpf'
import type { AxonemeError } from '@axoneme/sys'
import type { PolicyMaps } from './policy-maps.js'

/** A table, or a listener, does not fit into the datapath's maps; nothing was changed. */
export interface DatapathCapacity extends AxonemeError<'datapath.capacity'> {
  /** the map's name */
  readonly map: string
  /** entries that are needed, with those that are in use already; in maps with more than 65 000 entries at least so many */
  readonly needed: number
  /** entries that can be used */
  readonly allowed: number
  /** of those in use: given up, and free when the grace period is over */
  readonly resting: number
}

/** What may go wrong with tables. */
export type PolicyTablesError = DatapathCapacity | MapError

/** What of a map is taken. */
export interface Fill {
  /** with what was given up and rests */
  readonly used: number
  /** what can be used: the map's entries, without the one that means nothing */
  readonly capacity: number
}

/** How full a map is when something does not fit. */
export interface Shortage extends Fill {
  readonly map: string
  /** of its size among the datapath's */
  readonly size: keyof PolicyMaps
  readonly needed: number
  readonly resting: number
}

export function shortage({ map, size, needed, capacity, resting }: Shortage): DatapathCapacity {
  const inRow = size === 'rows' && needed <= capacity ? ' in one stretch' : ''
  const rest = resting === 0 ? '' : `; ${resting} of them rest, and come free soon`
  return Object.freeze({
    code: 'datapath.capacity',
    map,
    needed,
    allowed: capacity,
    resting,
    message: `map ${map}: ${needed} entries are needed${inRow}, and ${capacity} fit${rest}`,
    hint: `Open the datapath with a larger \`sizes.${size}\`, or say the policies in fewer rules.`,
  })
}

/** What no size of a map makes room for: numbers of one table that have 16 bits. */
export function tooLarge(map: string, what: string, needed: number, allowed: number): DatapathCapacity {
  return Object.freeze({
    code: 'datapath.capacity',
    map,
    needed,
    allowed,
    resting: 0,
    message: `map ${map}: a table has ${needed} ${what}, and ${allowed} can be told apart`,
    hint: 'Say the policies in fewer rules, or let them be about fewer different peers.',
  })
}
