/**
 * Identities: what the datapath knows of a packet's ends. Numbers below 256 are reserved and mean the same everywhere.
 * Source of the reserved numbers: Cilium, pkg/identity: ReservedIdentity.
 */
export const reservedIdentities = {
  host: 1,
  world: 2,
  unmanaged: 3,
  health: 4,
  init: 5,
  'remote-node': 6,
  'kube-apiserver': 7,
  ingress: 8,
  'world-ipv4': 9,
  'world-ipv6': 10,
} as const

export type ReservedName = keyof typeof reservedIdentities

export function reservedName(number: number): ReservedName | undefined {
  return (Object.keys(reservedIdentities) as ReservedName[]).find((name) => reservedIdentities[name] === number)
}

/**
 * Where a number says what it is the identity of, so that a verdict can be known for one that is not listed: reserved ones below
 * 256, endpoints up to 24 bits (what a tunnel's key carries), then address blocks of either family and nodes, which have a meaning on one node only.
 */
export const scopes = ['reserved', 'endpoint', 'address-ipv4', 'address-ipv6', 'node'] as const
export type Scope = (typeof scopes)[number]

/** First and last number of each scope. */
export const scopeRanges: Readonly<Record<Scope, readonly [first: number, last: number]>> = {
  reserved: [1, 255],
  endpoint: [256, 0xff_ffff],
  'address-ipv4': [0x100_0000, 0x17f_ffff],
  'address-ipv6': [0x180_0000, 0x1ff_ffff],
  node: [0x200_0000, 0x2ff_ffff],
}

/** The scope of a number; undefined for 0 and for numbers above all scopes: nobody's. */
export function scopeOf(number: number): Scope | undefined {
  if (number < 1 || number > 0x2ff_ffff) return undefined
  if (number < 256) return 'reserved'
  if (number < 0x100_0000) return 'endpoint'
  if (number < 0x180_0000) return 'address-ipv4'
  return number < 0x200_0000 ? 'address-ipv6' : 'node'
}

/** Numbers of a scope under keys: the next free one upward, so that a number that was given back rests as long as it can. */
export class IdentityNumbers {
  readonly #scope: Scope
  readonly #numbers = new Map<string, number>()
  readonly #taken = new Set<number>()
  #next: number

  constructor(scope: Scope) {
    this.#scope = scope
    this.#next = scopeRanges[scope][0]
  }

  get(key: string): number | undefined {
    return this.#numbers.get(key)
  }

  /** The key's number, new if it has none; undefined when the scope has no number left. */
  allocate(key: string): number | undefined {
    const there = this.#numbers.get(key)
    if (there !== undefined) return there
    const [first, last] = scopeRanges[this.#scope]
    if (this.#taken.size > last - first) return undefined
    while (this.#taken.has(this.#next)) this.#next = this.#next === last ? first : this.#next + 1
    const number = this.#next
    this.#next = number === last ? first : number + 1
    this.claim(key, number)
    return number
  }

  /** Takes a number that was chosen elsewhere; false when another key has it. */
  claim(key: string, number: number): boolean {
    if (this.#numbers.get(key) === number) return true
    if (this.#taken.has(number) || this.#numbers.has(key)) return false
    this.#numbers.set(key, number)
    this.#taken.add(number)
    return true
  }

  release(key: string): void {
    const number = this.#numbers.get(key)
    if (number === undefined) return
    this.#numbers.delete(key)
    this.#taken.delete(number)
  }

  clone(): IdentityNumbers {
    const copy = new IdentityNumbers(this.#scope)
    for (const [key, number] of this.#numbers) copy.claim(key, number)
    copy.#next = this.#next
    return copy
  }
}
