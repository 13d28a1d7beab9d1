import type { PolicyAmbiguousIdentity } from '../errors.js'
import { isInBlock } from '../evaluate/match.js'
import type { CidrPeer } from '../rule/peer.js'
import { objectKey } from '../universe/input.js'
import type { UniverseStore } from '../universe/store.js'
import type { IdentityTable } from './identity-table.js'

/**
 * An identity whose endpoints or nodes differ in whether a block holds them: tables, which know identities alone, cannot tell those apart.
 *
 * @param blocks peers that select endpoints or nodes by their addresses
 */
export function findAmbiguous(
  blocks: Iterable<{ readonly peer: CidrPeer }>,
  store: UniverseStore,
  identities: IdentityTable,
): PolicyAmbiguousIdentity | undefined {
  for (const { peer } of blocks) {
    const objects = [
      ...[...store.endpoints()].map(({ endpoint }) => objectKey(endpoint)),
      ...[...store.nodes()].map(({ node }) => node.name),
    ]
    for (const object of objects) {
      const party = store.partyOfObject(object)
      if (party === undefined || party.category === 'reserved') continue
      const known = identities.get(party.identity)?.party ?? party
      if (isInBlock(peer, known, store.settings) === isInBlock(peer, party, store.settings)) continue
      return Object.freeze({
        code: 'policy.ambiguous-identity',
        identity: party.identity,
        prefix: peer.prefix,
        message: `${object} shares the identity ${party.identity} with others that ${peer.prefix} does not select alike`,
        hint:
          party.category === 'node'
            ? 'Give nodes an identity each: the setting `nodeIdentities`.'
            : 'Create the universe with `relevant: relevantLabels(policies)`: identities are then allotted on what the policies look at.',
      })
    }
  }
  return undefined
}
