/**
 * Docstrings keep their promises: what is exported and answers a Result says which errors (`@errors`), every code is in the table,
 * every table's code is documented somewhere, every `@feature` exists. Writes docs/errors.md and docs/kernel-support.md
 * from the tables (`--write`), and fails when they are stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { bpfFeatures } from '@axoneme/bpf'
import { netlinkFeatures } from '@axoneme/netlink'
import { errorCodes, type Feature, kernelFeatures } from '@axoneme/sys'
import ts from 'typescript'
import { root } from './source-files.js'

const faults: string[] = []
const features: readonly Feature[] = [...kernelFeatures, ...netlinkFeatures, ...bpfFeatures]
const documented = new Set<string>()

const entries = readdirSync(`${root}/packages`).flatMap((name) => {
  const { exports = {} } = JSON.parse(readFileSync(`${root}/packages/${name}/package.json`, 'utf8')) as {
    exports?: Record<string, Record<string, unknown>>
  }
  return Object.values(exports).map((conditions) => `${root}/packages/${name}/${String(conditions['@axoneme/source'])}`)
})
const { config } = ts.readConfigFile(`${root}/tsconfig.base.json`, ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
const program = ts.createProgram(entries, options)
const checker = program.getTypeChecker()

function answersResult(type: ts.Type): boolean {
  const name = type.aliasSymbol?.name ?? type.symbol?.name
  if (name === 'Promise') return checker.getTypeArguments(type as ts.TypeReference).some(answersResult)
  if (name === 'Result') return true
  return type.isUnion() && type.types.every((part) => part.symbol?.name === 'OkImpl' || part.symbol?.name === 'ErrImpl')
}

/** Where a symbol is declared, for messages; undefined outside this repository's sources. */
function placeOf(symbol: ts.Symbol): string | undefined {
  const declaration = symbol.declarations?.[0]
  const file = declaration?.getSourceFile()
  if (declaration === undefined || file === undefined || !file.fileName.includes('/packages/') || file.fileName.includes('node_modules'))
    return undefined
  const { line } = file.getLineAndCharacterOfPosition(declaration.getStart())
  return `${file.fileName.slice(root.length + 1)}:${line + 1} ${symbol.name}`
}

function checkTags(symbol: ts.Symbol, place: string): { errors: boolean } {
  let errors = false
  for (const tag of symbol.getJsDocTags(checker)) {
    const text = ts.displayPartsToString(tag.text)
    if (tag.name === 'errors') {
      errors = true
      for (const [code = ''] of text.matchAll(/\b[a-z]+\.[a-z-]+\b/g))
        if (Object.hasOwn(errorCodes, code)) documented.add(code)
        else if (!/^(e\.g|i\.e)$/.test(code)) faults.push(`${place}: @errors names ${code}, which is not in error-codes.ts`)
    }
    if (tag.name === 'feature')
      for (const [name = ''] of text.matchAll(/^\S+/g))
        if (!features.some((known) => known.name === name)) faults.push(`${place}: @feature names ${name}, which no table has`)
  }
  return { errors }
}

/** results that are made of others' errors, or parse nothing: the door file's own combinators */
const PASSED_ON = new Set(['all', 'fromPromise', 'Err', 'Ok', 'Result', 'at'])

function check(symbol: ts.Symbol): void {
  const place = placeOf(symbol)
  if (place === undefined || PASSED_ON.has(symbol.name)) return
  const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0]
  if (declaration === undefined) return
  const { errors } = checkTags(symbol, place)
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration)
  const signatures = type.getCallSignatures()
  if (!errors && signatures.some((signature) => answersResult(signature.getReturnType())))
    faults.push(`${place}: answers a Result and has no @errors`)
}

function isPublic(member: ts.Symbol): boolean {
  const [declaration] = member.declarations ?? []
  return declaration !== undefined && !(ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected))
}

let checked = 0
const seen = new Set<ts.Symbol>()
for (const entry of entries) {
  const file = program.getSourceFile(entry)
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error(`${entry}: not a module`)
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    if (seen.has(symbol)) continue
    seen.add(symbol)
    checked++
    check(symbol)
    if (symbol.flags & ts.SymbolFlags.Class) {
      const members = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])]
      for (const member of members) if (isPublic(member)) check(member)
    }
  }
}
if (checked < 100) faults.push(`only ${checked} exports were looked at`)

const errorsPage = `# Errors

Every error is frozen data with \`code\`, \`message\`, often \`hint\`, and its facts as fields. Written from
\`packages/sys/src/error-codes.ts\`; codes are stable.

| code | meaning | retry as it is |
| --- | --- | --- |
${Object.entries(errorCodes)
  .map(([code, { meaning, retryable }]) => `| \`${code}\` | ${meaning} | ${retryable ? 'may succeed' : 'no'} |`)
  .join('\n')}
`
const supportPage = `# Kernel support

What is probed, by trying it: \`npm start\` prints the same table for the running kernel. Written from the tables of features.
The versions are the first of mainline Linux; distributions carry backports, and kernels are configured without drivers, so nothing is decided by
version.

| feature | what | since | used instead |
| --- | --- | --- | --- |
${features.map(({ name, summary, since, insteadOf }) => `| \`${name}\` | ${summary} | ${since} | ${insteadOf} |`).join('\n')}
`
for (const [path, text] of [
  ['docs/errors.md', errorsPage],
  ['docs/kernel-support.md', supportPage],
] as const) {
  if (process.argv.includes('--write')) writeFileSync(`${root}/${path}`, text)
  else {
    let there = ''
    try {
      there = readFileSync(`${root}/${path}`, 'utf8')
    } catch {
      // never written
    }
    if (there !== text) faults.push(`${path}: stale; run: pnpm run generate`)
  }
}

/** `<!-- file: PATH -->`: a guide shows the file itself, so that what is read is what is run. */
for (const name of readdirSync(`${root}/docs/guides`)) {
  const path = `docs/guides/${name}`
  const text = readFileSync(`${root}/${path}`, 'utf8')
  const fresh = text.replace(/(<!-- file: (\S+) -->\n)[\s\S]*?(<!-- \/file -->)/g, (_, before: string, file: string, after: string) => {
    const language = file.endsWith('.ts') ? 'ts' : 'c'
    return `${before}\`\`\`${language}\n${readFileSync(`${root}/${file}`, 'utf8').trimEnd()}\n\`\`\`\n${after}`
  })
  if (fresh === text) continue
  if (process.argv.includes('--write')) writeFileSync(`${root}/${path}`, fresh)
  else faults.push(`${path}: shows another state of a file; run: pnpm run generate`)
}

for (const code of Object.keys(errorCodes))
  if (!documented.has(code)) faults.push(`error-codes.ts: no exported call says that it answers ${code}`)
for (const fault of faults) console.error(fault)
if (faults.length === 0) console.log(`${checked} exports: their docstrings name their errors, and those exist`)
process.exitCode = faults.length === 0 ? 0 : 1
