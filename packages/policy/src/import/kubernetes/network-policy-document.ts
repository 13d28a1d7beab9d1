import { Prefix } from '@axoneme/sys/values'
import { z } from 'zod'
import { selectorSchema } from '../../rule/selector.js'
import { specShape } from '../shape/object-document.js'
import { prefixText } from '../shape/prefix-text.js'

/** A number, a number as text, or a port's name in a pod. Source: Kubernetes, apimachinery: IsValidPortName. */
const port = z.union([z.string(), z.number()], { error: 'is neither a number nor a name' }).transform((given, context) => {
  const number = typeof given === 'number' || /^\d+$/.test(given) ? Number(given) : undefined
  if (number === undefined && /^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(`${given}`) && `${given}`.length <= 15) return given
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= 65535) return number
  context.addIssue({ code: 'custom', message: `"${given}" is neither a port from 1 to 65535 nor a port's name` })
  return z.NEVER
})

const portRule = z
  .strictObject({
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
    port: port.optional(),
    endPort: z.int().min(1).max(65535).optional(),
  })
  .superRefine(({ port: first, endPort }, context) => {
    const wrong = (message: string): void => context.addIssue({ code: 'custom', path: ['endPort'], message })
    if (endPort !== undefined && typeof first !== 'number') wrong('a range begins with a numeric port')
    else if (endPort !== undefined && endPort < Number(first)) wrong(`${endPort} comes before port ${first}`)
  })

const ipBlock = z.strictObject({ cidr: prefixText, except: z.array(prefixText).default([]) }).superRefine(({ cidr, except }, context) => {
  const outer = Prefix.parse(cidr)
  for (const [at, text] of except.entries()) {
    const inner = Prefix.parse(text)
    // what is no block was told already
    if (outer.isErr() || inner.isErr()) continue
    if (!outer.value.contains(inner.value) || inner.value.length === outer.value.length)
      context.addIssue({ code: 'custom', path: ['except', at], message: `${text} is no part of ${cidr}` })
  }
})

const peer = z
  .strictObject({ podSelector: selectorSchema.optional(), namespaceSelector: selectorSchema.optional(), ipBlock: ipBlock.optional() })
  .superRefine(({ podSelector, namespaceSelector, ipBlock: block }, context) => {
    const selects = podSelector !== undefined || namespaceSelector !== undefined
    if (block === undefined && !selects)
      context.addIssue({ code: 'custom', message: 'is empty: give podSelector, namespaceSelector or ipBlock' })
    if (block !== undefined && selects)
      context.addIssue({ code: 'custom', message: 'an ipBlock contradicts selectors of pods: make two entries' })
  })

const ports = z.array(portRule).optional()
const peers = z.array(peer).optional()

/** Source: Kubernetes API, networking.k8s.io/v1: NetworkPolicy. */
export const networkPolicyDocument = specShape(
  z.strictObject({
    podSelector: selectorSchema.optional(),
    ingress: z.array(z.strictObject({ ports, from: peers })).optional(),
    egress: z.array(z.strictObject({ ports, to: peers })).optional(),
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
  }),
)

export type NetworkPolicyDocument = z.infer<typeof networkPolicyDocument>
export type NetworkPolicyPeer = z.infer<typeof peer>
export type NetworkPolicyPort = z.infer<typeof portRule>
