import { z } from 'zod'
import { type LabelKey, type LabelSet, parseLabelKey } from './label.js'

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

/** A requirement with its key taken apart. */
interface Condition {
  readonly key: LabelKey
  readonly operator: Requirement['operator']
  readonly values: readonly string[]
}

function conditionOf({ key, operator, values = [] }: Requirement): Condition {
  return { key: parseLabelKey(key, 'any'), operator, values }
}

/** Of selectors that cannot change any more. */
const conditions = new WeakMap<LabelSelector, readonly Condition[]>()

function conditionsOf(selector: LabelSelector): readonly Condition[] {
  const there = conditions.get(selector)
  if (there !== undefined) return there
  const made = requirementsOf(selector).map(conditionOf)
  if (Object.isFrozen(selector)) conditions.set(selector, made)
  return made
}

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
function isMet({ key, operator, values }: Condition, labels: LabelSet): boolean {
  switch (operator) {
    case 'In':
      return labels.has(key, values)
    case 'NotIn':
      return !labels.has(key, values)
    case 'Exists':
      return labels.has(key)
    case 'DoesNotExist':
      return !labels.has(key)
  }
}

/** Whether one requirement holds. */
export function holds(requirement: Requirement, labels: LabelSet): boolean {
  return isMet(conditionOf(requirement), labels)
}

/** Whether every requirement of the selector holds. */
export function selects(selector: LabelSelector, labels: LabelSet): boolean {
  for (const condition of conditionsOf(selector)) if (!isMet(condition, labels)) return false
  return true
}
