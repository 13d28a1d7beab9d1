import { type bpfFilter, TCA_BPF_FLAG_ACT_DIRECT } from '../filter-kind/index.js'
import { type ClassKindInput, findQdiscKind, type QdiscKindInput, qdiscKinds } from '../qdisc-kind/index.js'
import type { Request } from '../transport/request.js'
import { InputFault, type MessageOf, NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, NLM_F_REPLACE, type ValuesOf } from '../wire/index.js'
import type { IfExists } from './constant.js'
import {
  classMessage,
  filterMessage,
  qdiscMessage,
  RTM_DELQDISC,
  RTM_DELTCLASS,
  RTM_DELTFILTER,
  RTM_GETQDISC,
  RTM_GETTCLASS,
  RTM_GETTFILTER,
  RTM_NEWQDISC,
  RTM_NEWTCLASS,
  RTM_NEWTFILTER,
} from './tc-message.js'

export type TcMessage = MessageOf<(typeof qdiscMessage)['header']['fields'], (typeof qdiscMessage)['attributes']['table']>

/** Source: linux/pkt_sched.h. */
const TC_H_ROOT = 0xffff_ffff
const TC_H_CLSACT = 0xffff_fff1
const MIN_INGRESS = 0xfff2
const MIN_EGRESS = 0xfff3
const ETH_P_ALL = 0x0003

/** A place in the tree: `root`, `clsact`, or a handle `major:minor` as 32 bits or in tc's notation (hexadecimal, `1:10`). */
export type TcHandle = number | string

/** @throws InputFault */
export function tcHandle(value: TcHandle, path: string): number {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value
    throw new InputFault(`${value} is not a handle`, path, 'Give an integer of 32 bits, or write major:minor in hexadecimal.')
  }
  if (value === 'root') return TC_H_ROOT
  if (value === 'clsact' || value === 'ingress') return TC_H_CLSACT
  const match = /^([0-9a-f]{1,4}):([0-9a-f]{0,4})$/i.exec(value)
  if (match === null)
    throw new InputFault(`"${value}" is not a handle`, path, 'Write root, clsact, or major:minor in hexadecimal, as 1: or 1:10.')
  return ((Number.parseInt(match[1] as string, 16) << 16) | Number.parseInt(match[2] || '0', 16)) >>> 0
}

/** A handle in tc's notation. */
export function formatTcHandle(handle: number): string {
  if (handle === TC_H_ROOT) return 'root'
  if (handle === TC_H_CLSACT) return 'clsact'
  const minor = handle & 0xffff
  return `${(handle >>> 16).toString(16)}:${minor === 0 ? '' : minor.toString(16)}`
}

/** A queueing discipline to be put on a link. */
export type QdiscSpec = QdiscKindInput & {
  readonly link: number
  /** absent: root (clsact and ingress have a place of their own) */
  readonly parent?: TcHandle | undefined
  /** `1:`; absent: the kernel chooses */
  readonly handle?: TcHandle | undefined
}

/** Counters of a qdisc, a class or a filter. */
export interface TcStatistics {
  readonly bytes: bigint
  readonly packets: number
  readonly drops: number
  readonly overlimits: number
  readonly requeues: number
  readonly queueLength: number
  readonly backlogBytes: number
}

/** A qdisc, or a class, as the kernel shows it. */
export interface Qdisc {
  readonly link: number
  readonly kind: string
  readonly handle: number
  readonly parent: number
  /** typed by `kind`; the bytes when the kind has no form, undefined when it has none of its own */
  readonly options: unknown
  readonly statistics: TcStatistics | undefined
  readonly attributes: TcMessage['attributes']
}

export type TcClassSpec = ClassKindInput & {
  readonly link: number
  /** `1:` or the class above it */
  readonly parent: TcHandle
  /** `1:10` */
  readonly handle: TcHandle
}

/** Where a filter hangs: one of clsact's two hooks, or a qdisc or class. */
export type FilterPlace = 'ingress' | 'egress' | TcHandle

