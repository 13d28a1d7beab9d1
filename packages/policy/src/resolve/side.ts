import { decide } from '../evaluate/decide.js'
import { isPort } from '../evaluate/match.js'
import { type Rulebook, type RuleRef, rulesOf } from '../evaluate/rulebook.js'
import type { Direction } from '../rule/rule.js'
import { reservedIdentities, type Scope, scopeOf, scopes } from '../universe/identity.js'
import type { NamedPort } from '../universe/input.js'
import { hashText, SetHash } from './hash.js'
import type { IdentityState, IdentityTable } from './identity-table.js'
import { type PortTable, portTable } from './port-table.js'
import { type Row, RowTable } from './row.js'
import type { SelectorState } from './selector-state.js'

/** What a table is made of; it is the same for all subjects that the same policies are about. */
export interface SideRecipe {
  readonly key: string
  readonly direction: Direction
  /** keys of the policies that it is made of */
  readonly policies: ReadonlySet<string>
  readonly book: Rulebook
  /** of the subject; those that ingress rules mean by name */
  readonly reached: readonly NamedPort[]
}

const HASH: Readonly<Record<Direction, ReturnType<typeof hashText>>> = { ingress: hashText('ingress'), egress: hashText('egress') }
let builds = 0
/** what a table says before it is made: nothing */
const NO_PORTS = portTable([], undefined, [])
const NO_ROW: Row = Object.freeze({ decisions: [], hash: hashText('') })
const NO_ROWS: Readonly<Record<Scope, Row>> = {
  reserved: NO_ROW,
  endpoint: NO_ROW,
  'address-ipv4': NO_ROW,
  'address-ipv6': NO_ROW,
  node: NO_ROW,
}

/** One direction's table of some subjects, kept up to date: which row each identity has. */
export class SideState {
  readonly refs: readonly RuleRef[]
  /** names of ports that peers resolve: rows depend on what a peer calls its ports */
  readonly portNames: readonly string[]
  /** for each rule its peers; undefined: everyone */
  selectors: readonly (readonly SelectorState[] | undefined)[] = []
  ports: PortTable = NO_PORTS
  /** what identities that are not listed have, by their scope */
  defaults: Readonly<Record<Scope, Row>> = NO_ROWS
  /** identities whose row is another than their scope's */
  readonly peers = new Map<number, Row>()
  /** how many identities and scopes have a row */
  readonly rowUses = new Map<Row, number>()
  /** content address; two tables that say the same have the same */
  id = ''

  readonly #hash = new SetHash()
  #rows = new RowTable()
  #byMask = new Map<number | string, Row>()
  readonly #position: ReadonlyMap<RuleRef, number>
  /** [rule][class]: whether the rule names the traffic; undefined where that depends on the peer */
  #portMatches: (readonly boolean[] | undefined)[] = []

  constructor(readonly recipe: SideRecipe) {
    this.refs = rulesOf(recipe.book)
    this.#position = new Map(this.refs.map((ref, at) => [ref, at]))
    const names = this.refs.flatMap(({ rule }) => (rule.ports ?? []).flatMap(({ port }) => (typeof port === 'string' ? [port] : [])))
    this.portNames = recipe.direction === 'egress' ? [...new Set(names)].sort() : []
  }

