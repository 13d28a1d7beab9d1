import { Err, inputInvalid, Ok, type Result, type Sys } from '@axoneme/sys'
import type { BpfError } from '../errors.js'
import type { MapHandle } from '../map/handle.js'
import { BpfProgram } from '../program/program.js'
import type { CollectionSpec } from '../spec/collection.js'
import type { MapSpec } from '../spec/map-spec.js'
import type { ProgramSpec } from '../spec/program-spec.js'
import { loadBtf } from './btf.js'
import { kernelTypes } from './kernel-types.js'
import { descriptor, loadMap, put } from './map.js'
import { loadProgram } from './program.js'
import type { Surroundings } from './relocate.js'
import { setVariables } from './variable.js'

export interface LoadOptions {
  /** variables of global data by their C names, set before anything is loaded: numbers, or the bytes of their value */
  readonly variables?: Readonly<Record<string, number | bigint | boolean | Uint8Array>>
  /** where maps that ask for it are pinned by name; absent: /sys/fs/bpf */
  readonly pinFolder?: string
  /** maps that are pinned too, though the object does not ask for it: their names, and those of the pins in the folder */
  readonly pinned?: Readonly<Record<string, string>>
  /** maps to be used instead of those that the object declares, by name; they stay the caller's */
  readonly maps?: Readonly<Record<string, MapHandle>>
  /** entries of maps whose size the object leaves open, or that shall be another */
  readonly maxEntries?: Readonly<Record<string, number>>
  /** which programs are loaded; absent: all that are not declared with `?` */
  readonly programs?: readonly string[]
  /** level of the verifier's log of programs that load too (4: statistics; 1, 2: every instruction): it costs time; absent: refusals alone have one */
  readonly verifierLog?: number
}

/** A program that is loaded, and what it was made of. */
export interface LoadedProgram {
  readonly spec: ProgramSpec
  readonly handle: BpfProgram
  /** the verifier's words; empty unless `verifierLog` asked for them */
  readonly log: string
}

/**
 * What an object file became: maps and programs by their C names. Everything is closed together; what is pinned or
 * attached lives on.
 *
 * @lifetime until `close()`
 */
export class Collection {
  constructor(
    readonly spec: CollectionSpec,
    readonly maps: ReadonlyMap<string, MapHandle>,
    readonly programs: ReadonlyMap<string, LoadedProgram>,
    private readonly owned: readonly { close(): void }[],
  ) {}

