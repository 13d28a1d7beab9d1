import type { Traffic } from '../evaluate/flow.js'
import { formatTraffic, isPort, portsNamed } from '../evaluate/match.js'
import { formatPort } from '../normalise/print.js'
import { type PortMatch, protocolName, protocolNumber, transportNumbers } from '../rule/port.js'
import type { NamedPort } from '../universe/input.js'
import { type Distant, failing } from './failing-words.js'

/** Why traffic is not what a rule's port names: the counterpart of `isPort`. `reached`: the named ports of the flow's destination. */
export function failingPort(match: PortMatch, traffic: Traffic, reached: readonly NamedPort[]): Distant[] {
  if (isPort(match, traffic, reached)) return []
  const { protocol, port, endPort, icmpType } = match
  const wanted = formatPort(match)
  const found = formatTraffic(traffic)
  const ofProtocol = protocol === 'transport' ? transportNumbers.includes(traffic.protocol) : protocolNumber(protocol) === traffic.protocol
  if (!ofProtocol) {
    // the same number under another protocol is a slip of the pen
    const same = typeof port === 'number' && traffic.number >= port && traffic.number <= (endPort ?? port)
    return [failing('port', 'protocol', wanted, found, `${wanted}, not ${found}`, same ? 0.2 : 0.8)]
  }
  if (typeof port === 'string') {
    const numbers = portsNamed(port, traffic.protocol, reached)
    const name = protocolName(traffic.protocol)
    const is =
      numbers.length === 0
        ? `no ${name} port is called ${port} at the receiver`
        : `${port} is ${name} ${numbers.join(', ')} at the receiver`
    return [failing('port', 'port', wanted, found, `${wanted}, not ${found}: ${is}`, numbers.length === 0 ? 0.4 : 0.3)]
  }
  const off = icmpType !== undefined ? Math.abs(icmpType - traffic.number) : distanceTo(traffic.number, port ?? 0, endPort ?? port ?? 0)
  return [failing('port', 'port', wanted, found, `${wanted}, not ${found}`, 0.1 + (0.4 * off) / 65536)]
}

function distanceTo(number: number, first: number, last: number): number {
  return number < first ? first - number : number - last
}
