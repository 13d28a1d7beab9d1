/**
 * Builds the object from its C: `node packages/datapath/build.mjs [--check]`. Paths, dates and DWARF are left out, so that the same
 * sources and compiler give the same bytes; `--check` fails when the committed object is another.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** pinned: another compiler makes other instructions */
const CLANG = 'clang-19'
const STRIP = 'llvm-strip-19'
const here = fileURLToPath(new URL('.', import.meta.url))
const headers = `/usr/include/${{ x64: 'x86_64', arm64: 'aarch64' }[arch()] ?? arch()}-linux-gnu`

/** The object's bytes, as the sources make them. */
export function build() {
  const folder = mkdtempSync(join(tmpdir(), 'axm-datapath-'))
  try {
    const object = join(folder, 'datapath.o')
    execFileSync(
      CLANG,
      [
        '-g',
        '-O2',
        '-target',
        'bpf',
        '-mcpu=v3',
        '-Wall',
        '-Wextra',
        '-Wno-unused-parameter',
        '-Werror',
        '-fno-ident',
        '-ffile-compilation-dir=.',
        `-I${headers}`,
        '-c',
        'datapath.bpf.c',
        '-o',
        object,
      ],
      { cwd: join(here, 'c'), stdio: ['ignore', 'inherit', 'inherit'] },
    )
    execFileSync(STRIP, ['-g', object], { stdio: ['ignore', 'inherit', 'inherit'] })
    return readFileSync(object)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(here, 'object/datapath.o')
  const built = build()
  if (!process.argv.includes('--check')) writeFileSync(path, built)
  else if (!built.equals(readFileSync(path))) {
    console.error('packages/datapath/object/datapath.o is not what its sources build to; run: pnpm run generate')
    process.exit(1)
  }
  console.log(`packages/datapath/object/datapath.o: ${built.length} bytes`)
}
