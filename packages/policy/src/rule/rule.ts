import { z } from 'zod'
import { l7Schema } from './l7.js'
import { peerSchema } from './peer.js'
import { portSchema } from './port.js'
import { selectorSchema } from './selector.js'
import { sourceSchema } from './source.js'

export const directions = ['ingress', 'egress'] as const
export type Direction = (typeof directions)[number]

/** What the peers of an allowed flow must prove. `required`: each other's identity; `disabled`: said not to be asked for. */
export const authModes = ['disabled', 'required', 'test-always-fail'] as const
export type AuthMode = (typeof authModes)[number]

/** One rule: traffic of a direction, with these peers, of these ports, is allowed, denied, or passed to the next tier. */
export const ruleSchema = z
  .strictObject({
    /** what the reader is told; absent: direction and place in the list */
    name: z.string().min(1).optional(),
    direction: z.enum(directions),
    action: z.enum(['allow', 'deny', 'pass']).default('allow'),
    /** absent: everyone; empty: nobody */
    peers: z.array(peerSchema).optional(),
    /**
     * What every endpoint that an `endpoints` peer selects must have besides, in all rules of this direction and action that apply to the
     * same subject. It narrows what others allow and opens nothing: a rule that only requires has no peers (`peers: []`).
     */
    requires: z.array(selectorSchema).optional(),
    /** absent: every protocol and port; empty: nothing */
    ports: z.array(portSchema).optional(),
    l7: l7Schema.optional(),
    auth: z.enum(authModes).optional(),
    source: sourceSchema.optional(),
  })
  .superRefine(({ action, l7, auth }, context) => {
    if (action !== 'allow' && l7 !== undefined)
      context.addIssue({ code: 'custom', path: ['l7'], message: `a rule that says ${action} cannot look into requests` })
    if (action !== 'allow' && auth !== undefined)
      context.addIssue({ code: 'custom', path: ['auth'], message: `a rule that says ${action} cannot ask for authentication` })
  })

export type Rule = z.infer<typeof ruleSchema>
