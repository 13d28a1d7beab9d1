import { isDeepStrictEqual } from 'node:util'
import { OwnedFd, type Sys } from '@axoneme/sys'
import { fakeSys } from '@axoneme/sys/testing'
import { disassemble, renderDisassembly } from '../../packages/bpf/src/asm/disassemble.js'
import { Instructions } from '../../packages/bpf/src/asm/instruction.js'
import { generate } from '../../packages/bpf/src/bpf2ts/emit.js'
import { Btf } from '../../packages/bpf/src/btf/btf.js'
import { type CoreRelocation, readBtfExt } from '../../packages/bpf/src/btf/ext.js'
import { BTF_KIND, type BtfKind } from '../../packages/bpf/src/btf/type.js'
import { CoreTarget, relocateCore } from '../../packages/bpf/src/co-re/relocation.js'
import type { Codec } from '../../packages/bpf/src/codec/index.js'
import { readElf } from '../../packages/bpf/src/elf/elf.js'
import type { ProgramRejected } from '../../packages/bpf/src/errors.js'
import { ObjectFault } from '../../packages/bpf/src/fault.js'
import { linkInfo } from '../../packages/bpf/src/link/info.js'
import { kernelBtf } from '../../packages/bpf/src/load/btf-fixup.js'
import { adviceFor, logLines, refusedSlot, renderVerifierLog, sourceOf, summaryOf } from '../../packages/bpf/src/load/verifier-log.js'
import { MapHandle } from '../../packages/bpf/src/map/handle.js'
import { readMapInfo } from '../../packages/bpf/src/map/info.js'
import { pageSize } from '../../packages/bpf/src/map/ring-buffer/page-size.js'
import { BUSY, EMPTY, MALFORMED, Ring } from '../../packages/bpf/src/map/ring-buffer/ring.js'
import { PROG_INFO, PROG_INFO_BYTES, programInfo } from '../../packages/bpf/src/program/info.js'
import { type CollectionSpec, type ObjectError, parseObject } from '../../packages/bpf/src/spec/collection.js'
import * as globals from '../bpf/generated/globals.generated.js'
import * as maps from '../bpf/generated/maps.generated.js'
import * as types from '../bpf/generated/types.generated.js'
import { btfs, exts, fileOf, objectFiles, parts, programs, specs, truncated } from './bpf-seeds.js'
import type { Target } from './engine.js'
import { isCodec } from './exports.js'
import { mutatedText } from './mutate.js'
import { Random } from './random.js'

/** An ObjectFault is an answer; anything else that is thrown goes on. */
function faulted<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (reason) {
    if (!(reason instanceof ObjectFault)) throw reason
    if (reason.message === '') throw new Error('a fault without words')
    return undefined
  }
}

function checkError(error: ObjectError): void {
  if ((error.code !== 'bpf.malformed' && error.code !== 'bpf.unsupported-object') || !Object.isFrozen(error) || error.message === '')
    throw new Error(`an error that is ${JSON.stringify(error)}`)
}

/** The number that is read at a place of the input, whatever its length. */
const at = (input: Uint8Array, place: number): number => input[place] ?? 0
const spec = (number: number): CollectionSpec => specs[number % specs.length] as CollectionSpec

function generated(of: CollectionSpec, bytes: number): void {
  for (const options of [{ name: 'some_object' }, { name: 'x', strip: 'axm_', types: ['axm_event'] }]) {
    const text = generate(of, options)
    if (text.isErr()) checkError(text.error)
    else if (text.value.length > 100_000 + 200 * bytes) throw new Error(`${text.value.length} characters of TypeScript for ${bytes} bytes`)
  }
}

