import { objectKey } from '../universe/input.js'
import { storeOf, type Universe } from '../universe/universe.js'
import { Crowd, type Individual, listed } from './crowd.js'
import type { End } from './ends.js'
import type { OutsideBlock, Who } from './meaning-diff.js'
import { outsideBlocks, type Region } from './outside.js'

/** Describes ends: as lists, and in words. */
export class WhoIsWho {
  readonly #endpoints: ReadonlyMap<string, Individual>
  readonly #identities: ReadonlyMap<number, Individual>
  readonly #crowds: Readonly<Record<'endpoint' | 'identity', Crowd>>
  readonly #nodes: readonly string[]

  constructor(
    universe: Universe,
    private readonly all: readonly End[],
    private readonly outside: readonly Region[],
  ) {
    this.#endpoints = new Map(
      [...universe.endpoints()].map(({ endpoint }) => {
        const name = objectKey(endpoint)
        return [name, { name, namespace: endpoint.namespace, labels: endpoint.labels }]
      }),
    )
    const store = storeOf.get(universe)
    this.#identities = new Map(
      all.flatMap((end): [number, Individual][] => {
        if (end.sort !== 'identity') return []
        const { namespace, labels = {} } = store?.known(end.number) ?? {}
        return [[end.number, { name: `identity ${end.number}`, namespace, labels }]]
      }),
    )
    this.#crowds = {
      endpoint: new Crowd([...this.#endpoints.values()], 'endpoint'),
      identity: new Crowd([...this.#identities.values()], 'identity'),
    }
    this.#nodes = all.flatMap((end) => (end.sort === 'node' ? [end.object] : []))
  }

  of(ends: readonly End[]): Who {
    const regions = new Set<Region>()
    const endpoints: string[] = []
    const nodes: string[] = []
    const identities: number[] = []
    let host = false
    for (const end of ends)
      if (end.sort === 'outside') regions.add(end.region)
      else if (end.sort === 'endpoint') endpoints.push(end.object)
      else if (end.sort === 'node') nodes.push(end.object)
      else if (end.sort === 'identity') identities.push(end.number)
      else host = true
    endpoints.sort()
    nodes.sort()
    identities.sort((a, b) => a - b)
    const blocks = outsideBlocks(this.outside, regions)
    const words = [
      ...this.#crowds.endpoint.describe(endpoints.map((object) => this.#endpoints.get(object) as Individual)),
      ...this.#crowds.identity.describe(identities.map((number) => this.#identities.get(number) as Individual)),
      ...this.#formatNodes(nodes),
      ...(host ? ['this node'] : []),
      ...formatBlocks(blocks),
    ]
    const text = ends.length === this.all.length ? 'everyone' : words.join(', ')
    return { text, endpoints, nodes, identities, host, blocks }
  }

  #formatNodes(nodes: readonly string[]): string[] {
    const others = this.#nodes.filter((node) => !nodes.includes(node))
    if (nodes.length > 1 && others.length === 0) return ['every node']
    if (nodes.length > 3 && others.length === 1) return [`every node but ${others[0]}`]
    return nodes.length === 0 ? [] : [listed(nodes)]
  }
}

function formatBlocks(blocks: readonly OutsideBlock[]): string[] {
  const whole = blocks.filter(({ prefix, except }) => except.length === 0 && prefix.endsWith('/0'))
  if (whole.length === 2) return ['the world']
  return blocks.map(({ prefix, except }) => `${prefix}${except.length === 0 ? '' : ` except ${except.join(', ')}`}`)
}
