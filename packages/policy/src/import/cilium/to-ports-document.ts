import { z } from 'zod'
import { refused } from '../shape/refused.js'
import { type L7RulesDocument, l7RulesShape, listenerShape, serverNamesShape, tlsShape } from './l7-document.js'
import { type PortDocument, portsShape } from './port-document.js'

const entryFields = {
  ports: portsShape,
  rules: l7RulesShape.optional(),
  serverNames: serverNamesShape,
  terminatingTLS: tlsShape.optional(),
  originatingTLS: tlsShape.optional(),
  listener: listenerShape.optional(),
}

/** Whether an entry's rules say anything: empty lists do not. */
export function looksIntoRequests(rules: L7RulesDocument | undefined): boolean {
  return rules?.l7proto !== undefined || [rules?.http, rules?.dns, rules?.kafka].some((list) => list !== undefined && list.length > 0)
}

const entry = z
  .strictObject(entryFields)
  .superRefine(({ ports, rules, serverNames, terminatingTLS, originatingTLS, listener }, context) => {
    const wrong = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message })
    const l7 = looksIntoRequests(rules)
    const redirected = l7 || [serverNames, terminatingTLS, originatingTLS, listener].some((field) => field !== undefined)
    if (redirected && ports.length === 0) wrong([], 'names no ports whose flows are to be looked into')
    if (listener !== undefined && l7) wrong(['listener'], 'a listener contradicts rules: it does not enforce them')
    if (serverNames !== undefined && l7 && terminatingTLS === undefined)
      wrong(['serverNames'], 'server names beside rules need terminatingTLS: requests are encrypted else')
    if (l7)
      for (const [at, port] of ports.entries())
        for (const [field, message] of l7PortProblems(port, rules)) wrong(['ports', at, ...field], message)
  })

/** Source: Cilium, pkg/policy/api: PortRule.sanitize. */
function l7PortProblems({ protocol, port, endPort }: PortDocument, rules: L7RulesDocument | undefined): [string[], string][] {
  const problems: [string[], string][] = []
  const dns = rules?.dns !== undefined
  if (port === undefined) problems.push([[], 'rules need a port: every port cannot be looked into'])
  if (dns && endPort !== undefined) problems.push([['endPort'], 'rules of dns take no ranges of ports'])
  if (dns && !['tcp', 'udp', 'transport'].includes(protocol)) problems.push([['protocol'], `there is no DNS over ${protocol}`])
  if (!dns && protocol !== 'tcp') problems.push([[], `rules need the protocol TCP, not ${protocol === 'transport' ? 'ANY' : protocol}`])
  return problems
}

const withoutDns = entry.superRefine(({ rules }, context) => {
  if (rules?.dns !== undefined) context.addIssue({ code: 'custom', path: ['rules', 'dns'], message: 'names are asked for in egress only' })
})

const withoutListener = withoutDns.superRefine(({ listener }, context) => {
  if (listener !== undefined) context.addIssue({ code: 'custom', path: ['listener'], message: 'listeners are for egress only' })
})

const NO_L7 = 'a deny rule cannot look into requests'

const denyEntry = z.strictObject({
  ...entryFields,
  rules: refused(NO_L7),
  serverNames: refused(NO_L7),
  terminatingTLS: refused(NO_L7),
  originatingTLS: refused(NO_L7),
  listener: refused(NO_L7),
})

export const ingressPorts = z.array(withoutListener).optional()
export const egressPorts = z.array(entry).optional()
export const denyPorts = z.array(denyEntry).optional()

export type ToPortsDocument = z.infer<typeof entry>
