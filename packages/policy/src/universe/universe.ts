import { Err, type InputInvalid, inputInvalid, Ok, parseIp, type Result } from '@axoneme/sys/values'
import type { RelevantLabels } from '../relevant/relevant.js'
import { formatPath } from '../schema/define.js'
import type { Endpoint, Node, Service, Settings, UniverseInput } from './input.js'
import { universeSchema } from './input.js'
import type { Party } from './party.js'
import { UniverseStore } from './store.js'

/** One end of a flow, by what is known of it. */
export type FlowEnd =
  | { readonly identity: number }
  | { readonly labels: Readonly<Record<string, string>>; readonly namespace?: string; readonly serviceAccount?: string }
  | { readonly ip: string }
  /** `shop/web-1`, or a node's name */
  | { readonly object: string }

/** Who is there: what rules are judged against. A value; it does not change. */
export interface Universe {
  readonly settings: Settings
  readonly nowMs: number
  /** what identities were allotted on; absent: on all labels */
  readonly relevant: RelevantLabels | undefined
  endpoint(key: string): Endpoint | undefined
  endpoints(): Iterable<{ readonly endpoint: Endpoint; readonly identity: number }>
  nodes(): Iterable<{ readonly node: Node; readonly identity: number }>
  services(): Iterable<Service>
  /** the number of an endpoint (`shop/web-1`) or node; undefined when there is none of that name */
  identityOf(key: string): number | undefined
  /** numbers of endpoints and nodes; the reserved ones are always there */
  identityNumbers(): Iterable<number>
  /** what is known of an end; undefined for an identity, object or address that is not */
  party(end: FlowEnd): Party | undefined
}

/** The store behind a universe: for the resolver, which goes on from a copy of it. */
export const storeOf = new WeakMap<Universe, UniverseStore>()

export interface UniverseOptions {
  /** allots identities on what policies look at alone: `relevantLabels(policies)` */
  readonly relevant?: RelevantLabels
}

/**
 * A universe from plain data.
 *
 * @errors input.invalid (`path` names the field)
 */
export function createUniverse(input: UniverseInput = {}, { relevant }: UniverseOptions = {}): Result<Universe, InputInvalid> {
  const parsed = universeSchema.safeParse(input)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return Err(inputInvalid(formatPath(issue?.path ?? []), issue?.message ?? 'not a universe'))
  }
  const { settings, namespaces, nodes, endpoints, identities, services, kubeApiserver, bindings, nowMs } = parsed.data
  const store = new UniverseStore(settings, relevant)
  store.nowMs = nowMs
  for (const namespace of namespaces) store.setNamespace(namespace)
  const failed =
    first('nodes', nodes, (node) => store.setNode(node)) ??
    // numbers that were chosen go before numbers that are allotted
    first('endpoints', endpoints, (endpoint) => (endpoint.identity === undefined ? Ok([]) : store.setEndpoint(endpoint))) ??
    first('identities', identities, (identity) => store.setIdentity(identity)) ??
    first('endpoints', endpoints, (endpoint) => (endpoint.identity === undefined ? store.setEndpoint(endpoint) : Ok([])))
  if (failed !== undefined) return Err(failed)
  for (const service of services) store.setService(service)
  store.setKubeApiserver(kubeApiserver)
  for (const binding of bindings) store.bind(binding)
  return Ok(viewOf(store))
}

function first<T>(field: string, all: readonly T[], set: (one: T) => Result<unknown, InputInvalid>): InputInvalid | undefined {
  for (const [at, one] of all.entries()) {
    const done = set(one)
    if (done.isErr())
      return inputInvalid(`${field}[${at}].${done.error.path}`, done.error.message.replace(`${done.error.path}: `, ''), done.error.hint)
  }
  return undefined
}

/** A store as its readers see it. */
export function viewOf(store: UniverseStore): Universe {
  const universe: Universe = {
    settings: store.settings,
    relevant: store.relevant,
    get nowMs() {
      return store.nowMs
    },
    endpoint: (key) => store.endpoint(key),
    endpoints: () => store.endpoints(),
    nodes: () => store.nodes(),
    services: () => store.services(),
    identityOf: (key) => store.identityOf(key),
    identityNumbers: () => store.identityNumbers(),
    party(end) {
      if ('identity' in end) return store.partyOfIdentity(end.identity)
      if ('object' in end) return store.partyOfObject(end.object)
      if ('labels' in end) return store.partyOfLabels(end.labels, end.namespace, end.serviceAccount)
      const address = parseIp(end.ip)
      return address.isOk() ? store.partyOfAddress(address.value) : undefined
    },
  }
  storeOf.set(universe, store)
  return universe
}
