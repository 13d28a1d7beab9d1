import type { MessageKind } from '../wire/index.js'
import { addressMessage } from './address-message.js'
import { linkMessage } from './link-message.js'
import { neighbourMessage } from './neighbour-message.js'
import { nsidMessage } from './nsid-message.js'
import { routeMessage } from './route-message.js'
import { ruleMessage } from './rule-message.js'
import { classMessage, filterMessage, qdiscMessage } from './tc-message.js'

/** Every sort of rtnetlink message that has a table. */
export const messageKinds = {
  address: addressMessage,
  class: classMessage,
  filter: filterMessage,
  link: linkMessage,
  neighbour: neighbourMessage,
  nsid: nsidMessage,
  qdisc: qdiscMessage,
  route: routeMessage,
  rule: ruleMessage,
} as const

const byType = new Map<number, MessageKind>()
for (const kind of Object.values(messageKinds) as unknown as MessageKind[])
  for (const type of Object.values(kind.types)) byType.set(type, kind)

/** The kind that a message type belongs to, or undefined. */
export function messageKindOf(type: number): MessageKind | undefined {
  return byType.get(type)
}

/** `RTM_NEWLINK` for 16. */
export function messageTypeName(type: number): string {
  for (const [name, number] of Object.entries(byType.get(type)?.types ?? {})) if (number === type) return name
  return `message type ${type}`
}
