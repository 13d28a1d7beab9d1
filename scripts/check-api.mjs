/**
 * The public API as text: the declarations that each package ships, in api/. A changed line there is a reviewed line. `--write` takes the
 * built declarations over; without it they must be the same. Build first.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/workspace.mjs'

/** chunks that entries share have a hash of their text in their names */
const plain = (name) => name.replace(/-[\w-]{8}\.d\.ts$/, '.d.ts')

const sorted = (list) => [...list].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

/**
 * The compiler writes literals of a union in the order in which it met them, which another file's change may turn: `"a" | "b"`, and
 * the same as lines `a: "a";` of an enumeration.
 */
function inOrder(text) {
  const literal = '(?:"[^"\\n]*"|-?\\d+)'
  return text
    .replace(new RegExp(`${literal}(?: \\| ${literal})+`, 'g'), (union) => sorted(union.split(' | ')).join(' | '))
    .replace(/(?:^ +(?:"([^"\n]+)"|(\w+)): "[^"\n]*";\n){2,}/gm, (lines) => `${sorted(lines.trimEnd().split('\n')).join('\n')}\n`)
}

let stale = 0
mkdirSync(join(root, 'api'), { recursive: true })
for (const name of readdirSync(join(root, 'packages')).sort()) {
  const dist = join(root, 'packages', name, 'dist')
  let files
  try {
    files = readdirSync(dist).filter((file) => file.endsWith('.d.ts'))
  } catch {
    console.error(`packages/${name}: not built; run: npm test -- build`)
    process.exit(1)
  }
  const text = inOrder(
    files
      .sort((a, b) => (plain(a) < plain(b) ? -1 : 1))
      .map((file) => `// ── ${plain(file)} ──\n${readFileSync(join(dist, file), 'utf8')}`)
      .join('\n')
      .replace(/(from '\.\/[\w-]+)-[\w-]{8}\.js'/g, "$1.js'")
      .replace(/^\/\/# sourceMappingURL.*\n/gm, ''),
  )
  const path = join(root, 'api', `${name}.api.txt`)
  if (process.argv.includes('--write')) {
    writeFileSync(path, text)
    continue
  }
  let there = ''
  try {
    there = readFileSync(path, 'utf8')
  } catch {
    // never written
  }
  if (there === text) continue
  stale++
  const before = there.split('\n')
  const line = text.split('\n').findIndex((now, at) => now !== before[at])
  console.error(
    `api/${name}.api.txt: the public API changed, first at line ${line + 1}:\n- ${before[line] ?? ''}\n+ ${text.split('\n')[line] ?? ''}`,
  )
}
if (stale > 0) console.error('If that is meant: npm test -- build, then node scripts/check-api.mjs --write, and review the diff.')
else console.log('the public API is as recorded')
process.exitCode = stale > 0 ? 1 : 0
