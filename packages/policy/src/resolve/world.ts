import { Err, type InputInvalid, inputInvalid, Ok, type Result } from '@axoneme/sys/values'
import type { CidrGroup, NetworkPolicy } from '../rule/policy.js'
import { objectKey } from '../universe/input.js'
import type { Effect, UniverseStore } from '../universe/store.js'
import type { CheckedChange } from './change.js'

/** What the resolver's tables are made of: the universe, the policies, and what a change did to them. */
export class World {
  readonly policies = new Map<string, NetworkPolicy>()
  readonly groups = new Map<string, CidrGroup>()

  constructor(readonly store: UniverseStore) {}

  /** Makes one change. Answers what it did, and the changes that undo it, to be made in this order; after an error nothing was changed. */
  make(
    change: CheckedChange,
  ): Result<{ readonly effects: Effect[]; readonly touched: Touched; readonly undo: CheckedChange[] }, InputInvalid> {
    const { store } = this
    const made = (
      effects: Effect[],
      ...undo: CheckedChange[]
    ): Result<{ effects: Effect[]; touched: Touched; undo: CheckedChange[] }, InputInvalid> => Ok({ effects, touched: {}, undo })
    switch (change.kind) {
      case 'policy': {
        const { policy } = change
        if (policy.kind === 'cidr-group') {
          const before = this.groups.get(policy.name)
          this.groups.set(policy.name, policy)
          return Ok({
            effects: [],
            touched: { group: true },
            undo: [before === undefined ? { kind: 'cidr-group-removed', name: policy.name } : { kind: 'policy', policy: before }],
          })
        }
        const before = this.policies.get(policy.key)
        this.policies.set(policy.key, policy)
        return Ok({
          effects: [],
          touched: { policy: policy.key },
          undo: [before === undefined ? { kind: 'policy-removed', key: policy.key } : { kind: 'policy', policy: before }],
        })
      }
      case 'policy-removed': {
        const before = this.policies.get(change.key)
        if (before === undefined) return made([])
        this.policies.delete(change.key)
        return Ok({ effects: [], touched: { policy: change.key }, undo: [{ kind: 'policy', policy: before }] })
      }
      case 'cidr-group-removed': {
        const before = this.groups.get(change.name)
        if (before === undefined) return made([])
        this.groups.delete(change.name)
        return Ok({ effects: [], touched: { group: true }, undo: [{ kind: 'policy', policy: before }] })
      }
      case 'endpoint': {
        const key = objectKey(change.endpoint)
        const before = store.endpoint(key)
        const done = store.setEndpoint(change.endpoint)
        return done.isErr()
          ? Err(done.error)
          : made(done.value, before === undefined ? { kind: 'endpoint-removed', key } : { kind: 'endpoint', endpoint: before })
      }
      case 'endpoint-removed': {
        const before = store.endpoint(change.key)
        return before === undefined ? made([]) : made(store.removeEndpoint(change.key), { kind: 'endpoint', endpoint: before })
      }
      case 'identity': {
        const before = store.known(change.identity.identity)
        const done = store.setIdentity(change.identity)
        if (done.isErr()) return Err(done.error)
        return made(
          done.value,
          before === undefined ? { kind: 'identity-removed', identity: change.identity.identity } : { kind: 'identity', identity: before },
        )
      }
      case 'identity-removed': {
        const before = store.known(change.identity)
        return before === undefined ? made([]) : made(store.removeIdentity(change.identity), { kind: 'identity', identity: before })
      }
      case 'namespace': {
        const before = store.namespaceInput(change.namespace.name)
        return made(
          store.setNamespace(change.namespace),
          before === undefined ? { kind: 'namespace-removed', name: change.namespace.name } : { kind: 'namespace', namespace: before },
        )
      }
      case 'namespace-removed': {
        const before = store.namespaceInput(change.name)
        return before === undefined ? made([]) : made(store.removeNamespace(change.name), { kind: 'namespace', namespace: before })
      }
      case 'node': {
        const before = store.node(change.node.name)
        const done = store.setNode(change.node)
        if (done.isErr()) return Err(done.error)
        return made(done.value, before === undefined ? { kind: 'node-removed', name: change.node.name } : { kind: 'node', node: before })
      }
      case 'node-removed': {
        const before = store.node(change.name)
        return before === undefined ? made([]) : made(store.removeNode(change.name), { kind: 'node', node: before })
      }
      case 'service': {
        const before = store.service(objectKey(change.service))
        return made(
          store.setService(change.service),
          before === undefined ? { kind: 'service-removed', key: objectKey(change.service) } : { kind: 'service', service: before },
        )
      }
      case 'service-removed': {
        const before = store.service(change.key)
        return before === undefined ? made([]) : made(store.removeService(change.key), { kind: 'service', service: before })
      }
      case 'kube-apiserver': {
        const before = [...store.kubeApiserver()]
        return made(store.setKubeApiserver(change.addresses), { kind: 'kube-apiserver', addresses: before })
      }
      case 'binding':
        return this.#bind(change.binding)
      case 'binding-removed': {
        const before = this.#bindingsOf(change.name, change.addresses)
        return made(store.unbind(change.name, change.addresses), ...before)
      }
      case 'clock': {
        if (!Number.isFinite(change.nowMs)) return Err(inputInvalid('nowMs', `${change.nowMs} is not a time`, 'Give milliseconds.'))
        const { nowMs } = store
        const ending = [...store.bindings.entries()].filter(({ expiresAtMs }) => expiresAtMs <= change.nowMs)
        const bindings = ending.map(({ name, address, expiresAtMs }) => ({ name, addresses: [address], expiresAtMs }))
        return made(store.advance(change.nowMs), { kind: 'clock-restored', nowMs, bindings })
      }
      case 'clock-restored':
        store.nowMs = change.nowMs
        return made(change.bindings.flatMap((binding) => store.bind(binding)))
    }
  }

  #bind(
    binding: Extract<CheckedChange, { kind: 'binding' }>['binding'],
  ): Result<{ effects: Effect[]; touched: Touched; undo: CheckedChange[] }, InputInvalid> {
    const before = this.#bindingsOf(binding.name, binding.addresses)
    const effects = this.store.bind(binding)
    return Ok({ effects, touched: {}, undo: [{ kind: 'binding-removed', name: binding.name, addresses: binding.addresses }, ...before] })
  }

  #bindingsOf(name: string, addresses: readonly string[] | undefined): CheckedChange[] {
    const { bindings } = this.store
    return (addresses ?? bindings.addressesOf(name)).flatMap((address): CheckedChange[] => {
      const end = bindings.endOf(name, address)
      if (end === undefined) return []
      return [{ kind: 'binding', binding: { name, addresses: [address], ...(Number.isFinite(end) ? { expiresAtMs: end } : {}) } }]
    })
  }
}

/** What of the policies a change touched. */
export interface Touched {
  readonly policy?: string
  readonly group?: boolean
}
