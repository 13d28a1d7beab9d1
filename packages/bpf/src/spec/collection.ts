import { type AxonemeError, Err, Ok, type Result } from '@axoneme/sys'
import { Btf } from '../btf/btf.js'
import { readBtfExt, type SectionInfo } from '../btf/ext.js'
import {
  type Elf,
  readElf,
  type Section,
  SHF_EXECINSTR,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_PROGBITS,
  STT_FUNC,
  STT_NOTYPE,
  STT_OBJECT,
  STV_HIDDEN,
  STV_INTERNAL,
} from '../elf/elf.js'
import { ObjectFault, unsupported } from '../fault.js'
import { type FunctionPart, readFunctions, type SymbolMeaning } from './function.js'
import { join } from './link.js'
import { dataMap, type MapSpec, readMaps } from './map-spec.js'
import { sectionMeaning, sectionNames } from './program-section.js'
import type { ProgramSpec } from './program-spec.js'
import { readVariables, type VariableSpec } from './variable-spec.js'

/** An object file that is none, or broken. */
export interface Malformed extends AxonemeError<'bpf.malformed'> {
  /** in which part: a section, a map, a function */
  readonly where: string
}

/** A sound object that uses something this library does not do. */
export interface UnsupportedObject extends AxonemeError<'bpf.unsupported-object'> {
  readonly where: string
}

export type ObjectError = Malformed | UnsupportedObject

/** What an object file declares: inert data, the same on every machine; nothing of it depends on the running kernel. */
export interface CollectionSpec {
  readonly license: string
  readonly maps: readonly MapSpec[]
  readonly programs: readonly ProgramSpec[]
  readonly variables: readonly VariableSpec[]
  /** the object's types; undefined when it was compiled without -g */
  readonly btf: Btf | undefined
  /** what the types leave to the linker: how large each section of data is, and where its variables lie */
  readonly layout: ReadonlyMap<string, SectionLayout>
  /** functions that are global in the object and not to be seen outside it */
  readonly hiddenFunctions: readonly string[]
}

export interface SectionLayout {
  readonly size: number
  readonly offsets: ReadonlyMap<string, number>
}

/** in all programs together: sixteen of the largest that a kernel takes */
const MOST_SLOTS = 1 << 24
const DATA = /^\.(rodata|data|bss)(\..+)?$/

/**
 * Reads an object that clang compiled for BPF.
 *
 * @errors bpf.malformed · bpf.unsupported-object
 * @source elf(5), Documentation/bpf/btf.rst, Documentation/bpf/llvm_reloc.rst; conventions of libbpf
 */
export function parseObject(bytes: Uint8Array): Result<CollectionSpec, ObjectError> {
  try {
    return Ok(read(bytes))
  } catch (reason) {
    if (reason instanceof ObjectFault) return Err(objectError(reason))
    throw reason
  }
}

/** A fault of the readers as an error value. */
export function objectError(fault: ObjectFault): ObjectError {
  return Object.freeze({
    code: fault.code,
    where: fault.where,
    message: fault.message,
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
  })
}

function read(bytes: Uint8Array): CollectionSpec {
  const elf = readElf(bytes)
  const section = (name: string): Section | undefined => elf.sections.find((each) => each.name === name)
  const btfSection = section('.BTF')
  // a copy: what is read lazily must not change under us
  const btf = btfSection === undefined ? undefined : new Btf(btfSection.data.slice())
  const extSection = section('.BTF.ext')
  const info: ReadonlyMap<string, SectionInfo> =
    btf === undefined || extSection === undefined ? new Map() : readBtfExt(extSection.data, btf)
  const legacy = section('maps')
  if (legacy !== undefined) throw unsupported('maps without types', 'maps', 'Declare maps with BTF, in SEC(".maps").')
  if (section('.struct_ops') !== undefined) throw unsupported('struct_ops', '.struct_ops')

  const mapsSection = section('.maps')
  if (mapsSection !== undefined && btf === undefined)
    throw unsupported('maps without types', '.maps', 'Compile with -g, so that the object has BTF.')
  const declared = mapsSection === undefined || btf === undefined ? [] : readMaps(elf, mapsSection, btf)
  const dataSections = elf.sections.filter(
    ({ name, type, size }) => DATA.test(name) && size > 0 && (type === SHT_PROGBITS || type === SHT_NOBITS),
  )
  for (const { index, name } of dataSections) if (elf.relocations(index).length > 0) throw unsupported('addresses in global data', name)
  const maps = [...declared, ...dataSections.map((each) => dataMap(each, btf))]

  const tags = tagsByType(btf)
  const executable = elf.sections.filter(({ type, flags, size }) => type === SHT_PROGBITS && (flags & SHF_EXECINSTR) !== 0 && size > 0)
  const meaning: SymbolMeaning = {
    mapAt(index, _value, name) {
      const at = elf.sections[index]
      if (at === undefined) return undefined
      if (at === mapsSection) return { map: name, data: false }
      return dataSections.includes(at) ? { map: at.name, data: true } : undefined
    },
    extern: externs(btf),
  }
  const functions = readFunctions(elf, executable, meaning)
  let slots = 0
  const programs: ProgramSpec[] = []
  for (const part of functions.values()) {
    if (part.section.name === '.text') continue
    const joined = program(part, functions, info, btf, tags)
    slots += joined.instructions.length / 8
    if (slots > MOST_SLOTS)
      throw unsupported(
        `programs of more than ${MOST_SLOTS} instructions`,
        'object',
        'Split it: every program has a copy of the functions that it calls.',
      )
    programs.push(joined)
  }
  const names = new Set(maps.map(({ name }) => name))
  for (const { name, relocations } of programs)
    for (const each of relocations)
      if ((each.kind === 'map' || each.kind === 'data') && !names.has(each.map))
        throw new ObjectFault(`uses the map ${each.map}, which is not declared`, `program ${name}`)
  return {
    license: licenseOf(section('license')),
    maps,
    programs,
    variables: readVariables(maps, btf, symbolIn(elf), (type) => tags.get(`${type}:-1`) ?? []),
    btf,
    layout: layoutOf(elf),
    hiddenFunctions: elf.symbols
      .filter(({ type, visibility }) => type === STT_FUNC && (visibility === STV_HIDDEN || visibility === STV_INTERNAL))
      .map(({ name }) => name),
  }
}