/** A whole object: a Result, and what it holds is used without a surprise. */
function objectContract(input: Uint8Array, thorough: boolean): void {
  const parsed = parseObject(input)
  if (parsed.isErr()) {
    checkError(parsed.error)
    return
  }
  const read = parsed.value
  const size = read.programs.reduce((sum, { instructions }) => sum + instructions.length, 0)
  if (size > 1024 * (input.length + 1024)) throw new Error(`${size} bytes of instructions from ${input.length}`)
  for (const { name, instructions, relocations, functions, lines, coreRelocations, subprograms } of read.programs)
    for (const { slot } of [...relocations, ...functions, ...lines, ...coreRelocations, ...subprograms])
      if (!(slot >= 0 && slot < instructions.length / 8)) throw new Error(`slot ${slot} of program ${name}`)
  for (const { name, map, offset, size: wide } of read.variables) {
    const { data } = read.maps.find((each) => each.name === map) ?? {}
    if (data === undefined || offset + wide > data.length) throw new Error(`variable ${name} is not in its map`)
  }
  if (!thorough) return
  faulted(() => kernelBtf(read))
  for (const program of read.programs) if (read.btf !== undefined) fitted(program, read.btf, new CoreTarget(read.btf))
  generated(read, input.length)
}

function fitted(program: CollectionSpec['programs'][number], local: Btf, target: CoreTarget, relocations = program.coreRelocations): void {
  const code = new Instructions(program.instructions.slice())
  for (const each of relocations) faulted(() => relocateCore(code, [each], local, target, program.name))
}

const objectTargets: readonly Target[] = [
  { name: 'bpf object', weight: 12, seeds: objectFiles, run: (input, _random, thorough) => objectContract(input, thorough) },
  { name: 'bpf object cut off', weight: 4, seeds: truncated, run: (input, _random, thorough) => objectContract(input, thorough) },
  {
    name: 'bpf object with another part',
    weight: 14,
    seeds: parts,
    run: (input, _random, thorough) => objectContract(fileOf(input), thorough),
  },
  {
    name: 'bpf elf',
    weight: 40,
    seeds: parts,
    run(input) {
      faulted(() => {
        const elf = readElf(fileOf(input))
        for (const { index } of elf.sections.slice(0, 16)) faulted(() => elf.relocations(index))
      })
    },
  },
]

/** Every question that can be asked of types. */
function askEverything(btf: Btf): void {
  for (let id = 0; id < btf.end + 2; id++) {
    const type = faulted(() => btf.type(id))
    if (type === undefined) continue
    faulted(() => btf.resolve(id))
    const size = faulted(() => btf.sizeOf(id))
    if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) throw new Error(`type ${id} has ${size} bytes`)
  }
}

const base = new Btf(btfs[0] as Uint8Array)

const typeTargets: readonly Target[] = [
  {
    name: 'bpf types',
    weight: 70,
    seeds: btfs,
    run(input, random, thorough) {
      faulted(() => {
        const btf = new Btf(input, random.below(4) === 0 ? base : undefined)
        if (!thorough && random.below(3) > 0) {
          for (let count = 0; count < 8; count++) faulted(() => btf.sizeOf(random.below(btf.end)))
          return
        }
        askEverything(btf)
        for (let count = 0; count < 4; count++) {
          const type = faulted(() => btf.type(random.below(btf.end)))
          if (type === undefined || type.kind === 'void') continue
          for (const id of btf.named(type.name, type.kind))
            if (btf.type(id).name !== type.name) throw new Error(`${type.name} found as type ${id}`)
          btf.stringsBeginning(type.name.slice(0, 3))
        }
      })
    },
  },
  {
    name: 'bpf ext',
    weight: 120,
    seeds: exts,
    run(input, _random, thorough) {
      const { btf } = spec(at(input, 0))
      if (btf === undefined) return
      faulted(() => {
        const info = readBtfExt(input.subarray(1), btf)
        if (!thorough) return
        for (const { lines } of info.values())
          for (const line of lines.slice(0, 64))
            faulted(() => {
              void [line.file, line.text, line.line, line.column]
            })
      })
    },
  },
  {
    name: 'bpf types for the kernel',
    weight: 50,
    seeds: btfs.map((bytes, number) => Uint8Array.of(number, 0xff, ...bytes)),
    run(input, random) {
      const { layout, hiddenFunctions } = spec(at(input, 0))
      const kinds = Object.keys(BTF_KIND) as BtfKind[]
      const lacking = new Set(kinds.filter(() => random.below(3) === 0))
      faulted(() => {
        const btf = new Btf(input.subarray(2))
        const bytes = kernelBtf({ btf, layout, hiddenFunctions }, lacking)
        if (bytes === undefined) throw new Error('types, and none for the kernel')
        const again = new Btf(bytes)
        if (again.end < btf.end) throw new Error(`${again.end} types of ${btf.end}`)
      })
    },
  },
]

