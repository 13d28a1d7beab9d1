/**
 * `npm run test:kernels [-- KERNEL...]`: the kernel tests on Debian's kernels 6.1 and 6.12, under emulation, side by side. Then judges all kernels'
 * skips together, the native one's too: a test that passed nowhere is a failure.
 */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sourcesKey } from '../../scripts/setup/sources.mjs'
import { root } from '../../scripts/setup/workspace.mjs'
import { build } from '../bpf/build.mjs'
import { prepareKernel } from './kernel.mjs'

/** for everything: preparation, the guests side by side, the judgement */
const LIMIT_SECONDS = 18 * 60
const KERNELS = ['6.1', '6.12']

const begun = Date.now()
const results = join(root, '.cache/kernel-results')
const logs = join(root, '.cache/vm')
for (const folder of [results, logs]) mkdirSync(folder, { recursive: true })
const sources = sourcesKey()
const environment = { AXONEME_SOURCES: sources, AXONEME_RESULTS: results, AXONEME_KERNEL: 'required' }
const suite = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'kernel']

const asked = process.argv.slice(2)
const chosen = asked.length > 0 ? asked : KERNELS
const unknown = chosen.filter((kernel) => !KERNELS.includes(kernel))
if (unknown.length > 0) {
  console.error(`no kernel ${unknown.join(', ')} here; there are: ${KERNELS.join(' ')}`)
  process.exit(2)
}

/** The results of a kernel, when they are of these sources. */
function resultsOf(kernel) {
  const path = join(results, `${kernel}.json`)
  if (!existsSync(path)) return undefined
  const known = JSON.parse(readFileSync(path, 'utf8'))
  return known.sources === sources ? known : undefined
}

const native = /^\d+\.\d+/.exec(readFileSync('/proc/sys/kernel/osrelease', 'utf8'))?.[0]
if (resultsOf(native) === undefined) {
  console.log(`the running kernel ${native} has no results of these sources: its tests first`)
  spawnSync(process.execPath, suite, { cwd: root, env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'inherit'] })
}

// a compiler under emulation is slow: the guests find the objects built
build()

function guest(kernel) {
  rmSync(join(results, `${kernel}.json`), { force: true })
  copyFileSync(join(prepareKernel(kernel), 'config'), join(results, `${kernel}.config`))
  const left = Math.floor(LIMIT_SECONDS - (Date.now() - begun) / 1000)
  // kfuncs of connection tracking are in modules there
  const options = ['--modules', 'nf_conntrack', '--times', '--timeout', String(left), '--cwd', root, '--rw', results]
  for (const [name, value] of Object.entries(environment)) options.push('--env', `${name}=${value}`)
  const vm = spawn(process.execPath, [join(root, 'test/vm/vmrun.mjs'), ...options, kernel, '--', 'node', ...suite], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(join(logs, `${kernel}.log`))
  vm.stdout.pipe(log, { end: false })
  vm.stderr.pipe(log, { end: false })
  return new Promise((resolve) => {
    vm.on('close', (status) => {
      log.end(() => resolve({ kernel, status: status ?? 125, seconds: Math.round((Date.now() - begun) / 1000) }))
    })
  })
}

const ended = await Promise.all(chosen.map(guest))
let failed = 0
for (const { kernel, status, seconds } of ended) {
  console.log(`\n── ${kernel}: ended with ${status} after ${seconds} s ──`)
  const text = readFileSync(join(logs, `${kernel}.log`), 'utf8')
  console.log(status === 0 ? text.trimEnd().split('\n').slice(-6).join('\n') : text)
  if (status !== 0) failed++
}
console.log('\n── skips, on all kernels ──')
const all = [native, ...chosen]
const complete = chosen.length === KERNELS.length ? ['--all-kernels'] : []
const judged = spawnSync(process.execPath, ['scripts/check-skips.mjs', ...complete, ...all], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
})
if (judged.status !== 0) failed++

const tests = all.flatMap((kernel) => resultsOf(kernel)?.tests ?? [])
const count = (outcome) => tests.filter((test) => test.outcome === outcome).length
console.log(`${count('passed')} passed, ${count('failed') + failed} failed, ${count('skipped')} skipped`)
process.exitCode = failed === 0 ? 0 : 1
