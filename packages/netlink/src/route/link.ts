import type { Mac, Netns } from '@axoneme/sys'
import { findLinkKind, type LinkKindInput, linkKinds } from '../link-kind/index.js'
import type { Request } from '../transport/request.js'
import { InputFault, type MessageOf, NLM_F_CREATE, NLM_F_EXCL, type ValuesOf } from '../wire/index.js'
import { IFF_ALLMULTI, IFF_LOWER_UP, IFF_NOARP, IFF_PROMISC, IFF_UP, type OperState, operStates } from './constant.js'
import { type linkAttributes, linkMessage, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK, RTM_SETLINK } from './link-message.js'

type LinkTable = (typeof linkAttributes)['table']
export type LinkMessage = MessageOf<(typeof linkMessage)['header']['fields'], LinkTable>

/** A link: by its index, or by its name (or an alternative name). */
export type LinkReference = number | string

/** The XDP program of a link, given by a descriptor; -1 takes it off. */
export interface XdpSetting {
  readonly fd: number
  /** XDP_FLAGS_*: 1 only if none is there, 2 generic, 4 driver, 8 hardware, 16 only in place of `expectedFd` */
  readonly flags?: number | undefined
  readonly expectedFd?: number | undefined
}

/** A bridge port's settings. Source: linux/if_link.h IFLA_BRPORT_*. */
export type PortSetting = Readonly<Record<string, unknown>>

/** What can be said of a link, at its creation and later. Sizes in bytes. */
export interface LinkSettings {
  readonly mtu?: number | undefined
  /** hardware address */
  readonly address?: Mac | Uint8Array | string | undefined
  readonly broadcast?: Mac | Uint8Array | string | undefined
  /** at most 255 bytes; '' takes it away */
  readonly alias?: string | undefined
  readonly group?: number | undefined
  /** the index of the link that it becomes a port of; 0: of none */
  readonly master?: number | undefined
  /** where to move it */
  readonly netns?: Netns | { readonly pid: number } | { readonly fd: number } | undefined
  readonly up?: boolean | undefined
  readonly noArp?: boolean | undefined
  readonly promiscuous?: boolean | undefined
  readonly allMulticast?: boolean | undefined
  readonly txQueueLength?: number | undefined
  readonly gsoMaxSegments?: number | undefined
  readonly gsoMaxSize?: number | undefined
  readonly groMaxSize?: number | undefined
  /** Linux 6.3; older kernels ignore it without a word, which the client notices */
  readonly gsoIpv4MaxSize?: number | undefined
  readonly groIpv4MaxSize?: number | undefined
  readonly xdp?: XdpSetting | undefined
  /** of a bridge's port, which `master` must have made it */
  readonly port?: PortSetting | undefined
}

/** A link to be created. */
export type LinkSpec = LinkKindInput &
  LinkSettings & {
    /** 1 to 15 bytes, no '/' and no white space */
    readonly name: string
    /** the index wanted; absent: the kernel chooses */
    readonly index?: number | undefined
    /** the index of the link under it (vlan, macvlan, ipvlan) */
    readonly link?: number | undefined
    readonly txQueues?: number | undefined
    readonly rxQueues?: number | undefined
  }

/** Changes to a link; `name` renames it (it must be down on kernels before 6.3). */
export interface LinkChange extends LinkSettings {
  readonly name?: string | undefined
  /** `linkinfo.data` of its kind: what the driver allows to change */
  readonly kind?: string | undefined
  readonly data?: object | undefined
}

