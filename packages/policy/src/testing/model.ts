import type { Change } from '../resolve/change.js'
import type { CidrGroup, NetworkPolicy, Policy } from '../rule/policy.js'
import { objectKey, type UniverseInput } from '../universe/input.js'

type One<K extends keyof UniverseInput> = NonNullable<UniverseInput[K]> extends readonly (infer T)[] ? T : never

/** What a resolver was told, kept as plain inputs: what a new one is made of, to be compared with it. */
export class Model {
  readonly #policies = new Map<string, NetworkPolicy>()
  readonly #groups = new Map<string, CidrGroup>()
  readonly #namespaces = new Map<string, One<'namespaces'>>()
  readonly #endpoints = new Map<string, One<'endpoints'>>()
  readonly #identities = new Map<number, One<'identities'>>()
  readonly #nodes = new Map<string, One<'nodes'>>()
  readonly #services = new Map<string, One<'services'>>()
  readonly #bindings = new Map<string, { name: string; address: string; end: number }>()
  #kubeApiserver: readonly string[] = []
  #nowMs = 0

  constructor(private readonly settings: UniverseInput['settings']) {}

  make(change: Change): void {
    switch (change.kind) {
      case 'policy':
        if (change.policy.kind === 'cidr-group') this.#groups.set(change.policy.name, change.policy)
        else this.#policies.set(change.policy.key, change.policy)
        return
      case 'policy-removed':
        this.#policies.delete(change.key)
        return
      case 'cidr-group-removed':
        this.#groups.delete(change.name)
        return
      case 'endpoint':
        this.#endpoints.set(objectKey(change.endpoint), change.endpoint)
        return
      case 'endpoint-removed':
        this.#endpoints.delete(change.key)
        return
      case 'identity':
        this.#identities.set(change.identity.identity, change.identity)
        return
      case 'identity-removed':
        this.#identities.delete(change.identity)
        return
      case 'namespace':
        this.#namespaces.set(change.namespace.name, change.namespace)
        return
      case 'namespace-removed':
        this.#namespaces.delete(change.name)
        return
      case 'node':
        this.#nodes.set(change.node.name, change.node)
        return
      case 'node-removed':
        this.#nodes.delete(change.name)
        return
      case 'service':
        this.#services.set(objectKey(change.service), change.service)
        return
      case 'service-removed':
        this.#services.delete(change.key)
        return
      case 'kube-apiserver':
        this.#kubeApiserver = change.addresses
        return
      case 'binding':
        for (const address of change.binding.addresses) this.#bind(change.binding.name, address, change.binding.expiresAtMs)
        return
      case 'binding-removed':
        for (const [key, { name, address }] of this.#bindings)
          if (canonical(name) === canonical(change.name) && (change.addresses ?? [address]).includes(address)) this.#bindings.delete(key)
        return
      case 'clock':
        this.#nowMs = Math.max(this.#nowMs, change.nowMs)
        for (const [key, { end }] of this.#bindings) if (end <= this.#nowMs) this.#bindings.delete(key)
    }
  }

  input(): UniverseInput {
    return {
      settings: this.settings,
      namespaces: [...this.#namespaces.values()],
      endpoints: [...this.#endpoints.values()],
      identities: [...this.#identities.values()],
      nodes: [...this.#nodes.values()],
      services: [...this.#services.values()],
      kubeApiserver: [...this.#kubeApiserver],
      bindings: [...this.#bindings.values()].map(({ name, address, end }) => ({
        name,
        addresses: [address],
        ...(Number.isFinite(end) ? { expiresAtMs: end } : {}),
      })),
      nowMs: this.#nowMs,
    }
  }

  policies(): Policy[] {
    return [...this.#policies.values(), ...this.#groups.values()]
  }

  #bind(name: string, address: string, end = Number.POSITIVE_INFINITY): void {
    const key = `${canonical(name)} ${address}`
    if (end <= this.#nowMs) return
    this.#bindings.set(key, { name, address, end: Math.max(end, this.#bindings.get(key)?.end ?? 0) })
  }
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
