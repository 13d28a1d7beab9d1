import type { Surroundings } from '../evaluate/match.js'
import type { CidrPeer } from '../rule/peer.js'
import { prefixOf } from '../rule/prefix.js'
import type { LabelSelector } from '../rule/selector.js'
import { canonicalName } from '../universe/fqdn.js'
import type { Party } from '../universe/party.js'
import { PrefixTrie } from '../universe/prefix-trie.js'
import type { ExpandedPeer } from './expand.js'
import type { IdentityTable } from './identity-table.js'
import { SpecIndex } from './label-index.js'
import { SelectorState } from './selector-state.js'

/** All selectors in use, found by their key, and by an identity that they may select. */
export class SelectorCache {
  readonly #byKey = new Map<string, SelectorState>()
  readonly #endpoints = new SpecIndex<SelectorState>()
  readonly #blocks = new PrefixTrie<Set<SelectorState>>()
  readonly #names = new Map<string, Set<SelectorState>>()
  readonly #patterns = new Set<SelectorState>()
  /** entities, nodes, and blocks that are a whole family: asked of every identity that is listed at all */
  readonly #entities = new Set<SelectorState>()
  readonly #nodes = new Set<SelectorState>()
  readonly #byAddress = new Set<SelectorState>()

  constructor(private readonly around: Surroundings) {}

  get(expanded: ExpandedPeer, requires: readonly LabelSelector[]): SelectorState | undefined {
    return this.#byKey.get(keyOf(expanded, requires))
  }

  /** A new one, with what it selects of the identities that are there. */
  create(expanded: ExpandedPeer, requires: readonly LabelSelector[], identities: IdentityTable): SelectorState {
    const state = new SelectorState(keyOf(expanded, requires), expanded.peer, requires, this.around)
    this.#byKey.set(state.key, state)
    this.#index(state, true)
    for (const identity of candidatesFor(state, identities)) {
      const known = identities.get(identity)
      if (known !== undefined && state.admit(known)) known.listed.add(state)
    }
    return state
  }

  drop(state: SelectorState): void {
    this.#byKey.delete(state.key)
    this.#index(state, false)
    for (const identity of [...state.matches, ...state.excludes]) identity.listed.delete(state)
  }

  /** Selectors that may say something of this identity in particular. */
  *candidates(party: Party): IterableIterator<SelectorState> {
    yield* this.#entities
    if (party.category !== 'external') yield* this.#endpoints.candidates(party)
    else
      for (const state of this.#endpoints.candidates(party)) if (state.peer.kind === 'endpoints' && state.peer.scope === 'any') yield state
    if (party.category === 'node') yield* this.#nodes
    for (const prefix of party.prefixes) for (const { value } of this.#blocks.holding(prefix)) yield* value
    yield* this.naming(party.names)
  }

  /** Selectors of names that these may match. */
  *naming(names: readonly string[]): IterableIterator<SelectorState> {
    if (names.length === 0) return
    for (const name of names) yield* this.#names.get(name) ?? []
    yield* this.#patterns
  }

  /** Blocks that select endpoints or nodes by their addresses. */
  byAddress(): Iterable<SelectorState & { readonly peer: CidrPeer }> {
    return this.#byAddress as Iterable<SelectorState & { readonly peer: CidrPeer }>
  }

  #index(state: SelectorState, on: boolean): void {
    const put = (set: Set<SelectorState>): void => {
      if (on) set.add(state)
      else set.delete(state)
    }
    const { peer } = state
    switch (peer.kind) {
      case 'endpoints':
        if (on) this.#endpoints.add(peer, state)
        else this.#endpoints.remove(peer, state)
        return
      case 'entity':
        put(this.#entities)
        return
      case 'nodes':
        put(this.#nodes)
        return
      case 'cidr': {
        if (peer.scope === 'any' || this.around.settings.cidrMatchesNodes) put(this.#byAddress)
        const prefix = prefixOf(peer.prefix)
        const there = this.#blocks.get(prefix) ?? new Set()
        put(there)
        if (there.size > 0) this.#blocks.set(prefix, there)
        else this.#blocks.delete(prefix)
        return
      }
      case 'fqdn': {
        if (peer.matchName === undefined) {
          put(this.#patterns)
          return
        }
        const name = canonicalName(peer.matchName)
        const there = this.#names.get(name) ?? new Set()
        put(there)
        if (there.size > 0) this.#names.set(name, there)
        else this.#names.delete(name)
      }
    }
  }
}

function keyOf({ key, takesRequires }: ExpandedPeer, requires: readonly LabelSelector[]): string {
  return takesRequires && requires.length > 0 ? `${key} ${JSON.stringify(requires)}` : key
}

/** Identities that a new selector may list: selected outside of the scopes that it covers, or not selected in those. */
function* candidatesFor({ peer, requires, covers }: SelectorState, identities: IdentityTable): IterableIterator<number> {
  switch (peer.kind) {
    case 'endpoints':
      // everybody of the scope is selected: nobody to list
      if (covers.has('endpoint') && requires.length === 0) return
      yield* identities.endpoints.candidates(peer)
      if (peer.scope === 'any') yield* identities.others()
      return
    case 'entity':
      yield* identities.special()
      return
    case 'nodes':
      yield* identities.nodes()
      return
    case 'cidr':
      yield* identities.special()
      for (const except of peer.except) yield* identities.addresses.within(prefixOf(except))
      if (covers.size === 0) yield* identities.addresses.within(prefixOf(peer.prefix))
      yield* identities.nodes()
      if (peer.scope === 'any') yield* identities.endpointsWithAddresses()
      return
    case 'fqdn':
      yield* identities.named()
  }
}
