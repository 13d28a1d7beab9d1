import { isPeer, type Surroundings } from '../evaluate/match.js'
import type { LabelSelector } from '../rule/selector.js'
import { reservedIdentities, type Scope, scopes } from '../universe/identity.js'
import type { DirectPeer } from './expand.js'
import type { IdentityState } from './identity-table.js'
import type { SideState } from './side.js'

/** A peer of rules with the identities that it selects, kept up to date; shared by all rules that have an equal one. */
export class SelectorState {
  /** scopes of which it selects every identity, known or not, but those of `excludes` */
  readonly covers: ReadonlySet<Scope>
  /** what it selects outside of these scopes */
  readonly matches = new Set<IdentityState>()
  readonly excludes = new Set<IdentityState>()
  readonly users = new Set<SideState>()

  constructor(
    readonly key: string,
    readonly peer: DirectPeer,
    readonly requires: readonly LabelSelector[],
    private readonly around: Surroundings,
  ) {
    this.covers = coveredScopes(peer, requires)
  }

  has(identity: IdentityState): boolean {
    return this.covers.has(identity.scope) ? !this.excludes.has(identity) : this.matches.has(identity)
  }

  /** Takes an identity in; answers whether it is listed: known here in particular, not by its scope alone. */
  admit(identity: IdentityState): boolean {
    const covered = this.covers.has(identity.scope)
    const listed = isPeer(this.peer, identity.party, this.around, this.requires) !== covered
    const list = covered ? this.excludes : this.matches
    if (listed) list.add(identity)
    return listed
  }

  forget(identity: IdentityState): void {
    this.matches.delete(identity)
    this.excludes.delete(identity)
  }
}

const NONE: ReadonlySet<Scope> = new Set()

/** The scopes whose every identity a peer selects by what it is, whatever the identity. */
function coveredScopes(peer: DirectPeer, requires: readonly LabelSelector[]): ReadonlySet<Scope> {
  switch (peer.kind) {
    case 'endpoints': {
      const { namespaces, selector, serviceAccounts } = peer
      const empty = Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0
      if (!empty || namespaces !== undefined || serviceAccounts !== undefined || requires.length > 0) return NONE
      return new Set<Scope>(peer.scope === 'any' ? scopes : ['endpoint'])
    }
    case 'cidr':
      if (peer.prefix === '0.0.0.0/0') return new Set<Scope>(['address-ipv4'])
      return peer.prefix === '::/0' ? new Set<Scope>(['address-ipv6']) : NONE
    case 'entity':
      switch (peer.entity) {
        case 'all':
          return new Set(scopes)
        case 'world':
          return new Set<Scope>(['address-ipv4', 'address-ipv6'])
        case 'world-ipv4':
          return new Set<Scope>(['address-ipv4'])
        case 'world-ipv6':
          return new Set<Scope>(['address-ipv6'])
        case 'cluster':
          return new Set<Scope>(['endpoint', 'node'])
        case 'remote-node':
          return new Set<Scope>(['node'])
        default:
          return NONE
      }
    default:
      return NONE
  }
}

/** Numbers that are always there. */
export const reservedNumbers: readonly number[] = Object.values(reservedIdentities)