/** A link as the kernel shows it. */
export interface Link {
  readonly index: number
  readonly name: string
  /** ARPHRD_*: 1 is Ethernet, 772 loopback */
  readonly type: number
  readonly flags: number
  readonly up: boolean
  readonly lowerUp: boolean
  readonly operState: OperState
  readonly mtu: number
  readonly address: Mac | Uint8Array | undefined
  readonly kind: string | undefined
  /** typed by `kind`; the bytes when the kind has no table */
  readonly data: unknown
  readonly portKind: string | undefined
  readonly port: unknown
  readonly master: number | undefined
  readonly link: number | undefined
  readonly linkNetnsId: number | undefined
  readonly group: number
  readonly alias: string | undefined
  readonly altNames: readonly string[]
  readonly qdisc: string | undefined
  readonly txQueueLength: number
  readonly txQueues: number | undefined
  readonly rxQueues: number | undefined
  readonly gsoMaxSize: number | undefined
  readonly groMaxSize: number | undefined
  readonly gsoIpv4MaxSize: number | undefined
  readonly groIpv4MaxSize: number | undefined
  readonly gsoMaxSegments: number | undefined
  readonly statistics: LinkMessage['attributes']['statistics']
  readonly xdp: LinkMessage['attributes']['xdp']
  /** every attribute, the unknown ones by number */
  readonly attributes: ValuesOf<LinkTable>
}

export function linkView(message: LinkMessage): Link {
  const { attributes } = message
  const { linkinfo } = attributes
  return {
    index: message.index,
    name: attributes.ifname ?? '',
    type: message.type,
    flags: message.flags,
    up: (message.flags & IFF_UP) !== 0,
    lowerUp: (message.flags & IFF_LOWER_UP) !== 0,
    operState: operStates.toName(attributes.operState ?? 0),
    mtu: attributes.mtu ?? 0,
    address: attributes.address,
    kind: linkinfo?.kind,
    data: linkinfo?.data,
    portKind: linkinfo?.slaveKind,
    port: linkinfo?.slaveData,
    master: attributes.master,
    link: attributes.link,
    linkNetnsId: attributes.linkNetnsId,
    group: attributes.group ?? 0,
    alias: attributes.alias,
    altNames: attributes.properties ?? [],
    qdisc: attributes.qdisc,
    txQueueLength: attributes.txQueueLength ?? 0,
    txQueues: attributes.txQueues,
    rxQueues: attributes.rxQueues,
    gsoMaxSize: attributes.gsoMaxSize,
    groMaxSize: attributes.groMaxSize,
    gsoIpv4MaxSize: attributes.gsoIpv4MaxSize,
    groIpv4MaxSize: attributes.groIpv4MaxSize,
    gsoMaxSegments: attributes.gsoMaxSegments,
    statistics: attributes.statistics,
    xdp: attributes.xdp,
    attributes,
  }
}

const MTU_HINT = 'The device has a smallest and a largest MTU (minMtu and maxMtu of the link): 68 to 65535 for most.'

/** Says what is wrong with a link's name before the kernel does. Source: net/core/dev.c dev_valid_name. */
export function checkLinkName(name: unknown, path: string): string {
  if (typeof name !== 'string') throw new InputFault(`${String(name)} is not a string`, path, 'A link name is text of 1 to 15 bytes.')
  const encoded = new TextEncoder().encode(name)
  const bytes = encoded.length
  if (bytes === 0) throw new InputFault('is empty', path, 'A link name has 1 to 15 bytes.')
  if (bytes > 15) throw new InputFault(`"${name}" is ${bytes} bytes long`, path, 'A link name has at most 15 bytes; choose a shorter one.')
  // the kernel takes the byte 0xa0 for white space, whatever character it is a part of
  if (name === '.' || name === '..' || /[/:\s\0]/.test(name) || encoded.includes(0xa0))
    throw new InputFault(`"${name}" holds a character that link names cannot have`, path, 'No "/", ":", white space, and not "." or "..".')
  return name
}

function settingAttributes(settings: LinkSettings): Record<string, unknown> {
  const { netns } = settings
  if (settings.mtu !== undefined && (!Number.isInteger(settings.mtu) || settings.mtu < 0 || settings.mtu > 0x7fff_ffff))
    throw new InputFault(`${settings.mtu} is no MTU`, 'mtu', MTU_HINT)
  return {
    mtu: settings.mtu,
    address: settings.address,
    broadcast: settings.broadcast,
    group: settings.group,
    master: settings.master,
    txQueueLength: settings.txQueueLength,
    gsoMaxSegments: settings.gsoMaxSegments,
    gsoMaxSize: settings.gsoMaxSize,
    groMaxSize: settings.groMaxSize,
    gsoIpv4MaxSize: settings.gsoIpv4MaxSize,
    groIpv4MaxSize: settings.groIpv4MaxSize,
    netnsPid: netns !== undefined && 'pid' in netns ? netns.pid : undefined,
    netnsFd: netns !== undefined && !('pid' in netns) ? netns.fd : undefined,
  }
}

