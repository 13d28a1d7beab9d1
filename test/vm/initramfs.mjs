/** The first file system of the guest: cpio "newc", and what the guest runs from it. */
import fs from 'node:fs'

export function cpio(entries) {
  const parts = []
  let ino = 1
  const pad = (n) => Buffer.alloc((4 - (n % 4)) % 4)
  for (const e of [...entries, { name: 'TRAILER!!!', mode: 0 }]) {
    const data = e.data || Buffer.alloc(0),
      name = Buffer.from(`${e.name}\0`)
    const h = [ino++, e.mode, 0, 0, 1, 0, data.length, 0, 0, e.major || 0, e.minor || 0, name.length, 0]
      .map((v) => v.toString(16).toUpperCase().padStart(8, '0'))
      .join('')
    const head = Buffer.concat([Buffer.from(`070701${h}`), name])
    parts.push(head, pad(head.length), data, pad(data.length))
  }
  const all = Buffer.concat(parts)
  return Buffer.concat([all, Buffer.alloc((512 - (all.length % 512)) % 512)])
}
export const dir = (name) => ({ name, mode: 0o40755 })
export const file = (name, data, mode = 0o100755) => ({ name, data: Buffer.from(data), mode })
/** the guest's process 1, and what it becomes once the host's files are there */
export const INIT = fs.readFileSync(new URL('guest/init.sh', import.meta.url))
export const STAGE2 = fs.readFileSync(new URL('guest/stage2.sh', import.meta.url))
