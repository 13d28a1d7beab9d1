import { z } from 'zod'

/** What RE2 writes otherwise, as JavaScript has it: the proxies' expressions are RE2's, and are only checked here. */
function asJavaScript(text: string): string {
  return text
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?[imsU]+\)/g, '')
    .replace(/\(\?[imsU]+:/g, '(?:')
    .replaceAll('\\z', '$')
    .replaceAll('\\A', '^')
}

const regex = z.string().superRefine((text, context) => {
  try {
    new RegExp(asJavaScript(text))
  } catch (reason) {
    context.addIssue({ code: 'custom', message: reason instanceof Error ? reason.message : 'not a regular expression' })
  }
})

const headerMatch = z.strictObject({
  name: z.string().min(1),
  value: z.string().optional(),
  /** the value is kept elsewhere, by name */
  secret: z.strictObject({ name: z.string().min(1), namespace: z.string().optional() }).optional(),
  /** what the proxy does to a request without it; absent: deny */
  mismatch: z.enum(['LOG', 'ADD', 'DELETE', 'REPLACE']).optional(),
})

/** An HTTP request: all given fields must match; the texts are regular expressions over the whole value. */
export const httpSchema = z.strictObject({
  method: regex.optional(),
  path: regex.optional(),
  host: regex.optional(),
  headers: z.array(z.string()).optional(),
  headerMatches: z.array(headerMatch).optional(),
})

export const dnsSchema = z
  .strictObject({ matchName: z.string().min(1).optional(), matchPattern: z.string().min(1).optional() })
  .refine(({ matchName, matchPattern }) => (matchName === undefined) !== (matchPattern === undefined), {
    message: 'give exactly one of matchName and matchPattern',
  })

export const kafkaSchema = z.strictObject({
  role: z.enum(['produce', 'consume']).optional(),
  apiKey: z.string().optional(),
  apiVersion: z.string().optional(),
  clientID: z.string().optional(),
  topic: z.string().optional(),
})

/** Where the flow is redirected to. A lower priority (1 to 100) wins where rules name several listeners; absent: last. */
export const listenerSchema = z.strictObject({
  name: z.string().min(1),
  priority: z.int().min(0).max(100).optional(),
})

/** What a proxy is to check in flows that a rule allows: data for the proxy; here it makes the verdict a redirect. */
export const l7Schema = z
  .strictObject({
    parser: z.string().min(1),
    /** absent: the parser's own, under its name */
    listener: listenerSchema.optional(),
    http: z.array(httpSchema).optional(),
    dns: z.array(dnsSchema).optional(),
    kafka: z.array(kafkaSchema).optional(),
    /** of any other parser: as the parser wants them */
    generic: z.array(z.record(z.string(), z.string())).optional(),
    /** TLS server names (SNI) that may be asked for */
    serverNames: z.array(z.string().min(1)).optional(),
    /** contexts by name, for a proxy that opens and closes TLS */
    terminatingTls: z.string().optional(),
    originatingTls: z.string().optional(),
  })
  .superRefine((l7, context) => {
    for (const parser of ['http', 'dns', 'kafka'] as const)
      if (l7[parser] !== undefined && l7.parser !== parser)
        context.addIssue({ code: 'custom', path: [parser], message: `rules of ${parser} stand under the parser ${l7.parser}` })
  })

export type HttpMatch = z.infer<typeof httpSchema>
export type DnsMatch = z.infer<typeof dnsSchema>
export type KafkaMatch = z.infer<typeof kafkaSchema>
export type L7 = z.infer<typeof l7Schema>
