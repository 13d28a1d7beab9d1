import type { Prefix } from '@axoneme/sys/values'
import type { PolicyAmbiguousIdentity } from '../errors.js'
import { isPeer, type Surroundings } from '../evaluate/match.js'
import { requiredOf, rulebook } from '../evaluate/rulebook.js'
import type { CidrPeer } from '../rule/peer.js'
import type { NetworkPolicy } from '../rule/policy.js'
import { prefixOf } from '../rule/prefix.js'
import { type Direction, directions } from '../rule/rule.js'
import { scopeOf } from '../universe/identity.js'
import type { NamedPort } from '../universe/input.js'
import type { Effect } from '../universe/store.js'
import { AddressIdentities } from './addresses.js'
import { findAmbiguous } from './ambiguity.js'
import { type ExpandedPeer, expandPeer } from './expand.js'
import { IdentityTable } from './identity-table.js'
import { type PortTable, portTable } from './port-table.js'
import type { Row } from './row.js'
import { SelectorCache } from './selector-cache.js'
import { reservedNumbers, type SelectorState } from './selector-state.js'
import { type SideRecipe, SideState } from './side.js'
import { type PolicyState, type SubjectState, Subjects } from './subjects.js'
import { newWork, type Work } from './work.js'
import type { World } from './world.js'

const MANY_PORT_TABLES = 4_096

/** Keeps the tables in step with the world: each change touches what depends on it, found through indexes, and nothing else. */
export class Engine {
  readonly addresses = new AddressIdentities()
  readonly identities = new IdentityTable(this.addresses)
  readonly subjects: Subjects
  readonly #selectors: SelectorCache
  readonly #sides = new Map<string, { readonly side: SideState; readonly users: Set<SubjectState> }>()
  readonly #byPortName = new Map<string, Set<SideState>>()
  readonly #portTables = new Map<string, PortTable>()
  /** addresses that have an identity because a name that a rule mentions stands for them, because the API server is there */
  readonly #heldForName = new Set<string>()
  readonly #heldForServer = new Set<string>()
  readonly #around: Surroundings
  #work: Work = newWork()
  #pending = new Map<SideState, Set<number>>()
  readonly #rebuild = new Set<SideState>()
  /** made of a policy that says something else now: all its subjects find another */
  readonly #stale = new Set<SideState>()

  constructor(private readonly world: World) {
    this.subjects = new Subjects(world.store)
    this.#around = { settings: world.store.settings, groups: [], services: () => [] }
    this.#selectors = new SelectorCache(this.#around)
    world.store.addressIdentity = (address) => this.addresses.lookup(address)
    world.store.addressBlock = (identity) => this.addresses.prefixOf(identity)
    for (const number of reservedNumbers) this.#setIdentity(number)
  }

