/**
 * Builds what the tests of bpf load: the corpus, the programs that the verifier refuses, and the reference loader on libbpf. Into
 * .cache/bpf, when a source changed; `node test/bpf/build.mjs`.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
export const objects = join(here, '../../.cache/bpf')

/** pinned: what a newer one makes of the corpus is another corpus */
export const CLANG = 'clang-19'
const FLAGS = [
  '-g',
  '-O2',
  '-target',
  'bpf',
  '-mcpu=v3',
  '-Wall',
  '-Werror',
  `-I/usr/include/${{ x64: 'x86_64', arm64: 'aarch64' }[arch()] ?? arch()}-linux-gnu`,
]

/** the corpus once more, as other compilers' settings make it: other instructions, other shapes of the same programs */
export const VARIANTS = { 'cpu-v1': ['-mcpu=v1'], 'cpu-v2': ['-mcpu=v2'], 'optimised-less': ['-O1'], 'optimised-for-size': ['-Os'] }

/** Compiles one C file for BPF. */
export function compile(source, object, flags = []) {
  execFileSync(CLANG, [...FLAGS, ...flags, '-c', source, '-o', object], { stdio: ['ignore', 'inherit', 'inherit'] })
}

const examples = readdirSync(join(here, '../../examples')).map((name) => join('../../examples', name))
const sources = ['bench', 'core', 'corpus', 'rejected', ...examples].flatMap((folder) =>
  readdirSync(join(here, folder))
    .filter((file) => file.endsWith('.bpf.c'))
    .sort()
    .map((file) => join(here, folder, file)),
)
/** programs on libbpf, for the host */
const hosted = ['reference', 'measure'].map((name) => ({ name, source: join(here, 'reference', `${name}.c`) }))

export function build() {
  const hash = createHash('sha256').update(FLAGS.join(' '))
  for (const file of [...sources, ...hosted.map(({ source }) => source), join(here, 'corpus/corpus.h'), fileURLToPath(import.meta.url)])
    hash.update(readFileSync(file))
  const key = hash.digest('hex')
  const stamp = join(objects, 'built')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  rmSync(objects, { recursive: true, force: true })
  mkdirSync(objects, { recursive: true })
  for (const source of sources) compile(source, join(objects, source.split('/').at(-1).replace('.bpf.c', '.o')))
  for (const source of sources.filter((each) => each.includes('/corpus/')))
    for (const [variant, flags] of Object.entries(VARIANTS))
      compile(source, join(objects, source.split('/').at(-1).replace('.bpf.c', `.${variant}.o`)), flags)
  for (const { name, source } of hosted)
    execFileSync('cc', ['-O2', '-Wall', '-Werror', source, '-o', join(objects, name), '-lbpf'], { stdio: ['ignore', 'inherit', 'inherit'] })
  writeFileSync(stamp, key)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build()
