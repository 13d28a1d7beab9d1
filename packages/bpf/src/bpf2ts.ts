#!/usr/bin/env node
/** `bpf2ts OBJECT -o FILE`: TypeScript for a compiled object. */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe } from '@axoneme/sys'
import { generate } from './bpf2ts/emit.js'
import { parseObject } from './spec/collection.js'

const USAGE = `usage: bpf2ts OBJECT [-o FILE] [--name NAME] [--strip PREFIX] [--types A,B] [--from PACKAGE]
  -o FILE         where to; absent: standard output
  --name NAME     what the object is called in names; absent: its file's name
  --strip PREFIX  a prefix of C names to leave out: axm_
  --types A,B     more types, by their C names
  --from PACKAGE  what generated code imports from; absent: @axoneme/bpf`

function fail(message: string, status: number): never {
  process.stderr.write(`bpf2ts: ${message}\n`)
  process.exit(status)
}

const given: Record<string, string> = {}
let object: string | undefined
const args = process.argv.slice(2)
for (let at = 0; at < args.length; at++) {
  const arg = args[at] as string
  if (arg === '-h' || arg === '--help') {
    process.stdout.write(`${USAGE}\n`)
    process.exit(0)
  }
  if (['-o', '--name', '--strip', '--types', '--from'].includes(arg)) {
    const value = args[++at]
    if (value === undefined) fail(`${arg} takes a value\n${USAGE}`, 2)
    given[arg.replace(/^-+/, '')] = value
  } else if (arg.startsWith('-') || object !== undefined) fail(`"${arg}" is not understood\n${USAGE}`, 2)
  else object = arg
}
if (object === undefined) fail(USAGE, 2)
let bytes: Uint8Array
try {
  bytes = readFileSync(object)
} catch (reason) {
  fail(`cannot read ${object}: ${(reason as Error).message}`, 1)
}
const spec = parseObject(bytes)
if (spec.isErr()) fail(describe(spec.error), 1)
const text = generate(spec.value, {
  name: given.name ?? basename(object).replace(/(\.bpf)?\.o$/, ''),
  ...(given.from === undefined ? {} : { from: given.from }),
  ...(given.strip === undefined ? {} : { strip: given.strip }),
  ...(given.types === undefined ? {} : { types: given.types.split(',') }),
})
if (text.isErr()) fail(describe(text.error), 1)
if (given.o === undefined) process.stdout.write(text.value)
else writeFileSync(given.o, text.value)
