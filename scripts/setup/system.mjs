import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError, say, step } from './say.mjs'

/** what the tests and benchmarks of bpf are built with: the compiler is pinned, for another makes another corpus */
const toolchain = { 'clang-19': 'clang-19', cc: 'gcc', '/usr/include/bpf/libbpf.h': 'libbpf-dev' }

/** Debian's packages, by what shows that they are there: a command, or a file. */
const needs = {
  test: { ip: 'iproute2', tc: 'iproute2', '/usr/include/asm-generic/errno.h': 'linux-libc-dev', bpftool: 'bpftool', ...toolchain },
  'test:kernels': { ip: 'iproute2', xz: 'xz-utils', zstd: 'zstd', bpftool: 'bpftool', ...toolchain },
  bench: { ip: 'iproute2', ...toolchain },
}

function present(what) {
  if (what.startsWith('/')) return existsSync(what)
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => existsSync(join(folder, what)))
}

/** Installs what a command needs of the system when this is root on Debian; else says exactly what to run. */
export function installPackages(command) {
  if (process.platform !== 'linux') return
  const missing = [
    ...new Set(
      Object.entries(needs[command] ?? {})
        .filter(([what]) => !present(what))
        .map(([, name]) => name),
    ),
  ]
  if (missing.length === 0) return
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  const apt = spawnSync('apt-get', ['--version']).status === 0
  if (!apt) throw new SetupError(`${missing.join(' and ')} (Debian's names) are missing: install them with your system's package tool`)
  if (process.geteuid() !== 0) throw new SetupError(`${missing.join(' and ')} are missing; run: sudo apt-get update && sudo ${line}`)
  say(`installing ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  step('update the package lists', 'apt-get', ['update', '-q'], { env })
  step('install packages', 'apt-get', line.split(' ').slice(1), { env })
}
