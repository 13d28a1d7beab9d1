import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.mjs'

/** What the kernel tests of a run are of: results of other sources do not count as results of these. */
export function sourcesKey() {
  const hash = createHash('sha256')
  const visit = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${folder}/${entry.name}`
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name === 'skips') continue
      if (entry.isDirectory()) visit(path)
      else if (/\.(ts|o)$/.test(entry.name)) hash.update(path).update(readFileSync(join(root, path)))
    }
  }
  visit('packages')
  visit('test/kernel')
  return hash.digest('hex').slice(0, 16)
}
