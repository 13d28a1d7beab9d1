import { type Ip, Prefix, toIp, toPrefix } from '@axoneme/sys'
import type { Request } from '../transport/request.js'
import { InputFault, type MessageOf, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, type ValuesOf } from '../wire/index.js'
import { type addressAttributes, addressMessage, RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR } from './address-message.js'
import { type IfExists, type Protocol, protocols, type Scope, scopes } from './constant.js'

type AddressTable = (typeof addressAttributes)['table']
export type AddressMessage = MessageOf<(typeof addressMessage)['header']['fields'], AddressTable>

/** Source: linux/if_addr.h IFA_F_*. */
const FLAGS = {
  secondary: 0x01,
  noDad: 0x02,
  optimistic: 0x04,
  home: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  manageTempAddress: 0x100,
  noPrefixRoute: 0x200,
} as const
const FOREVER = 0xffff_ffff

/** An address to be put on a link. */
export interface AddressSpec {
  /** the link's index */
  readonly link: number
  /** `10.0.0.1/24`: the address with its subnet's length */
  readonly address: Prefix | string
  /** the other end of a point-to-point link */
  readonly peer?: Ip | string | undefined
  readonly broadcast?: Ip | string | undefined
  /** IPv4 only; begins with the link's name */
  readonly label?: string | undefined
  readonly scope?: Scope | undefined
  /** seconds; absent: for ever */
  readonly validSeconds?: number | undefined
  readonly preferredSeconds?: number | undefined
  /** make no route to the subnet */
  readonly noPrefixRoute?: boolean | undefined
  /** IPv6: use it at once, without asking whether somebody else has it */
  readonly noDad?: boolean | undefined
  /** of the subnet's route */
  readonly priority?: number | undefined
  /** who made it (Linux 5.18) */
  readonly protocol?: Protocol | undefined
}

/** An address as the kernel shows it. */
export interface Address {
  readonly link: number
  readonly address: Prefix
  readonly family: 4 | 6
  readonly peer: Ip | undefined
  readonly broadcast: Ip | undefined
  readonly label: string | undefined
  readonly scope: Scope
  readonly flags: number
  readonly permanent: boolean
  readonly tentative: boolean
  readonly secondary: boolean
  /** seconds left; undefined: for ever */
  readonly validSeconds: number | undefined
  readonly preferredSeconds: number | undefined
  readonly protocol: Protocol | undefined
  readonly attributes: ValuesOf<AddressTable>
}

/** undefined: a message without an address */
export function addressView(message: AddressMessage): Address | undefined {
  const { attributes } = message
  // IPv4 on a point-to-point link has its own address in `local`, and the peer's in `address`
  const own = attributes.local ?? attributes.address
  if (own === undefined) return undefined
  const flags = attributes.flags ?? message.flags
  const lifetime = (seconds: number | undefined): number | undefined => (seconds === FOREVER ? undefined : seconds)
  const pointToPoint =
    attributes.local !== undefined && attributes.address !== undefined && !attributes.local.equals(attributes.address as never)
  return {
    link: message.index,
    address: Prefix.of(own, message.prefixLength),
    family: own.family,
    peer: pointToPoint ? attributes.address : undefined,
    broadcast: attributes.broadcast,
    label: attributes.label,
    scope: scopes.toName(message.scope),
    flags,
    permanent: (flags & FLAGS.permanent) !== 0,
    tentative: (flags & FLAGS.tentative) !== 0,
    secondary: (flags & FLAGS.secondary) !== 0,
    validSeconds: lifetime(attributes.cacheInfo?.valid),
    preferredSeconds: lifetime(attributes.cacheInfo?.preferred),
    protocol: attributes.protocol === undefined ? undefined : protocols.toName(attributes.protocol),
    attributes,
  }
}

const given = { index: 'link', routePriority: 'priority' } as const

const hints: Readonly<Record<number, string>> = {
  19: 'No link has that index in this namespace; list the links, or create it first.',
  17: 'The link has that address already.',
  99: 'The link does not have that address.',
  13: 'IPv6 is off on this link: write 0 to net.ipv6.conf.LINK.disable_ipv6.',
}

