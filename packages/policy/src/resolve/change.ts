import { Err, type InputInvalid, inputInvalid, Ok, type Result } from '@axoneme/sys/values'
import type { z } from 'zod'
import type { Policy } from '../rule/policy.js'
import { formatPath } from '../schema/define.js'
import {
  type Binding,
  bindingSchema,
  type Endpoint,
  type EndpointInput,
  endpointSchema,
  identitySchema,
  type KnownIdentity,
  type Namespace,
  type Node,
  namespaceSchema,
  nodeSchema,
  type Service,
  serviceSchema,
} from '../universe/input.js'

/** What may happen: things come, change (the same kind again) and go. */
export type Change =
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'policy-removed'; readonly key: string }
  | { readonly kind: 'cidr-group-removed'; readonly name: string }
  | { readonly kind: 'endpoint'; readonly endpoint: EndpointInput }
  /** `shop/web-1` */
  | { readonly kind: 'endpoint-removed'; readonly key: string }
  | { readonly kind: 'identity'; readonly identity: z.input<typeof identitySchema> }
  | { readonly kind: 'identity-removed'; readonly identity: number }
  | { readonly kind: 'namespace'; readonly namespace: z.input<typeof namespaceSchema> }
  | { readonly kind: 'namespace-removed'; readonly name: string }
  | { readonly kind: 'node'; readonly node: z.input<typeof nodeSchema> }
  | { readonly kind: 'node-removed'; readonly name: string }
  | { readonly kind: 'service'; readonly service: z.input<typeof serviceSchema> }
  /** `shop/web` */
  | { readonly kind: 'service-removed'; readonly key: string }
  | { readonly kind: 'kube-apiserver'; readonly addresses: readonly string[] }
  | { readonly kind: 'binding'; readonly binding: z.input<typeof bindingSchema> }
  /** without addresses: all that the name has */
  | { readonly kind: 'binding-removed'; readonly name: string; readonly addresses?: readonly string[] }
  /** the clock that bindings expire on moves to here */
  | { readonly kind: 'clock'; readonly nowMs: number }

/** A change whose values are checked, with defaults filled in. */
export type CheckedChange =
  | Exclude<Change, { readonly kind: 'endpoint' | 'identity' | 'namespace' | 'node' | 'service' | 'binding' }>
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'identity'; readonly identity: KnownIdentity }
  | { readonly kind: 'namespace'; readonly namespace: Namespace }
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'service'; readonly service: Service }
  | { readonly kind: 'binding'; readonly binding: Binding }
  /** the clock goes back, and what had ended is there again: undoing alone does that */
  | { readonly kind: 'clock-restored'; readonly nowMs: number; readonly bindings: readonly Binding[] }

/**
 * The change with its values checked.
 *
 * @errors input.invalid (`path` names the change and the field)
 */
export function checkChange(change: Change, at: number): Result<CheckedChange, InputInvalid> {
  const parse = <T>(schema: z.ZodType<T>, value: unknown, made: (value: T) => CheckedChange): Result<CheckedChange, InputInvalid> => {
    const parsed = schema.safeParse(value)
    if (parsed.success) return Ok(made(parsed.data))
    const [issue] = parsed.error.issues
    return Err(inputInvalid(formatPath(['changes', at, change.kind, ...(issue?.path ?? [])]), issue?.message ?? 'not understood'))
  }
  switch (change.kind) {
    case 'endpoint':
      return parse(endpointSchema, change.endpoint, (endpoint) => ({ kind: 'endpoint', endpoint }))
    case 'identity':
      return parse(identitySchema, change.identity, (identity) => ({ kind: 'identity', identity }))
    case 'namespace':
      return parse(namespaceSchema, change.namespace, (namespace) => ({ kind: 'namespace', namespace }))
    case 'node':
      return parse(nodeSchema, change.node, (node) => ({ kind: 'node', node }))
    case 'service':
      return parse(serviceSchema, change.service, (service) => ({ kind: 'service', service }))
    case 'binding':
      return parse(bindingSchema, change.binding, (binding) => ({ kind: 'binding', binding }))
    default:
      return Ok(change)
  }
}
