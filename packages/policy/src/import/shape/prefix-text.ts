import { Prefix } from '@axoneme/sys/values'
import { z } from 'zod'

function prefix(lengthNeeded: boolean): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const parsed = Prefix.parse(text)
    if (parsed.isErr()) context.addIssue({ code: 'custom', message: parsed.error.message })
    else if (lengthNeeded && !text.includes('/'))
      context.addIssue({ code: 'custom', message: `"${text}" has no length: write ${parsed.value}` })
  })
}

/** `10.0.0.0/8` */
export const prefixText = prefix(true)
/** `10.0.0.0/8`, or one address */
export const prefixOrAddressText = prefix(false)
