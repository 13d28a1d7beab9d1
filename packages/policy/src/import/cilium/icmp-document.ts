import { z } from 'zod'
import { icmpTypes } from './icmp-types.js'

/** The type as a number, of a number, a number as text, or a name of that family; undefined: none of these. */
function typeNumber(family: 'IPv4' | 'IPv6', given: string | number): number | undefined {
  const names: Readonly<Record<string, number>> = icmpTypes[family]
  if (typeof given === 'string' && Object.hasOwn(names, given)) return names[given]
  const number = typeof given === 'number' || /^\d+$/.test(given) ? Number(given) : Number.NaN
  return Number.isInteger(number) && number >= 0 && number <= 255 ? number : undefined
}

const field = z
  .strictObject({
    family: z.enum(['IPv4', 'IPv6']).default('IPv4'),
    type: z.union([z.string(), z.number()]),
  })
  .transform(({ family, type }, context) => {
    const icmpType = typeNumber(family, type)
    if (icmpType !== undefined) return { protocol: family === 'IPv4' ? ('icmp' as const) : ('icmpv6' as const), icmpType }
    context.addIssue({ code: 'custom', path: ['type'], message: `"${type}" is no ICMP type of ${family}: give 0 to 255, or a name` })
    return z.NEVER
  })

export const icmpsShape = z.array(z.strictObject({ fields: z.array(field).max(40).default([]) })).optional()

export type IcmpsDocument = z.infer<typeof icmpsShape>
