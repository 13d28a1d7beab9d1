import { Prefix, parseIp } from '@axoneme/sys/values'
import type { ChangeGroup, OutsideBlock, Who } from '../diff/meaning-diff.js'
import { type Flow, trafficOf } from '../evaluate/flow.js'
import type { FlowEnd, Universe } from '../universe/universe.js'

/** Whether a flow is one of a group's, by what the group says of itself. */
export function holds(universe: Universe, group: ChangeGroup, flow: Flow): boolean {
  const { protocol, number } = trafficOf(flow).unwrap()
  const { from, to } = flow.reply === true ? { from: flow.to, to: flow.from } : flow
  const carried = group.traffic.some((range) =>
    range.protocol === undefined
      ? !(range.except ?? []).includes(protocol)
      : range.protocol === protocol && range.first <= number && number <= range.last,
  )
  return carried && isAmong(universe, group.from, from) && isAmong(universe, group.to, to)
}

function isAmong(universe: Universe, who: Who, end: FlowEnd): boolean {
  if ('labels' in end) return false
  const object = 'object' in end ? end.object : universe.party(end)?.object
  if (object !== undefined) return who.endpoints.includes(object) || who.nodes.includes(object)
  if ('ip' in end) return who.blocks.some((block) => lies(block, end.ip))
  return 'identity' in end && (end.identity === 1 ? who.host : who.identities.includes(end.identity))
}

function lies({ prefix, except }: OutsideBlock, ip: string): boolean {
  const address = parseIp(ip).unwrap()
  const inside = (text: string): boolean => Prefix.parse(text).unwrap().contains(address)
  return inside(prefix) && !except.some(inside)
}
