/** Imports point down (scripts/layers.ts), native code has one door, and docs/architecture.md shows the layers as they are. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { doors, packageLayers, roomLayers } from './layers.js'
import { filesBelow, isTest, root } from './source-files.js'

const faults: string[] = []

/** line of a name, counted from the top; -1 when it is on none */
const lineOf = (layers: readonly (readonly string[])[], name: string): number => layers.findIndex((line) => line.includes(name))

function importsOf(path: string): string[] {
  const text = readFileSync(`${root}/${path}`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  return [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"]([^'"]+)['"]/g)].map(([, specifier = '']) => specifier)
}

/** `packages/sys/src/address/ip.ts` → `{ package: 'sys', room: 'address' }` */
function placeOf(path: string): { package: string; room: string } {
  const [, name = '', , first = ''] = path.split('/')
  return { package: name, room: first.replace(/\.ts$/, '') }
}

for (const name of readdirSync(`${root}/packages`))
  if (lineOf(packageLayers, name) < 0) faults.push(`packages/${name}: stands on no layer; give it one in scripts/layers.ts`)

for (const path of filesBelow('packages', /\.ts$/)) {
  if (!path.includes('/src/')) continue
  const here = placeOf(path)
  const rooms = roomLayers[here.package] ?? []
  if (lineOf(rooms, here.room) < 0 && !isTest(path)) faults.push(`${path}: room ${here.room} stands on no layer of ${here.package}`)
  for (const specifier of importsOf(path)) {
    const door = doors[specifier]
    if (door !== undefined && door !== path) faults.push(`${path}: ${specifier} is imported in ${door} only`)
    if (isTest(path)) continue
    if (specifier.startsWith('@axoneme/')) {
      const [, other = ''] = specifier.split('/')
      if (lineOf(packageLayers, other) <= lineOf(packageLayers, here.package))
        faults.push(`${path}: ${here.package} must not import ${specifier}`)
    } else if (specifier.startsWith('.')) {
      const target = placeOf(normalize(join(dirname(path), specifier.replace(/\.js$/, '.ts'))))
      if (target.room === here.room) continue
      if (lineOf(rooms, target.room) <= lineOf(rooms, here.room)) faults.push(`${path}: ${here.room} must not import ${target.room}`)
    }
  }
}

function diagram(): string {
  const lines = ['```', ...packageLayers.map((line) => `  ${line.map((name) => `@axoneme/${name}`).join('   ')}`), '```', '']
  for (const line of packageLayers)
    for (const name of line)
      lines.push(
        `**${name}**, from the top:`,
        '',
        ...(roomLayers[name] ?? []).map((rooms) => `* ${rooms.map((room) => `\`${room}\``).join(', ')}`),
        '',
      )
  return lines.join('\n').trimEnd()
}

const page = `${root}/docs/architecture.md`
const text = readFileSync(page, 'utf8')
const fresh = text.replace(
  /(<!-- layers -->\n)[\s\S]*?(\n<!-- \/layers -->)/,
  (_, before: string, after: string) => `${before}${diagram()}${after}`,
)
if (!text.includes('<!-- layers -->')) faults.push('docs/architecture.md: has no place for the layers (<!-- layers --> … <!-- /layers -->)')
else if (fresh !== text) {
  if (process.argv.includes('--write')) writeFileSync(page, fresh)
  else faults.push('docs/architecture.md: the layers changed; run: pnpm run generate')
}

for (const fault of faults) console.error(fault)
if (faults.length === 0) console.log('imports point down')
process.exitCode = faults.length === 0 ? 0 : 1
