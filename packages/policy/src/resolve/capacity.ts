import type { PolicyCapacity } from '../errors.js'
import { formatSource } from '../rule/source.js'
import { portTable } from './port-table.js'
import type { SideState } from './side.js'
import type { SubjectState } from './subjects.js'

/** How much fits; counted for each table of one direction, `sets` over all. */
export interface Limits {
  /** entries that say which class traffic is of */
  readonly ports: number
  readonly portClasses: number
  /** identities that are listed */
  readonly peers: number
  readonly peerClasses: number
  readonly rules: number
  readonly listeners: number
  /** different tables */
  readonly sets: number
}

export const defaultLimits: Limits = Object.freeze({
  ports: 16_384,
  portClasses: 1_024,
  peers: 262_144,
  peerClasses: 4_096,
  rules: 65_536,
  listeners: 256,
  sets: 65_536,
})

/** What a table takes. */
export interface Sizes {
  readonly ports: number
  readonly portClasses: number
  readonly peers: number
  readonly peerClasses: number
  /** rules that some verdict names */
  readonly rules: number
  readonly listeners: number
}

export function sizesOf(side: SideState): Sizes {
  const listeners = new Set<string>()
  const rules = new Set<string>()
  for (const row of side.rowUses.keys())
    for (const { rule, redirect } of row.decisions) {
      if (rule !== undefined) rules.add(rule)
      if (redirect === undefined) continue
      listeners.add(redirect.listener)
      for (const looking of redirect.rules) rules.add(looking)
    }
  return {
    ports: side.ports.entries.length,
    portClasses: side.ports.classes.length,
    peers: side.peers.size,
    peerClasses: side.rowUses.size,
    rules: rules.size,
    listeners: listeners.size,
  }
}

const NAMES: Readonly<Record<keyof Sizes, PolicyCapacity['limit']>> = {
  ports: 'ports',
  portClasses: 'port-classes',
  peers: 'peers',
  peerClasses: 'peer-classes',
  rules: 'rules',
  listeners: 'listeners',
}

/** Whether it fits by bounds that cost nothing to know. */
function surelyFits({ ports, peers, rowUses, refs }: SideState, limits: Limits): boolean {
  return (
    ports.entries.length <= limits.ports &&
    ports.classes.length <= limits.portClasses &&
    peers.size <= limits.peers &&
    rowUses.size <= limits.peerClasses &&
    refs.length <= Math.min(limits.rules, limits.listeners)
  )
}

/** What of the table does not fit; undefined when all does. */
export function overflow(side: SideState, limits: Limits, subjects: Iterable<SubjectState>): PolicyCapacity | undefined {
  if (surelyFits(side, limits)) return undefined
  const sizes = sizesOf(side)
  for (const name of Object.keys(NAMES) as (keyof Sizes)[]) {
    if (sizes[name] <= limits[name]) continue
    const endpoints = [...subjects].flatMap(({ objects }) => [...objects]).sort()
    const blame = blameFor(side, name)
    const first = blame[0]
    return Object.freeze({
      code: 'policy.capacity',
      limit: NAMES[name],
      allowed: limits[name],
      needed: sizes[name],
      endpoints,
      blame,
      message: `the ${side.recipe.direction} policies of ${endpoints[0] ?? 'nobody'} need ${sizes[name]} ${NAMES[name]}, and ${limits[name]} fit`,
      hint: `${first === undefined ? 'Say it in fewer rules' : `${first.rule} takes ${first.entries} of them: say it in fewer`}, or raise the limit \`${name}\` where the tables are made larger too.`,
    })
  }
  return undefined
}

/** The rules that take the most of one table's entries. */
function blameFor(side: SideState, name: keyof Sizes): PolicyCapacity['blame'] {
  const entries = (at: number): number => {
    const ref = side.refs[at]
    if (ref === undefined) return 0
    switch (name) {
      case 'ports':
      case 'portClasses': {
        const alone = portTable([ref.rule.ports], side.recipe.reached, [])
        return name === 'ports' ? alone.entries.length - 1 : alone.classes.length - 1 + (ref.rule.ports?.length ?? 0)
      }
      case 'peers':
      case 'peerClasses':
        return (side.selectors[at] ?? []).reduce((sum, { matches, excludes }) => sum + matches.size + excludes.size, 0)
      case 'listeners':
        return ref.rule.l7 === undefined ? 0 : 1
      case 'rules':
        return 1
    }
  }
  return side.refs
    .map(({ key, rule, policy }, at) => {
      const source = rule.source ?? policy.source
      return { rule: key, entries: entries(at), ...(source === undefined ? {} : { source: formatSource(source) }) }
    })
    .filter((one) => one.entries > 0)
    .sort((a, b) => b.entries - a.entries || (a.rule < b.rule ? -1 : 1))
    .slice(0, 10)
}