function flagBits(settings: LinkSettings): { flags: number; change: number } {
  let flags = 0
  let change = 0
  const bit = (wanted: boolean | undefined, mask: number): void => {
    if (wanted === undefined) return
    change |= mask
    if (wanted) flags |= mask
  }
  bit(settings.up, IFF_UP)
  bit(settings.noArp, IFF_NOARP)
  bit(settings.promiscuous, IFF_PROMISC)
  bit(settings.allMulticast, IFF_ALLMULTI)
  return { flags, change }
}

const linkHints: Readonly<Record<number, string>> = {
  34: MTU_HINT,
  22: 'Look at the attribute that the kernel points at; a wrong MTU, a parent of the wrong sort or an option that the driver lacks are the usual causes.',
}

/** Where the attributes of a message about a link stand in a spec or a change. */
const given = {
  ifname: 'name',
  netnsFd: 'netns',
  netnsPid: 'netns',
  'linkinfo.kind': 'kind',
  'linkinfo.data': 'data',
  'linkinfo.data.peer.netnsFd': 'data.peer.netns',
  'linkinfo.data.peer.netnsPid': 'data.peer.netns',
  'linkinfo.slaveData': 'port',
} as const
const referenceGiven = { ...given, index: 'link', altName: 'link' } as const

/** The messages that make a link: the second is needed for what the kernel leaves out at creation. */
export interface LinkCreation {
  readonly create: Request
  readonly followUp: Request | undefined
}

/**
 * @throws InputFault
 */
export function createLink(spec: LinkSpec): LinkCreation {
  const name = checkLinkName(spec.name, 'name')
  const kind = findLinkKind(spec.kind)
  if (kind === undefined)
    throw new InputFault(
      `"${String(spec.kind)}" is no kind of link that is known here`,
      'kind',
      `Give one of ${Object.keys(linkKinds).join(', ')}.`,
    )
  const data = checkedData(spec)
  for (const needed of kind.needs ?? [])
    if ((data as Record<string, unknown> | undefined)?.[needed] === undefined)
      throw new InputFault('is missing', `data.${needed}`, `A ${spec.kind} link cannot be made without it.`)
  // the kernel takes these at creation without a word, and does nothing with them
  const late = spec.alias !== undefined || spec.xdp !== undefined || spec.port !== undefined
  const { netnsFd, netnsPid, ...settings } = settingAttributes(spec)
  const { flags, change } = flagBits(spec)
  const driver = { name: kind.kind, config: kind.config, since: kind.since }
  const what = `create ${spec.kind} link ${name}`
  const create: Request = {
    what,
    kind: linkMessage,
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    driver,
    hints: linkHints,
    given,
    message: {
      index: spec.index,
      flags,
      change,
      attributes: {
        ifname: name,
        link: spec.link,
        ...settings,
        ...(late ? {} : { netnsFd, netnsPid }),
        txQueues: spec.txQueues,
        rxQueues: spec.rxQueues,
        linkinfo: { kind: spec.kind, data },
      },
    },
  }
  if (!late) return { create, followUp: undefined }
  // a link that moves is made here first, so that the second message finds it; moving takes it down
  const moves = netnsFd !== undefined || netnsPid !== undefined
  return {
    create,
    followUp: {
      what,
      kind: linkMessage,
      type: settingType({ port: spec.port }),
      flags: 0,
      hints: linkHints,
      given,
      message: {
        ...(moves ? { flags, change } : {}),
        attributes: { ifname: name, netnsFd, netnsPid, ...lateAttributes(spec) },
      },
    },
  }
}

