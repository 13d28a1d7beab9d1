/** bpf2ts over the objects that have a generated file: `--check` fails when one is not what it would write. */
import { readFileSync, writeFileSync } from 'node:fs'
import { generate, parseObject } from '@axoneme/bpf'
import { root } from './source-files.js'

/** object and file; all C names of the project begin with axm_ */
const rows: readonly (readonly [object: string, file: string])[] = [
  ...['maps', 'globals', 'types'].map((name) => [`.cache/bpf/${name}.o`, `test/bpf/generated/${name}.generated.ts`] as const),
  ['packages/datapath/object/datapath.o', 'packages/datapath/src/generated/datapath.generated.ts'],
  ['.cache/bpf/count.o', 'examples/03-count-packets/count.generated.ts'],
]

let stale = 0
for (const [object, file] of rows) {
  const name = file.split('/').at(-1)?.replace('.generated.ts', '') ?? ''
  const text = generate(parseObject(readFileSync(`${root}/${object}`)).unwrap(), { name, strip: 'axm_' }).unwrap()
  if (!process.argv.includes('--check')) writeFileSync(`${root}/${file}`, text)
  else if (readFileSync(`${root}/${file}`, 'utf8') !== text) {
    stale++
    console.error(`${file}: stale; run: pnpm run generate`)
  }
}
console.log(`${rows.length} generated files`)
process.exitCode = stale === 0 ? 0 : 1
