/** Policies in words: one line for each thing that is said. For explanations, findings and differences. */
import type { L7 } from '../rule/l7.js'
import type { Policy } from '../rule/policy.js'
import { type PortMatch, protocolName, protocolNumber } from '../rule/port.js'
import type { Rule } from '../rule/rule.js'
import { formatSource } from '../rule/source.js'
import { formatPeer, formatSelector, formatSubject } from './print-peer.js'

export { formatNamespaces, formatPeer, formatSelector, formatSubject } from './print-peer.js'

/** `tcp 80-90`, `tcp http`, `icmp type 8`, `protocol 47`, `tcp/udp/sctp 53`. */
export function formatPort({ protocol, port, endPort, icmpType }: PortMatch): string {
  const name = protocol === 'transport' ? 'tcp/udp/sctp' : protocolName(protocolNumber(protocol))
  if (icmpType !== undefined) return `${name} type ${icmpType}`
  if (port === undefined) return name
  return `${name} ${port}${endPort === undefined || endPort === port ? '' : `-${endPort}`}`
}

/** `allow ingress from pods {app=web} in namespace shop to tcp 80-90, tcp http` */
export function formatRule({ direction, action, peers, ports, requires = [], l7, auth }: Rule): string {
  const whom = peers === undefined ? 'anyone' : peers.length === 0 ? 'nobody' : peers.map(formatPeer).join(', ')
  const what = ports === undefined ? '' : ports.length === 0 ? 'no port' : ports.map(formatPort).join(', ')
  return [
    `${action} ${direction} ${direction === 'ingress' ? 'from' : 'to'} ${whom}`,
    what === '' ? '' : ` ${direction === 'ingress' ? 'to' : 'at'} ${what}`,
    requires.length === 0 ? '' : `; pods must be ${requires.map(formatSelector).join(' and ')} too`,
    l7 === undefined ? '' : `; ${formatL7(l7)}`,
    auth === undefined ? '' : `; authentication ${auth}`,
  ].join('')
}

/** `through envoy, as http` */
function formatL7({ parser, listener, ...rest }: L7): string {
  const requests = [rest.http, rest.dns, rest.kafka, rest.generic, rest.serverNames].reduce((sum, list) => sum + (list?.length ?? 0), 0)
  const through = listener === undefined ? `through the ${parser} proxy` : `through ${listener.name}, as ${parser}`
  return `${through}, ${requests === 0 ? 'every request' : `${requests} kind${requests === 1 ? '' : 's'} of request`}`
}

/** What a policy is and whom it is about, then each of its rules on a line of its own. */
export function formatPolicy(policy: Policy): string {
  const place = policy.source === undefined ? '' : ` (${formatSource(policy.source)})`
  if (policy.kind === 'cidr-group') {
    const blocks = policy.cidrs.map(({ prefix, except }) => (except.length === 0 ? prefix : `${prefix} except ${except.join(', ')}`))
    return `CIDR group ${policy.name}: ${blocks.length === 0 ? 'nothing' : blocks.join(', ')}${place}`
  }
  const closes = (['ingress', 'egress'] as const).filter((direction) => policy.defaultDeny[direction])
  const head = [
    `${policy.key}: ${formatSubject(policy.subject)}`,
    policy.tier === 'default' ? '' : `, tier ${policy.tier} at ${policy.priority}`,
    closes.length === 0 ? '' : `, closed to other ${closes.join(' and ')}`,
    policy.audit ? ', denials are told only' : '',
    place,
  ].join('')
  return [head, ...policy.rules.map((rule) => `  ${formatRule(rule)}`)].join('\n')
}
