import { isIcmp, protocolName } from '../rule/port.js'
import type { TrafficRange } from './meaning-diff.js'
import type { Stretch, TrafficSet } from './traffic-set.js'
import { lastOf } from './traffic-space.js'

/** The set as its readers see it. `named`: the protocols that tables speak of. */
export function trafficRanges({ stretches }: TrafficSet, named: readonly number[]): TrafficRange[] {
  return stretches.map(({ protocol, first, last }) =>
    protocol === undefined
      ? { except: named, first: 0, last: 0, text: formatRest(named) }
      : { protocol, first, last, text: formatStretch({ protocol, first, last }) },
  )
}

/** All of them in the fewest words: `tcp 80, udp 53`, `everything but tcp 22`. */
export function formatRanges(ranges: readonly TrafficRange[]): string {
  const listed = ranges.map(({ text }) => text).join(', ')
  const rest = ranges.find(({ protocol }) => protocol === undefined)
  if (rest === undefined) return listed
  const missing = (rest.except ?? []).flatMap((protocol) => gapsOf(protocol, ranges).map(formatStretch))
  const other = missing.length === 0 ? 'everything' : `everything but ${missing.join(', ')}`
  return other.length <= listed.length ? other : listed
}

/** What of a protocol is in none of the ranges. */
function gapsOf(protocol: number, ranges: readonly TrafficRange[]): Stretch[] {
  const gaps: Stretch[] = []
  let next = 0
  const own = ranges.filter((range) => range.protocol === protocol).sort((a, b) => a.first - b.first)
  for (const { first, last } of [...own, { first: lastOf(protocol) + 1, last: 0 }]) {
    if (first > next) gaps.push({ protocol, first: next, last: first - 1 })
    next = last + 1
  }
  return gaps
}

function formatStretch({ protocol = 256, first, last }: Stretch): string {
  const name = protocolName(protocol)
  if (first === 0 && last === lastOf(protocol)) return name
  const numbers = first === last ? `${first}` : `${first}-${last}`
  return isIcmp(protocol) ? `${name} type ${numbers}` : `${name} ${numbers}`
}

function formatRest(named: readonly number[]): string {
  return named.length === 0 ? 'everything' : `every protocol but ${named.map(protocolName).join(', ')}`
}
