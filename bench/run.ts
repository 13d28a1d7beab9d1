/**
 * `npm run bench -- SUITE [--json] [--rounds N]`: a suite is a file `SUITE.bench.ts` here, `all` is every one. With --json one JSON
 * document (an array of rows) is all that standard output gets.
 */
import { readdirSync } from 'node:fs'
import { type Figures, measure, measureTogether, type Suite } from './harness.js'

const suites = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''))
  .sort()

function usage(problem: string): never {
  console.error(`${problem}\nusage: npm run bench -- SUITE [--json] [--rounds N]\nsuites: all ${suites.join(' ')}`)
  process.exit(2)
}

const args = process.argv.slice(2)
let json = false
let rounds: number | undefined
let asked: string | undefined
for (let at = 0; at < args.length; at++) {
  const arg = args[at] as string
  if (arg === '--json') json = true
  else if (arg === '--rounds') {
    rounds = Number(args[++at])
    if (!Number.isInteger(rounds) || rounds < 1) usage('--rounds takes a positive whole number')
  } else if (arg.startsWith('-') || asked !== undefined) usage(`"${arg}" is not understood`)
  else asked = arg
}
if (asked === undefined) usage('name a suite')
if (asked !== 'all' && !suites.includes(asked)) usage(`there is no suite ${asked}`)

function line({ suite, name, unit, n, min, median, p90, peer, ratio }: Figures): string {
  const versus = peer === undefined ? '' : `   ${peer.name}: min ${peer.min}, median ${peer.median}   ratio ${ratio}`
  return `${`${suite} ${name}`.padEnd(38)} ${unit.padEnd(10)} n ${n}   min ${min}, median ${median}, p90 ${p90}${versus}`
}

const figures: Figures[] = []
for (const name of asked === 'all' ? suites : [asked]) {
  const suite = ((await import(`./${name}.bench.ts`)) as { default: Suite }).default
  try {
    if (suite.interleaved === true)
      for (const measured of await measureTogether(name, suite.rows, rounds)) {
        figures.push(measured)
        if (!json) console.log(line(measured))
      }
    for (const row of suite.interleaved === true ? [] : suite.rows) {
      const measured = await measure(name, row, rounds)
      figures.push(measured)
      if (!json) console.log(line(measured))
    }
  } finally {
    await suite.close()
  }
}
if (json) console.log(JSON.stringify(figures, undefined, 2))
