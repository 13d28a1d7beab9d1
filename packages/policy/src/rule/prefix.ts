import { Prefix } from '@axoneme/sys/values'
import { z } from 'zod'

/** An address block as text, canonical: no bits beyond the length, IPv6 as RFC 5952 writes it. */
export const prefixSchema = z.string().transform((text, context) => {
  const parsed = Prefix.parse(text)
  if (parsed.isOk()) return `${parsed.value.network()}`
  context.addIssue({ code: 'custom', message: parsed.error.message })
  return z.NEVER
})

/** A block, less some blocks in it. */
export const cidrSchema = z
  .strictObject({ prefix: prefixSchema, except: z.array(prefixSchema).default([]) })
  .superRefine(({ prefix, except }, context) => {
    const outer = Prefix.parse(prefix)
    for (const [at, text] of except.entries()) {
      const inner = Prefix.parse(text)
      if (outer.isOk() && inner.isOk() && !outer.value.contains(inner.value))
        context.addIssue({ code: 'custom', path: ['except', at], message: `${text} does not lie in ${prefix}` })
    }
  })

export type Cidr = z.infer<typeof cidrSchema>

const parsed = new Map<string, Prefix>()

/** A block, or an address as a block of one, whose text was checked: parsed once. */
export function prefixOf(text: string): Prefix {
  let prefix = parsed.get(text)
  if (prefix === undefined) {
    prefix = Prefix.parse(text).unwrap()
    // a bound, for texts come from documents
    if (parsed.size >= 100_000) parsed.clear()
    parsed.set(text, prefix)
  }
  return prefix
}

/** Whether the block is one address. */
export function isSingle({ family, length }: Prefix): boolean {
  return length === (family === 4 ? 32 : 128)
}
