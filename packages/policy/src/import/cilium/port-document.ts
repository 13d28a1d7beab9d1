import { z } from 'zod'

/** What the protocols are called in nodes; `ANY` is those that have ports. Source: Cilium, pkg/policy/api: L4Proto. */
const PROTOCOLS = {
  ANY: 'transport',
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  ICMP: 'icmp',
  ICMPV6: 'icmpv6',
  VRRP: 'vrrp',
  IGMP: 'igmp',
} as const

const protocol = z.string().transform((text, context) => {
  const known = text === '' ? 'ANY' : text.toUpperCase()
  if (Object.hasOwn(PROTOCOLS, known)) return PROTOCOLS[known as keyof typeof PROTOCOLS]
  context.addIssue({ code: 'custom', message: `"${text}" is none of ${Object.keys(PROTOCOLS).join(', ')}` })
  return z.NEVER
})

/** A service's name as IANA has them: the case does not count. Source: RFC 6335 §5.1. */
const SERVICE_NAME = /^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/i

/** A port, a name in lower case, or undefined for every port: `0`, or nothing. */
const port = z.union([z.string(), z.number()], { error: 'is neither a number nor a name' }).transform((given, context) => {
  const text = `${given}`
  if (text === '' || text === '0') return undefined
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535) return Number(text)
  if (typeof given === 'string' && text.length <= 15 && SERVICE_NAME.test(text)) return text.toLowerCase()
  context.addIssue({ code: 'custom', message: `"${text}" is neither a port from 0 to 65535 nor a port's name` })
  return z.NEVER
})

/** One port, or a range; an `endPort` of 0 or of the port itself says nothing more. */
const portShape = z
  .strictObject({ port: port.optional(), endPort: z.int().min(0).max(65535).optional(), protocol: protocol.default('transport') })
  .transform(({ port: first, endPort = 0, protocol: of }) => ({
    protocol: of,
    port: first,
    endPort: endPort === 0 || endPort === first ? undefined : endPort,
  }))

export const portsShape = z.array(portShape).max(40).default([])

export type PortDocument = z.infer<typeof portShape>
