import { Err, Ok, type Result } from '@axoneme/sys/values'
import type { z } from 'zod'
import { type PolicyInvalid, type PolicyProblem, policyInvalid } from '../errors.js'
import { deepFreeze } from '../rule/freeze.js'
import {
  type CidrGroup,
  type CidrGroupInput,
  cidrGroupSchema,
  type NetworkPolicy,
  type NetworkPolicyInput,
  networkPolicySchema,
} from '../rule/policy.js'

/** `rules[0].ports[1].port` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}

export function problemsOf(error: z.ZodError): PolicyProblem[] {
  return error.issues.map(({ path, message }) => ({ path: formatPath(path), message }))
}

/**
 * A policy from plain data: checked, defaults filled in, frozen.
 *
 * @errors policy.invalid
 */
export function definePolicy(input: NetworkPolicyInput): Result<NetworkPolicy, PolicyInvalid> {
  const parsed = networkPolicySchema.safeParse(input)
  return parsed.success ? Ok(deepFreeze(parsed.data)) : Err(policyInvalid(problemsOf(parsed.error)))
}

/**
 * A group of address blocks from plain data: checked, frozen.
 *
 * @errors policy.invalid
 */
export function defineCidrGroup(input: CidrGroupInput): Result<CidrGroup, PolicyInvalid> {
  const parsed = cidrGroupSchema.safeParse(input)
  return parsed.success ? Ok(deepFreeze(parsed.data)) : Err(policyInvalid(problemsOf(parsed.error)))
}
