/**
 * Random universes, policies and flows for property tests, over alphabets so small that things meet. They cover every construct of the
 * model; `random.test.ts` holds them to that.
 */
export { arbitraryEnd, arbitraryFlow } from './random-flow.js'
export { arbitraryCidr, arbitraryPeer } from './random-peer.js'
export { arbitraryNetworkPolicy, arbitraryPolicies, arbitraryPort, arbitraryRule } from './random-policy.js'
export { arbitraryUniverseInput, withoutNumbers } from './random-universe.js'
