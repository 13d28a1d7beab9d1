import type { PortInput } from '../node-inputs.js'
import type { AdminPortDocument } from './admin-network-policy-document.js'
import type { ProtocolDocument } from './cluster-network-policy-document.js'

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const

/** A port's name says its protocol where it is resolved. */
const named = (port: string): PortInput => ({ protocol: 'transport', port })

export function adminPort({ portNumber, portRange, namedPort = '' }: AdminPortDocument): PortInput {
  if (portNumber !== undefined) return { protocol: PROTOCOLS[portNumber.protocol], port: portNumber.port }
  if (portRange !== undefined) return { protocol: PROTOCOLS[portRange.protocol], port: portRange.start, endPort: portRange.end }
  return named(namedPort)
}

export function protocolPort({ destinationNamedPort = '', ...protocols }: ProtocolDocument): PortInput {
  for (const protocol of ['tcp', 'udp', 'sctp'] as const) {
    const port = protocols[protocol]?.destinationPort
    if (port?.range !== undefined) return { protocol, port: port.range.start, endPort: port.range.end }
    if (port !== undefined) return { protocol, port: port.number }
  }
  return named(destinationNamedPort)
}
