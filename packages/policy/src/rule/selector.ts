import { z } from 'zod'
import { type LabelSet, parseLabelKey } from './label.js'

/** `In` and `NotIn` take values, the others none. Source: Kubernetes API, LabelSelectorRequirement. */
export const requirementSchema = z
  .strictObject({
    /** with or without a source: `app`, `k8s:app`, `reserved:host` */
    key: z.string().min(1),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(z.string()).optional(),
  })
  .superRefine(({ operator, values = [] }, context) => {
    const takes = operator === 'In' || operator === 'NotIn'
    if (takes && values.length === 0)
      context.addIssue({ code: 'custom', path: ['values'], message: `${operator} needs at least one value` })
    if (!takes && values.length > 0) context.addIssue({ code: 'custom', path: ['values'], message: `${operator} takes no values` })
  })

/** All must hold; an empty selector holds for everything that it is asked about. Source: Kubernetes API, LabelSelector. */
export const selectorSchema = z.strictObject({
  matchLabels: z.record(z.string().min(1), z.string()).optional(),
  matchExpressions: z.array(requirementSchema).optional(),
})

export type Requirement = z.infer<typeof requirementSchema>
export type LabelSelector = z.infer<typeof selectorSchema>

/** The selector as requirements alone: `matchLabels` is `In` with one value. */
export function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly Requirement[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]): Requirement => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions,
  ]
}

/**
 * Whether a requirement holds. `NotIn` and `DoesNotExist` hold where the label is absent; an absent label is not an empty value.
 * Source: Kubernetes, staging/src/k8s.io/apimachinery/pkg/labels: Requirement.Matches.
 */
export function holds({ key, operator, values = [] }: Requirement, labels: LabelSet): boolean {
  const found = labels.values(parseLabelKey(key, 'any'))
  switch (operator) {
    case 'In':
      return found.some((value) => values.includes(value))
    case 'NotIn':
      return !found.some((value) => values.includes(value))
    case 'Exists':
      return found.length > 0
    case 'DoesNotExist':
      return found.length === 0
  }
}

/** Whether every requirement of the selector holds. */
export function selects(selector: LabelSelector, labels: LabelSet): boolean {
  return requirementsOf(selector).every((requirement) => holds(requirement, labels))
}
