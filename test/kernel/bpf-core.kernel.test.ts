import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fitInstructions, Instructions, parseBtf, parseObject } from '@axoneme/bpf'
import { expect } from 'vitest'
// @ts-expect-error a script of Node's own, without declarations
import { compile, objects } from '../bpf/build.mjs'
import { objectPath } from './bpf-fixture.js'
import { kernelTest } from './harness/index.js'

/** Kernels that differ from what the program was compiled against, each in one way. */
const MEMBERS = [
  'unsigned char a;',
  'unsigned short b;',
  'unsigned int c;',
  'unsigned long long d;',
  'int e;',
  'struct small inner;',
  'struct small list[4];',
  'union choice choice;',
  'unsigned int array[8];',
  'void *pointer;',
  'unsigned int low : 3; unsigned int middle : 9; int high : 7;',
  'enum colour colour;',
  'char name[12];',
]
const SMALL = 'struct small { unsigned short one; unsigned int two; };'
const CHOICE = 'union choice { unsigned int number; unsigned char bytes[4]; };'
const COLOUR = 'enum colour { RED = 1, GREEN = 2, BLUE = 3 };'
const kernel = (members: readonly string[], { small = SMALL, choice = CHOICE, colour = COLOUR, more = '' } = {}): string =>
  `${small}\n${choice}\n${colour}\n${more}\nstruct thing { ${members.join(' ')} };\nstruct thing *unused; enum colour *also;\n`
const without = (...names: readonly string[]): string[] =>
  MEMBERS.filter((member) => !names.some((name) => new RegExp(`\\b${name}(\\[|;| :)`).test(member)))
const replaced = (from: string, to: string): string[] => MEMBERS.map((member) => (member === from ? to : member))

const kernels: readonly (readonly [what: string, source: string])[] = [
  ['the same', kernel(MEMBERS)],
  ['all members turned round', kernel([...MEMBERS].reverse())],
  ['something new before all', kernel(['char unknown[37];', ...MEMBERS])],
  ['members gone', kernel(without('c', 'inner', 'low', 'pointer'))],
  [
    'a member in an anonymous struct in an anonymous union',
    kernel(replaced('unsigned int c;', 'union { long x; struct { char y; unsigned int c; }; };')),
  ],
  [
    'wider numbers',
    kernel(replaced('unsigned int c;', 'unsigned long long c;').map((each) => (each === 'unsigned short b;' ? 'unsigned int b;' : each))),
  ],
  ['narrower numbers', kernel(replaced('unsigned long long d;', 'unsigned int d;'))],
  [
    'a longer array, of others',
    kernel(
      replaced('unsigned int array[8];', 'unsigned int array[64];').map((each) => (each === 'char name[12];' ? 'char name[99];' : each)),
    ),
  ],
  ['an array that became flexible', kernel([...without('array'), 'unsigned int array[];'])],
  ['an array too short', kernel(replaced('unsigned int array[8];', 'unsigned int array[4];'))],
  ['a struct that grew', kernel(MEMBERS, { small: 'struct small { long before; unsigned short one; char gap[9]; unsigned int two; };' })],
  [
    'typedefs and qualifiers between',
    kernel(replaced('unsigned int c;', 'const volatile word_t c;'), {
      more: 'typedef unsigned int inner_word; typedef inner_word word_t;',
    }),
  ],
  [
    'other bitfields',
    kernel(
      replaced('unsigned int low : 3; unsigned int middle : 9; int high : 7;', 'unsigned int x : 11; unsigned int low : 5; int high : 12;'),
    ),
  ],
  [
    'a bitfield that became a number',
    kernel(replaced('unsigned int low : 3; unsigned int middle : 9; int high : 7;', 'unsigned int low; long long high;')),
  ],
  ['enumerators with other values, one gone', kernel(MEMBERS, { colour: 'enum colour { ZERO, RED, GREEN = 77 };' })],
  ['an enum of 64 bits', kernel(MEMBERS, { colour: 'enum colour { RED = 1, GREEN = 0x1ffffffffULL, BLUE = 3 };' })],
  ['a struct that became a union', kernel(without('choice'), { choice: '' })],
  ['a member of another sort', kernel(replaced('unsigned int c;', 'void *c;'))],
]

/** Random ones besides: members in any order, some left out, gaps between. The seed is in the name. */
function random(seed: number): string {
  let state = seed
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 0x1_0000_0000) * limit)
  }
  const members = MEMBERS.filter(() => below(5) > 0)
  for (let at = members.length - 1; at > 0; at--) {
    const other = below(at + 1)
    ;[members[at], members[other]] = [members[other] as string, members[at] as string]
  }
  return kernel(members.flatMap((member, index) => (below(3) === 0 ? [`char gap${index}[${1 + below(20)}];`, member] : [member])))
}
const SEEDS = 25
const everything = [...kernels, ...Array.from({ length: SEEDS }, (_, index) => [`random ${index + 1}`, random(index + 1)] as const)]
// nothing of this depends on the running kernel, and a compiler under emulation is slow
const all = process.env.VMRUN === undefined ? everything : everything.filter((_, index) => index % 12 === 1)

function btfOf(object: string): Uint8Array {
  const btf = parseObject(readFileSync(object)).unwrap().btf
  if (btf === undefined) throw new Error('no BTF')
  return btf.bytes
}

kernelTest('CO-RE > instructions fitted to made-up kernels are what libbpf makes of them', { needs: [], timeoutMs: 120_000 }, async () => {
  const program = objectPath('synthetic')
  const spec = parseObject(readFileSync(program)).unwrap()
  const folder = mkdtempSync(join(tmpdir(), 'axm-core-'))
  let compared = 0
  try {
    for (const [what, source] of all) {
      const c = join(folder, 'kernel.bpf.c')
      const o = join(folder, 'kernel.o')
      writeFileSync(c, source)
      compile(c, o, ['-Wno-everything'])
      const bytes = btfOf(o)
      const file = join(folder, 'kernel.btf')
      writeFileSync(file, bytes)
      const text = execFileSync(join(objects, 'reference'), ['instructions', program, file], {
        encoding: 'utf8',
        cwd: fileURLToPath(new URL('.', import.meta.url)),
      })
      const theirs = new Map(
        text
          .trim()
          .split('\n')
          .map((line) => line.split(' ').slice(1) as [string, string]),
      )
      const target = parseBtf(bytes).unwrap()
      for (const each of spec.programs) {
        const { name, relocations } = each
        if (spec.btf === undefined) throw new Error('no types')
        const code = new Instructions(fitInstructions(each, spec.btf, target).unwrap())
        const other = new Instructions(new Uint8Array(Buffer.from(theirs.get(name) ?? '', 'hex')))
        // the addresses of maps are not theirs
        for (const { slot } of relocations)
          for (const side of [code, other])
            for (const at of [slot, slot + 1]) {
              side.setImmediate(at, 0)
              side.setSource(at, 0)
            }
        expect(lines(code), `${name}, on a kernel with ${what}`).toEqual(lines(other))
        compared += code.length
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  expect(compared).toBeGreaterThan(all.length * 150)
})

function lines(code: Instructions): string[] {
  return Array.from(
    { length: code.length },
    (_, slot) => `${slot}: ${Buffer.from(code.bytes.subarray(slot * 8, slot * 8 + 8)).toString('hex')}`,
  )
}
