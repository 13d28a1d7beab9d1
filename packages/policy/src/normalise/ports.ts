import { byText } from '../rule/by-text.js'
import { hasPorts, isIcmp, type PortMatch, protocolName, protocolNumber, protocolNumbers, transportNumbers } from '../rule/port.js'
import { distinct } from './order.js'

type Words = Omit<PortMatch, 'protocol'>

/**
 * Ports in order, by protocol: ranges of numbers that touch are one, what a wider one means is left out, and what TCP, UDP and SCTP have in
 * common is `transport`.
 */
export function normalisePorts(ports: readonly PortMatch[]): PortMatch[] {
  const byProtocol = new Map<number, Words[]>()
  for (const { protocol, ...words } of ports)
    for (const number of protocol === 'transport' ? transportNumbers : [protocolNumber(protocol)])
      byProtocol.set(number, [...(byProtocol.get(number) ?? []), words])
  const merged = new Map([...byProtocol].map(([number, words]) => [number, ofOneProtocol(number, words)]))
  const [first = [], ...others] = transportNumbers.map((number) => merged.get(number) ?? [])
  const isIn = (list: readonly Words[], words: Words): boolean => list.some((other) => JSON.stringify(other) === JSON.stringify(words))
  const shared = first.filter((words) => others.every((list) => isIn(list, words)))
  return [
    ...shared.map((words): PortMatch => ({ protocol: 'transport', ...words })),
    ...[...merged]
      .sort(([a], [b]) => a - b)
      .flatMap(([number, list]) =>
        list
          .filter((words) => !hasPorts(number) || !isIn(shared, words))
          .map((words): PortMatch => ({ protocol: asProtocol(number), ...words })),
      ),
  ]
}

/** By name, where it has one. */
function asProtocol(number: number): PortMatch['protocol'] {
  const name = protocolName(number)
  return Object.hasOwn(protocolNumbers, name) ? (name as keyof typeof protocolNumbers) : number
}

function ofOneProtocol(number: number, all: readonly Words[]): Words[] {
  // every port, or every type: nothing is left for the others to add
  if (all.some(({ port, icmpType }) => port === undefined && icmpType === undefined)) return [{}]
  if (isIcmp(number)) {
    const types = distinct(all.flatMap(({ icmpType }) => icmpType ?? [])).sort((a, b) => a - b)
    return types.map((icmpType) => ({ icmpType }))
  }
  const names = distinct(all.flatMap(({ port }) => (typeof port === 'string' ? port : []))).sort(byText)
  const ranges = all.flatMap(({ port, endPort }): [number, number][] => (typeof port === 'number' ? [[port, endPort ?? port]] : []))
  return [
    ...joined(ranges).map(([port, endPort]): Words => (port === endPort ? { port } : { port, endPort })),
    ...names.map((port) => ({ port })),
  ]
}

/** Ranges in order, those that touch or overlap made one. */
function joined(ranges: readonly (readonly [number, number])[]): [number, number][] {
  const out: [number, number][] = []
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const before = out.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else out.push([first, last])
  }
  return out
}