  /** Makes the whole table. */
  build(selectors: SideState['selectors'], ports: PortTable, identities: IdentityTable): void {
    this.selectors = selectors
    this.ports = ports
    this.#rows = new RowTable()
    this.#byMask = new Map()
    this.peers.clear()
    this.rowUses.clear()
    this.#hash.clear()
    const byPeer = (ref: RuleRef): boolean =>
      this.recipe.direction === 'egress' && (ref.rule.ports ?? []).some(({ port }) => typeof port === 'string')
    this.#portMatches = this.refs.map((ref) =>
      byPeer(ref)
        ? undefined
        : ports.classes.map((traffic) => ref.rule.ports?.some((port) => isPort(port, traffic, this.recipe.reached)) ?? true),
    )
    this.defaults = Object.fromEntries(
      scopes.map((scope) => {
        const mask = this.refs.map((_, at) => selectors[at]?.some(({ covers }) => covers.has(scope)) ?? true)
        const row = this.#compute((at) => mask[at] as boolean, [], false)
        this.#count(row, 1)
        return [scope, row]
      }),
    ) as Record<Scope, Row>
    this.#fill(identities)
  }

  /** Rules are bits: each selector marks the identities that it lists, and equal marks have equal rows. */
  #fill(identities: IdentityTable): void {
    const build = ++builds
    const touched: IdentityState[] = []
    const apart = new Set<IdentityState>()
    const base: Record<string, number> = {}
    for (const scope of scopes) base[scope] = this.#mask((at) => this.selectors[at]?.some(({ covers }) => covers.has(scope)) ?? true)
    const few = this.refs.length <= 30
    for (const [at, selectors] of this.selectors.entries())
      for (const { matches, excludes } of selectors ?? []) {
        for (const identity of matches) {
          if (identity.build !== build) {
            identity.build = build
            identity.mask = base[identity.scope] as number
            touched.push(identity)
          }
          identity.mask |= 1 << at
        }
        for (const identity of excludes) apart.add(identity)
      }
    for (const name of this.portNames)
      for (const number of identities.withPort(name)) {
        const identity = identities.get(number)
        if (identity !== undefined) apart.add(identity)
      }
    const host = identities.get(reservedIdentities.host)
    if (host !== undefined) apart.add(host)
    for (const identity of touched) {
      if (apart.has(identity)) continue
      let row = few ? this.#byMask.get(identity.mask) : undefined
      if (row === undefined) {
        row = this.rowOf(identity)
        if (few) this.#byMask.set(identity.mask, row)
      }
      this.#put(identity.number, identity.scope, row)
    }
    for (const identity of apart) this.#put(identity.number, identity.scope, this.rowOf(identity))
  }

  #mask(has: (at: number) => boolean): number {
    let mask = 0
    for (let at = 0; at < this.refs.length && at < 30; at++) if (has(at)) mask |= 1 << at
    return mask
  }

  /** The row of an identity, asked of every selector. */
  rowOf(identity: IdentityState): Row {
    const named = this.portNames.length === 0 ? [] : identity.party.namedPorts.filter(({ name }) => this.portNames.includes(name))
    const bits = this.selectors.map((selectors) => selectors === undefined || selectors.some((selector) => selector.has(identity)))
    const key = `${bits.map(Number).join('')} ${identity.party.host} ${JSON.stringify(named)}`
    const there = this.#byMask.get(key)
    if (there !== undefined) return there
    const row = this.#compute((at) => bits[at] as boolean, identity.party.namedPorts, identity.party.host)
    this.#byMask.set(key, row)
    return row
  }

  #compute(named: (at: number) => boolean, reached: readonly NamedPort[], isHost: boolean): Row {
    const decisions = this.ports.classes.map((traffic, of) =>
      decide(
        this.recipe.book,
        (ref) => {
          const at = this.#position.get(ref) as number
          return (
            named(at) &&
            (this.#portMatches[at]?.[of] ??
              (ref.rule.ports as NonNullable<typeof ref.rule.ports>).some((port) => isPort(port, traffic, reached)))
          )
        },
        isHost,
      ),
    )
    return this.#rows.intern(decisions)
  }

  #put(number: number, scope: Scope, row: Row): void {
    if (row === this.defaults[scope]) return
    this.peers.set(number, row)
    this.#hash.add(number, row.hash)
    this.#count(row, 1)
  }

  #count(row: Row, by: number): void {
    const uses = (this.rowUses.get(row) ?? 0) + by
    if (uses > 0) this.rowUses.set(row, uses)
    else this.rowUses.delete(row)
  }

  /** Brings one number up to date; `identity` is what it is now. Answers the row that it has now, or null: its scope's; undefined: as before. */
  patch(number: number, identity: IdentityState | undefined): Row | null | undefined {
    const before = this.peers.get(number)
    const scope = scopeOf(number) as Scope
    const row = identity === undefined ? this.defaults[scope] : this.rowOf(identity)
    const now = row === this.defaults[scope] ? undefined : row
    if (now === before) return undefined
    if (before !== undefined) {
      this.peers.delete(number)
      this.#hash.remove(number, before.hash)
      this.#count(before, -1)
    }
    if (now !== undefined) this.#put(number, scope, now)
    return now ?? null
  }

  /** Takes the address of what the table says now. */
  seal(): string {
    this.id = this.#hash.address(this.ports.hash, ...scopes.map((scope) => this.defaults[scope].hash), HASH[this.recipe.direction])
    return this.id
  }

  /** The row of a number; undefined for what is no identity. */
  lookup(number: number): Row | undefined {
    const listed = this.peers.get(number)
    if (listed !== undefined) return listed
    const scope = scopeOf(number)
    return scope === undefined ? undefined : this.defaults[scope]
  }
}
