import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError, say, step } from './say.mjs'

/** Pinned here alone: a `packageManager` field would make pnpm want to change the lock file. */
const PNPM = '12.21.0'
/** The second Node that unit and consumer tests run on: the newest long-term line. */
const NODE_24 = '24.21.0'
const LEAST_NODE = [20, 19]

export const root = new URL('../..', import.meta.url).pathname
const tools = join(root, '.tools')

export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return
  throw new SetupError(`this is Node ${version}; install Node ${LEAST_NODE.join('.')} or newer and run the command again`)
}

/** A package from the npm registry in a folder of its own under .tools; answers its folder. */
function tool(name, version) {
  const prefix = join(tools, `${name}-${version}`)
  const folder = join(prefix, 'node_modules', name)
  if (!existsSync(join(folder, 'package.json'))) {
    say(`getting ${name} ${version}`)
    mkdirSync(prefix, { recursive: true })
    // a package.json of its own, lest npm walk up to the workspace's
    writeFileSync(join(prefix, 'package.json'), '{ "private": true }\n')
    step(
      `get ${name}`,
      'npm',
      ['install', '--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', `${name}@${version}`],
      {
        cwd: prefix,
      },
    )
  }
  return folder
}

/** pnpm's executable. */
export function pnpm() {
  tool('pnpm', PNPM)
  return join(tools, `pnpm-${PNPM}`, 'node_modules', '.bin', 'pnpm')
}

/** Node 24's executable. */
export function node24() {
  return join(tool(`node-linux-${process.arch}`, NODE_24), 'bin', 'node')
}

/** What an installation depends on, as one number. */
function installKey() {
  const hash = createHash('sha256')
  const manifests = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']
  for (const name of readdirSync(join(root, 'packages')).sort()) manifests.push(`packages/${name}/package.json`)
  for (const file of manifests) if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** The workspace's dependencies, installed as the lock file says; nothing is done when they are. */
export function installWorkspace() {
  const stamp = join(tools, 'installed')
  const key = installKey()
  if (existsSync(join(root, 'node_modules')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  say('installing dependencies')
  step('install', pnpm(), ['install', '--frozen-lockfile', '--reporter=append-only'], { cwd: root })
  mkdirSync(tools, { recursive: true })
  writeFileSync(stamp, key)
}