  /** Brings everything up to date with what changed; answers what that did. */
  process(effects: readonly Effect[], policies: ReadonlySet<string>, groupsTouched: boolean): Work {
    this.#work = newWork()
    this.#pending = new Map()
    const identities = new Set<number>()
    const objects = new Set<string>()
    let servicesTouched = false
    for (const effect of effects) {
      if (effect.kind === 'identity') identities.add(effect.identity)
      else if (effect.kind === 'subject') objects.add(effect.object)
      else if (effect.kind === 'service') servicesTouched = true
    }
    for (const number of identities) this.#setIdentity(number)
    for (const effect of effects) if (effect.kind === 'address') this.#setAddress(effect.address)

    const dirty = new Set<SubjectState>()
    for (const key of policies) for (const subject of this.#setPolicy(key)) dirty.add(subject)
    if (groupsTouched || servicesTouched) this.#expandAgain(policies, groupsTouched, servicesTouched)
    for (const object of objects) {
      const before = this.subjects.of(object)
      for (const subject of this.subjects.refresh(object)) dirty.add(subject)
      const now = this.subjects.of(object)
      if (now !== undefined) this.#work.objects.add(object)
      else if (before !== undefined) this.#work.objectsGone.add(object)
    }
    for (const subject of dirty) this.#settleSubject(subject)
    this.#stale.clear()
    for (const side of this.#rebuild) if (this.#sides.get(side.recipe.key)?.side === side) this.#build(side)
    this.#rebuild.clear()
    this.#patchPending()
    for (const side of this.#work.built) side.seal()
    for (const side of this.#work.patched.keys()) if (!this.#work.built.has(side)) side.seal()
    return this.#work
  }

  sides(): IterableIterator<{ readonly side: SideState; readonly users: Set<SubjectState> }> {
    return this.#sides.values()
  }

  get sideCount(): number {
    return this.#sides.size
  }

  usersOf(side: SideState): ReadonlySet<SubjectState> {
    return this.#sides.get(side.recipe.key)?.users ?? new Set()
  }

  // ── identities ──

  #setIdentity(number: number): void {
    const before = this.identities.get(number)
    if (before !== undefined) {
      for (const selector of before.listed) {
        selector.forget(before)
        for (const side of selector.users) this.#later(side, number)
      }
      for (const name of this.identities.remove(before).gonePortNames) this.#rebuildFor(name)
      for (const { name } of before.party.namedPorts) for (const side of this.#byPortName.get(name) ?? []) this.#later(side, number)
    }
    const party = this.world.store.partyOfIdentity(number)
    const scope = scopeOf(number)
    if (party === undefined || scope === undefined) return
    const { state, newPortNames } = this.identities.add(number, party)
    for (const selector of this.#selectors.candidates(party)) {
      if (!selector.admit(state)) continue
      state.listed.add(selector)
      for (const side of selector.users) this.#later(side, number)
    }
    for (const name of newPortNames) this.#rebuildFor(name)
    for (const { name } of party.namedPorts) for (const side of this.#byPortName.get(name) ?? []) this.#later(side, number)
  }

  #later(side: SideState, number: number): void {
    const there = this.#pending.get(side)
    if (there === undefined) this.#pending.set(side, new Set([number]))
    else there.add(number)
  }

  #rebuildFor(portName: string): void {
    for (const side of this.#byPortName.get(portName) ?? []) this.#rebuild.add(side)
  }

  #patchPending(): void {
    // a table that was made whole after an identity came has it; one made before it came has not
    for (const [side, numbers] of this.#pending) {
      if (this.#sides.get(side.recipe.key)?.side !== side) continue
      for (const number of numbers) {
        const row = side.patch(number, this.identities.get(number))
        if (row === undefined) continue
        const patches = this.#work.patched.get(side) ?? new Map<number, Row | null>()
        this.#work.patched.set(side, patches.set(number, row))
      }
    }
    this.#pending.clear()
  }

  // ── addresses ──

  #acquire(prefix: Prefix): void {
    const identity = this.addresses.acquire(prefix)
    if (identity === undefined) return
    this.#note(identity, prefix, 'added')
    this.#setIdentity(identity)
  }

  #release(prefix: Prefix): void {
    const identity = this.addresses.release(prefix)
    if (identity === undefined) return
    this.#note(identity, prefix, 'removed')
    this.#setIdentity(identity)
  }

  /** What came and went within one change was never there. */
  #note(identity: number, prefix: Prefix, how: 'added' | 'removed'): void {
    const there = this.#work.addresses.get(identity)
    if (there === undefined) this.#work.addresses.set(identity, { prefix, how })
    else if (there.how !== how) this.#work.addresses.delete(identity)
  }

  /** An outside address whose names, or whose being the API server's, changed. */
  #setAddress(address: string): void {
    const prefix = prefixOf(address)
    const identity = this.addresses.get(prefix)
    if (identity !== undefined) this.#setIdentity(identity)
    this.#hold(this.#heldForServer, address, this.world.store.kubeApiserver().has(address))
    this.#holdForName(address)
  }

  #holdForName(address: string): void {
    const names = this.world.store.bindings.names(address)
    let wanted = false
    if (names.length > 0) {
      const party = this.world.store.partyOfAddress(prefixOf(address).address)
      for (const selector of this.#selectors.naming(names))
        wanted ||= isPeer(selector.peer, { ...party, category: 'external', names }, this.#around)
    }
    this.#hold(this.#heldForName, address, wanted)
  }

  #hold(held: Set<string>, address: string, wanted: boolean): void {
    if (held.has(address) === wanted) return
    if (wanted) {
      held.add(address)
      this.#acquire(prefixOf(address))
    } else {
      held.delete(address)
      this.#release(prefixOf(address))
    }
  }