/** An eBPF program as a filter; direct-action unless said otherwise. */
export interface FilterSpec {
  readonly link: number
  readonly kind?: 'bpf' | undefined
  readonly at: FilterPlace
  /** the program's descriptor */
  readonly fd: number
  readonly name: string
  /** lower is sooner: 1 to 65535; absent: the kernel chooses */
  readonly priority?: number | undefined
  /** the number within the priority */
  readonly handle?: number | undefined
  /** ETH_P_*; absent: all */
  readonly protocol?: number | undefined
  readonly directAction?: boolean | undefined
}

/** A filter as the kernel shows it. */
export interface Filter {
  readonly link: number
  readonly kind: string
  readonly handle: number
  readonly parent: number
  readonly priority: number
  readonly protocol: number
  readonly chain: number
  /** of a bpf filter */
  readonly bpf: (ValuesOf<(typeof bpfFilter)['table']> & { readonly directAction: boolean }) | undefined
  readonly attributes: TcMessage['attributes']
}

function statisticsView({ statistics }: TcMessage['attributes']): TcStatistics | undefined {
  if (statistics === undefined) return undefined
  const { basic, queue } = statistics
  return {
    bytes: basic?.bytes ?? 0n,
    packets: basic?.packets ?? 0,
    drops: queue?.drops ?? 0,
    overlimits: queue?.overlimits ?? 0,
    requeues: queue?.requeues ?? 0,
    queueLength: queue?.queueLength ?? 0,
    backlogBytes: queue?.backlog ?? 0,
  }
}

function shown(message: TcMessage, form: 'options' | 'classOptions'): unknown {
  const { kind = '', options } = message.attributes
  const known = findQdiscKind(kind)?.[form]
  if (options === undefined || (options instanceof Uint8Array && options.length === 0)) return undefined
  return known === undefined || options instanceof Uint8Array ? options : known.fromWire(options)
}

function tcView(message: TcMessage, form: 'options' | 'classOptions'): Qdisc {
  return {
    link: message.index,
    kind: message.attributes.kind ?? '',
    handle: message.handle,
    parent: message.parent,
    options: shown(message, form),
    statistics: statisticsView(message.attributes),
    attributes: message.attributes,
  }
}

export const qdiscView = (message: TcMessage): Qdisc => tcView(message, 'options')
export const classView = (message: TcMessage): Qdisc => tcView(message, 'classOptions')

export function filterView(message: TcMessage): Filter | undefined {
  // a dump begins each priority with a message that has no handle: the priority itself
  if (message.handle === 0) return undefined
  const { kind = '', options, chain = 0 } = message.attributes
  const bpf =
    kind === 'bpf' && options !== undefined && !(options instanceof Uint8Array)
      ? (options as ValuesOf<(typeof bpfFilter)['table']>)
      : undefined
  return {
    link: message.index,
    kind,
    handle: message.handle,
    parent: message.parent,
    priority: message.info >>> 16,
    protocol: swap16(message.info & 0xffff),
    chain,
    bpf: bpf === undefined ? undefined : { ...bpf, directAction: ((bpf.flags ?? 0) & TCA_BPF_FLAG_ACT_DIRECT) !== 0 },
    attributes: message.attributes,
  }
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8)
}

function checkLink(link: number): number {
  if (!Number.isInteger(link) || link < 1 || link > 0x7fff_ffff)
    throw new InputFault(`${String(link)} is no link index`, 'link', 'An index is a positive integer, as in Link.index.')
  return link
}

const given = { index: 'link' } as const

/** Runs a form's `toWire`, whose faults are about `options`. */
function wireOptions(toWire: () => object | undefined): object | undefined {
  try {
    return toWire()
  } catch (reason) {
    if (reason instanceof InputFault) throw reason.under('options')
    throw reason
  }
}

