/** Runs every example as a user would; each asserts its own effect. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/workspace.mjs'

const examples = readdirSync(join(root, 'examples')).sort()
let failed = 0
for (const name of examples) {
  console.log(`\n${name}`)
  const args = ['--conditions=@axoneme/source', '--import', 'tsx', `examples/${name}/main.ts`]
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], timeout: 120_000 })
  if (done.status === 0) continue
  failed++
  console.error(`example ${name} ended with ${done.status ?? done.signal}`)
}
console.log(`${examples.length - failed} of ${examples.length} examples did what they say`)
process.exitCode = failed === 0 && examples.length > 0 ? 0 : 1
