import { z } from 'zod'
import { httpSchema, kafkaSchema } from '../../rule/l7.js'
import { dnsPattern, dnsRuleShape } from './dns-name.js'

const kafka = kafkaSchema.refine(({ role, apiKey }) => role === undefined || apiKey === undefined, {
  error: 'role and apiKey contradict each other: a role is a set of API keys',
})

/** What is looked for in requests: of one protocol in an entry. */
export const l7RulesShape = z
  .strictObject({
    http: z.array(httpSchema).optional(),
    dns: z.array(dnsRuleShape).optional(),
    kafka: z.array(kafka).optional(),
    l7proto: z.string().min(1).optional(),
    l7: z.array(z.record(z.string().min(1), z.string())).optional(),
  })
  .superRefine(({ http, dns, kafka: requests, l7proto, l7 }, context) => {
    const given = Object.entries({ http, dns, kafka: requests, l7proto }).filter(([, value]) => value !== undefined)
    if (given.length > 1)
      context.addIssue({
        code: 'custom',
        message: `${given.map(([field]) => field).join(' and ')} contradict each other: make an entry of each`,
      })
    if (l7 !== undefined && l7proto === undefined) context.addIssue({ code: 'custom', path: ['l7'], message: 'needs l7proto beside it' })
  })

const secret = z.strictObject({ name: z.string().min(1), namespace: z.string().min(1).optional() })

/** A TLS context: certificates and keys that a proxy takes from a secret. */
export const tlsShape = z.strictObject({
  secret,
  trustedCA: z.string().optional(),
  certificate: z.string().optional(),
  privateKey: z.string().optional(),
})

export const listenerShape = z.strictObject({
  envoyConfig: z.strictObject({
    kind: z.enum(['CiliumEnvoyConfig', 'CiliumClusterwideEnvoyConfig']).optional(),
    name: z.string().min(1),
  }),
  name: z.string().min(1),
  priority: z.int().min(1).max(100).optional(),
})

export const serverNamesShape = z.array(dnsPattern).min(1).optional()

export type L7RulesDocument = z.infer<typeof l7RulesShape>
export type ListenerDocument = z.infer<typeof listenerShape>
export type TlsDocument = z.infer<typeof tlsShape>
