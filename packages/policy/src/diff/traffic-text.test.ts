import { describe, expect, it } from 'vitest'
import { portTable } from '../resolve/port-table.js'
import type { PortMatch } from '../rule/port.js'
import { rangesOf, sizeOf } from './traffic-set.js'
import { TrafficSpace } from './traffic-space.js'
import { formatRanges, trafficRanges } from './traffic-text.js'

const entriesOf = (...rules: PortMatch[][]) => portTable(rules, [], []).entries

/** The parts of traffic that some tables tell apart, each in words. */
function parts(...tables: ReturnType<typeof entriesOf>[]): string[] {
  const space = new TrafficSpace(tables)
  return space
    .parts(tables.map((entries) => space.layoutOf(entries)))
    .map(({ traffic }) => formatRanges(trafficRanges(traffic, space.protocols)))
}

describe('traffic', () => {
  it.each<[string, ReturnType<typeof entriesOf>[], string[]]>([
    ['that no rule names', [entriesOf()], ['everything']],
    ['of a port', [entriesOf([{ protocol: 'tcp', port: 80 }])], ['everything but tcp 80', 'tcp 80']],
    ['of a range', [entriesOf([{ protocol: 'udp', port: 8000, endPort: 8999 }])], ['everything but udp 8000-8999', 'udp 8000-8999']],
    ['of a type', [entriesOf([{ protocol: 'icmp', icmpType: 8 }])], ['everything but icmp type 8', 'icmp type 8']],
    [
      'of a protocol',
      [entriesOf([{ protocol: 'icmpv6' }], [{ protocol: 47 }])],
      ['icmpv6', 'protocol 47', 'everything but protocol 47, icmpv6'],
    ],
    [
      'that two tables cut up',
      [entriesOf([{ protocol: 'tcp', port: 1, endPort: 100 }]), entriesOf([{ protocol: 'tcp', port: 50, endPort: 200 }])],
      ['everything but tcp 1-200', 'tcp 1-49', 'tcp 50-100', 'tcp 101-200'],
    ],
    ['of every port', [entriesOf([{ protocol: 'tcp', port: 1, endPort: 65535 }])], ['everything but tcp 1-65535', 'tcp 1-65535']],
  ])('%s', (_, tables, expected) => {
    expect(parts(...tables).sort()).toEqual([...expected].sort())
  })

  it('is counted by ports and types, and protocols that no table names', () => {
    const all = [
      { protocol: 6, first: 80, last: 89 },
      { protocol: undefined, first: 0, last: 0 },
    ]
    expect(sizeOf(rangesOf(all), 255)).toBe(265)
  })
})
