import { describe, expect, it } from 'vitest'
import type { PortMatch } from '../rule/port.js'
import { classOf, portTable } from './port-table.js'

const tcp = (port: number, endPort?: number): PortMatch => ({ protocol: 'tcp', port, ...(endPort === undefined ? {} : { endPort }) })

describe('classes of traffic', () => {
  it('are one where no rule names ports', () => {
    const table = portTable([undefined, undefined], [], [])
    expect(table.entries).toEqual([{ protocol: undefined, number: 0, length: 0, class: 0 }])
    expect(classOf(table, { protocol: 47, number: 0 })).toBe(0)
  })

  it('are shared by ports that no rule tells apart', () => {
    const table = portTable([[tcp(80), tcp(443)], [tcp(8000, 8999)]], [], [])
    expect(table.classes).toHaveLength(3)
    const of = (number: number): number => classOf(table, { protocol: 6, number })
    expect(of(80)).toBe(of(443))
    expect(of(8000)).toBe(of(8999))
    expect(new Set([of(80), of(8500), of(81)]).size).toBe(3)
    expect(of(81)).toBe(classOf(table, { protocol: 17, number: 80 }))
  })

  it('are of transports, not of ICMP, for a rule about transports', () => {
    const table = portTable([[{ protocol: 'transport' }]], [], [])
    const [udp, sctp, icmp] = [17, 132, 1].map((protocol) => classOf(table, { protocol, number: 7 }))
    expect(udp).toBe(sctp)
    expect(icmp).toBe(0)
  })

  it('know an ICMP type 0 from every type', () => {
    const table = portTable([[{ protocol: 'icmp', icmpType: 0 }], [{ protocol: 'icmp' }]], [], [])
    expect(classOf(table, { protocol: 1, number: 0 })).not.toBe(classOf(table, { protocol: 1, number: 8 }))
    expect(classOf(table, { protocol: 1, number: 8 })).not.toBe(0)
  })

  it('of an ingress name are the subject’s, of an egress name each that a peer may mean', () => {
    const named: PortMatch[] = [{ protocol: 'tcp', port: 'http' }]
    const ingress = portTable([named], [{ name: 'http', port: 8080, protocol: 'tcp' }], [])
    expect(classOf(ingress, { protocol: 6, number: 8080 })).toBe(1)
    const egress = portTable([named], undefined, [
      { protocol: 6, number: 8080 },
      { protocol: 6, number: 9090 },
    ])
    expect(new Set([8080, 9090, 1].map((number) => classOf(egress, { protocol: 6, number }))).size).toBe(3)
  })

  it('have the same address for the same entries', () => {
    expect(portTable([[tcp(80)]], [], []).hash).toEqual(portTable([[tcp(80)]], [], []).hash)
    expect(portTable([[tcp(80)]], [], []).hash).not.toEqual(portTable([[tcp(81)]], [], []).hash)
  })
})
