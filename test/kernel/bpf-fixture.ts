import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Collection,
  type CollectionSpec,
  type LoadOptions,
  loadCollection,
  type MapHandle,
  type ProgramInfo,
  parseObject,
} from '@axoneme/bpf'
import { MNT_DETACH } from '@axoneme/sys'
// @ts-expect-error a script of Node's own, without declarations
import { build, objects } from '../bpf/build.mjs'
import { sys } from './fixture.js'

/** Where the corpus is built to, as files. */
export function objectPath(name: string): string {
  build()
  return join(objects, `${name}.o`)
}

/** An object of the corpus, read. */
export function object(name: string): CollectionSpec {
  return parseObject(readFileSync(objectPath(name))).unwrap()
}

/** A bpf file system of the test's own, gone when the test is. */
export function bpffs(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'axm-bpffs-'))
  mkdirSync(path, { recursive: true })
  const mounted = sys.mount('bpf', path, 'bpf', 0, undefined)
  if (mounted < 0) throw new Error(`mount bpf: ${mounted}`)
  return {
    path,
    [Symbol.dispose]() {
      sys.umount(path, MNT_DETACH)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** What a map is, ids and names aside: two loads of one object differ in those. */
export function shapeOf(type: number, key: number, value: number, entries: number, flags: number): string {
  return `type ${type}, key ${key}, value ${value}, entries ${entries}, flags ${flags}`
}

export interface LoadedObject extends Disposable {
  readonly maps: ReadonlyMap<string, MapHandle>
  readonly programs: Collection['programs']
  readonly mapsById: ReadonlyMap<number, string>
  info(program: string): ProgramInfo
  xlated(program: string): { readonly bytes: Uint8Array }
}

/** An object of the corpus, loaded by us; what it pins goes with it. */
export function loadObject(name: string, options: LoadOptions = {}): LoadedObject {
  const pins = bpffs()
  const loaded = loadCollection(sys, object(name), { pinFolder: pins.path, ...options })
  if (loaded.isErr()) {
    pins[Symbol.dispose]()
    throw new Error(`${loaded.error.code}: ${loaded.error.message}`)
  }
  const collection = loaded.value
  const program = (wanted: string) => {
    const found = collection.programs.get(wanted)
    if (found === undefined) throw new Error(`no program ${wanted}`)
    return found.handle
  }
  const mapsById = new Map(
    [...collection.maps.values()].map((map) => {
      const { id, typeNumber, keySize, valueSize, maxEntries, flags } = map.info().unwrap()
      return [id, shapeOf(typeNumber, keySize, valueSize, maxEntries, flags)]
    }),
  )
  return {
    maps: collection.maps,
    programs: collection.programs,
    mapsById,
    info: (wanted) => program(wanted).info().unwrap(),
    xlated: (wanted) => ({ bytes: program(wanted).xlated().unwrap().instructions.bytes }),
    [Symbol.dispose]() {
      collection.close()
      pins[Symbol.dispose]()
    },
  }
}

interface Reference {
  readonly mapsById: ReadonlyMap<number, string>
  readonly programs: ReadonlyMap<string, { readonly tag: string; readonly bytes: Uint8Array }>
}

/** An object loaded by libbpf: what the kernel made of it. */
export function referenceLoad(name: string): Reference {
  const path = objectPath(name)
  const text = execFileSync(join(objects, 'reference'), ['load', path], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  const mapsById = new Map<number, string>()
  const programs = new Map<string, { tag: string; bytes: Uint8Array }>()
  for (const line of text.trim().split('\n')) {
    const [what, title = '', ...rest] = line.split(' ')
    if (what === 'map') {
      const [id = 0, type = 0, key = 0, value = 0, entries = 0, flags = 0] = rest.map(Number)
      mapsById.set(id, shapeOf(type, key, value, entries, flags))
    } else programs.set(title, { tag: rest[0] ?? '', bytes: new Uint8Array(Buffer.from(rest[1] ?? '', 'hex')) })
  }
  return { mapsById, programs }
}

/** Instructions as lines, the ids of maps replaced by what the maps are: equal for two loads of one object. */
export function normalised(bytes: Uint8Array, mapsById: ReadonlyMap<number, string>): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lines: string[] = []
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const hex = Buffer.from(bytes.subarray(at, at + 8)).toString('hex')
    const source = (bytes[at + 1] as number) >> 4
    if (bytes[at] === 0x18 && (source === 1 || source === 2))
      lines.push(`${hex.slice(0, 8)} map <${mapsById.get(view.getUint32(at + 4, true)) ?? 'unknown'}>`)
    else lines.push(hex)
  }
  return lines
}
