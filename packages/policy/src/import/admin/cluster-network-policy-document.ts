import { z } from 'zod'
import { specShape } from '../shape/object-document.js'
import { egressPeerShape, exactlyOne, ingressPeerShape, subjectShape } from './peer-document.js'
import { egressConsistent } from './rule-document.js'

const number = z.int().min(1).max(65535)

const range = z.strictObject({ start: number, end: number }).superRefine(({ start, end }, context) => {
  if (start >= end) context.addIssue({ code: 'custom', path: ['end'], message: `${end} does not come after ${start}` })
})
const destinationPort = z.strictObject({ number: number.optional(), range: range.optional() }).superRefine(exactlyOne('number', 'range'))
const match = z.strictObject({ destinationPort }).optional()

const protocol = z
  .strictObject({ tcp: match, udp: match, sctp: match, destinationNamedPort: z.string().min(1).optional() })
  .superRefine(exactlyOne('tcp', 'udp', 'sctp', 'destinationNamedPort'))

const protocols = z.array(protocol).min(1).max(25).optional()
const name = z.string().max(100).optional()
const action = z.enum(['Accept', 'Deny', 'Pass'])

const ingress = z.strictObject({ name, action, from: z.array(ingressPeerShape).min(1).max(25), protocols })
const egress = z.strictObject({ name, action, to: z.array(egressPeerShape).min(1).max(25), protocols }).superRefine(egressConsistent)

/** Source: network-policy-api, policy.networking.k8s.io/v1alpha2: ClusterNetworkPolicy. */
export const clusterNetworkPolicyDocument = specShape(
  z.strictObject({
    tier: z.enum(['Admin', 'Baseline']),
    priority: z.int().min(0).max(1000),
    subject: subjectShape,
    ingress: z.array(ingress).max(25).default([]),
    egress: z.array(egress).max(25).default([]),
  }),
)

export type ProtocolDocument = z.infer<typeof protocol>
