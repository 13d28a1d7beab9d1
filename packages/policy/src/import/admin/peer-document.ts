import { z } from 'zod'
import { selectorSchema } from '../../rule/selector.js'
import { notExactlyOne } from '../shape/exactly-one.js'
import { prefixText } from '../shape/prefix-text.js'
import { refused } from '../shape/refused.js'

export function exactlyOne(...fields: string[]) {
  return (value: object, context: z.core.$RefinementCtx): void => {
    const message = notExactlyOne(value, fields)
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: value })
  }
}

/** An absent selector of namespaces is an empty one: every namespace. */
const pods = z.strictObject({ namespaceSelector: selectorSchema.default({}), podSelector: selectorSchema })

const inCluster = { namespaces: selectorSchema.optional(), pods: pods.optional() }

export const subjectShape = z.strictObject(inCluster).superRefine(exactlyOne('namespaces', 'pods'))
export const ingressPeerShape = subjectShape

/** Source: Kubernetes network-policy-api, DomainName. */
const domainName = z
  .string()
  .max(255)
  .refine((text) => /^(\*\.)?[a-z\d]([-\w]*[a-z\d])?(\.[a-z\d]([-\w]*[a-z\d])?)+\.?$/i.test(text), {
    error: (issue) => `"${issue.input}" is no domain name, with *. before it or not`,
  })

function egressPeer<Names extends z.ZodType>(domainNames: Names) {
  return z
    .strictObject({
      ...inCluster,
      nodes: selectorSchema.optional(),
      networks: z.array(prefixText).min(1).max(25).optional(),
      domainNames,
    })
    .superRefine(exactlyOne('namespaces', 'pods', 'nodes', 'networks', 'domainNames'))
}

export const egressPeerShape = egressPeer(z.array(domainName).min(1).max(25).optional())
export const egressPeerWithoutNames = egressPeer(refused('a baseline policy cannot name domains'))

export type SubjectDocument = z.infer<typeof subjectShape>
export type AdminPeerDocument = z.infer<typeof egressPeerShape>
