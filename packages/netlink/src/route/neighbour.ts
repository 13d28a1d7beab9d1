import { type Ip, type Mac, toIp } from '@axoneme/sys'
import type { Request } from '../transport/request.js'
import { InputFault, type MessageOf, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, type ValuesOf } from '../wire/index.js'
import { taken } from './address.js'
import { type IfExists, type Protocol, protocols } from './constant.js'
import { AF_BRIDGE, type neighbourAttributes, neighbourMessage, RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH } from './neighbour-message.js'

type NeighbourTable = (typeof neighbourAttributes)['table']
export type NeighbourMessage = MessageOf<(typeof neighbourMessage)['header']['fields'], NeighbourTable>

/** Source: linux/neighbour.h NUD_*. */
const states = {
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
} as const
export type NeighbourState = keyof typeof states
/** Source: linux/neighbour.h NTF_*. */
const NTF_SELF = 0x02
const NTF_MASTER = 0x04
const NTF_PROXY = 0x08
const NTF_EXT_LEARNED = 0x10
const NTF_ROUTER = 0x80

/** Which hardware address an address has on a link. */
export interface NeighbourSpec {
  /** the link's index */
  readonly link: number
  readonly address: Ip | string
  /** not for proxy entries */
  readonly hardwareAddress?: Mac | string | undefined
  /** absent: permanent */
  readonly state?: NeighbourState | undefined
  /** answer for this address instead of resolving it */
  readonly proxy?: boolean | undefined
  readonly router?: boolean | undefined
  readonly externallyLearned?: boolean | undefined
  readonly protocol?: Protocol | undefined
}

/** Which neighbours: `proxy` for the proxy entries instead of the learned and permanent ones. */
export interface NeighbourFilter {
  readonly family?: 4 | 6 | undefined
  readonly link?: number | undefined
  readonly proxy?: boolean | undefined
}

/** A neighbour as the kernel shows it. */
export interface Neighbour {
  readonly link: number
  readonly family: 4 | 6
  readonly address: Ip
  readonly hardwareAddress: Mac | Uint8Array | undefined
  /** empty for proxy entries */
  readonly states: readonly NeighbourState[]
  readonly proxy: boolean
  readonly router: boolean
  readonly externallyLearned: boolean
  readonly protocol: Protocol | undefined
  readonly attributes: ValuesOf<NeighbourTable>
}

/** An entry of a forwarding table: of a bridge (`master`), or of a tunnel or other device (`self`). */
export interface FdbSpec {
  readonly link: number
  readonly hardwareAddress: Mac | string
  /** absent: the device itself */
  readonly of?: 'self' | 'master' | undefined
  /** a tunnel's remote end */
  readonly remote?: Ip | string | undefined
  readonly port?: number | undefined
  readonly vni?: number | undefined
  /** the index of the link that the tunnel's packets leave by */
  readonly via?: number | undefined
  readonly vlan?: number | undefined
  /** absent: permanent */
  readonly state?: 'permanent' | 'reachable' | 'noarp' | undefined
  readonly externallyLearned?: boolean | undefined
}

/** An entry of a forwarding table as the kernel shows it. */
export interface FdbEntry {
  readonly link: number
  readonly hardwareAddress: Mac | Uint8Array
  readonly of: 'self' | 'master'
  readonly remote: Ip | undefined
  readonly port: number | undefined
  readonly vni: number | undefined
  readonly via: number | undefined
  readonly vlan: number | undefined
  readonly master: number | undefined
  readonly states: readonly NeighbourState[]
  readonly externallyLearned: boolean
  readonly attributes: ValuesOf<NeighbourTable>
}

function stateNames(bits: number): readonly NeighbourState[] {
  return (Object.keys(states) as NeighbourState[]).filter((name) => (bits & states[name]) !== 0)
}

export function neighbourView(message: NeighbourMessage): Neighbour | undefined {
  const { attributes } = message
  if ((message.family !== 2 && message.family !== 10) || attributes.destination === undefined) return undefined
  return {
    link: message.index,
    family: message.family === 2 ? 4 : 6,
    address: attributes.destination,
    hardwareAddress: attributes.hardwareAddress,
    states: stateNames(message.state),
    proxy: (message.flags & NTF_PROXY) !== 0,
    router: (message.flags & NTF_ROUTER) !== 0,
    externallyLearned: (message.flags & NTF_EXT_LEARNED) !== 0,
    protocol: attributes.protocol === undefined ? undefined : protocols.toName(attributes.protocol),
    attributes,
  }
}

export function fdbView(message: NeighbourMessage): FdbEntry | undefined {
  const { attributes } = message
  if (message.family !== AF_BRIDGE || attributes.hardwareAddress === undefined) return undefined
  return {
    link: message.index,
    hardwareAddress: attributes.hardwareAddress,
    of: (message.flags & NTF_SELF) !== 0 ? 'self' : 'master',
    remote: attributes.destination,
    port: attributes.port,
    vni: attributes.vni,
    via: attributes.outputInterface,
    vlan: attributes.vlan,
    master: attributes.master,
    states: stateNames(message.state),
    externallyLearned: (message.flags & NTF_EXT_LEARNED) !== 0,
    attributes,
  }
}

