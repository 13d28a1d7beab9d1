import { z } from 'zod'
import { entities } from '../../rule/peer.js'
import { selectorSchema } from '../../rule/selector.js'
import { notExactlyOne } from '../shape/exactly-one.js'
import { prefixOrAddressText, prefixText } from '../shape/prefix-text.js'
import { refused } from '../shape/refused.js'
import { fqdnShape } from './dns-name.js'

export const selectorsShape = z.array(selectorSchema).optional()
export const cidrsShape = z.array(prefixOrAddressText).optional()
export const entitiesShape = z.array(z.enum(entities)).optional()
export const fqdnsShape = z.array(fqdnShape).optional()
export const groupsShape = refused('groups of a cloud are known to that cloud only: write their blocks in a list of CIDRs')

const cidrRule = z
  .strictObject({
    cidr: prefixText.optional(),
    cidrGroupRef: z.string().min(1).optional(),
    cidrGroupSelector: selectorSchema.optional(),
    except: z.array(prefixText).default([]),
  })
  .superRefine((rule, context) => {
    const message = notExactlyOne(rule, ['cidr', 'cidrGroupRef', 'cidrGroupSelector'])
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
export const cidrSetShape = z.array(cidrRule).optional()

const namespace = z.string().min(1).optional()
const service = z
  .strictObject({
    k8sService: z.strictObject({ serviceName: z.string().min(1), namespace }).optional(),
    k8sServiceSelector: z.strictObject({ selector: selectorSchema, namespace }).optional(),
  })
  .refine((one) => one.k8sService !== undefined || one.k8sServiceSelector !== undefined, {
    error: 'is empty: give k8sService or k8sServiceSelector',
  })
export const servicesShape = z.array(service).optional()

export type CidrRuleDocument = z.infer<typeof cidrRule>
export type ServiceDocument = z.infer<typeof service>
export type FqdnDocument = z.infer<typeof fqdnShape>
