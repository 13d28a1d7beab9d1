import type { Decision, PortEntry } from '@axoneme/policy'
import { describe, expect, it } from 'vitest'
import { DecisionFlags, Traffic, Verdict } from '../generated/datapath.generated.js'
import { cellsOf, textOf } from './cells.js'
import { entryOf } from './decisions.js'
import { trafficClasses } from './traffic-classes.js'
import { samePorts } from './written-table.js'

describe('cells', () => {
  it('are text and back, whatever their bits', () => {
    const cells = [0, 1, 0xd800, 0xdc00, 0xfffe, 0xffff, 0x20]
    expect(cellsOf(textOf(cells))).toEqual(cells)
    expect(cellsOf(textOf(Uint16Array.from(cells)))).toEqual(cells)
  })
})

describe('classes of traffic', () => {
  const rest = (of: number): PortEntry => ({ protocol: undefined, number: 0, length: 0, class: of })

  it('are of the longest entry, whatever the order', () => {
    const ports = [
      rest(0),
      { protocol: 6, number: 80, length: 16, class: 3 },
      { protocol: 6, number: 64, length: 10, class: 2 },
      { protocol: 6, number: 0, length: 0, class: 1 },
    ]
    const tcp = trafficClasses(ports)[Traffic.AXM_TRAFFIC_TCP]
    expect([tcp?.[0], tcp?.[63], tcp?.[64], tcp?.[80], tcp?.[127], tcp?.[128], tcp?.[65_535]]).toEqual([1, 1, 2, 3, 2, 1, 1])
  })

  it('are nowhere where all are the first entry’s, which are 0', () => {
    const all = trafficClasses([rest(0), { protocol: 17, number: 53, length: 16, class: 1 }])
    expect(all.map((classes) => classes !== undefined)).toEqual([false, true, false, false, false, false])
    expect(trafficClasses([rest(2)]).map((classes) => classes?.[7])).toEqual([2, 2, 2, 2, 2, 2])
  })

  it('of other protocols are by protocol', () => {
    const all = trafficClasses([
      rest(0),
      { protocol: 47, number: 0, length: 0, class: 4 },
      { protocol: 255, number: 0, length: 0, class: 5 },
    ])
    const other = all[Traffic.AXM_TRAFFIC_OTHER]
    expect([other?.[46], other?.[47], other?.[255]]).toEqual([0, 4, 5])
  })

  it('are the same by what entries say', () => {
    const ports: PortEntry[] = [rest(0), { protocol: 6, number: 80, length: 16, class: 1 }]
    expect(samePorts(ports, structuredClone(ports))).toBe(true)
    expect(samePorts(ports, ports.slice(0, 1))).toBe(false)
    for (const other of [{ protocol: 17 }, { number: 81 }, { length: 15 }, { class: 2 }])
      expect(samePorts(ports, [rest(0), { ...(ports[1] as PortEntry), ...other }])).toBe(false)
  })
})

describe('entries of decisions', () => {
  const { AXM_DECISION_AUTH: AUTH, AXM_DECISION_BY_RULE: BY_RULE } = DecisionFlags

  it.each<[Decision, number, number]>([
    [{ verdict: 'allow', reason: 'rule', rule: 'a' }, Verdict.AXM_VERDICT_ALLOW, 0],
    [{ verdict: 'allow', reason: 'rule', rule: 'a', auth: 'disabled' }, Verdict.AXM_VERDICT_ALLOW, 0],
    [{ verdict: 'allow', reason: 'rule', rule: 'a', auth: 'required' }, Verdict.AXM_VERDICT_ALLOW, AUTH],
    [{ verdict: 'allow', reason: 'rule', rule: 'a', auth: 'test-always-fail' }, Verdict.AXM_VERDICT_ALLOW, AUTH],
    [{ verdict: 'allow', reason: 'rule', rule: 'a', auth: 'a mode to come' as 'required' }, Verdict.AXM_VERDICT_ALLOW, AUTH],
    [{ verdict: 'deny', reason: 'default-deny' }, Verdict.AXM_VERDICT_DENY, 0],
    [{ verdict: 'deny', reason: 'rule', rule: 'a' }, Verdict.AXM_VERDICT_DENY, BY_RULE],
    [{ verdict: 'audit', reason: 'rule', rule: 'a', audited: 'a' }, Verdict.AXM_VERDICT_AUDIT, BY_RULE],
    [{ verdict: 'audit', reason: 'default-deny', audited: 'default-deny', auth: 'required' }, Verdict.AXM_VERDICT_AUDIT, AUTH],
  ])('%o', (decision, verdict, flags) => {
    expect(entryOf({ decision, listener: 0 })).toEqual({ verdict, flags, listener: 0 })
  })
})
