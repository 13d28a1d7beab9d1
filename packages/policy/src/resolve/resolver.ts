import { Err, inputInvalid, Ok, type Prefix, type Result } from '@axoneme/sys/values'
import type { PolicyCapacity, PolicyError } from '../errors.js'
import { notRelevant, relevantLabels } from '../relevant/relevant.js'
import type { Policy } from '../rule/policy.js'
import { reservedIdentities } from '../universe/identity.js'
import { objectKey } from '../universe/input.js'
import type { Effect } from '../universe/store.js'
import { createUniverse, storeOf, type Universe, viewOf } from '../universe/universe.js'
import { defaultLimits, type Limits, overflow } from './capacity.js'
import { type Change, type CheckedChange, checkChange } from './change.js'
import { type Delta, Ledger } from './delta.js'
import { Engine } from './engine.js'
import { type PolicySet, setId, type Tables, tableOf } from './tables.js'
import { mergeWork, type Work } from './work.js'
import { World } from './world.js'

export interface ResolverOptions {
  /** who is there at the beginning; absent: nobody */
  readonly universe?: Universe
  readonly policies?: readonly Policy[]
  /** how much fits into the datapath's tables; absent fields: as `defaultLimits` */
  readonly limits?: Partial<Limits>
}

/** Policies and who is there, resolved into tables, and kept so. */
export interface Resolver {
  /**
   * Makes changes, all or none, and answers what that did to the tables. Its cost follows the change.
   *
   * @errors input.invalid · policy.capacity · policy.ambiguous-identity
   */
  apply(changes: readonly Change[]): Result<Delta, PolicyError>
  /** all tables as they are now */
  tables(): Tables
  /** who is there now; it changes with the next `apply`. Addresses outside have the identities that the tables know. */
  readonly universe: Universe
  policies(): Policy[]
}

/**
 * Resolves policies into verdict tables: once for what is given here, then change by change.
 *
 * @errors input.invalid · policy.capacity · policy.ambiguous-identity
 */
export function createResolver({ universe, policies = [], limits = {} }: ResolverOptions = {}): Result<Resolver, PolicyError> {
  const from = universe === undefined ? createUniverse() : Ok(universe)
  if (from.isErr()) return from
  const store = storeOf.get(from.value)
  if (store === undefined) return Err(inputInvalid('universe', 'not made by createUniverse', 'Give what createUniverse answered.'))
  const resolver = new TableResolver(new World(store.clone()), { ...defaultLimits, ...limits })
  const begun = resolver.begin(policies)
  return begun.isErr() ? begun : Ok(resolver)
}

class TableResolver implements Resolver {
  readonly universe: Universe
  readonly #engine: Engine
  readonly #ledger = new Ledger()

  constructor(
    private readonly world: World,
    private readonly limits: Limits,
  ) {
    this.universe = viewOf(world.store)
    this.#engine = new Engine(world)
  }