function layoutOf(elf: Elf): Map<string, SectionLayout> {
  const layout = new Map<string, SectionLayout>()
  const offsetsIn = new Map<number, Map<string, number>>()
  for (const { section, type, name, value } of elf.symbols) {
    if (type !== STT_OBJECT && type !== STT_NOTYPE) continue
    const offsets = offsetsIn.get(section)
    if (offsets === undefined) offsetsIn.set(section, new Map([[name, value]]))
    else offsets.set(name, value)
  }
  for (const { index, name, size } of elf.sections) {
    const offsets = offsetsIn.get(index)
    if (offsets !== undefined) layout.set(name, { size, offsets })
  }
  return layout
}

function symbolIn(elf: Elf) {
  const byPlace = new Map(
    elf.symbols
      .filter(({ section }) => section !== SHN_UNDEF)
      .map((symbol) => [`${elf.sections[symbol.section]?.name}:${symbol.name}`, symbol]),
  )
  return (map: string, variable: string) => byPlace.get(`${map}:${variable}`)
}

function licenseOf(section: Section | undefined): string {
  if (section === undefined) return ''
  const end = section.data.indexOf(0)
  return Buffer.from(section.data.subarray(0, end < 0 ? undefined : end)).toString('utf8')
}

/** The texts of decl tags, by `type:component`. */
function tagsByType(btf: Btf | undefined): ReadonlyMap<string, readonly string[]> {
  const tags = new Map<string, string[]>()
  if (btf === undefined) return tags
  for (const type of btf.types())
    if (type.kind === 'decl-tag') {
      const key = `${type.type}:${type.component}`
      const known = tags.get(key)
      if (known === undefined) tags.set(key, [type.name])
      else known.push(type.name)
    }
  return tags
}

/** What undefined symbols are, by the sections in which BTF lists them. */
function externs(btf: Btf | undefined): SymbolMeaning['extern'] {
  const known = new Map<string, ReturnType<SymbolMeaning['extern']>>()
  if (btf !== undefined)
    for (const section of ['.ksyms', '.kconfig'] as const)
      for (const id of btf.named(section, 'datasec')) {
        const datasec = btf.type(id)
        if (datasec.kind !== 'datasec') continue
        for (const { type } of datasec.variables) {
          const each = btf.type(type)
          if (section === '.kconfig') known.set(each.name, 'kconfig')
          else if (each.kind === 'func') known.set(each.name, 'kfunc')
          else if (each.kind === 'var') known.set(each.name, btf.resolve(each.type).kind === 'void' ? 'ksym-untyped' : 'ksym-typed')
        }
      }
  return (name) => known.get(name)
}

function program(
  part: FunctionPart,
  functions: ReadonlyMap<string, FunctionPart>,
  info: ReadonlyMap<string, SectionInfo>,
  btf: Btf | undefined,
  tags: ReadonlyMap<string, readonly string[]>,
): ProgramSpec {
  if (part.local)
    throw unsupported(
      'a static function in a section of programs',
      `function ${part.name}`,
      'Make it global, or put it into .text: a static function without SEC() goes there.',
    )
  const autoload = !part.section.name.startsWith('?')
  const section = autoload ? part.section.name : part.section.name.slice(1)
  const meaning = sectionMeaning(section)
  if (meaning === undefined)
    throw unsupported(`its section "${section}" says no program type`, `program ${part.name}`, `Known are: ${sectionNames.join(', ')}.`)
  const own = btf?.named(part.name, 'func') ?? []
  return {
    name: part.name,
    section,
    ...meaning,
    autoload,
    ...join(part, functions, info, btf),
    tags: own.flatMap((id) => tags.get(`${id}:-1`) ?? []),
  }
}
