import { Err, type InputInvalid, inputInvalid, Ok, type Result } from '@axoneme/sys/values'
import { hasPorts, isIcmp, type Protocol, protocolName, protocolNumber, protocolNumbers } from '../rule/port.js'
import type { Direction } from '../rule/rule.js'
import type { FlowEnd } from '../universe/universe.js'

/** A flow that somebody opens: who, to whom, what. */
export interface Flow {
  /** absent: the source's egress and the destination's ingress both count, as in a cluster */
  readonly direction?: Direction
  readonly from: FlowEnd
  readonly to: FlowEnd
  readonly protocol: Protocol
  /** destination port, 0 to 65535; TCP, UDP and SCTP need one */
  readonly port?: number
  /** 0 to 255; ICMP and ICMPv6 need one */
  readonly icmpType?: number
  /** a packet of the answer: `from` and `to` are the packet's, `port` and the verdict those of the flow that it answers */
  readonly reply?: boolean
}

/** A flow's protocol as a number, and its port or ICMP type as one: 0 where it has neither. */
export interface Traffic {
  readonly protocol: number
  readonly number: number
}

/** What a flow carries; or what is wrong with it. */
export function trafficOf({ protocol, port, icmpType }: Flow): Result<Traffic, InputInvalid> {
  const number = typeof protocol === 'string' ? protocolNumbers[protocol] : protocol
  if (!Number.isInteger(number) || number < 0 || number > 255)
    return Err(
      inputInvalid('protocol', `${String(protocol)} is not a protocol`, 'Give tcp, udp, sctp, icmp, icmpv6, or a number from 0 to 255.'),
    )
  if (hasPorts(number)) {
    if (port === undefined || !Number.isInteger(port) || port < 0 || port > 65535)
      return Err(inputInvalid('port', `${protocolName(number)} goes to a port from 0 to 65535, not ${String(port)}`))
    return Ok({ protocol: number, number: port })
  }
  if (isIcmp(number)) {
    if (icmpType === undefined || !Number.isInteger(icmpType) || icmpType < 0 || icmpType > 255)
      return Err(inputInvalid('icmpType', `${protocolName(number)} has a type from 0 to 255, not ${String(icmpType)}`))
    return Ok({ protocol: number, number: icmpType })
  }
  return Ok({ protocol: protocolNumber(number), number: 0 })
}
