import { Err, inputInvalid, Ok, type Prefix, type Result } from '@axoneme/sys/values'
import type { PolicyError } from '../errors.js'
import type { Policy } from '../rule/policy.js'
import type { Universe } from '../universe/universe.js'
import { compare } from './compare.js'
import { endsInside, endsOutside } from './ends.js'
import { Grouping } from './grouping.js'
import { kindsOf } from './kinds.js'
import type { DiffOptions, MeaningDiff } from './meaning-diff.js'
import { carve } from './outside.js'
import { type RuleSet, resolveRuleSet } from './rule-set.js'
import { SideBook } from './side-rows.js'
import { Vocabulary } from './spoken.js'
import { TrafficSpace } from './traffic-space.js'
import { wholeCluster } from './whole-cluster.js'

/**
 * Which flows change when one rule set replaces the other, from end to end: between all endpoints, nodes, identities and blocks of the
 * universe, wherever they live. What reads differently and means the same is no difference.
 *
 * @errors input.invalid · policy.ambiguous-identity
 */
export function diffMeaning(
  universe: Universe,
  before: readonly Policy[],
  after: readonly Policy[],
  { rules = false }: DiffOptions = {},
): Result<MeaningDiff, PolicyError> {
  const cluster = wholeCluster(universe)
  if (cluster === undefined) return Err(inputInvalid('universe', 'not made by createUniverse', 'Give what createUniverse answered.'))
  const inside = endsInside(universe, cluster)
  const nodes = inside.filter(({ sort }) => sort === 'node' || sort === 'host').map(({ flowEnd }) => flowEnd)
  const old = resolveRuleSet(universe, cluster, nodes, before)
  if (old.isErr()) return Err(old.error)
  const now = resolveRuleSet(universe, cluster, nodes, after)
  if (now.isErr()) return Err(now.error)

  // the two sets carve up what is outside each in their own way: together they carve it finer
  const outside = carve(universe, blocksOf(old.value, now.value))
  const ends = [...inside, ...endsOutside(outside)]
  const kinds = kindsOf(ends, old.value, now.value)
  const tables = kinds.flatMap((kind) => Object.values(kind.tables ?? {}).flatMap((pair) => [pair.before.table, pair.after.table]))
  const space = new TrafficSpace(tables.map(({ ports }) => ports))
  const sides = new SideBook(old.value, now.value, space, new Vocabulary(), rules)
  const changes = compare(kinds, sides, space, rules)
  return Ok(new Grouping(universe, [before, after], { ends, outside, kinds, space }).diff(changes))
}

function* blocksOf(...sets: readonly RuleSet[]): IterableIterator<Prefix> {
  for (const { resolvers } of sets) for (const resolver of resolvers) for (const { prefix } of resolver.tables().addresses) yield prefix
}
