import { type InputInvalid, type Ipv4, type Ipv6, inputInvalid } from '@axoneme/sys'

/** How many entries maps hold; all have defaults, see docs/datapath.md for what they take. */
export interface DatapathSizes {
  /** endpoints of this node: a power of two, 2 to 65536 */
  readonly endpoints?: number
  readonly flows4?: number
  readonly flows6?: number
  readonly fragments4?: number
  readonly fragments6?: number
  /** prefixes of each family */
  readonly ipcache?: number
  /** generations that peers share among them */
  readonly peers?: number
  readonly nodes?: number
  readonly tables?: number
  readonly directories?: number
  readonly chunks?: number
  readonly rows?: number
  readonly peerRows?: number
  /** identities that tables list */
  readonly identities?: number
  readonly decisions?: number
  readonly listeners?: number
  /** bytes of the ring buffer: a power of two and a multiple of the page */
  readonly events?: number
}

/** Idle times, in seconds. */
export interface FlowTimeouts {
  readonly tcpOpening: number
  readonly tcp: number
  readonly tcpClosing: number
  readonly udp: number
  readonly other: number
}

/** Those that the field uses: RFC 5382 asks for 2 h 4 min of an established connection at least, RFC 4787 for 2 min of UDP (5 are recommended). */
export const defaultTimeouts: FlowTimeouts = Object.freeze({ tcpOpening: 60, tcp: 8_000, tcpClosing: 10, udp: 300, other: 60 })

/** What is told of flows. */
export interface EventSettings {
  readonly drops: boolean
  readonly verdicts: boolean
  readonly traces: boolean
  /** events of a CPU in about a second (256 jiffies) */
  readonly budget: number
  /** seconds between two reports of one flow */
  readonly reportEvery: number
}

export const noEvents: EventSettings = Object.freeze({ drops: false, verdicts: false, traces: false, budget: 0, reportEvery: 5 })

/** Facts of the node; absent ones are as if the node had none. */
export interface DatapathConfig {
  /** index of the collect-metadata tunnel */
  readonly tunnelIfindex?: number
  /** the pods' gateways, for which their own links answer */
  readonly gateway4?: Ipv4
  readonly gateway6?: Ipv6
  /** this node's addresses at its uplink */
  readonly node4?: Ipv4
  readonly node6?: Ipv6
  /** packets to the outside go by the routing table's link at once, not through the host's stack */
  readonly hostRouting?: boolean
  /** of packets to the outside that take the host's stack, in bytes; absent: not checked */
  readonly outsideMtu?: number
  readonly sizes?: DatapathSizes
  readonly timeouts?: FlowTimeouts
  readonly events?: EventSettings
}

export const DEFAULT_ENDPOINTS = 4096

/** The maps' names by the sizes' names. */
export const sizedMaps: Readonly<Record<keyof DatapathSizes, readonly string[]>> = {
  endpoints: ['axm_endpoints', 'axm_more_endpoints'],
  flows4: ['axm_flows4'],
  flows6: ['axm_flows6'],
  fragments4: ['axm_fragments4'],
  fragments6: ['axm_fragments6'],
  ipcache: ['axm_ipcache4', 'axm_ipcache6'],
  peers: ['axm_peer_generations'],
  nodes: ['axm_nodes'],
  tables: ['axm_tables'],
  directories: ['axm_directories'],
  chunks: ['axm_chunks'],
  rows: ['axm_rows'],
  peerRows: ['axm_peer_rows'],
  identities: ['axm_identities'],
  decisions: ['axm_decisions'],
  listeners: ['axm_listeners'],
  events: ['axm_events'],
}

/** numbers of 16 bits in layouts */
const SHORT: ReadonlySet<keyof DatapathSizes> = new Set(['endpoints', 'tables', 'directories', 'chunks', 'decisions', 'listeners'] as const)

export function configFault({ sizes = {}, timeouts = defaultTimeouts, events = noEvents }: DatapathConfig): InputInvalid | undefined {
  for (const [name, value] of Object.entries(sizes) as [keyof DatapathSizes, number][]) {
    if (!Object.hasOwn(sizedMaps, name))
      return inputInvalid(`sizes.${name}`, 'there is no such size', `There are: ${Object.keys(sizedMaps).join(', ')}.`)
    if (!Number.isInteger(value) || value < 1) return inputInvalid(`sizes.${name}`, `${String(value)} is no number of entries`)
    if (SHORT.has(name) && value > 65_536)
      return inputInvalid(`sizes.${name}`, `${value} is more than 65536`, 'Its entries have numbers of 16 bits.')
  }
  const { endpoints = DEFAULT_ENDPOINTS } = sizes
  if (endpoints < 2 || (endpoints & (endpoints - 1)) !== 0)
    return inputInvalid('sizes.endpoints', `${endpoints} is no power of two from 2`, 'Links are found by the lower bits of their index.')
  for (const [name, value] of Object.entries(timeouts))
    if (!Number.isFinite(value) || value < 0 || value > 1e6)
      return inputInvalid(`timeouts.${name}`, `${String(value)} is no number of seconds up to 1 000 000`)
  if (!Number.isInteger(events.budget) || events.budget < 0 || events.budget > 0xffff_ffff)
    return inputInvalid('events.budget', `${String(events.budget)} is no number of events`)
  if (!Number.isFinite(events.reportEvery) || events.reportEvery < 0 || events.reportEvery > 10_000)
    return inputInvalid('events.reportEvery', `${String(events.reportEvery)} is no number of seconds up to 10 000`)
  return undefined
}