/** RTM_SETLINK takes linkinfo without a word, and does nothing with it. Source: net/core/rtnetlink.c do_setlink. */
function settingType({ data, port }: { readonly data?: object | undefined; readonly port?: PortSetting | undefined }): number {
  return data === undefined && port === undefined ? RTM_SETLINK : RTM_NEWLINK
}

function lateAttributes(settings: LinkSettings): Record<string, unknown> {
  return {
    alias: settings.alias,
    xdp: settings.xdp,
    linkinfo: settings.port === undefined ? undefined : { slaveKind: 'bridge', slaveData: settings.port },
  }
}

/** `data` as given, its peer's name checked. */
function checkedData(spec: LinkSpec): object | undefined {
  const data = spec.data as { peer?: { name?: unknown } } | undefined
  if (data?.peer?.name !== undefined) checkLinkName(data.peer.name, 'data.peer.name')
  return data
}

function named(reference: LinkReference): { index?: number; attributes: Record<string, unknown> } {
  if (typeof reference === 'number') {
    if (!Number.isInteger(reference) || reference < 1 || reference > 0x7fff_ffff)
      throw new InputFault(`${reference} is no link index`, 'link', 'An index is a positive integer, as in Link.index.')
    return { index: reference, attributes: {} }
  }
  // a name above 15 bytes can only be an alternative one
  if (new TextEncoder().encode(String(reference)).length > 15) return { attributes: { altName: reference } }
  return { attributes: { ifname: checkLinkName(reference, 'link') } }
}

const EXT_MASK_SKIP_STATS = 1 << 3

/** @throws InputFault */
export function getLink(reference: LinkReference): Request {
  const { index, attributes } = named(reference)
  return {
    what: `get link ${reference}`,
    kind: linkMessage,
    type: RTM_GETLINK,
    flags: 0,
    given: referenceGiven,
    message: { index, attributes: { ...attributes, extendedMask: EXT_MASK_SKIP_STATS } },
  }
}

export function listLinks(): Request {
  return {
    what: 'list links',
    kind: linkMessage,
    type: RTM_GETLINK,
    flags: 0,
    message: { attributes: { extendedMask: EXT_MASK_SKIP_STATS } },
  }
}

/** @throws InputFault */
export function updateLink(reference: LinkReference, change: LinkChange): Request {
  const { index, attributes } = named(reference)
  if (change.name !== undefined) {
    checkLinkName(change.name, 'name')
    if (index === undefined) throw new InputFault('renaming needs the index of the link', 'link', 'Get the link first and give its index.')
  }
  if (change.data !== undefined && change.port !== undefined)
    throw new InputFault('cannot change at once with data', 'port', 'Make two changes of it.')
  if (change.data !== undefined && change.kind === undefined)
    throw new InputFault('is missing', 'kind', 'Give the kind of the link beside its data, as in Link.kind.')
  return {
    what: `update link ${reference}`,
    kind: linkMessage,
    type: settingType(change),
    flags: 0,
    hints: linkHints,
    given: referenceGiven,
    message: {
      index,
      ...flagBits(change),
      attributes: {
        ...attributes,
        ...(change.name === undefined ? {} : { ifname: change.name }),
        ...settingAttributes(change),
        ...lateAttributes(change),
        ...(change.data === undefined ? {} : { linkinfo: { kind: change.kind, data: change.data } }),
      },
    },
  }
}

/** @throws InputFault */
export function deleteLink(reference: LinkReference): Request {
  const { index, attributes } = named(reference)
  return {
    what: `delete link ${reference}`,
    kind: linkMessage,
    type: RTM_DELLINK,
    flags: 0,
    given: referenceGiven,
    message: { index, attributes },
  }
}

/** All links of a group, in one message: thousands of times faster than one by one. */
export function deleteLinkGroup(group: number): Request {
  if (group === 0)
    throw new InputFault('0 is the group of every link that was not given one', 'group', 'Give your links a group of their own.')
  return { what: `delete links of group ${group}`, kind: linkMessage, type: RTM_DELLINK, flags: 0, message: { attributes: { group } } }
}