const withCore = specs.filter(({ programs: all }) => all.some(({ coreRelocations }) => coreRelocations.length > 0))
const targetsOf = new Map(withCore.map((each) => [each, new CoreTarget(each.btf as Btf)]))

/** Relocations of four words each, and the way to the member as the lower digits of the last. */
function relocationsIn(bytes: Uint8Array, btf: Btf): CoreRelocation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found: CoreRelocation[] = []
  for (let from = 0; from + 16 <= bytes.length; from += 16) {
    const steps = Array.from({ length: view.getUint8(from + 4) % 6 }, (_, step) => view.getUint8(from + 5 + step))
    if (view.getUint8(from + 11) > 200) steps.push(view.getUint32(from, true))
    found.push({
      slot: view.getUint8(from),
      type: view.getUint16(from + 2, true) % (btf.end + 1),
      access: steps.join(':'),
      kind: view.getUint8(from + 12) % 14,
    })
  }
  return found
}

const coreTargets: readonly Target[] = [
  {
    name: 'bpf CO-RE to other types',
    weight: 16,
    seeds: [
      ...withCore.map(({ btf }, number) => Uint8Array.of(number, ...(btf as Btf).bytes)),
      ...btfs.slice(-4).map((bytes) => Uint8Array.of(1, ...bytes)),
    ],
    run(input, random) {
      const own = withCore[at(input, 0) % withCore.length] as CollectionSpec
      const { btf } = own
      if (btf === undefined) return
      faulted(() => {
        const other = new Btf(input.subarray(1))
        fitted(random.pick(own.programs), btf, new CoreTarget(other))
        fitted(random.pick(own.programs), other, targetsOf.get(own) as CoreTarget)
      })
    },
  },
  {
    name: 'bpf CO-RE by other ways',
    weight: 70,
    seeds: [Uint8Array.from({ length: 162 }, (_, index) => index * 7), new Uint8Array(66)],
    run(input, random) {
      const own = withCore[at(input, 0) % withCore.length] as CollectionSpec
      if (own.btf !== undefined)
        fitted(random.pick(own.programs), own.btf, targetsOf.get(own) as CoreTarget, relocationsIn(input.subarray(2), own.btf))
    },
  },
]

const generateTarget: Target = {
  name: 'bpf2ts of other types',
  weight: 14,
  seeds: [
    ...specs
      .filter(({ maps: all, btf }) => all.length > 0 && btf !== undefined)
      .map((each) => Uint8Array.of(specs.indexOf(each), ...(each.btf as Btf).bytes)),
    ...btfs.slice(-4).flatMap((bytes) => [0, 10, 20, 30].map((number) => Uint8Array.of(number, ...bytes))),
  ],
  run(input) {
    faulted(() => generated({ ...spec(at(input, 0)), btf: new Btf(input.subarray(1)) }, input.length))
  },
}

const logs: readonly string[] = [
  "func#0 @0\n0: R1=ctx() R10=fp0\n; int x = *p; @ file.c:12\n5: (61) r0 = *(u32 *)(r1 +0)\nR1 invalid mem access 'scalar'\nprocessed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
  '12: (71) r1 = *(u8 *)(r2 +13)\ninvalid access to packet, off=13 size=1, R2(id=0,off=13,r=0)\nR2 offset is outside of the packet\n',
  'infinite loop detected at insn 7\nback-edge from insn 8 to 2\n',
  'Unreleased reference id=2 alloc_insn=6\n',
  '3: (85) call unknown#195896080\ninvalid func unknown#195896080\n',
  'math between map_value pointer and register with unbounded min value is not allowed\n',
  '-- BEGIN PROG LOAD LOG --\n\n\n-- END PROG LOAD LOG --\n',
  '',
]
const eight = [...Array(64).keys()].map((number) => Uint8Array.of(number, number * 7, number * 13, 1, 2, 3, 4, 5))

