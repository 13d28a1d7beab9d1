#!/usr/bin/env node
/**
 * vmrun KERNEL -- COMMAND...: boots another Debian kernel under qemu and runs one command in it. The guest sees this
 * machine's files (read-only, under a throw-away overlay), so that node, iproute2 and the checkout are there at the same
 * paths. It has no network card. Needs: node, apt-get, dpkg-deb, tar, xz.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { die, qemu } from './debian.mjs'
import { prepareKernel } from './kernel.mjs'
import { runInMachine } from './machine.mjs'

const USAGE = `usage: vmrun [options] KERNEL -- COMMAND [ARG...]
       vmrun --prepare KERNEL...        only download and unpack
KERNEL: 6.1 | 6.12 | native (no machine: runs here) | a full linux-image-*-amd64 package name
  --timeout S     whole run, boot included (default 300); exit 124 when it is over
  --mem MB        guest memory (default 2048)      --cpus N   guest CPUs (default 1)
  --threads T     tcg threads: single (default; safe) or multi (faster with --cpus 2, but the kernel's
                  live code patching can then crash it: never in CI)
  --rw DIR        share DIR writable (may repeat); all else that the guest writes is thrown away
  --env K=V       extra environment (may repeat)   --cwd DIR  (default: the current one)
  --modules A,B   modprobe these before the command
  --machine M     microvm (default) or pc          --accel A  tcg (default) or kvm
  --cpu MODEL     qemu -cpu                        --append S more kernel parameters
  --retries N     boots to try again when one fails before the command began (default 2)
  --console FILE  keep the kernel's console log    --times    print phase times on stderr
Exit: the command's own status; 124 time limit; 125 the machine failed (no status came back).`

const opt = {
  timeout: 300,
  mem: 2048,
  cpus: 1,
  threads: 'single',
  retries: 2,
  rw: [],
  env: [],
  cwd: process.cwd(),
  modules: '',
  machine: 'microvm',
  accel: 'tcg',
  cpu: '',
  append: '',
  console: '',
  times: false,
}
const argv = process.argv.slice(2)
let kernel,
  cmd,
  prepare = false
const names = []
for (let i = 0; i < argv.length; i++) {
  const a = argv[i]
  if (a === '--') {
    cmd = argv.slice(i + 1)
    break
  } else if (a === '--prepare') prepare = true
  else if (a === '--times') opt.times = true
  else if (a === '-h' || a === '--help') {
    console.log(USAGE)
    process.exit(0)
  } else if (a.startsWith('--') && a.slice(2) in opt) {
    const k = a.slice(2),
      v = argv[++i]
    if (v === undefined) die(USAGE, 2)
    if (Array.isArray(opt[k])) opt[k].push(v)
    else opt[k] = typeof opt[k] === 'number' ? Number(v) : v
  } else if (a.startsWith('-')) die(USAGE, 2)
  else names.push(a)
}
kernel = names[0]
if (!kernel || (!prepare && (names.length !== 1 || !cmd || !cmd.length))) die(USAGE, 2)

if (prepare) {
  for (const n of names) if (n !== 'native') console.log(`${n}: ${fs.readFileSync(path.join(prepareKernel(n), 'version'), 'utf8')}`)
  qemu()
  process.exit(0)
}
if (kernel === 'native') {
  const r = spawnSync(cmd[0], cmd.slice(1), { stdio: 'inherit', cwd: opt.cwd, timeout: opt.timeout * 1000 })
  process.exit(r.error ? (r.error.code === 'ETIMEDOUT' ? 124 : 125) : (r.status ?? 125))
}

runInMachine(kernel, cmd, opt)