  close(): void {
    for (const each of this.owned) each.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/**
 * Loads an object: its types, its maps with their contents, then its programs, and last the tables that hold programs. Nothing is left behind
 * when a step fails.
 *
 * @errors input.invalid · sys.closed · bpf.malformed · bpf.unsupported-object · bpf.program-rejected · bpf.symbol-missing · bpf.map-incompatible · bpf.refused · permission.denied
 * @source linux/bpf.h; conventions of libbpf
 */
export function loadCollection(sys: Sys, given: CollectionSpec, options: LoadOptions = {}): Result<Collection, BpfError> {
  const prepared = prepare(given, options)
  if (prepared.isErr()) return Err(prepared.error)
  const spec = prepared.value
  const owned: { close(): void }[] = []
  const failed = (error: BpfError): Result<never, BpfError> => {
    for (const each of owned.reverse()) each.close()
    return Err(error)
  }

  const btf = loadBtf(sys, spec)
  if (btf.isErr()) return Err(btf.error)
  if (btf.value !== undefined) owned.push(btf.value)
  const btfFd = btf.value?.use().unwrap()

  const maps = new Map<string, MapHandle>()
  for (const each of spec.maps) {
    const replaced = options.maps?.[each.name]
    if (replaced !== undefined) {
      maps.set(each.name, replaced)
      continue
    }
    const made = loadMap(sys, each, btfFd, `${options.pinFolder ?? '/sys/fs/bpf'}/${options.pinned?.[each.name] ?? each.name}`)
    if (made.isErr()) return failed(made.error)
    owned.push(made.value)
    maps.set(each.name, made.value)
  }
  const filled = fill(sys, spec.maps, maps, options)
  if (filled !== undefined) return failed(filled)

  const modules = new Map<string, number | undefined>()
  const kernel = kernelTypes(sys)
  const around: Surroundings = {
    spec,
    kernel,
    map: (name) => maps.get(name)?.fd.use().unwrap() ?? -1,
    module(name) {
      if (!modules.has(name)) modules.set(name, kernel.openModule(name))
      return modules.get(name)
    },
  }
  const programs = new Map<string, LoadedProgram>()
  const wanted = spec.programs.filter(({ name, autoload }) => options.programs?.includes(name) ?? autoload)
  let rejected: BpfError | undefined
  for (const each of wanted) {
    const loaded = loadProgram(sys, spec, each, around, btfFd, options.verifierLog)
    if (loaded.isErr()) {
      rejected = loaded.error
      break
    }
    const handle = BpfProgram.of(sys, loaded.value.fd, each.name, each.type)
    owned.push(handle)
    programs.set(each.name, { spec: each, handle, log: loaded.value.log })
  }
  // a loaded program holds the types of its modules itself
  for (const fd of modules.values()) if (fd !== undefined) sys.close(fd)
  if (rejected !== undefined) return failed(rejected)
  const unfilled = fillTables(sys, spec, maps, programs)
  if (unfilled !== undefined) return failed(unfilled)
  return Ok(new Collection(spec, maps, programs, owned))
}

/** The spec with the caller's wishes in it; the given one stays as it is. */
function prepare(spec: CollectionSpec, options: LoadOptions): Result<CollectionSpec, BpfError> {
  const unknownIn = (what: string, known: readonly { readonly name: string }[], names: readonly string[]): BpfError | undefined => {
    const unknown = names.find((name) => !known.some((each) => each.name === name))
    return unknown === undefined
      ? undefined
      : inputInvalid(
          `${what}.${unknown}`,
          `the object has no such ${what.replace(/s$/, '')}`,
          `It has: ${known.map(({ name }) => name).join(', ') || 'none'}.`,
        )
  }
  const { variables = {}, maxEntries = {}, maps = {} } = options
  const wrong =
    unknownIn('variables', spec.variables, Object.keys(variables)) ??
    unknownIn('maps', spec.maps, Object.keys(maps)) ??
    unknownIn('maps', spec.maps, Object.keys(options.pinned ?? {})) ??
    unknownIn('maxEntries', spec.maps, Object.keys(maxEntries)) ??
    unknownIn('programs', spec.programs, options.programs ?? [])
  if (wrong !== undefined) return Err(wrong)
  // the caller's maps may have been closed meanwhile; from here on every descriptor is open
  for (const map of Object.values(maps)) {
    const open = map.fd.use()
    if (open.isErr()) return Err(open.error)
  }
  const sized = spec.maps.map((map) => ({
    ...map,
    maxEntries: maxEntries[map.name] ?? map.maxEntries,
    pinning: options.pinned?.[map.name] !== undefined ? ('by-name' as const) : map.pinning,
  }))
  const set = setVariables(spec, sized, variables)
  return set.map((all) => ({ ...spec, maps: all }))
}

/** Global data, and maps in maps. */
function fill(sys: Sys, specs: readonly MapSpec[], maps: ReadonlyMap<string, MapHandle>, options: LoadOptions): BpfError | undefined {
  for (const spec of specs) {
    const map = maps.get(spec.name)
    if (map === undefined || options.maps?.[spec.name] !== undefined) continue
    if (spec.data !== undefined) {
      if (spec.data.some((byte) => byte !== 0)) {
        const written = put(sys, map, 0, spec.data)
        if (written.isErr()) return written.error
      }
      const frozen = spec.frozen ? map.freeze() : Ok(undefined)
      if (frozen.isErr()) return frozen.error
    }
    if (!spec.type.endsWith('_of_maps')) continue
    for (const { index, target } of spec.values) {
      const inner = maps.get(target)
      if (inner === undefined) return inputInvalid(`maps.${spec.name}`, `holds ${target}, which is no map of the object`)
      const placed = put(sys, map, index, descriptor(inner.fd.use().unwrap()))
      if (placed.isErr()) return placed.error
    }
  }
  return undefined
}

/** `tail_call:TABLE:INDEX`, as a decl tag on a program: where it goes in a table of programs. */
const TAIL_CALL = /^tail_call:([^:]+):(\d+)$/

/** Tables of programs: from their declarations, and from the programs' own tags. */
function fillTables(
  sys: Sys,
  spec: CollectionSpec,
  maps: ReadonlyMap<string, MapHandle>,
  programs: ReadonlyMap<string, LoadedProgram>,
): BpfError | undefined {
  const entries = spec.maps
    .filter(({ type }) => type === 'prog_array')
    .flatMap(({ name, values }) => values.map(({ index, target }) => ({ table: name, index, program: target })))
  for (const { name, tags } of spec.programs)
    for (const tag of tags) {
      const match = TAIL_CALL.exec(tag)
      if (match !== null) entries.push({ table: match[1] as string, index: Number(match[2]), program: name })
    }
  for (const { table, index, program } of entries) {
    const map = maps.get(table)
    const loaded = programs.get(program)
    if (map === undefined) return inputInvalid(`programs.${program}`, `its tag names the table ${table}, which the object does not have`)
    // not asked for: its place stays empty
    if (loaded === undefined) continue
    const placed = put(sys, map, index, descriptor(loaded.handle.use().unwrap()))
    if (placed.isErr()) return placed.error
  }
  return undefined
}
