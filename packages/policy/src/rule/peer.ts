import { z } from 'zod'
import { cidrSchema, prefixSchema } from './prefix.js'
import { selectorSchema } from './selector.js'
import { namespacesSchema } from './subject.js'

/** Names for what lies outside or beside the endpoints. Source: Cilium, pkg/policy/api: Entity. */
export const entities = [
  'all',
  'world',
  'world-ipv4',
  'world-ipv6',
  'cluster',
  'host',
  'remote-node',
  'kube-apiserver',
  'ingress',
  'init',
  'health',
  'unmanaged',
  'none',
] as const

const endpointsPeer = z.strictObject({
  kind: z.literal('endpoints'),
  namespaces: namespacesSchema.optional(),
  selector: selectorSchema.default({}),
  serviceAccounts: z.array(z.string().min(1)).optional(),
  /**
   * `managed`: endpoints only, so that a negative requirement never lets the outside in. `any`: whoever carries labels, reserved
   * identities and addresses too (a selector on `reserved:` labels).
   */
  scope: z.enum(['managed', 'any']).default('managed'),
})

const entityPeer = z.strictObject({ kind: z.literal('entity'), entity: z.enum(entities) })

const cidrPeer = z.strictObject({
  kind: z.literal('cidr'),
  ...cidrSchema.shape,
  /**
   * `external`: addresses outside the cluster only, as Cilium has it: endpoints are never selected by address. `any`: endpoints and
   * nodes with an address in the block too, as the admin policies' `networks` have it.
   */
  scope: z.enum(['external', 'any']).default('external'),
})

const cidrGroupPeer = z.strictObject({
  kind: z.literal('cidr-group'),
  /** the group's name, or a selector on groups' labels: exactly one */
  name: z.string().min(1).optional(),
  selector: selectorSchema.optional(),
  except: z.array(prefixSchema).default([]),
})

const fqdnPeer = z.strictObject({
  kind: z.literal('fqdn'),
  /** `matchName`: one name; `matchPattern`: `*` within a label, `**.` at the front across labels, `*` alone every name */
  matchName: z.string().min(1).optional(),
  matchPattern: z.string().min(1).optional(),
})

const servicePeer = z.strictObject({
  kind: z.literal('service'),
  /** the service's name, or a selector on services' labels: exactly one */
  name: z.string().min(1).optional(),
  selector: selectorSchema.optional(),
  /** absent: any namespace */
  namespace: z.string().min(1).optional(),
})

const nodesPeer = z.strictObject({
  kind: z.literal('nodes'),
  selector: selectorSchema.default({}),
  /** `remote`: other nodes only, as Cilium's `fromNodes` has it; `all`: this one too */
  scope: z.enum(['all', 'remote']).default('all'),
})

/** Whom a rule is about, at the other end. */
export const peerSchema = z
  .discriminatedUnion('kind', [endpointsPeer, entityPeer, cidrPeer, cidrGroupPeer, fqdnPeer, servicePeer, nodesPeer])
  .superRefine((peer, context) => {
    const one = (...fields: [string, unknown][]): void => {
      if (fields.filter(([, value]) => value !== undefined).length !== 1)
        context.addIssue({ code: 'custom', message: `give exactly one of ${fields.map(([name]) => name).join(' and ')}` })
    }
    if (peer.kind === 'cidr-group' || peer.kind === 'service') one(['name', peer.name], ['selector', peer.selector])
    if (peer.kind === 'fqdn') one(['matchName', peer.matchName], ['matchPattern', peer.matchPattern])
    if (peer.kind === 'cidr') {
      const checked = cidrSchema.safeParse({ prefix: peer.prefix, except: peer.except })
      for (const issue of checked.error?.issues ?? []) context.addIssue({ code: 'custom', path: issue.path, message: issue.message })
    }
  })

export type Entity = (typeof entities)[number]
export type Peer = z.infer<typeof peerSchema>
export type EndpointsPeer = z.infer<typeof endpointsPeer>
export type CidrPeer = z.infer<typeof cidrPeer>
export type CidrGroupPeer = z.infer<typeof cidrGroupPeer>
export type FqdnPeer = z.infer<typeof fqdnPeer>
export type ServicePeer = z.infer<typeof servicePeer>
export type NodesPeer = z.infer<typeof nodesPeer>