/** @throws InputFault */
export function addQdisc(spec: QdiscSpec, ifExists: IfExists = 'refuse'): Request {
  const kind = findQdiscKind(spec.kind)
  if (kind === undefined)
    throw new InputFault(
      `"${String(spec.kind)}" is no qdisc that is known here`,
      'kind',
      `Give one of ${Object.keys(qdiscKinds).join(', ')}.`,
    )
  const hook = spec.kind === 'clsact' || spec.kind === 'ingress'
  const { options } = spec as { options?: unknown }
  if (options !== undefined && kind.options === undefined)
    throw new InputFault(`cannot be given to ${spec.kind}`, 'options', 'Leave them out.')
  return {
    what: `add qdisc ${spec.kind} to link ${spec.link}`,
    kind: qdiscMessage,
    type: RTM_NEWQDISC,
    flags: NLM_F_CREATE | (ifExists === 'replace' ? NLM_F_REPLACE : NLM_F_EXCL),
    driver: { name: kind.kind, config: kind.config, since: kind.since },
    given,
    hints: {
      17: 'The place is taken: replace the qdisc, or delete it first.',
      2: 'No parent is there: add the qdisc or class above it first.',
    },
    message: {
      index: checkLink(spec.link),
      handle: hook ? 0xffff_0000 : spec.handle === undefined ? 0 : tcHandle(spec.handle, 'handle'),
      parent: hook ? TC_H_CLSACT : tcHandle(spec.parent ?? 'root', 'parent'),
      attributes: {
        kind: spec.kind,
        options:
          kind.options === undefined
            ? undefined
            : wireOptions(() => (kind.options as NonNullable<typeof kind.options>).toWire(options ?? {})),
      },
    },
  }
}

/** @throws InputFault */
export function deleteQdisc(at: { link: number; parent?: TcHandle | undefined; handle?: TcHandle | undefined }): Request {
  const parent = tcHandle(at.parent ?? 'root', 'parent')
  return {
    what: `delete qdisc at ${formatTcHandle(parent)} of link ${at.link}`,
    kind: qdiscMessage,
    type: RTM_DELQDISC,
    flags: 0,
    hints: { 2: 'No qdisc is there but the default one, which stays.', 22: 'No qdisc is there, or not of that handle.' },
    message: { index: checkLink(at.link), parent, handle: at.handle === undefined ? 0 : tcHandle(at.handle, 'handle') },
  }
}

/** The kernel lists all links' qdiscs; the client leaves the others out. */
export function listQdiscs(link?: number): Request {
  return { what: 'list qdiscs', kind: qdiscMessage, type: RTM_GETQDISC, flags: 0, given, message: { index: link } }
}

/** One qdisc; without NLM_F_ECHO the kernel says nothing. @throws InputFault */
export function getQdisc(at: { link: number; parent?: TcHandle | undefined }): Request {
  return {
    what: `get qdisc of link ${at.link}`,
    kind: qdiscMessage,
    type: RTM_GETQDISC,
    flags: NLM_F_ECHO,
    message: { index: checkLink(at.link), parent: tcHandle(at.parent ?? 'root', 'parent') },
  }
}

/** @throws InputFault */
export function addClass(spec: TcClassSpec, ifExists: IfExists = 'refuse'): Request {
  const form = findQdiscKind(spec.kind)?.classOptions
  if (form === undefined) throw new InputFault(`"${String(spec.kind)}" is no qdisc with classes that is known here`, 'kind', 'Give htb.')
  return {
    what: `add class ${spec.handle} to link ${spec.link}`,
    kind: classMessage,
    type: RTM_NEWTCLASS,
    flags: NLM_F_CREATE | (ifExists === 'replace' ? NLM_F_REPLACE : NLM_F_EXCL),
    given,
    hints: { 2: 'The parent is not there: add its qdisc or class first.', 17: 'The class is there already: replace it.' },
    message: {
      index: checkLink(spec.link),
      handle: tcHandle(spec.handle, 'handle'),
      parent: tcHandle(spec.parent, 'parent'),
      attributes: { kind: spec.kind, options: wireOptions(() => form.toWire(spec.options)) },
    },
  }
}

