import { z } from 'zod'
import { notExactlyOne } from '../shape/exactly-one.js'

/** Letters, digits, `-` and `_` in labels, `*` where a pattern is meant. Source: Cilium, pkg/policy/api: FQDNSelector. */
function name(characters: RegExp, allowed: string) {
  return z
    .string()
    .min(1)
    .max(255)
    .refine((text) => characters.test(text), { error: (issue) => `"${issue.input}" has more than ${allowed}` })
}

const matchName = name(/^[-\w]+(\.[-\w]+)*\.?$/, 'labels of letters, digits, - and _, with dots between')
export const dnsPattern = name(/^[-\w*]+(\.[-\w*]+)*\.?$/, 'labels of letters, digits, -, _ and *, with dots between')

const selector = z.strictObject({ matchName: matchName.optional(), matchPattern: dnsPattern.optional() })

/** Whose addresses a rule is about: one name, or one pattern. */
export const fqdnShape = selector.superRefine((value, context) => {
  const message = notExactlyOne(value, ['matchName', 'matchPattern'])
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

/** What may be asked for: both may be given, and either does. */
export const dnsRuleShape = selector.superRefine((value, context) => {
  if (value.matchName === undefined && value.matchPattern === undefined)
    context.addIssue({ code: 'custom', message: 'give matchName or matchPattern' })
})
