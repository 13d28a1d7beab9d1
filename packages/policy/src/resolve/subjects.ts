import { isSubject } from '../evaluate/match.js'
import type { NetworkPolicy } from '../rule/policy.js'
import type { Direction } from '../rule/rule.js'
import type { Party } from '../universe/party.js'
import type { UniverseStore } from '../universe/store.js'
import type { ExpandedPeer } from './expand.js'
import { type EndpointSpec, PartyIndex, SpecIndex } from './label-index.js'
import type { SideState } from './side.js'

/** A policy, and whom it is about here. */
export interface PolicyState {
  readonly policy: NetworkPolicy
  /** for each rule its peers; undefined: everyone */
  expanded: readonly (readonly ExpandedPeer[] | undefined)[]
  readonly subjects: Set<SubjectState>
  /** looks at groups of blocks, at services: expanded anew when one changes */
  readonly usesGroups: boolean
  readonly usesServices: boolean
  /** whether it says anything in a direction, and with which names of ports */
  readonly says: Readonly<Record<Direction, boolean>> & { readonly portNames: Readonly<Record<Direction, readonly string[]>> }
}

/** Endpoints that the same policies are about, and nothing tells apart. */
export interface SubjectState {
  readonly key: string
  readonly number: number
  party: Party
  readonly objects: Set<string>
  readonly applied: Set<PolicyState>
  sides: Readonly<Record<Direction, SideState>> | undefined
}

/** Who has tables here, and which policies are about whom. */
export class Subjects {
  readonly policies = new Map<string, PolicyState>()
  readonly #byKey = new Map<string, SubjectState>()
  readonly #byObject = new Map<string, SubjectState>()
  readonly #byNumber = new Map<number, SubjectState>()
  /** endpoints among the subjects, by their labels */
  readonly #endpoints = new PartyIndex()
  /** nodes and the node's own endpoints: few */
  readonly #others = new Set<SubjectState>()
  readonly #specs = new SpecIndex<PolicyState>()
  readonly #nodePolicies = new Set<PolicyState>()
  #next = 1

  constructor(private readonly store: UniverseStore) {}

  of(object: string): SubjectState | undefined {
    return this.#byObject.get(object)
  }

  all(): IterableIterator<SubjectState> {
    return this.#byKey.values()
  }

  /** Takes a policy in; answers the subjects that it is about. */
  addPolicy(state: PolicyState): readonly SubjectState[] {
    const { subject, key } = state.policy
    this.policies.set(key, state)
    if (subject.kind === 'nodes') this.#nodePolicies.add(state)
    else this.#specs.add(subject, state)
    const about = new Set<SubjectState>()
    const consider = (candidate: SubjectState | undefined): void => {
      if (candidate !== undefined && isSubject(subject, candidate.party)) about.add(candidate)
    }
    if (subject.kind === 'endpoints')
      for (const number of this.#endpoints.candidates(subject as EndpointSpec)) consider(this.#byNumber.get(number))
    for (const other of this.#others) consider(other)
    for (const one of about) {
      one.applied.add(state)
      state.subjects.add(one)
    }
    return [...about]
  }

  /** Takes a policy out; answers the subjects that it was about. */
  removePolicy(key: string): readonly SubjectState[] {
    const state = this.policies.get(key)
    if (state === undefined) return []
    this.policies.delete(key)
    if (state.policy.subject.kind === 'nodes') this.#nodePolicies.delete(state)
    else this.#specs.remove(state.policy.subject, state)
    for (const subject of state.subjects) subject.applied.delete(state)
    return [...state.subjects]
  }

  /** Looks at an object afresh; answers the subjects that are new, have other policies, or have lost an object. */
  refresh(object: string): readonly SubjectState[] {
    const before = this.#byObject.get(object)
    const party = this.store.partyOfObject(object)
    const key = party === undefined ? undefined : this.#keyOf(object, party)
    const touched = new Set<SubjectState>()
    if (before !== undefined && before.key !== key) {
      before.objects.delete(object)
      this.#byObject.delete(object)
      touched.add(before)
    }
    if (key === undefined || party === undefined) return [...touched]
    const there = this.#byKey.get(key) ?? this.#create(key, party)
    there.objects.add(object)
    this.#byObject.set(object, there)
    touched.add(there)
    if (there.sides !== undefined && sameLabels(there.party, party)) return [...touched]
    if (this.#byNumber.has(there.number)) this.#unindex(there)
    there.party = party
    this.#index(there)
    for (const policy of there.applied) policy.subjects.delete(there)
    there.applied.clear()
    for (const policy of this.#candidates(party))
      if (isSubject(policy.policy.subject, party)) {
        there.applied.add(policy)
        policy.subjects.add(there)
      }
    return [...touched]
  }

  /** Forgets a subject that has no object any more. */
  drop(subject: SubjectState): void {
    this.#byKey.delete(subject.key)
    this.#unindex(subject)
    for (const policy of subject.applied) policy.subjects.delete(subject)
  }

  #create(key: string, party: Party): SubjectState {
    const state: SubjectState = { key, number: this.#next++, party, objects: new Set(), applied: new Set(), sides: undefined }
    this.#byKey.set(key, state)
    return state
  }

  /** Undefined for objects that have no tables here. */
  #keyOf(object: string, party: Party): string | undefined {
    if (party.category === 'node') return party.host ? `node ${object}` : undefined
    if (this.store.endpoint(object)?.local !== true) return undefined
    return party.category === 'reserved' ? `object ${object}` : `identity ${party.identity}${party.audit ? ' audit' : ''}`
  }

  *#candidates(party: Party): IterableIterator<PolicyState> {
    if (party.category === 'node') yield* this.#nodePolicies
    else yield* this.#specs.candidates(party)
  }

  #index(subject: SubjectState): void {
    this.#byNumber.set(subject.number, subject)
    if (subject.party.category === 'endpoint') this.#endpoints.add(subject.number, subject.party)
    else this.#others.add(subject)
  }

  #unindex(subject: SubjectState): void {
    this.#byNumber.delete(subject.number)
    this.#endpoints.remove(subject.number, subject.party)
    this.#others.delete(subject)
  }
}

function sameLabels(left: Party, right: Party): boolean {
  return (
    (left.labels === right.labels || `${left.labels}` === `${right.labels}`) &&
    `${left.namespaceLabels}` === `${right.namespaceLabels}` &&
    `${left.nodeLabels}` === `${right.nodeLabels}` &&
    left.serviceAccount === right.serviceAccount &&
    left.audit === right.audit
  )
}