const logTarget: Target = {
  name: 'bpf verifier log',
  weight: 40,
  seeds: eight,
  run(input, random) {
    let state = input.length
    for (const byte of input) state = (Math.imul(state, 31) + byte) >>> 0
    const lines = logLines(mutatedText(logs, new Random(state)))
    const summary = summaryOf(lines)
    const slot = refusedSlot(lines)
    if (summary.length > 4 || summary.some((line) => !lines.includes(line))) throw new Error(`a summary of ${summary.length} lines`)
    if (slot !== undefined && !(slot >= 0)) throw new Error(`slot ${slot}`)
    const program = random.pick(spec(at(input, 1)).programs)
    const source = sourceOf(slot, program.lines)
    const hint = adviceFor(lines)
    const error: ProgramRejected = {
      code: 'bpf.program-rejected',
      message: '',
      errno: 22,
      errnoName: 'EINVAL',
      program: program.name,
      section: program.section,
      log: lines,
      summary,
      ...(source === undefined ? {} : { source }),
      ...(hint === undefined ? {} : { hint }),
    }
    const wanted = random.below(12)
    const shown = renderVerifierLog(error, { lines: wanted })
      .split('\n')
      .filter((line) => line.startsWith('  | '))
    if (shown.length > wanted) throw new Error(`${shown.length} lines of ${wanted}`)
  },
}

const instructionTarget: Target = {
  name: 'bpf instructions',
  weight: 120,
  seeds: programs.map((code) => code.subarray(0, 320)),
  run(input, random, thorough) {
    let next = 0
    for (const { slot, text } of disassemble(input, { mapsBy: random.below(2) === 0 ? 'id' : 'fd' })) {
      if (slot < next || text === '' || /undefined|NaN/.test(text)) throw new Error(`slot ${slot} is "${text}"`)
      next = slot + 1
    }
    const slots = Math.floor(input.length / 8)
    if (next !== slots && next + 1 !== slots) throw new Error(`${next} slots of ${slots}`)
    if (thorough) renderDisassembly(input)
  },
}

/** A kernel that answers every question about an object with some bytes, over all that it was given to write to. */
function answering(input: Uint8Array): Sys {
  let given: Uint8Array[] = []
  return {
    ...fakeSys(),
    address(bytes: Uint8Array) {
      given.push(bytes)
      return BigInt(given.length) << 12n
    },
    bpf() {
      for (const bytes of given) bytes.set(input.subarray(0, bytes.length))
      given = []
      return 0
    },
  } as unknown as Sys
}

const infoTarget: Target = {
  name: 'bpf info',
  weight: 120,
  seeds: [0, 1, 2, 5, 10, 13, 31].map((type) => {
    const bytes = new Uint8Array(232)
    new DataView(bytes.buffer).setUint32(0, type, true)
    return bytes.fill(0x41, 64, 72)
  }),
  run(input, random) {
    const info = new Uint8Array(PROG_INFO_BYTES)
    info.set(input.subarray(0, PROG_INFO_BYTES))
    // this the kernel bounds: a program has at most 64 maps
    new DataView(info.buffer).setUint32(PROG_INFO.mapCount, random.below(65), true)
    for (const read of [(sys: Sys) => programInfo(sys, 3, 'x'), (sys: Sys) => linkInfo(sys, 3, 'x')] as const) {
      const answer = read(answering(info))
      if (answer.isErr()) throw new Error(`an error of ${answer.error.code}`)
      if (JSON.stringify(answer.value, (_key, value) => (typeof value === 'bigint' ? String(value) : value)).includes('null'))
        throw new Error('a number that is none')
    }
    if (random.below(16) === 0 && readMapInfo(answering(info), -1).isErr()) throw new Error('no info')
  },
}