  begin(policies: readonly Policy[]): Result<Delta, PolicyError> {
    const { store } = this.world
    const effects: Effect[] = [...store.identityNumbers()].map((identity) => ({ kind: 'identity', identity, how: 'added' }))
    for (const { endpoint } of store.endpoints()) effects.push({ kind: 'subject', object: objectKey(endpoint), how: 'set' })
    for (const { node } of store.nodes()) effects.push({ kind: 'subject', object: node.name, how: 'set' })
    for (const address of store.kubeApiserver()) effects.push({ kind: 'address', address })
    const unseen = this.#unseen(policies)
    if (unseen !== undefined) return Err(unseen)
    const keys = new Set<string>()
    for (const [at, policy] of policies.entries()) {
      const twice = policy.kind === 'network-policy' ? keys.has(policy.key) : this.world.groups.has(policy.name)
      if (twice) {
        const key = policy.kind === 'network-policy' ? policy.key : `CIDR group ${policy.name}`
        return Err(inputInvalid(`policies[${at}]`, `${key} is there twice`, 'Give each policy a key of its own, and each group a name.'))
      }
      const made = this.world.make({ kind: 'policy', policy })
      if (made.isErr()) return Err(made.error)
      if (policy.kind === 'network-policy') keys.add(policy.key)
    }
    const work = this.#engine.process(effects, keys, false)
    const wrong = this.#wrong(work)
    if (wrong !== undefined) return Err(wrong)
    return Ok(this.#close(work))
  }

  apply(changes: readonly Change[]): Result<Delta, PolicyError> {
    const checked: CheckedChange[] = []
    for (const [at, change] of changes.entries()) {
      const one = checkChange(change, at)
      if (one.isErr()) return one
      checked.push(one.value)
    }
    const unseen = this.#unseen(changes.flatMap((change) => (change.kind === 'policy' ? [change.policy] : [])))
    if (unseen !== undefined) return Err(unseen)
    const made = this.#make(checked)
    if (made.isErr()) return made
    const { undo, ...touched } = made.value
    const work = this.#engine.process(touched.effects, touched.policies, touched.groups)
    const wrong = this.#wrong(work)
    if (wrong === undefined) return Ok(this.#close(work))
    // what was there before fits: the same way back, untold but for what is the same again
    const back = this.#make(undo).unwrap()
    const undone = this.#engine.process(back.effects, back.policies, back.groups)
    this.#close(mergeWork(work, undone))
    return Err(wrong)
  }

  tables(): Tables {
    const sets = new Map<string, PolicySet>()
    for (const { sides } of this.#engine.subjects.all()) {
      if (sides === undefined) continue
      const id = setId(sides.ingress.id, sides.egress.id)
      if (!sets.has(id)) sets.set(id, { id, ingress: tableOf(sides.ingress), egress: tableOf(sides.egress) })
    }
    const { addresses } = this.#engine
    return {
      sets,
      endpoints: this.#ledger.endpoints(),
      addresses: [...addresses.entries()].map(({ prefix, identity }) => ({ prefix, identity })),
      addressIdentity: (prefix: Prefix) =>
        prefix.length > 0
          ? addresses.get(prefix)
          : prefix.family === 4
            ? reservedIdentities['world-ipv4']
            : reservedIdentities['world-ipv6'],
    }
  }

  policies(): Policy[] {
    return [...this.world.policies.values(), ...this.world.groups.values()]
  }

  #make(
    changes: readonly CheckedChange[],
  ): Result<{ effects: Effect[]; policies: Set<string>; groups: boolean; undo: CheckedChange[] }, PolicyError> {
    const effects: Effect[] = []
    const policies = new Set<string>()
    let groups = false
    const undo: CheckedChange[] = []
    for (const change of changes) {
      const made = this.world.make(change)
      if (made.isErr()) {
        for (const back of undo) this.world.make(back).unwrap()
        return Err(made.error)
      }
      effects.push(...made.value.effects)
      if (made.value.touched.policy !== undefined) policies.add(made.value.touched.policy)
      groups ||= made.value.touched.group === true
      undo.unshift(...made.value.undo)
    }
    return Ok({ effects, policies, groups, undo })
  }

  #close(work: Work): Delta {
    const delta = this.#ledger.close(
      work,
      (side) => this.#engine.usersOf(side),
      (object) => this.#engine.subjects.of(object),
    )
    this.#engine.settle()
    return delta
  }

  /** What the policies look at that the identities were not allotted on. */
  #unseen(policies: readonly Policy[]): PolicyError | undefined {
    const { relevant } = this.world.store
    if (relevant === undefined) return undefined
    const missing = notRelevant(relevantLabels(policies, [...this.world.store.services()]), relevant)
    if (missing.length === 0) return undefined
    return inputInvalid(
      'policies',
      `they look at ${missing.join(', ')}, which identities were not allotted on`,
      'Create the universe anew with the relevantLabels of all policies.',
    )
  }

  #wrong(work: Work): PolicyError | undefined {
    for (const side of [...work.built, ...work.patched.keys()]) {
      const found = overflow(side, this.limits, this.#engine.usersOf(side))
      if (found !== undefined) return found
    }
    // counted by what they say only when there might be too many
    if (this.#engine.sideCount > this.limits.sets) {
      const sides = new Set([...this.#engine.sides()].map(({ side }) => side.id)).size
      if (sides > this.limits.sets) return tooManySets(sides, this.limits.sets)
    }
    return this.#engine.ambiguous()
  }
}

function tooManySets(needed: number, allowed: number): PolicyCapacity {
  return Object.freeze({
    code: 'policy.capacity',
    limit: 'sets',
    allowed,
    needed,
    endpoints: [],
    blame: [],
    message: `${needed} different tables are needed, and ${allowed} fit`,
    hint: 'Let policies be about fewer different groups of endpoints, or raise the limit `sets`.',
  })
}
