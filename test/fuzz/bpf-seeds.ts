import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ScriptedBtf } from '../../packages/bpf/src/btf/scripted-btf.js'
import { readElf } from '../../packages/bpf/src/elf/elf.js'
import { type CollectionSpec, parseObject } from '../../packages/bpf/src/spec/collection.js'
// @ts-expect-error a script of Node's own, without declarations
import { build, objects } from '../bpf/build.mjs'
import { fromHex, type Regression } from './corpus.js'

build()

/** Every object of the corpus, as clang makes it. */
export const objectFiles: readonly Uint8Array[] = readdirSync(objects)
  .filter((name) => name.endsWith('.o'))
  .sort()
  .map((name) => new Uint8Array(readFileSync(join(objects, name))))

export const specs: readonly CollectionSpec[] = objectFiles.map((bytes) => parseObject(bytes).unwrap())

const HEADERS = 255

/** Where a file's parts begin and end: its sections and the table of their headers. */
function partsOf(file: Uint8Array): { readonly section: number; readonly begin: number; readonly end: number }[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const table = Number(view.getBigUint64(40, true))
  const count = view.getUint16(60, true)
  const parts = [{ section: HEADERS, begin: table, end: table + count * 64 }]
  for (const { index, data } of readElf(file).sections)
    if (data.length > 0)
      parts.push({ section: index, begin: data.byteOffset - file.byteOffset, end: data.byteOffset - file.byteOffset + data.length })
  return parts
}

/** Parts, each with the object and section that it is of before it: only a part changes, and the file round it stays sound. */
export const parts: readonly Uint8Array[] = objectFiles.flatMap((file, at) =>
  partsOf(file)
    .filter(({ end, begin }) => end - begin < 0x4000)
    .map(({ section, begin, end }) => Uint8Array.of(at, section, ...file.subarray(begin, end))),
)

/** The file that such a part makes. */
export function fileOf(part: Uint8Array): Uint8Array {
  const file = objectFiles[(part[0] ?? 0) % objectFiles.length] as Uint8Array
  const data = part.subarray(2)
  const whole = new Uint8Array(file.length + data.length)
  whole.set(file)
  whole.set(data, file.length)
  const view = new DataView(whole.buffer)
  if (part[1] === HEADERS) {
    view.setBigUint64(40, BigInt(file.length), true)
    return whole
  }
  const header = Number(view.getBigUint64(40, true)) + ((part[1] ?? 0) % view.getUint16(60, true)) * 64
  view.setBigUint64(header + 24, BigInt(file.length), true)
  view.setBigUint64(header + 32, BigInt(data.length), true)
  return whole
}

/** Every object cut off where one of its parts begins or ends. */
export const truncated: readonly Uint8Array[] = objectFiles.flatMap((file) =>
  partsOf(file).flatMap(({ begin, end }) => [file.subarray(0, begin), file.subarray(0, end), file.subarray(0, end - 1)]),
)

const sectionsNamed = (name: string): Uint8Array[] =>
  objectFiles.flatMap((file) =>
    readElf(file)
      .sections.filter((each) => each.name === name)
      .map(({ data }) => data.slice()),
  )

const unlike = (all: readonly Uint8Array[]): Uint8Array[] => [
  ...new Map(all.map((bytes) => [Buffer.from(bytes).toString('hex'), bytes])).values(),
]

/** Types that no compiler makes: what holds itself, what has no end, what is larger than anything. */
function hostile(): Uint8Array[] {
  const all = [1, 2, 3, 4].map((bent) => {
    const s = new ScriptedBtf()
    const int = s.int('int', 4)
    if (bent === 1) for (let id = 2; id < 300; id++) s.array(id, 3)
    if (bent === 2) for (let id = 2; id < 60; id++) s.array(id === 2 ? int : id - 1, id % 3 === 0 ? 0 : 0xffff_ffff)
    if (bent === 3)
      for (let id = 2; id < 40; id++)
        s.struct(id % 2 === 0 ? '' : 's', 8, [
          ['', id ^ 1],
          ['a', id],
          ['', id + 1, 3, 5],
        ])
    if (bent === 4) for (let id = 2; id < 200; id++) s.array(id === 2 ? int : id - 1, 8)
    return s.bytes()
  })
  return all
}

export const btfs: readonly Uint8Array[] = [...unlike(sectionsNamed('.BTF')), ...hostile()]
export const programs: readonly Uint8Array[] = unlike(specs.flatMap((spec) => spec.programs.map(({ instructions }) => instructions)))
/** .BTF.ext, with the number of the object before it. */
export const exts: readonly Uint8Array[] = objectFiles.flatMap((file, at) =>
  readElf(file)
    .sections.filter(({ name }) => name === '.BTF.ext')
    .map(({ data }) => Uint8Array.of(at, ...data)),
)

const regressionDirectory = new URL('corpus/bpf/', import.meta.url)

/** Inputs that once broke a target. */
export const regressions: readonly Regression[] = readdirSync(regressionDirectory)
  .filter((name) => name.endsWith('.hex'))
  .map((file) => {
    const text = readFileSync(new URL(file, regressionDirectory), 'utf8')
    return { file, target: /^# target: (.+)$/m.exec(text)?.[1] ?? '', input: fromHex(text) }
  })
