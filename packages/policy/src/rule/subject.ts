import { z } from 'zod'
import { selectorSchema } from './selector.js'

/** Which namespaces: by name, by their labels; both given: both must hold. Neither: any namespace, but one there must be. */
export const namespacesSchema = z.strictObject({
  names: z.array(z.string().min(1)).optional(),
  selector: selectorSchema.optional(),
})

const endpointsSubject = z.strictObject({
  kind: z.literal('endpoints'),
  /** absent: in every namespace, and those that have none */
  namespaces: namespacesSchema.optional(),
  /** by the endpoint's labels; empty: every endpoint */
  selector: selectorSchema.default({}),
  /** absent: any */
  serviceAccounts: z.array(z.string().min(1)).optional(),
})

const nodesSubject = z.strictObject({
  kind: z.literal('nodes'),
  /** by the node's labels; empty: every node */
  selector: selectorSchema.default({}),
})

/** Whom a policy is about: endpoints, or nodes themselves (the host firewall). */
export const subjectSchema = z.discriminatedUnion('kind', [endpointsSubject, nodesSubject])

export type NamespaceMatch = z.infer<typeof namespacesSchema>
export type Subject = z.infer<typeof subjectSchema>
