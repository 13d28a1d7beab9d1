import { z } from 'zod'
import { cidrSchema } from './prefix.js'
import { ruleSchema } from './rule.js'
import { sourceSchema } from './source.js'
import { subjectSchema } from './subject.js'

/**
 * When rules are asked, in this order. `admin` and `baseline` are ordered inside: the first rule that matches decides. `default` is not:
 * there a deny beats every allow.
 */
export const tiers = ['admin', 'default', 'baseline'] as const
export type Tier = (typeof tiers)[number]

/** Rules about a subject. The nodes are plain frozen data: JSON and back. */
export const networkPolicySchema = z
  .strictObject({
    kind: z.literal('network-policy'),
    /** unique among the policies: `NetworkPolicy shop/web` */
    key: z.string().min(1),
    tier: z.enum(tiers).default('default'),
    /** in an ordered tier: 0 is asked first; equal ones in the order of their keys */
    priority: z.int().min(0).default(0),
    subject: subjectSchema,
    /** whether subjects are closed, in that direction, to all that no rule allows; absent: where there are rules of the direction */
    defaultDeny: z.strictObject({ ingress: z.boolean().optional(), egress: z.boolean().optional() }).optional(),
    /** what this policy denies is let through and told */
    audit: z.boolean().default(false),
    /** a word of the author's that goes with every verdict of these rules */
    log: z.string().optional(),
    rules: z.array(ruleSchema).default([]),
    source: sourceSchema.optional(),
  })
  // taken out and put in last, so that equal policies are written in the same order
  .transform(({ defaultDeny, ...policy }) => {
    const has = (direction: string): boolean => policy.tier === 'default' && policy.rules.some((rule) => rule.direction === direction)
    return { ...policy, defaultDeny: { ingress: defaultDeny?.ingress ?? has('ingress'), egress: defaultDeny?.egress ?? has('egress') } }
  })
  .superRefine((policy, context) => {
    for (const [at, rule] of policy.rules.entries()) {
      const issue = (field: string, message: string): void => context.addIssue({ code: 'custom', path: ['rules', at, field], message })
      if (policy.tier === 'default' && rule.action === 'pass')
        issue('action', 'there is no next tier to pass to for rules of the tier default')
      if (policy.tier !== 'default' && rule.requires !== undefined) issue('requires', `rules of the tier ${policy.tier} cannot require`)
    }
    if (policy.tier !== 'default' && (policy.defaultDeny.ingress || policy.defaultDeny.egress))
      context.addIssue({ code: 'custom', path: ['defaultDeny'], message: `the tier ${policy.tier} does not isolate` })
  })

/** Address blocks under a name, for `cidr-group` peers. */
export const cidrGroupSchema = z.strictObject({
  kind: z.literal('cidr-group'),
  name: z.string().min(1),
  labels: z.record(z.string(), z.string()).default({}),
  cidrs: z.array(z.union([z.string(), cidrSchema])).transform((all, context) =>
    all.map((given, at) => {
      const parsed = cidrSchema.safeParse(typeof given === 'string' ? { prefix: given } : given)
      for (const { path, message } of parsed.error?.issues ?? []) context.addIssue({ code: 'custom', path: [at, ...path], message })
      return parsed.data ?? { prefix: '', except: [] }
    }),
  ),
  source: sourceSchema.optional(),
})

export const policySchema = z.union([networkPolicySchema, cidrGroupSchema])

export type NetworkPolicy = z.infer<typeof networkPolicySchema>
export type CidrGroup = z.infer<typeof cidrGroupSchema>
/** What documents hold: policies, and the groups of address blocks that they speak of. */
export type Policy = NetworkPolicy | CidrGroup
export type NetworkPolicyInput = z.input<typeof networkPolicySchema>
export type CidrGroupInput = z.input<typeof cidrGroupSchema>
export type PolicyInput = NetworkPolicyInput | CidrGroupInput

/** What a rule is called: `NetworkPolicy shop/web ingress[0]`, unique among all rules. */
export function ruleKey(
  policy: { readonly key: string; readonly rules: readonly { readonly direction: string }[] },
  index: number,
): string {
  return `${policy.key} ${policy.rules[index]?.direction ?? 'rule'}[${index}]`
}
