/** No file of 500 lines, and most far smaller: the hard limit, and the shape (median, 95th percentile) for the reader. */
import { readFileSync } from 'node:fs'
import { filesBelow, root } from './source-files.js'

const HARD_LIMIT = 500
const MEDIAN = 130
const P95 = 300

const sizes = ['packages', 'scripts', 'test', 'bench', 'examples']
  .flatMap((folder) => filesBelow(folder, /\.(ts|mjs|c|h|sh)$/))
  .filter((path) => !path.includes('.generated.') && !path.includes('/testdata/'))
  .map((path) => ({ path, lines: readFileSync(`${root}/${path}`, 'utf8').split('\n').length - 1 }))
  .sort((a, b) => a.lines - b.lines)

const at = (share: number): number => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))]?.lines ?? 0
const faults = sizes
  .filter(({ lines }) => lines > HARD_LIMIT)
  .map(({ path, lines }) => `${path}: ${lines} lines; the limit is ${HARD_LIMIT}: split it by meaning`)
if (at(0.5) > MEDIAN) faults.push(`the median file has ${at(0.5)} lines; it should have at most ${MEDIAN}`)
if (at(0.95) > P95) faults.push(`of twenty files one is longer than ${at(0.95)} lines; it should be at most ${P95}`)
console.log(`${sizes.length} files: median ${at(0.5)}, 95th percentile ${at(0.95)}, longest ${sizes.at(-1)?.lines} (${sizes.at(-1)?.path})`)
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1
