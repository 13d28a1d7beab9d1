/** A kernel from its Debian package, ready to boot. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { busybox, CACHE, die, download, resolvePackage, run, settle, tmpdir } from './debian.mjs'
import { cpio, dir, file } from './initramfs.mjs'
import { indexModules, WANT, walk } from './modules.mjs'

// the ELF image inside a bzImage (x86 boot protocol 2.08: payload_offset/length): qemu enters it by PVH, and the
// guest is spared the unpacking, which costs 2 s under emulation; where that fails the bzImage serves as it is
function unpackKernel(from, to) {
  const b = fs.readFileSync(from),
    at = ((b[0x1f1] || 4) + 1) * 512 + b.readUInt32LE(0x248),
    p = b.subarray(at, at + b.readUInt32LE(0x24c) - 4)
  const tool = { fd377a58: 'xz', '28b52ffd': 'zstd' }[p.toString('hex', 0, 4)]
  const r = tool ? spawnSync(tool, ['-dcq'], { input: p, maxBuffer: 1 << 28 }) : { status: 1 }
  if (r.status === 0 && r.stdout.toString('latin1', 1, 4) === 'ELF') fs.writeFileSync(to, r.stdout)
  else fs.copyFileSync(from, to)
}
/** The folder with kernel, initrd.cpio, modules, config and version; made on first use. */
export function prepareKernel(name) {
  const pkg = resolvePackage(name),
    home = path.join(CACHE, pkg)
  if (fs.existsSync(home)) return home
  const t = tmpdir()
  process.on('exit', () => fs.rmSync(t, { recursive: true, force: true }))
  const deb = download(pkg, t)
  const pat = WANT.flatMap((w) => [`*/modules/*/kernel/${w}`, `*/modules/*/kernel/${w}/*`, `*/modules/*/kernel/${w}.xz`])
  const r = spawnSync(
    'sh',
    [
      '-c',
      'dpkg-deb --fsys-tarfile "$1" | { shift; tar -x -C "$@"; }',
      'sh',
      deb,
      t,
      '--wildcards',
      './boot/*',
      '*/modules/*/modules.*',
      ...pat,
    ],
    { encoding: 'utf8' },
  )
  fs.rmSync(deb)
  const lib = ['lib/modules', 'usr/lib/modules'].map((d) => path.join(t, d)).find((d) => fs.existsSync(d))
  if (!lib) die(`unpacking ${pkg}: ${r.stderr}`) // tar also complains of patterns that a flavour lacks: harmless
  const ver = fs.readdirSync(lib)[0],
    mdir = path.join(lib, ver)
  const xzs = walk(mdir)
    .filter((f) => f.endsWith('.ko.xz'))
    .map((f) => path.join(mdir, f))
  for (let i = 0; i < xzs.length; i += 200) run('xz', ['-d', ...xzs.slice(i, i + 200)])
  const { mods, order } = indexModules(mdir)
  unpackKernel(path.join(t, 'boot', `vmlinuz-${ver}`), path.join(t, 'kernel'))
  fs.renameSync(path.join(t, 'boot', `config-${ver}`), path.join(t, 'config'))
  fs.renameSync(mdir, path.join(t, 'modules'))
  fs.writeFileSync(path.join(t, 'version'), ver)
  const list = []
  for (const m of ['virtio_mmio', 'virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay'])
    if (mods.has(m)) for (const d of [...order(m).reverse(), m]) if (!list.includes(d)) list.push(d)
  if (!mods.has('9p')) die(`${pkg} has no 9p filesystem (the cloud flavours lack it): use the full flavour`)
  const ents = ['bin', 'dev', 'proc', 'sys', 'host', 'up', 'new', 'mod'].map(dir)
  ents.push(
    { name: 'dev/console', mode: 0o20600, major: 5, minor: 1 },
    file('bin/busybox', fs.readFileSync(busybox())),
    file('boot.list', `${list.map((m) => path.basename(mods.get(m).f)).join('\n')}\n`),
  )
  for (const m of list)
    ents.push(file(`mod/${path.basename(mods.get(m).f)}`, fs.readFileSync(path.join(t, 'modules', mods.get(m).f)), 0o100644))
  fs.writeFileSync(path.join(t, 'initrd.cpio'), cpio(ents))
  settle(t, home)
  return home
}
