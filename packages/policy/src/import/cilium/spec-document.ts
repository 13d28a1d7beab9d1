import { z } from 'zod'
import { selectorSchema } from '../../rule/selector.js'
import { notExactlyOne } from '../shape/exactly-one.js'
import { refused } from '../shape/refused.js'
import { egressDenyShape, egressShape, ingressDenyShape, ingressShape } from './rule-document.js'
import { looksIntoRequests } from './to-ports-document.js'

const fields = {
  endpointSelector: selectorSchema.optional(),
  ingress: z.array(ingressShape).optional(),
  ingressDeny: z.array(ingressDenyShape).optional(),
  egress: z.array(egressShape).optional(),
  egressDeny: z.array(egressDenyShape).optional(),
  enableDefaultDeny: z.strictObject({ ingress: z.boolean().optional(), egress: z.boolean().optional() }).optional(),
  /** for whoever manages the policies; they change nothing */
  labels: z.unknown().optional(),
  description: z.string().optional(),
  log: z.strictObject({ value: z.string().max(32).optional() }).optional(),
}

export const RULE_LISTS = ['ingress', 'ingressDeny', 'egress', 'egressDeny'] as const

const clusterwide = z.strictObject({ ...fields, nodeSelector: selectorSchema.optional() })

/** Source: Cilium, pkg/policy/api: Rule.Sanitize. */
function consistent(spec: z.infer<typeof clusterwide>, context: z.core.$RefinementCtx): void {
  const wrong = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message, input: spec })
  const subject = notExactlyOne(spec, ['endpointSelector', 'nodeSelector'])
  if (subject !== undefined) wrong([], subject)
  if (RULE_LISTS.every((list) => (spec[list] ?? []).length === 0) && spec.enableDefaultDeny === undefined)
    wrong([], `says nothing: give at least one of ${RULE_LISTS.join(', ')}`)
  if (spec.nodeSelector === undefined) return
  for (const list of ['ingress', 'egress'] as const)
    for (const [at, { toPorts = [] }] of (spec[list] ?? []).entries())
      for (const [entry, { rules }] of toPorts.entries())
        if (looksIntoRequests(rules) && (list === 'ingress' || rules?.dns === undefined))
          wrong([list, at, 'toPorts', entry, 'rules'], 'requests of nodes themselves cannot be looked into')
}

function clusterwideListeners(spec: z.infer<typeof clusterwide>, context: z.core.$RefinementCtx): void {
  for (const [at, { toPorts = [] }] of (spec.egress ?? []).entries())
    for (const [entry, { listener }] of toPorts.entries())
      if (listener?.envoyConfig.kind === 'CiliumEnvoyConfig')
        context.addIssue({
          code: 'custom',
          path: ['egress', at, 'toPorts', entry, 'listener', 'envoyConfig', 'kind'],
          message: 'a policy of the cluster has no namespace to find a CiliumEnvoyConfig in',
          input: spec,
        })
}

export const clusterwideSpec = clusterwide.superRefine(consistent).superRefine(clusterwideListeners)
export const namespacedSpec = z
  .strictObject({ ...fields, nodeSelector: refused('nodes are in no namespace: use a CiliumClusterwideNetworkPolicy') })
  .superRefine(consistent)

export type SpecDocument = z.infer<typeof clusterwideSpec>
