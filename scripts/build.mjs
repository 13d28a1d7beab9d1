/** Builds packages in the order of their layers: `node scripts/build.mjs [PACKAGE...]`; absent: all. */
import { spawnSync } from 'node:child_process'
import { pnpm, root } from './setup/workspace.mjs'

const asked = process.argv.slice(2)
const filters = asked.flatMap((name) => ['--filter', `@axoneme/${name}`])
const done = spawnSync(pnpm(), [...filters, '-r', '--stream', 'run', 'build'], { cwd: root, stdio: 'inherit' })
process.exitCode = done.status ?? 1