function wire(spec: AddressSpec): { header: Record<string, number>; attributes: Record<string, unknown> } {
  if (!Number.isInteger(spec.link) || spec.link < 1 || spec.link > 0x7fff_ffff)
    throw new InputFault(`${String(spec.link)} is no link index`, 'link', 'An index is a positive integer, as in Link.index.')
  const prefix = taken(toPrefix(spec.address, 'address'))
  const peer = spec.peer === undefined ? undefined : taken(toIp(spec.peer, 'peer'))
  const { address } = prefix
  if (peer !== undefined && peer.family !== address.family)
    throw new InputFault(`${peer} is of another family than ${address}`, 'peer', `Give an IPv${address.family} address.`)
  const lifetimes = spec.validSeconds !== undefined || spec.preferredSeconds !== undefined
  const valid = seconds(spec.validSeconds ?? FOREVER, 'validSeconds')
  const preferred = seconds(spec.preferredSeconds ?? valid, 'preferredSeconds')
  if (preferred > valid)
    throw new InputFault(
      `${preferred} is above validSeconds (${valid})`,
      'preferredSeconds',
      'An address cannot be preferred for longer than it is valid.',
    )
  const flags = (spec.noPrefixRoute ? FLAGS.noPrefixRoute : 0) | (spec.noDad ? FLAGS.noDad : 0)
  return {
    header: {
      family: address.family === 4 ? 2 : 10,
      prefixLength: prefix.length,
      scope: scopes.toNumber(spec.scope ?? defaultScope(address), 'scope'),
      index: spec.link,
    },
    attributes: {
      local: address,
      address: peer ?? address,
      broadcast: spec.broadcast,
      label: spec.label,
      flags: flags === 0 ? undefined : flags,
      routePriority: spec.priority,
      protocol: spec.protocol === undefined ? undefined : protocols.toNumber(spec.protocol, 'protocol'),
      cacheInfo: lifetimes ? { preferred, valid } : undefined,
    },
  }
}

function seconds(value: number, path: string): number {
  if (!Number.isInteger(value) || value < 0 || value > FOREVER)
    throw new InputFault(`${String(value)} is no number of seconds`, path, 'Give an integer from 0 up; leave it out for ever.')
  return value
}

/** As ip-address(8) does: what is of this host only is said to be. */
function defaultScope(address: Ip): Scope {
  return address.family === 4 && address.isLoopback ? 'host' : 'universe'
}

/** @throws InputFault */
export function addAddress(spec: AddressSpec, ifExists: IfExists = 'refuse'): Request {
  const { header, attributes } = wire(spec)
  return {
    what: `add address ${spec.address} to link ${spec.link}`,
    kind: addressMessage,
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | (ifExists === 'replace' ? NLM_F_REPLACE : NLM_F_EXCL),
    hints,
    given,
    message: { ...header, attributes },
  }
}

/** @throws InputFault */
export function deleteAddress(spec: AddressSpec): Request {
  const { header, attributes } = wire(spec)
  const { local, address, label } = attributes
  return {
    what: `delete address ${spec.address} from link ${spec.link}`,
    kind: addressMessage,
    type: RTM_DELADDR,
    flags: 0,
    hints,
    given,
    message: { ...header, attributes: { local, address, label } },
  }
}

export function listAddresses(filter: { family?: 4 | 6 | undefined; link?: number | undefined } = {}): Request {
  return {
    what: 'list addresses',
    kind: addressMessage,
    type: RTM_GETADDR,
    flags: 0,
    given,
    message: { family: filter.family === undefined ? 0 : filter.family === 4 ? 2 : 10, index: filter.link },
  }
}

/** The value, or the error as the fault that the boundary turns back into it. */
export function taken<T>(result: { isErr(): boolean; value?: T; error?: { message: string; path: string; hint?: string } }): T {
  if (!result.isErr()) return result.value as T
  const { path, message, hint } = result.error as { message: string; path: string; hint?: string }
  throw new InputFault(path !== '' && message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message, path, hint)
}