const RING = 4096
const consumerPage = new ArrayBuffer(pageSize())
const producerPages = new ArrayBuffer(pageSize() + 2 * RING)
const ringBytes = new Uint8Array(producerPages, pageSize())
const ringHandle = new MapHandle(
  {
    ...fakeSys(),
    mmap: (_fd: number, length: number, _protection: number, offset: number) => ({
      length,
      bytes: offset === 0 ? consumerPage : producerPages,
      unmap() {},
    }),
  } as Sys,
  new OwnedFd(fakeSys(), 3, 'map of a fuzzer'),
  { name: 'events', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: RING, flags: 0 },
)
ringHandle.close()

const ringTarget: Target = {
  name: 'bpf ring',
  weight: 120,
  seeds: [
    Uint8Array.of(0, 0, 4, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 8, 0, 0, 0x40),
    Uint8Array.of(16, 1, 0xff, 0xf, 0, 0x80),
    new Uint8Array(600),
  ],
  run(input, random) {
    const position = random.below(2) === 0 ? at(input, 0) * 8 : random.below(2 ** 40) * 8
    const copy = input.subarray(2, 2 + RING)
    ringBytes.fill(at(input, 1), 0, RING)
    for (let from = 0; from < copy.length; from++) ringBytes[(position + from) % RING] = copy[from] as number
    ringBytes.copyWithin(RING, 0, RING)
    new BigInt64Array(consumerPage)[0] = BigInt(position)
    new BigInt64Array(producerPages, 0, 1)[0] = BigInt(
      position + random.pick([0, 8, 16, 24, RING, RING - 8, RING + 8, random.below(RING), random.below(2 ** 31)]),
    )
    const ring = Ring.map(ringHandle, 3).unwrap()
    let found = ring.next()
    for (let count = 0; found !== EMPTY && found !== BUSY && found !== MALFORMED; count++, found = ring.next()) {
      if (ring.at < 8 || ring.length < 0 || ring.at + ring.length > ring.data.length)
        throw new Error(`a record at ${ring.at} of ${ring.length} bytes`)
      // a producer that says more than the ring holds may only lead round and round
      if (count > 2 ** 18) break
      ring.pass()
      if (count > RING / 8 && ring.available() <= 0) throw new Error('more records than the ring has room for')
      if (count > 2 * RING) break
    }
    ring.release()
  },
}

const codecs = [types, maps, globals].flatMap((module) => Object.values(module).filter(isCodec) as unknown as Codec<unknown>[])

/** Text is what its room allows when it is written, and whatever stands there when it is read. */
function withoutText(value: unknown): unknown {
  if (typeof value === 'string') return ''
  if (Array.isArray(value)) return value.map(withoutText)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutText(inner)]))
}

const codecTarget: Target = {
  name: 'bpf generated codecs',
  weight: 60,
  seeds: [new Uint8Array(300), new Uint8Array(300).fill(0xff), Uint8Array.from({ length: 300 }, (_, index) => index)],
  run(input) {
    const codec = codecs[at(input, 0) % codecs.length] as Codec<unknown>
    const bytes = new Uint8Array(codec.sizeBytes + 2)
    bytes.set(input.subarray(1, 1 + codec.sizeBytes), 1)
    const value = withoutText(codec.read(bytes, 1))
    const out = new Uint8Array(codec.sizeBytes + 2).fill(0xa5)
    codec.write(value, out, 1)
    if (out[0] !== 0xa5 || out[codec.sizeBytes + 1] !== 0xa5) throw new Error('written beyond its bytes')
    if (!isDeepStrictEqual(codec.read(out, 1), value)) throw new Error('read again as something else')
  },
}

export const codecCount: number = codecs.length

export const bpfTargets: readonly Target[] = [
  ...objectTargets,
  ...typeTargets,
  ...coreTargets,
  generateTarget,
  logTarget,
  instructionTarget,
  infoTarget,
  ringTarget,
  codecTarget,
]