function checkLink(link: number): number {
  if (!Number.isInteger(link) || link < 1 || link > 0x7fff_ffff)
    throw new InputFault(`${String(link)} is no link index`, 'link', 'An index is a positive integer, as in Link.index.')
  return link
}

function stateBits(state: NeighbourState = 'permanent'): number {
  if (!Object.hasOwn(states, state))
    throw new InputFault(`"${String(state)}" is no state`, 'state', `Give one of ${Object.keys(states).join(', ')}.`)
  return states[state]
}

const given = { index: 'link', outputInterface: 'link' } as const
const fdbGiven = { index: 'link', outputInterface: 'via' } as const

function wire(spec: NeighbourSpec): { family: number; index: number; state: number; flags: number; attributes: Record<string, unknown> } {
  const address = taken(toIp(spec.address, 'address'))
  return {
    family: address.family === 4 ? 2 : 10,
    index: checkLink(spec.link),
    state: spec.proxy ? 0 : stateBits(spec.state),
    flags: (spec.proxy ? NTF_PROXY : 0) | (spec.router ? NTF_ROUTER : 0) | (spec.externallyLearned ? NTF_EXT_LEARNED : 0),
    attributes: {
      destination: address,
      hardwareAddress: spec.hardwareAddress,
      protocol: spec.protocol === undefined ? undefined : protocols.toNumber(spec.protocol, 'protocol'),
    },
  }
}

const modifying = { refuse: NLM_F_CREATE | NLM_F_EXCL, replace: NLM_F_CREATE | NLM_F_REPLACE, append: NLM_F_CREATE | NLM_F_APPEND } as const

/** @throws InputFault */
export function addNeighbour(spec: NeighbourSpec, ifExists: IfExists = 'refuse'): Request {
  const message = wire(spec)
  if (!spec.proxy && spec.hardwareAddress === undefined && (spec.state ?? 'permanent') === 'permanent')
    throw new InputFault('is missing', 'hardwareAddress', 'A permanent entry needs one; a proxy entry does not.')
  return { what: `add neighbour ${spec.address}`, kind: neighbourMessage, type: RTM_NEWNEIGH, flags: modifying[ifExists], given, message }
}

/** @throws InputFault */
export function deleteNeighbour(spec: Pick<NeighbourSpec, 'link' | 'address' | 'proxy'>): Request {
  const { family, index, flags, attributes } = wire(spec)
  return {
    what: `delete neighbour ${spec.address}`,
    kind: neighbourMessage,
    type: RTM_DELNEIGH,
    flags: 0,
    given,
    message: { family, index, flags, attributes: { destination: attributes.destination } },
  }
}

export function listNeighbours(filter: NeighbourFilter = {}): Request {
  return {
    what: 'list neighbours',
    kind: neighbourMessage,
    type: RTM_GETNEIGH,
    flags: 0,
    given,
    message: {
      family: filter.family === undefined ? 0 : filter.family === 4 ? 2 : 10,
      flags: filter.proxy ? NTF_PROXY : 0,
      attributes: { outputInterface: filter.link },
    },
  }
}

function fdbWire(spec: FdbSpec): object {
  const remote = spec.remote === undefined ? undefined : taken(toIp(spec.remote, 'remote'))
  return {
    family: AF_BRIDGE,
    index: checkLink(spec.link),
    state: stateBits(spec.state),
    flags: (spec.of === 'master' ? NTF_MASTER : NTF_SELF) | (spec.externallyLearned ? NTF_EXT_LEARNED : 0),
    attributes: {
      hardwareAddress: spec.hardwareAddress,
      destination: remote,
      vlan: spec.vlan,
      port: spec.port,
      vni: spec.vni,
      outputInterface: spec.via,
    },
  }
}

/**
 * @param ifExists `append` adds another remote end for the same hardware address (a tunnel's flooding list)
 * @throws InputFault
 */
export function addFdbEntry(spec: FdbSpec, ifExists: IfExists | 'append' = 'refuse'): Request {
  return {
    what: `add fdb entry ${spec.hardwareAddress}`,
    kind: neighbourMessage,
    type: RTM_NEWNEIGH,
    flags: modifying[ifExists],
    given: fdbGiven,
    message: fdbWire(spec),
  }
}

/** @throws InputFault */
export function deleteFdbEntry(spec: FdbSpec): Request {
  return {
    what: `delete fdb entry ${spec.hardwareAddress}`,
    kind: neighbourMessage,
    type: RTM_DELNEIGH,
    flags: 0,
    given: fdbGiven,
    message: fdbWire(spec),
  }
}

/** @param filter `link` a port or tunnel, `master` a bridge */
export function listFdb(filter: { link?: number | undefined; master?: number | undefined } = {}): Request {
  return {
    what: 'list fdb entries',
    kind: neighbourMessage,
    type: RTM_GETNEIGH,
    flags: 0,
    given,
    message: { family: AF_BRIDGE, index: filter.link, attributes: { master: filter.master } },
  }
}
