/**
 * What comes out of the Debian archive: nothing is installed, all is unpacked into a cache.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Ends with a message: 125 is a fault of the machine, 2 of the command line. */
export function die(message, status = 125) {
  process.stderr.write(`vmrun: ${message}\n`)
  process.exit(status)
}
export const CACHE = path.resolve(process.env.VMRUN_CACHE || path.join(os.homedir(), '.cache', 'vmrun'))
export const run = (cmd, args, o = {}) =>
  execFileSync(cmd, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28, ...o })

const META = { 6.1: 'linux-image-amd64', 6.12: 'linux-image-6.12-amd64' } // the cloud flavours have no 9p
/** The package of a kernel. */
export function resolvePackage(name) {
  const pin = path.join(CACHE, `pin.${name}`) // one resolution per cache: a run never changes kernel half-way
  if (fs.existsSync(pin)) return fs.readFileSync(pin, 'utf8').trim()
  if (name.startsWith('linux-image-')) return name
  if (!META[name]) die(`unknown kernel ${name}; one of: ${Object.keys(META).join(' ')} native`, 2)
  const look = () => {
    try {
      return (run('apt-cache', ['depends', META[name]]).match(/Depends: (linux-image-\S+)/) || [])[1]
    } catch {
      return undefined
    }
  }
  let p = look()
  if (!p) {
    spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore' })
    p = look()
  }
  if (!p) die(`apt knows no ${META[name]}`)
  if (!p.startsWith(`linux-image-${name}.`)) die(`${META[name]} is now ${p}, not ${name}`)
  fs.mkdirSync(CACHE, { recursive: true })
  fs.writeFileSync(pin, `${p}\n`)
  return p
}
export const tmpdir = () => {
  fs.mkdirSync(CACHE, { recursive: true })
  return fs.mkdtempSync(path.join(CACHE, 'tmp.'))
}
export function settle(tmp, to) {
  try {
    fs.renameSync(tmp, to)
  } catch (e) {
    if (!fs.existsSync(to)) throw e
    fs.rmSync(tmp, { recursive: true, force: true })
  }
}
export function download(pkg, dir) {
  const get = () => spawnSync('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', pkg], { cwd: dir, encoding: 'utf8' })
  let r = get()
  if (r.status) {
    spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore' })
    r = get()
  }
  if (r.status) die(`apt-get download ${pkg}: ${r.stderr}`)
  return path.join(
    dir,
    fs.readdirSync(dir).find((f) => f.startsWith(`${pkg}_`) && f.endsWith('.deb')),
  )
}
export function busybox() {
  const to = path.join(CACHE, 'busybox')
  if (fs.existsSync(to)) return to
  const t = tmpdir()
  run('dpkg-deb', ['-x', download('busybox-static', t), t])
  fs.copyFileSync(path.join(t, 'bin/busybox'), to + process.pid)
  fs.chmodSync(to + process.pid, 0o755)
  fs.renameSync(to + process.pid, to)
  fs.rmSync(t, { recursive: true, force: true })
  return to
}
// qemu: the installed one, else unpacked (with the libraries it lacks) into the cache
export function qemu() {
  if (process.env.VMRUN_QEMU) return { bin: process.env.VMRUN_QEMU, pre: [], env: {} }
  for (const d of process.env.PATH.split(':'))
    if (fs.existsSync(path.join(d, 'qemu-system-x86_64'))) return { bin: path.join(d, 'qemu-system-x86_64'), pre: [], env: {} }
  const q = path.join(CACHE, 'qemu')
  if (!fs.existsSync(q)) {
    const t = tmpdir()
    fs.mkdirSync(path.join(t, 'debs/partial'), { recursive: true })
    const args = [
      'install',
      '-y',
      '-q',
      '--download-only',
      '--no-install-recommends',
      '-o',
      `Dir::Cache::Archives=${t}/debs`,
      '-o',
      'APT::Sandbox::User=root',
      '-o',
      'Debug::NoLocking=1',
      'qemu-system-x86',
    ]
    let r = spawnSync('apt-get', args, { encoding: 'utf8' })
    if (r.status) {
      spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore' })
      r = spawnSync('apt-get', args, { encoding: 'utf8' })
    }
    if (r.status) die(`qemu: ${r.stderr}`)
    for (const f of fs.readdirSync(`${t}/debs`)) if (f.endsWith('.deb')) run('dpkg-deb', ['-x', `${t}/debs/${f}`, t])
    fs.rmSync(`${t}/debs`, { recursive: true, force: true })
    settle(t, q)
  }
  return {
    bin: `${q}/usr/bin/qemu-system-x86_64`,
    pre: ['-L', `${q}/usr/share/qemu`, '-L', `${q}/usr/share/seabios`],
    env: { LD_LIBRARY_PATH: `${q}/usr/lib/x86_64-linux-gnu:${q}/lib/x86_64-linux-gnu` },
  }
}
