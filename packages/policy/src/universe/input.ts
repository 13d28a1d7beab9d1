import { parseIp } from '@axoneme/sys/values'
import { z } from 'zod'
import { scopeRanges } from './identity.js'

const labels = z.record(z.string().min(1), z.string()).default({})
const name = z.string().min(1)

const address = z.string().transform((text, context) => {
  const parsed = parseIp(text)
  if (parsed.isOk()) return `${parsed.value}`
  context.addIssue({ code: 'custom', message: parsed.error.message })
  return z.NEVER
})

const [firstIdentity, lastIdentity] = scopeRanges.endpoint
const identityNumber = z.int().min(firstIdentity).max(lastIdentity)

/** A port that an endpoint gives a name. */
const namedPort = z.strictObject({
  name,
  port: z.int().min(1).max(65535),
  protocol: z.enum(['tcp', 'udp', 'sctp']).default('tcp'),
})

export const namespaceSchema = z.strictObject({ name, labels })

export const endpointSchema = z.strictObject({
  name,
  namespace: name.optional(),
  labels,
  serviceAccount: name.optional(),
  addresses: z.array(address).default([]),
  namedPorts: z.array(namedPort).default([]),
  /** 256 to 2^24-1; absent: one for all endpoints that are alike */
  identity: identityNumber.optional(),
  /** an endpoint of the node's own, with that reserved identity */
  reserved: z.enum(['health', 'ingress', 'init', 'unmanaged']).optional(),
  /** what is denied to and from it is let through and told */
  audit: z.boolean().default(false),
  /** whether it lives on this node: tables are made for those */
  local: z.boolean().default(true),
})

/** An identity that is known without an endpoint: of other nodes. */
export const identitySchema = z.strictObject({
  identity: identityNumber,
  namespace: name.optional(),
  labels,
  serviceAccount: name.optional(),
  namedPorts: z.array(namedPort).default([]),
})

export const nodeSchema = z.strictObject({
  name,
  labels,
  addresses: z.array(address).default([]),
  /** this node: the identity `host` */
  local: z.boolean().default(false),
  kubeApiserver: z.boolean().default(false),
})

export const serviceSchema = z.strictObject({
  name,
  namespace: name.optional(),
  labels,
  /** which endpoints of its namespace stand behind it; absent or empty: those of `addresses` */
  selector: z.record(z.string(), z.string()).optional(),
  addresses: z.array(address).default([]),
})

export const bindingSchema = z.strictObject({
  name,
  addresses: z.array(address).min(1),
  /** until then, on the universe's clock; absent: for good */
  expiresAtMs: z.number().optional(),
})

export const settingsSchema = z.strictObject({
  /** `default`: closed where a policy says so; `always`: closed everywhere; `never`: policies are not asked */
  enforcement: z.enum(['default', 'always', 'never']).default('default'),
  /** whether the node itself reaches its endpoints where no rule denies it: its health checks */
  allowLocalHost: z.boolean().default(true),
  /** what is denied is let through and told, everywhere */
  audit: z.boolean().default(false),
  /** whether address blocks select nodes too; endpoints they never do */
  cidrMatchesNodes: z.boolean().default(false),
  /** whether nodes without labels have an identity each, too */
  nodeIdentities: z.boolean().default(false),
  clusterName: name.default('default'),
})

export const universeSchema = z.strictObject({
  settings: settingsSchema.prefault({}),
  namespaces: z.array(namespaceSchema).default([]),
  endpoints: z.array(endpointSchema).default([]),
  identities: z.array(identitySchema).default([]),
  nodes: z.array(nodeSchema).default([]),
  services: z.array(serviceSchema).default([]),
  /** addresses outside the cluster that its API server answers at */
  kubeApiserver: z.array(address).default([]),
  bindings: z.array(bindingSchema).default([]),
  /** the clock that bindings expire on */
  nowMs: z.number().default(0),
})

export type Namespace = z.infer<typeof namespaceSchema>
export type Endpoint = z.infer<typeof endpointSchema>
export type KnownIdentity = z.infer<typeof identitySchema>
export type Node = z.infer<typeof nodeSchema>
export type Service = z.infer<typeof serviceSchema>
export type Binding = z.infer<typeof bindingSchema>
export type Settings = z.infer<typeof settingsSchema>
export type UniverseInput = z.input<typeof universeSchema>
export type EndpointInput = z.input<typeof endpointSchema>
export type NamedPort = z.infer<typeof namedPort>

/** `shop/web-1`, or the name alone where there is no namespace. */
export function objectKey({ namespace, name }: { readonly namespace?: string | undefined; readonly name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
