import { Ipv4, Ipv6, Prefix, toPrefix } from '@axoneme/sys'
import type { Request } from '../transport/request.js'
import { InputFault, type MessageOf, NLM_F_CREATE, NLM_F_EXCL, type ValuesOf } from '../wire/index.js'
import { taken } from './address.js'
import { type Protocol, protocols, type RuleAction, ruleActions, type Table, tables } from './constant.js'
import { RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE, type ruleAttributes, ruleMessage } from './rule-message.js'

type RuleTable = (typeof ruleAttributes)['table']
export type RuleMessage = MessageOf<(typeof ruleMessage)['header']['fields'], RuleTable>

/** An inclusive range of numbers. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A policy routing rule to be added. */
export interface RuleSpec {
  /** needed when neither `from` nor `to` tells it */
  readonly family?: 4 | 6 | undefined
  readonly from?: Prefix | string | undefined
  readonly to?: Prefix | string | undefined
  /** the name of the link that a packet came in by */
  readonly inputLink?: string | undefined
  readonly outputLink?: string | undefined
  readonly fwmark?: number | undefined
  readonly fwmask?: number | undefined
  readonly tos?: number | undefined
  /** IPPROTO_* */
  readonly ipProtocol?: number | undefined
  readonly sourcePorts?: Range | undefined
  readonly destinationPorts?: Range | undefined
  readonly uids?: Range | undefined
  /** the lower, the sooner; absent: the kernel puts it before all that are there */
  readonly priority?: number | undefined
  /** absent: table */
  readonly action?: RuleAction | undefined
  readonly table?: Table | undefined
  /** the priority of the rule to go on with, for the action goto */
  readonly goto?: number | undefined
  /** ignore what the table says when it is a prefix of this length or shorter */
  readonly suppressPrefixLength?: number | undefined
  readonly l3mdev?: boolean | undefined
  readonly invert?: boolean | undefined
  readonly protocol?: Protocol | undefined
}

/** A rule as the kernel shows it. */
export interface Rule {
  readonly family: 4 | 6
  readonly priority: number
  readonly from: Prefix | undefined
  readonly to: Prefix | undefined
  readonly inputLink: string | undefined
  readonly outputLink: string | undefined
  readonly fwmark: number | undefined
  readonly fwmask: number | undefined
  readonly tos: number
  readonly ipProtocol: number | undefined
  readonly sourcePorts: Range | undefined
  readonly destinationPorts: Range | undefined
  readonly uids: Range | undefined
  readonly action: RuleAction
  readonly table: Table
  readonly goto: number | undefined
  readonly suppressPrefixLength: number | undefined
  readonly l3mdev: boolean
  readonly invert: boolean
  readonly protocol: Protocol | undefined
  readonly attributes: ValuesOf<RuleTable>
}

/** Source: linux/fib_rules.h. */
const FIB_RULE_INVERT = 0x2
const NO_SUPPRESSION = 0xffff_ffff

export function ruleView(message: RuleMessage): Rule | undefined {
  const { attributes, family: af } = message
  if (af !== 2 && af !== 10) return undefined
  const any = af === 2 ? Ipv4.ANY : Ipv6.ANY
  const suppress = attributes.suppressPrefixLength
  return {
    family: af === 2 ? 4 : 6,
    priority: attributes.priority ?? 0,
    from: message.sourceLength === 0 ? undefined : Prefix.of(attributes.source ?? any, message.sourceLength),
    to: message.destinationLength === 0 ? undefined : Prefix.of(attributes.destination ?? any, message.destinationLength),
    inputLink: attributes.inputInterface,
    outputLink: attributes.outputInterface,
    fwmark: attributes.fwmark,
    fwmask: attributes.fwmask,
    tos: message.tos,
    ipProtocol: attributes.ipProtocol,
    sourcePorts: attributes.sourcePorts,
    destinationPorts: attributes.destinationPorts,
    uids: attributes.uidRange,
    action: ruleActions.toName(message.action),
    table: tables.toName(attributes.table ?? message.table),
    goto: attributes.goto,
    suppressPrefixLength: suppress === NO_SUPPRESSION ? undefined : suppress,
    l3mdev: attributes.l3mdev === 1,
    invert: (message.flags & FIB_RULE_INVERT) !== 0,
    protocol: attributes.protocol === undefined ? undefined : protocols.toName(attributes.protocol),
    attributes,
  }
}

const given = { inputInterface: 'inputLink', outputInterface: 'outputLink', uidRange: 'uids' } as const

function wire(spec: RuleSpec): object {
  const from = spec.from === undefined ? undefined : taken(toPrefix(spec.from, 'from'))
  const to = spec.to === undefined ? undefined : taken(toPrefix(spec.to, 'to'))
  const family = spec.family ?? from?.address.family ?? to?.address.family ?? 4
  for (const [path, prefix] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (prefix !== undefined && prefix.address.family !== family)
      throw new InputFault(`${prefix} is no IPv${family} prefix`, path, 'from, to and family must be of one family.')
  const action = ruleActions.toNumber(spec.action ?? (spec.goto === undefined ? 'table' : 'goto'), 'action')
  if (action === 2 && spec.goto === undefined)
    throw new InputFault('is missing', 'goto', 'The action goto needs the priority of a later rule.')
  const table = tables.toNumber(spec.table ?? (action === 1 && !spec.l3mdev ? 'main' : 'unspecified'), 'table')
  return {
    family: family === 4 ? 2 : 10,
    destinationLength: to?.length ?? 0,
    sourceLength: from?.length ?? 0,
    tos: spec.tos ?? 0,
    table: table > 255 ? 252 : table,
    action,
    flags: spec.invert ? FIB_RULE_INVERT : 0,
    attributes: {
      destination: to?.address,
      source: from?.address,
      inputInterface: spec.inputLink,
      outputInterface: spec.outputLink,
      goto: spec.goto,
      priority: spec.priority,
      fwmark: spec.fwmark,
      fwmask: spec.fwmask,
      table: table > 255 ? table : undefined,
      suppressPrefixLength: spec.suppressPrefixLength,
      l3mdev: spec.l3mdev ? 1 : undefined,
      uidRange: spec.uids,
      protocol: spec.protocol === undefined ? undefined : protocols.toNumber(spec.protocol, 'protocol'),
      ipProtocol: spec.ipProtocol,
      sourcePorts: spec.sourcePorts,
      destinationPorts: spec.destinationPorts,
    },
  }
}

/** @throws InputFault */
export function addRule(spec: RuleSpec): Request {
  return { what: 'add rule', kind: ruleMessage, type: RTM_NEWRULE, flags: NLM_F_CREATE | NLM_F_EXCL, given, message: wire(spec) }
}

/** Deletes the first rule that matches all that is given. @throws InputFault */
export function deleteRule(spec: RuleSpec): Request {
  return { what: 'delete rule', kind: ruleMessage, type: RTM_DELRULE, flags: 0, given, message: wire(spec) }
}

export function listRules(filter: { family?: 4 | 6 | undefined } = {}): Request {
  return {
    what: 'list rules',
    kind: ruleMessage,
    type: RTM_GETRULE,
    flags: 0,
    message: { family: filter.family === undefined ? 0 : filter.family === 4 ? 2 : 10 },
  }
}