  // ── policies ──

  #setPolicy(key: string): Iterable<SubjectState> {
    const touched = new Set(this.subjects.removePolicy(key))
    for (const { sides } of touched)
      for (const direction of directions) if (sides?.[direction].recipe.policies.has(key) === true) this.#stale.add(sides[direction])
    const policy = this.world.policies.get(key)
    if (policy !== undefined) {
      const peers = policy.rules.flatMap((rule) => rule.peers ?? [])
      const state: PolicyState = {
        policy,
        expanded: this.#expand(policy),
        subjects: new Set(),
        usesGroups: peers.some(({ kind }) => kind === 'cidr-group'),
        usesServices: peers.some(({ kind }) => kind === 'service'),
        says: saysOf(policy),
      }
      for (const subject of this.subjects.addPolicy(state)) touched.add(subject)
    }
    return touched
  }

  /** Groups and services stand for others now. */
  #expandAgain(done: ReadonlySet<string>, groups: boolean, services: boolean): void {
    for (const state of this.subjects.policies.values()) {
      if (done.has(state.policy.key) || !((groups && state.usesGroups) || (services && state.usesServices))) continue
      state.expanded = this.#expand(state.policy)
      for (const { sides } of state.subjects)
        for (const direction of directions)
          if (sides?.[direction].recipe.policies.has(state.policy.key) === true) this.#rebuild.add(sides[direction])
    }
  }

  #expand(policy: NetworkPolicy): PolicyState['expanded'] {
    const groups = [...this.world.groups.values()]
    return policy.rules.map(({ peers }) => peers?.flatMap((peer) => expandPeer(peer, groups, this.world.store.services())))
  }

  // ── tables ──

  #settleSubject(subject: SubjectState): void {
    const before = subject.sides
    if (subject.objects.size === 0) {
      this.subjects.drop(subject)
      subject.sides = undefined
    } else {
      subject.sides = { ingress: this.#sideFor('ingress', subject), egress: this.#sideFor('egress', subject) }
      if (before?.ingress !== subject.sides.ingress || before?.egress !== subject.sides.egress) this.#work.subjects.add(subject)
    }
    for (const direction of directions) {
      const old = before?.[direction]
      if (old !== undefined && old !== subject.sides?.[direction]) this.#leave(old, subject)
    }
  }

  #leave(side: SideState, subject: SubjectState): void {
    const there = this.#sides.get(side.recipe.key)
    if (there?.side !== side) return
    there.users.delete(subject)
    if (there.users.size > 0) return
    this.#sides.delete(side.recipe.key)
    this.#work.built.delete(side)
    this.#work.dropped.add(side)
    for (const name of side.portNames) this.#byPortName.get(name)?.delete(side)
    this.#releaseSelectors(side, side.selectors)
  }

  #recipe(
    direction: Direction,
    { party, applied }: SubjectState,
  ): Omit<SideRecipe, 'book'> & { readonly applied: readonly NetworkPolicy[] } {
    const policies: NetworkPolicy[] = []
    const names = new Set<string>()
    for (const { policy, says } of applied) {
      if (!says[direction]) continue
      policies.push(policy)
      for (const name of says.portNames[direction]) names.add(name)
    }
    policies.sort((a, b) => (a.key < b.key ? -1 : 1))
    const reached: readonly NamedPort[] =
      direction === 'ingress' && names.size > 0 ? party.namedPorts.filter(({ name }) => names.has(name)) : []
    const keys = policies.map(({ key }) => key)
    const key = `${direction} ${party.audit} ${party.category === 'node'} ${JSON.stringify(reached)} ${keys.join('\n')}`
    return { key, direction, reached, policies: new Set(keys), applied: policies }
  }

  #sideFor(direction: Direction, subject: SubjectState): SideState {
    const { applied, ...recipe } = this.#recipe(direction, subject)
    const there = this.#sides.get(recipe.key)
    if (there !== undefined && !this.#stale.has(there.side)) {
      there.users.add(subject)
      return there.side
    }
    // a policy under the same key says something else: a new table, which the others of these subjects find here
    const side = new SideState({ ...recipe, book: rulebook(direction, applied, this.world.store.settings, subject.party) })
    this.#sides.set(recipe.key, { side, users: new Set([subject]) })
    for (const name of side.portNames) this.#byPortName.set(name, (this.#byPortName.get(name) ?? new Set()).add(side))
    this.#build(side)
    if (there !== undefined) {
      this.#work.dropped.add(there.side)
      for (const name of there.side.portNames) this.#byPortName.get(name)?.delete(there.side)
      this.#releaseSelectors(there.side, there.side.selectors)
    }
    return side
  }

  #build(side: SideState): void {
    const before = side.selectors
    const selectors = side.refs.map((ref) => {
      const expanded = this.subjects.policies.get(ref.policy.key)?.expanded[ref.index]
      return expanded?.map((peer) => this.#selector(peer, requiredOf(side.recipe.book, ref), side))
    })
    side.build(selectors, this.#portTable(side), this.identities)
    this.#work.built.add(side)
    this.#releaseSelectors(side, before, new Set(selectors.flatMap((all) => all ?? [])))
  }

  #selector(expanded: ExpandedPeer, requires: readonly Parameters<SelectorCache['get']>[1][number][], side: SideState): SelectorState {
    const needed = expanded.takesRequires ? requires : []
    const there = this.#selectors.get(expanded, needed)
    if (there !== undefined) {
      there.users.add(side)
      return there
    }
    if (expanded.peer.kind === 'cidr') for (const prefix of blocksNamed(expanded.peer)) this.#acquire(prefix)
    const made = this.#selectors.create(expanded, needed, this.identities)
    made.users.add(side)
    if (made.peer.kind === 'fqdn')
      for (const address of this.world.store.bindings.addressesFor(made.peer))
        if (!this.#heldForName.has(address)) this.#holdForName(address)
    return made
  }

  #releaseSelectors(side: SideState, selectors: SideState['selectors'], kept: ReadonlySet<SelectorState> = new Set()): void {
    for (const selector of new Set(selectors.flatMap((all) => all ?? []))) {
      if (kept.has(selector)) continue
      selector.users.delete(side)
      if (selector.users.size > 0) continue
      this.#selectors.drop(selector)
      if (selector.peer.kind === 'cidr') for (const prefix of blocksNamed(selector.peer)) this.#release(prefix)
      if (selector.peer.kind === 'fqdn')
        for (const address of this.world.store.bindings.addressesFor(selector.peer)) this.#holdForName(address)
    }
  }

  #portTable(side: SideState): PortTable {
    const rules = side.refs.map(({ rule }) => rule.ports)
    const reached = side.recipe.direction === 'ingress' ? side.recipe.reached : undefined
    const candidates = side.portNames.flatMap((name) => this.identities.portsNamed(name))
    const key = JSON.stringify([rules.map((ports) => ports ?? null), reached, candidates])
    const there = this.#portTables.get(key)
    if (there !== undefined) return there
    if (this.#portTables.size >= MANY_PORT_TABLES) this.#portTables.clear()
    const made = portTable(rules, reached, candidates)
    this.#portTables.set(key, made)
    return made
  }

  /** What the tables cannot tell apart. */
  ambiguous(): PolicyAmbiguousIdentity | undefined {
    return findAmbiguous(this.#selectors.byAddress(), this.world.store, this.identities)
  }

  /** Numbers that nobody has any more are free again. */
  settle(): void {
    this.addresses.settle()
    this.world.store.settle()
  }
}

/** What of a policy matters in a direction. */
function saysOf({ defaultDeny, rules }: NetworkPolicy): PolicyState['says'] {
  const names = (direction: Direction): string[] =>
    rules.flatMap((rule) =>
      rule.direction === direction ? (rule.ports ?? []).flatMap(({ port }) => (typeof port === 'string' ? [port] : [])) : [],
    )
  return {
    ingress: defaultDeny.ingress || rules.some(({ direction }) => direction === 'ingress'),
    egress: defaultDeny.egress || rules.some(({ direction }) => direction === 'egress'),
    portNames: { ingress: names('ingress'), egress: names('egress') },
  }
}

function blocksNamed({ prefix, except }: CidrPeer): Prefix[] {
  return [prefixOf(prefix), ...except.map(prefixOf)]
}
