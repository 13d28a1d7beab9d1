import { Err, Ok, type Result } from '@axoneme/sys/values'
import type { PolicyError } from '../errors.js'
import { isSubject } from '../evaluate/match.js'
import type { Limits } from '../resolve/capacity.js'
import { createResolver, type Resolver } from '../resolve/resolver.js'
import type { DirectionTable, PolicySet, Tables } from '../resolve/tables.js'
import type { NetworkPolicy, Policy } from '../rule/policy.js'
import type { Direction } from '../rule/rule.js'
import type { FlowEnd, Universe } from '../universe/universe.js'
import type { WholeCluster } from './whole-cluster.js'

/** A table, and the resolver that it is of: whose numbers of address blocks it speaks in. */
export interface OwnTable {
  readonly table: DirectionTable
  readonly resolver: Resolver
}

/** One rule set with the tables of everybody that it judges. */
export interface RuleSet {
  readonly policies: readonly Policy[]
  readonly resolvers: readonly Resolver[]
  ofEndpoint(object: string): Readonly<Record<Direction, OwnTable>> | undefined
  ofIdentity(number: number): Readonly<Record<Direction, OwnTable>> | undefined
  ofNode(end: FlowEnd): Readonly<Record<Direction, OwnTable>> | undefined
}

/** What a set means does not hang on what fits into a datapath's maps. */
const unlimited: Limits = {
  ports: Number.POSITIVE_INFINITY,
  portClasses: Number.POSITIVE_INFINITY,
  peers: Number.POSITIVE_INFINITY,
  peerClasses: Number.POSITIVE_INFINITY,
  rules: Number.POSITIVE_INFINITY,
  listeners: Number.POSITIVE_INFINITY,
  sets: Number.POSITIVE_INFINITY,
}

/**
 * @param nodes the nodes, and the host where it is none of them
 * @errors input.invalid · policy.ambiguous-identity
 */
export function resolveRuleSet(
  universe: Universe,
  cluster: WholeCluster,
  nodes: readonly FlowEnd[],
  policies: readonly Policy[],
): Result<RuleSet, PolicyError> {
  // a key that two policies have is an error even where they are about nobody
  const checked = createResolver({ policies })
  if (checked.isErr()) return Err(checked.error)
  const ofNodes = (policy: Policy): policy is NetworkPolicy => policy.kind === 'network-policy' && policy.subject.kind === 'nodes'
  const endpoints = createResolver({
    universe: cluster.everybody,
    policies: policies.filter((policy) => !ofNodes(policy)),
    limits: unlimited,
  })
  if (endpoints.isErr()) return Err(endpoints.error)

  // every node in the place of the local one: the policies about it are told to be about all nodes
  const groups = policies.filter(({ kind }) => kind === 'cidr-group')
  const byPolicies = new Map<string, { readonly resolver: Resolver; readonly tables: Tables }>()
  const nodeKeys = new Map<FlowEnd, string>()
  for (const node of nodes) {
    const party = universe.party(node)
    const applied = policies.filter(ofNodes).filter(({ subject }) => party !== undefined && isSubject(subject, party))
    const key = JSON.stringify(applied.map((policy) => policy.key))
    nodeKeys.set(node, key)
    if (byPolicies.has(key)) continue
    const everyNode = { kind: 'nodes' as const, selector: {} }
    const made = createResolver({
      universe: cluster.nodeAlone,
      policies: [...applied.map((policy): Policy => ({ ...policy, subject: everyNode })), ...groups],
      limits: unlimited,
    })
    if (made.isErr()) return Err(made.error)
    byPolicies.set(key, { resolver: made.value, tables: made.value.tables() })
  }

  const tables = endpoints.value.tables()
  return Ok({
    policies,
    resolvers: [endpoints.value, ...[...byPolicies.values()].map(({ resolver }) => resolver)],
    ofEndpoint: (object) => setOf(endpoints.value, tables, object),
    ofIdentity: (number) => setOf(endpoints.value, tables, cluster.standIns.get(number) ?? ''),
    ofNode(end) {
      const found = byPolicies.get(nodeKeys.get(end) ?? '')
      return found === undefined ? undefined : setOf(found.resolver, found.tables, cluster.localNode)
    },
  })
}

function setOf(resolver: Resolver, tables: Tables, object: string): Readonly<Record<Direction, OwnTable>> | undefined {
  const entry = tables.endpoints.get(object)
  const set: PolicySet | undefined = entry === undefined ? undefined : tables.sets.get(entry.set)
  return set === undefined ? undefined : { ingress: { table: set.ingress, resolver }, egress: { table: set.egress, resolver } }
}