/** @throws InputFault */
export function deleteClass(at: { link: number; handle: TcHandle }): Request {
  return {
    what: `delete class ${at.handle} of link ${at.link}`,
    kind: classMessage,
    type: RTM_DELTCLASS,
    flags: 0,
    hints: { 16: 'A filter points at the class, or a class is below it; delete those first.' },
    message: { index: checkLink(at.link), handle: tcHandle(at.handle, 'handle') },
  }
}

/** @throws InputFault */
export function listClasses(link: number): Request {
  return { what: `list classes of link ${link}`, kind: classMessage, type: RTM_GETTCLASS, flags: 0, message: { index: checkLink(link) } }
}

function placeOf(at: FilterPlace): number {
  if (at === 'ingress') return ((TC_H_CLSACT & 0xffff_0000) | MIN_INGRESS) >>> 0
  if (at === 'egress') return ((TC_H_CLSACT & 0xffff_0000) | MIN_EGRESS) >>> 0
  return tcHandle(at, 'at')
}

function info(priority: number, protocol: number): number {
  if (!Number.isInteger(priority) || priority < 0 || priority > 65535)
    throw new InputFault(`${priority} is no priority`, 'priority', 'Give an integer from 1 to 65535, or 0 to let the kernel choose.')
  if (!Number.isInteger(protocol) || protocol < 0 || protocol > 65535)
    throw new InputFault(`${protocol} is no ethertype`, 'protocol', 'Give an integer from 0 to 65535: 0x0800 is IPv4, 3 is all.')
  return ((priority << 16) | swap16(protocol)) >>> 0
}

/** @throws InputFault */
export function addFilter(spec: FilterSpec, ifExists: IfExists = 'refuse'): Request {
  if (!Number.isInteger(spec.fd) || spec.fd < 0)
    throw new InputFault(`${String(spec.fd)} is no descriptor`, 'fd', 'Give the descriptor of a loaded program of type SCHED_CLS.')
  return {
    what: `add filter ${spec.name} to link ${spec.link}`,
    kind: filterMessage,
    type: RTM_NEWTFILTER,
    flags: NLM_F_CREATE | (ifExists === 'replace' ? 0 : NLM_F_EXCL),
    given: { ...given, 'options.name': 'name' },
    driver: { name: 'bpf', config: 'CONFIG_NET_CLS_BPF', since: '3.13' },
    hints: {
      22: 'The usual causes: the link has no clsact qdisc, the descriptor is no program of type SCHED_CLS, or the priority is taken by another kind.',
      17: 'A filter with that priority and handle is there: replace it, or give another.',
      9: 'The descriptor is closed, or no program.',
    },
    message: {
      index: checkLink(spec.link),
      handle: spec.handle ?? 0,
      parent: placeOf(spec.at),
      info: info(spec.priority ?? 0, spec.protocol ?? ETH_P_ALL),
      attributes: {
        kind: 'bpf',
        options: { fd: spec.fd, name: spec.name, flags: spec.directAction === false ? undefined : TCA_BPF_FLAG_ACT_DIRECT },
      },
    },
  }
}

/** Without a priority, all filters of the place. @throws InputFault */
export function deleteFilter(at: {
  link: number
  at: FilterPlace
  priority?: number | undefined
  handle?: number | undefined
  protocol?: number | undefined
}): Request {
  const whole = at.priority === undefined
  return {
    what: `delete filter of link ${at.link}`,
    kind: filterMessage,
    type: RTM_DELTFILTER,
    flags: 0,
    message: {
      index: checkLink(at.link),
      handle: at.handle ?? 0,
      parent: placeOf(at.at),
      info: whole ? 0 : info(at.priority ?? 0, at.protocol ?? ETH_P_ALL),
      attributes: at.handle === undefined ? undefined : { kind: 'bpf' },
    },
  }
}

/** @throws InputFault */
export function listFilters(at: { link: number; at: FilterPlace }): Request {
  return {
    what: `list filters of link ${at.link}`,
    kind: filterMessage,
    type: RTM_GETTFILTER,
    flags: 0,
    message: { index: checkLink(at.link), parent: placeOf(at.at) },
  }
}
