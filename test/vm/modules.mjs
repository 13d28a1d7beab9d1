/** A kernel's modules: which are unpacked, and the index that depmod would write. */
import fs from 'node:fs'
import path from 'node:path'

export const WANT = [
  'net',
  'crypto',
  'lib',
  'arch',
  'fs/9p',
  'fs/netfs',
  'fs/fscache',
  'fs/overlayfs',
  'fs/fuse',
  'fs/ext4',
  'fs/jbd2',
  'fs/mbcache.ko',
  'drivers/virtio',
  'drivers/block/virtio_blk.ko',
  'drivers/block/loop.ko',
  'drivers/char/virtio_console.ko',
  'drivers/ptp',
  'drivers/net/wireguard',
  'drivers/net/vxlan',
  'drivers/net/bonding',
  'drivers/net/ipvlan',
  'drivers/net/team',
  'drivers/net/netdevsim',
  ...[
    'veth',
    'geneve',
    'dummy',
    'ifb',
    'macvlan',
    'macvtap',
    'macsec',
    'tap',
    'tun',
    'vrf',
    'virtio_net',
    'net_failover',
    'nlmon',
    'gtp',
    'bareudp',
    'netkit',
    'amt',
  ].map((m) => `drivers/net/${m}.ko`),
  'drivers/net/failover.ko',
]
function modinfo(file) {
  // the .modinfo section of an ELF64 module
  const b = fs.readFileSync(file),
    off = Number(b.readBigUInt64LE(40)),
    es = b.readUInt16LE(58),
    n = b.readUInt16LE(60),
    sx = b.readUInt16LE(62)
  const sec = (i) => ({
    name: b.readUInt32LE(off + i * es),
    at: Number(b.readBigUInt64LE(off + i * es + 24)),
    len: Number(b.readBigUInt64LE(off + i * es + 32)),
  })
  const str = sec(sx),
    out = { alias: [], depends: [], softdep: [] }
  for (let i = 0; i < n; i++) {
    const s = sec(i),
      e = b.indexOf(0, str.at + s.name)
    if (b.toString('latin1', str.at + s.name, e) !== '.modinfo') continue
    for (const kv of b.toString('latin1', s.at, s.at + s.len).split('\0')) {
      const [k, ...v] = kv.split('=')
      const val = v.join('=')
      if (k === 'alias' || k === 'softdep') out[k].push(val)
      else if (k === 'depends' && val) out.depends.push(...val.split(','))
    }
  }
  return out
}
export function walk(d, base = d, out = []) {
  for (const e of fs.readdirSync(d, { withFileTypes: true })) {
    const p = path.join(d, e.name)
    if (e.isDirectory()) walk(p, base, out)
    else out.push(path.relative(base, p))
  }
  return out
}
const norm = (s) => s.replace(/-/g, '_')
export function indexModules(dir) {
  // what depmod would write, from .modinfo alone
  const mods = new Map()
  for (const f of walk(path.join(dir, 'kernel'), dir))
    if (f.endsWith('.ko')) mods.set(norm(path.basename(f, '.ko')), { f, ...modinfo(path.join(dir, f)) })
  // busybox modprobe wants the whole chain on the line, nearest first
  const order = (m) => {
    const out = []
    const visit = (x) => {
      for (const d of mods.get(x)?.depends || []) {
        const k = norm(d)
        if (mods.has(k)) {
          visit(k)
          if (!out.includes(k)) out.push(k)
        }
      }
    }
    visit(m)
    return out.reverse()
  }
  fs.writeFileSync(
    path.join(dir, 'modules.dep'),
    `${[...mods]
      .map(([m, x]) =>
        `${x.f}: ${order(m)
          .map((d) => mods.get(d).f)
          .join(' ')}`.trimEnd(),
      )
      .join('\n')}\n`,
  )
  fs.writeFileSync(path.join(dir, 'modules.alias'), `${[...mods].flatMap(([m, x]) => x.alias.map((a) => `alias ${a} ${m}`)).join('\n')}\n`)
  fs.writeFileSync(
    path.join(dir, 'modules.softdep'),
    `${[...mods].flatMap(([m, x]) => x.softdep.map((a) => `softdep ${m} ${a}`)).join('\n')}\n`,
  )
  fs.writeFileSync(path.join(dir, 'modules.symbols'), '')
  return { mods, order }
}
