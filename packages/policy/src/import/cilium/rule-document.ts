import { z } from 'zod'
import { authModes } from '../../rule/rule.js'
import { refused } from '../shape/refused.js'
import { icmpsShape } from './icmp-document.js'
import { cidrSetShape, cidrsShape, entitiesShape, fqdnsShape, groupsShape, selectorsShape, servicesShape } from './peer-document.js'
import { denyPorts, egressPorts, ingressPorts } from './to-ports-document.js'

const from = {
  fromEndpoints: selectorsShape,
  fromRequires: selectorsShape,
  fromCIDR: cidrsShape,
  fromCIDRSet: cidrSetShape,
  fromEntities: entitiesShape,
  fromGroups: groupsShape,
  fromNodes: selectorsShape,
  icmps: icmpsShape,
}

const to = {
  toEndpoints: selectorsShape,
  toRequires: selectorsShape,
  toCIDR: cidrsShape,
  toCIDRSet: cidrSetShape,
  toEntities: entitiesShape,
  toServices: servicesShape,
  toGroups: groupsShape,
  toNodes: selectorsShape,
  icmps: icmpsShape,
}

const authentication = z.strictObject({ mode: z.enum(authModes) }).optional()
const noAuthentication = refused('a deny rule cannot ask for authentication')
const noNames = refused('a deny rule cannot name domains: write their blocks in toCIDRSet')

/** Not peers, or peers that go with any others. */
const BESIDE_PEERS = new Set(['fromRequires', 'toRequires', 'toPorts', 'icmps', 'authentication'])

/** Source: Cilium, pkg/policy/api: IngressCommonRule.sanitize, EgressCommonRule.sanitize. */
function consistent(rule: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  const full = (field: string): boolean => Array.isArray(rule[field]) && rule[field].length > 0
  const peers = Object.keys(rule).filter((field) => !BESIDE_PEERS.has(field) && full(field))
  if (peers.length > 1)
    context.addIssue({ code: 'custom', message: `${peers.join(' and ')} contradict each other: make a rule of each`, input: rule })
  if (full('icmps') && full('toPorts'))
    context.addIssue({ code: 'custom', message: 'icmps and toPorts contradict each other: make a rule of each', input: rule })
}

export const ingressShape = z.strictObject({ ...from, toPorts: ingressPorts, authentication }).superRefine(consistent)
export const egressShape = z.strictObject({ ...to, toFQDNs: fqdnsShape, toPorts: egressPorts, authentication }).superRefine(consistent)
export const ingressDenyShape = z.strictObject({ ...from, toPorts: denyPorts, authentication: noAuthentication }).superRefine(consistent)
export const egressDenyShape = z
  .strictObject({ ...to, toFQDNs: noNames, toPorts: denyPorts, authentication: noAuthentication })
  .superRefine(consistent)

export type IngressDocument = z.infer<typeof ingressShape> | z.infer<typeof ingressDenyShape>
export type EgressDocument = z.infer<typeof egressShape> | z.infer<typeof egressDenyShape>
