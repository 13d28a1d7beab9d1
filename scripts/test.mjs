/**
 * All gates, cheapest first; `npm test -- unit kernel` runs some. Ends at the first gate that fails.
 * The last line is `N passed, N failed, N skipped`, over all gates.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './setup/say.mjs'
import { sourcesKey } from './setup/sources.mjs'
import { node24, root } from './setup/workspace.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const typescript = ['--conditions=@axoneme/source', '--import', 'tsx']
const script = (file, ...args) => [process.execPath, ...(file.endsWith('.ts') ? typescript : []), file, ...args]
const vitest = (project, node = process.execPath) => ({
  report: `.cache/vitest/${project}-${node === process.execPath ? 'own' : '24'}.json`,
  command: () => [typeof node === 'function' ? node() : node, 'node_modules/vitest/vitest.mjs', 'run', '--project', project],
})

const builds = readdirSync(join(root, 'packages')).sort()

/** name → a command, or a vitest project whose tests are counted */
const gates = {
  lint: { command: () => [bin('biome'), 'check', '.'] },
  types: { command: () => [bin('tsc'), '-p', 'tsconfig.json'] },
  layers: { command: () => script('scripts/check-layers.ts') },
  sizes: { command: () => script('scripts/check-sizes.ts') },
  docs: { command: () => script('scripts/check-docs.ts') },
  generated: { command: () => script('scripts/generate-errno.mjs', '--check') },
  corpus: { command: () => script('test/bpf/build.mjs') },
  object: { command: () => script('packages/datapath/build.mjs', '--check') },
  'generated-bpf': { command: () => script('scripts/generate-bpf.ts', '--check') },
  unit: vitest('unit'),
  fuzz: vitest('fuzz'),
  build: { command: () => script('scripts/build.mjs', ...builds) },
  api: { command: () => script('scripts/check-api.mjs') },
  typedoc: { command: () => [bin('typedoc'), '--logLevel', 'Warn', '--treatWarningsAsErrors', '--out', '.cache/typedoc'] },
  browser: vitest('browser'),
  consumer: vitest('consumer'),
  'unit-node24': vitest('unit', node24),
  'consumer-node24': vitest('consumer', node24),
  kernel: vitest('kernel'),
  skips: { command: () => script('scripts/check-skips.mjs') },
  examples: { command: () => script('scripts/run-examples.mjs') },
  bench: { command: () => script('bench/run.ts', 'all', '--json', '--rounds', '1'), quiet: true },
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(gates, name))
if (unknown.length > 0) {
  console.error(`no gate ${unknown.join(', ')}; there are: ${Object.keys(gates).join(' ')}`)
  process.exit(2)
}
const chosen = asked.length > 0 ? asked : Object.keys(gates)

mkdirSync(join(root, '.cache/vitest'), { recursive: true })
const env = { ...process.env, AXONEME_SOURCES: sourcesKey(), AXONEME_RESULTS: join(root, '.cache/kernel-results') }
const total = { passed: 0, failed: 0, skipped: 0 }
const times = []

for (const name of chosen) {
  const gate = gates[name]
  console.log(`\n── ${name} ──`)
  const begun = Date.now()
  const status = run(gate)
  times.push(`${name} ${((Date.now() - begun) / 1000).toFixed(1)} s`)
  if (status === 0) continue
  if (gate.report === undefined) total.failed++
  console.log(`\ngate ${name} failed; run it alone with: npm test -- ${name}`)
  finish(1)
}
finish(0)

function run(gate) {
  let command
  try {
    command = gate.command()
  } catch (reason) {
    if (!(reason instanceof SetupError)) throw reason
    console.error(reason.message)
    return 1
  }
  if (gate.report !== undefined) {
    rmSync(join(root, gate.report), { force: true })
    command.push('--reporter=default', '--reporter=json', `--outputFile.json=${gate.report}`)
  }
  const done = spawnSync(command[0], command.slice(1), { cwd: root, env, stdio: ['ignore', gate.quiet ? 'ignore' : 'inherit', 'inherit'] })
  if (done.error !== undefined) console.error(`${command[0]}: ${done.error.message}`)
  if (gate.report === undefined) {
    if (done.status === 0) total.passed++
  } else count(gate.report)
  return done.status ?? 1
}

function count(report) {
  let counted
  try {
    counted = JSON.parse(readFileSync(join(root, report), 'utf8'))
  } catch {
    total.failed++
    return
  }
  total.passed += counted.numPassedTests
  total.failed += counted.numFailedTests
  total.skipped += counted.numPendingTests
}

function finish(status) {
  console.log(`\n${times.join(' · ')}`)
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  process.exit(status)
}
