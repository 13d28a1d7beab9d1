import type { z } from 'zod'
import { deepFreeze } from '../../rule/freeze.js'
import { cidrGroupSchema, networkPolicySchema, type Policy } from '../../rule/policy.js'
import type { Kind } from '../kind.js'
import { checkShape } from '../shape/check-shape.js'

/** Our own nodes as documents: what `JSON.stringify` made of a policy is read back as an equal one, its source included. */
function ownKind(kind: Policy['kind'], schema: z.ZodType<Policy>, identity: string): Kind {
  return {
    apiVersions: [],
    kind,
    namespaced: false,
    identity: [identity],
    read(value, base, reading) {
      const node = checkShape(schema, value, base, reading)
      return node === undefined ? [] : [deepFreeze(node)]
    },
  }
}

export const networkPolicyNode = ownKind('network-policy', networkPolicySchema, 'key')
export const cidrGroupNode = ownKind('cidr-group', cidrGroupSchema, 'name')
