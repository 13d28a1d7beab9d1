/**
 * From a machine with Node and npm alone to what was asked for: `npm start`, `npm test`, `npm run test:kernels`,
 * `npm run bench`. It uses Node's own modules only, for nothing else is there yet.
 */
import { spawn } from 'node:child_process'
import { SetupError, say } from './setup/say.mjs'
import { installPackages } from './setup/system.mjs'
import { checkNode, installWorkspace, root } from './setup/workspace.mjs'

/** TypeScript straight from the sources: no build is needed to run, test or measure. */
const typescript = ['--conditions=@axoneme/source', '--import', 'tsx']

const commands = {
  start: [...typescript, 'scripts/start.ts'],
  test: ['scripts/test.mjs'],
  'test:kernels': ['test/vm/run.mjs'],
  bench: [...typescript, 'bench/run.ts'],
}

const [command, ...rest] = process.argv.slice(2)
try {
  const args = commands[command]
  if (args === undefined) throw new SetupError(`"${command ?? ''}" is none of ${Object.keys(commands).join(', ')}`)
  checkNode()
  installPackages(command)
  installWorkspace()
  const child = spawn(process.execPath, [...args, ...rest], { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1)
  })
} catch (reason) {
  if (!(reason instanceof SetupError)) throw reason
  say(reason.message)
  process.exitCode = 1
}
