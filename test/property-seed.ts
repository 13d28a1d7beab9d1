/**
 * The seed of every property: in CI always the same, for a change must not fail there for an older bug; elsewhere a new one each time.
 * AXONEME_SEED chooses. What fails prints its seed; the long ones print it in any case (`runs`).
 */
import fc from 'fast-check'

const { AXONEME_SEED, CI } = process.env
const drawn = (globalThis as { axonemeSeed?: number }).axonemeSeed ?? Math.floor(Math.random() * 2 ** 31)
// one for all files of a process
;(globalThis as { axonemeSeed?: number }).axonemeSeed = drawn
fc.configureGlobal({ seed: AXONEME_SEED === undefined ? (CI === undefined ? drawn : 20_261_124) : Number(AXONEME_SEED) })
