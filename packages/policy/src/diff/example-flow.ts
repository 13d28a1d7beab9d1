import type { Flow } from '../evaluate/flow.js'
import { hasPorts, isIcmp, type ProtocolName, protocolNumbers } from '../rule/port.js'
import type { End } from './ends.js'
import type { TrafficSet } from './traffic-set.js'

/** One flow of a group: between two, if there are two, and of traffic that a reader knows. */
export function exampleFlow(from: readonly End[], to: readonly End[], { stretches }: TrafficSet, named: readonly number[]): Flow {
  const destination = to.find((end) => end !== from[0]) ?? to[0]
  const source = from.find((end) => end !== destination) ?? from[0]
  if (source === undefined || destination === undefined) throw new Error('a bug in axoneme: a group of nobody')
  return { from: source.flowEnd, to: destination.flowEnd, ...carried(stretches, named) }
}

/** TCP where it is all the same, and port 80 where that is. */
function carried(stretches: TrafficSet['stretches'], named: readonly number[]): Pick<Flow, 'protocol' | 'port' | 'icmpType'> {
  const [stretch] = [...stretches].sort((a, b) => Number(b.protocol === 6) - Number(a.protocol === 6))
  if (stretch === undefined) throw new Error('a bug in axoneme: a group of no traffic')
  const { protocol = unnamed(named), first, last } = stretch
  const anyPort = stretch.protocol === undefined || (first <= 80 && last >= 80)
  const name = (Object.keys(protocolNumbers) as ProtocolName[]).find((one) => protocolNumbers[one] === protocol) ?? protocol
  if (hasPorts(protocol)) return { protocol: name, port: anyPort ? 80 : first }
  return isIcmp(protocol) ? { protocol: name, icmpType: first } : { protocol: name }
}

/** A protocol that is none of those, a well-known one if possible. */
function unnamed(named: readonly number[]): number {
  return [6, 17, 1, 132, 47, ...Array(256).keys()].find((protocol) => !named.includes(protocol)) ?? 255
}
