import { z } from 'zod'
import { specShape } from '../shape/object-document.js'
import { egressPeerShape, egressPeerWithoutNames, exactlyOne, ingressPeerShape, subjectShape } from './peer-document.js'
import { egressConsistent } from './rule-document.js'

const number = z.int().min(1).max(65535)
const protocol = z.enum(['TCP', 'UDP', 'SCTP']).default('TCP')

const port = z
  .strictObject({
    portNumber: z.strictObject({ protocol, port: number }).optional(),
    portRange: z.strictObject({ protocol, start: number, end: number }).optional(),
    namedPort: z.string().min(1).optional(),
  })
  .superRefine(exactlyOne('portNumber', 'portRange', 'namedPort'))

const common = { name: z.string().max(100).optional(), ports: z.array(port).min(1).max(100).optional() }
const from = z.array(ingressPeerShape).min(1).max(100)

const action = z.enum(['Allow', 'Deny', 'Pass'])
const ingress = z.strictObject({ ...common, action, from })
const egress = z.strictObject({ ...common, action, to: z.array(egressPeerShape).min(1).max(100) }).superRefine(egressConsistent)

const baselineAction = z.enum(['Allow', 'Deny'])
const baselineIngress = z.strictObject({ ...common, action: baselineAction, from })
const baselineEgress = z
  .strictObject({ ...common, action: baselineAction, to: z.array(egressPeerWithoutNames).min(1).max(100) })
  .superRefine(egressConsistent)

/** Source: network-policy-api, policy.networking.k8s.io/v1alpha1: AdminNetworkPolicy, BaselineAdminNetworkPolicy. */
export const adminNetworkPolicyDocument = specShape(
  z.strictObject({
    priority: z.int().min(0).max(1000),
    subject: subjectShape,
    ingress: z.array(ingress).max(100).default([]),
    egress: z.array(egress).max(100).default([]),
  }),
)

export const baselineAdminNetworkPolicyDocument = specShape(
  z.strictObject({
    subject: subjectShape,
    ingress: z.array(baselineIngress).max(100).default([]),
    egress: z.array(baselineEgress).max(100).default([]),
  }),
).superRefine(({ metadata }, context) => {
  if (metadata.name !== 'default')
    context.addIssue({
      code: 'custom',
      path: ['metadata', 'name'],
      message: `"${metadata.name}" is not default: a cluster has one such policy, of that name`,
    })
})

export type AdminPortDocument = z.infer<typeof port>
