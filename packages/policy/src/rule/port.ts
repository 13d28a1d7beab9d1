import { z } from 'zod'

/** IP protocol numbers by name. Source: IANA, Protocol Numbers. */
export const protocolNumbers = { icmp: 1, igmp: 2, tcp: 6, udp: 17, icmpv6: 58, vrrp: 112, sctp: 132 } as const

export type ProtocolName = keyof typeof protocolNumbers

/** A protocol by name or number (0 to 255). */
export const protocolSchema = z.union([z.enum(Object.keys(protocolNumbers) as [ProtocolName, ...ProtocolName[]]), z.int().min(0).max(255)])
export type Protocol = z.infer<typeof protocolSchema>

const PORTED: ReadonlySet<number> = new Set([6, 17, 132])
/** The protocols that `transport` stands for: those that have ports. */
export const transportNumbers: readonly number[] = [6, 17, 132]

export function protocolNumber(protocol: Protocol): number {
  return typeof protocol === 'number' ? protocol : protocolNumbers[protocol]
}

/** `tcp`, or `protocol 47` for one without a name here. */
export function protocolName(number: number): string {
  return Object.entries(protocolNumbers).find(([, known]) => known === number)?.[0] ?? `protocol ${number}`
}

/** Whether the protocol's headers begin with ports. */
export function hasPorts(number: number): boolean {
  return PORTED.has(number)
}

/** Whether it is ICMP of either family: what a port is to others, the type is to these. */
export function isIcmp(number: number): boolean {
  return number === 1 || number === 58
}

/**
 * What of the traffic a rule is about: a protocol, and of it a port, a range, a name, or an ICMP type. A rule with no such list is about
 * everything, every protocol included.
 */
export const portSchema = z
  .strictObject({
    /** `transport`: TCP, UDP and SCTP, and nothing else */
    protocol: z.union([z.literal('transport'), protocolSchema]),
    /** 1 to 65535, or a name that each endpoint resolves for itself; absent: every port */
    port: z.union([z.int().min(1).max(65535), z.string().min(1)]).optional(),
    /** the last port of a range that `port` begins */
    endPort: z.int().min(1).max(65535).optional(),
    /** 0 to 255, for ICMP and ICMPv6; absent: every type. Type 0 is an echo reply, not an absence. */
    icmpType: z.int().min(0).max(255).optional(),
  })
  .superRefine(({ protocol, port, endPort, icmpType }, context) => {
    const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    const number = protocol === 'transport' ? 6 : protocolNumber(protocol)
    if (port !== undefined && !hasPorts(number)) issue('port', `${protocolName(number)} has no ports`)
    if (endPort !== undefined && typeof port !== 'number') issue('endPort', 'a range begins with a numeric port')
    if (endPort !== undefined && typeof port === 'number' && endPort < port) issue('endPort', `${endPort} comes before port ${port}`)
    if (icmpType !== undefined && !isIcmp(number)) issue('icmpType', `${protocolName(number)} has no ICMP types`)
  })

export type PortMatch = z.infer<typeof portSchema>
