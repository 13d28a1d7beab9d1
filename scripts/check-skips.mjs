/**
 * Judges the kernel tests' skips, from what the tests recorded: `check-skips.mjs [--write] [KERNEL...]` (absent: every
 * kernel that has results of these sources).
 *
 * test/kernel/skips/KERNEL.json lists what a kernel lacks, with the reason, and so which tests may skip there. A skip for something that is not
 * listed fails; so does a listed need that is there, a listed driver that the kernel's own configuration has, a failed test, and
 * (with --all-kernels) a test that passed on no kernel.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sourcesKey } from './setup/sources.mjs'
import { root } from './setup/workspace.mjs'

const args = process.argv.slice(2)
const write = args.includes('--write')
const everywhere = args.includes('--all-kernels')
const asked = args.filter((arg) => !arg.startsWith('--'))
const results = join(root, '.cache/kernel-results')
const lists = join(root, 'test/kernel/skips')
const sources = sourcesKey()
const faults = []

/** the configuration of a kernel, when it can be had: the running one's, or one that was kept beside the results */
function configurationOf(kernel) {
  const kept = join(results, `${kernel}.config`)
  if (existsSync(kept)) return readFileSync(kept, 'utf8')
  return undefined
}
function keepOwnConfiguration(kernel, release) {
  const own = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()
  if (release === own && existsSync('/proc/config.gz'))
    writeFileSync(join(results, `${kernel}.config`), gunzipSync(readFileSync('/proc/config.gz')))
}

/** whether a kernel version comes before another */
function older(kernel, since = '0.0') {
  const [major, minor] = kernel.split('.').map(Number)
  const [otherMajor, otherMinor] = since.split('.').map(Number)
  return major < otherMajor || (major === otherMajor && minor < otherMinor)
}

const kernels = (existsSync(results) ? readdirSync(results) : [])
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(results, file), 'utf8')))
  .filter((result) => result.sources === sources)
for (const kernel of asked) if (!kernels.some((result) => result.kernel === kernel)) faults.push(`${kernel}: no test of these sources ran`)
if (kernels.length === 0) faults.push('no kernel test of these sources has run')

const passedSomewhere = new Set()
const known = new Set()
for (const { kernel, release, tests } of kernels) {
  keepOwnConfiguration(kernel, release)
  const path = join(lists, `${kernel}.json`)
  const skipped = tests.filter(({ outcome }) => outcome === 'skipped')
  for (const { test, outcome } of tests) {
    known.add(test)
    if (outcome === 'passed') passedSomewhere.add(test)
    if (outcome === 'failed') faults.push(`${kernel}: failed: ${test}`)
  }
  const lacking = {}
  for (const { need, reason, since, config } of skipped) lacking[need] = { reason, since, ...(config === undefined ? {} : { config }) }
  const fresh = {
    lacks: Object.fromEntries(Object.entries(lacking).sort(([a], [b]) => (a < b ? -1 : 1))),
    skips: Object.fromEntries(skipped.map(({ test, need }) => [test, need]).sort(([a], [b]) => (a < b ? -1 : 1))),
  }
  if (write) writeFileSync(path, `${JSON.stringify(fresh, undefined, 2)}\n`)
  if (!existsSync(path) && process.env.AXONEME_KERNEL !== 'required') {
    console.log(`Linux ${release}: nobody has listed what it lacks, so its ${skipped.length} skips are not judged`)
    continue
  }
  const listed = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { lacks: {}, skips: {} }
  for (const { test, need, reason } of skipped)
    if (listed.skips[test] !== need)
      faults.push(`${kernel}: "${test}" was skipped for ${need} (${reason}), which ${path.slice(root.length)} does not list`)
  for (const test of Object.keys(listed.skips))
    if (!skipped.some((skip) => skip.test === test))
      faults.push(`${kernel}: "${test}" is listed as skipped, and was not; take it off the list`)
  const configuration = configurationOf(kernel)
  for (const [need, { since, config }] of Object.entries(fresh.lacks))
    if (config === undefined && since !== undefined && !older(kernel, since))
      faults.push(`${kernel}: ${need} was skipped, and exists since ${since}: the probe is wrong, or the table`)
    else if (config !== undefined && configuration !== undefined && new RegExp(`^${config}=[ym]$`, 'm').test(configuration))
      faults.push(`${kernel}: ${need} was skipped, but the kernel has ${config}: the probe is wrong, or a module is missing`)
  const count = (outcome) => tests.filter((test) => test.outcome === outcome).length
  console.log(
    `Linux ${release}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped${configuration === undefined ? ' (its configuration is not known)' : ''}`,
  )
  for (const [need, { reason }] of Object.entries(fresh.lacks))
    console.log(`  ${String(skipped.filter((skip) => skip.need === need).length).padStart(2)} for ${need}: ${reason}`)
}
if (everywhere) for (const test of known) if (!passedSomewhere.has(test)) faults.push(`"${test}" passed on no kernel`)

for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1
