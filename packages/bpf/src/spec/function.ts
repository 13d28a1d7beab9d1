import { BPF_PSEUDO_CALL, BPF_PSEUDO_FUNC, CALL, Instructions, LD_IMM64 } from '../asm/instruction.js'
import type { Btf } from '../btf/btf.js'
import { movedLine, type SectionInfo } from '../btf/ext.js'
import { type Elf, type ElfRelocation, type ElfSymbol, type Section, SHN_UNDEF, STB_LOCAL, STB_WEAK, STT_FUNC } from '../elf/elf.js'
import { ObjectFault, unsupported } from '../fault.js'
import type { Relocation } from './program-spec.js'

/** Source: Documentation/bpf/llvm_reloc.rst. */
export const R_BPF_64_64 = 1
export const R_BPF_64_ABS64 = 2
export const R_BPF_64_ABS32 = 3
export const R_BPF_64_32 = 10

/** A call or an address of another function of the object. */
export interface FunctionReference {
  readonly slot: number
  readonly target: string
  readonly call: boolean
}

/** One function as it stands in its section. */
export interface FunctionPart {
  readonly name: string
  readonly section: Section
  /** where it begins in its section, in slots */
  readonly begin: number
  readonly length: number
  readonly local: boolean
  readonly instructions: Uint8Array
  /** slots are counted from its own beginning */
  readonly references: readonly FunctionReference[]
  readonly relocations: readonly Relocation[]
}

/** What an instruction's symbol may be. */
export interface SymbolMeaning {
  /** the map that the symbol is, or whose data it lies in */
  mapAt(section: number, value: number, name: string): { readonly map: string; readonly data: boolean } | undefined
  /** what an undefined symbol is */
  extern(name: string): 'kfunc' | 'ksym-typed' | 'ksym-untyped' | 'kconfig' | undefined
}

/** Functions by where they begin: `section:slot`. */
function places(elf: Elf): Map<string, ElfSymbol> {
  return new Map(
    elf.symbols
      .filter(({ type, section }) => type === STT_FUNC && section !== SHN_UNDEF)
      .map((symbol) => [`${symbol.section}:${symbol.value / 8}`, symbol]),
  )
}

/**
 * The functions of the executable sections, with what each refers to.
 *
 * @throws ObjectFault
 */
export function readFunctions(elf: Elf, sections: readonly Section[], meaning: SymbolMeaning): Map<string, FunctionPart> {
  const functions = new Map<string, FunctionPart>()
  const at = places(elf)
  for (const section of sections) {
    if (section.data.length % 8 !== 0) throw new ObjectFault(`${section.data.length} bytes are no whole instructions`, section.name)
    const relocations = elf.relocations(section.index)
    for (const symbol of elf.symbols) {
      if (symbol.section !== section.index || symbol.type !== STT_FUNC) continue
      if (symbol.value % 8 !== 0 || symbol.size % 8 !== 0 || symbol.size === 0 || symbol.value + symbol.size > section.data.length)
        throw new ObjectFault('does not lie in its section', `function ${symbol.name}`)
      if (functions.has(symbol.name))
        throw unsupported('two functions of one name', `function ${symbol.name}`, 'Give static functions names of their own.')
      const begin = symbol.value / 8
      const length = symbol.size / 8
      const own = between(relocations, ({ offset }) => offset, symbol.value, symbol.value + symbol.size)
      const { references, resolved } = resolve(section, begin, length, own, at, meaning, symbol.name)
      functions.set(symbol.name, {
        name: symbol.name,
        section,
        begin,
        length,
        local: symbol.binding === STB_LOCAL,
        instructions: section.data.subarray(symbol.value, symbol.value + symbol.size),
        references,
        relocations: resolved,
      })
    }
  }
  return functions
}

/** Those of a sorted list whose place is in a range. */
function between<T>(all: readonly T[], placeOf: (each: T) => number, begin: number, end: number): T[] {
  const firstFrom = (least: number): number => {
    let [low, high] = [0, all.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (placeOf(all[middle] as T) < least) low = middle + 1
      else high = middle
    }
    return low
  }
  return all.slice(firstFrom(begin), firstFrom(end))
}

function resolve(
  section: Section,
  begin: number,
  length: number,
  relocations: readonly ElfRelocation[],
  at: ReadonlyMap<string, ElfSymbol>,
  meaning: SymbolMeaning,
  name: string,
): { references: FunctionReference[]; resolved: Relocation[] } {
  const references: FunctionReference[] = []
  const resolved: Relocation[] = []
  const code = new Instructions(section.data)
  const related = new Set<number>()
  const where = `function ${name}`
  const functionAt = (index: number, slot: number): string => {
    const target = at.get(`${index}:${slot}`)
    if (target === undefined) throw new ObjectFault(`refers to slot ${slot} of section ${index}, where no function begins`, where)
    return target.name
  }
  for (const { offset, type, symbol } of relocations) {
    if (offset % 8 !== 0) throw new ObjectFault(`a relocation at byte ${offset}, inside an instruction`, where)
    const slot = offset / 8
    const local = slot - begin
    related.add(slot)
    const isCall = code.opcode(slot) === CALL
    if (type !== R_BPF_64_64 && type !== R_BPF_64_32) throw unsupported(`a relocation of type ${type}`, where)
    if (!isCall && (!code.isLoad64(slot) || local + 1 >= length))
      throw unsupported(`a relocation of opcode 0x${code.opcode(slot).toString(16)}`, where)
    if (symbol.section === SHN_UNDEF) {
      resolved.push(external(symbol, local, isCall, meaning, where))
    } else if (isCall) {
      references.push({ slot: local, target: functionAt(symbol.section, symbol.value / 8 + code.immediate(slot) + 1), call: true })
    } else {
      const map = meaning.mapAt(symbol.section, symbol.value, symbol.name)
      if (map?.data === false) resolved.push({ kind: 'map', slot: local, map: map.map })
      else if (map !== undefined)
        resolved.push({ kind: 'data', slot: local, map: map.map, offset: symbol.value + Number(code.immediate64(slot)) })
      else references.push({ slot: local, target: functionAt(symbol.section, (symbol.value + code.immediate(slot)) / 8), call: false })
    }
  }
  // calls inside a section need no relocation: they are relative
  for (let slot = begin; slot < begin + length; slot++) {
    if (code.opcode(slot) === LD_IMM64) {
      slot++
      continue
    }
    if (!code.isCall(slot) || code.source(slot) !== BPF_PSEUDO_CALL || related.has(slot)) continue
    references.push({ slot: slot - begin, target: functionAt(section.index, slot + code.immediate(slot) + 1), call: true })
  }
  return { references: references.sort((a, b) => a.slot - b.slot), resolved }
}

function external(symbol: ElfSymbol, slot: number, isCall: boolean, meaning: SymbolMeaning, where: string): Relocation {
  const { name } = symbol
  const weak = symbol.binding === STB_WEAK
  switch (meaning.extern(name)) {
    case 'kfunc':
      // its address is taken to see whether it is there
      return isCall ? { kind: 'kfunc', slot, name, weak } : { kind: 'ksym', slot, name, weak, typed: true }
    case 'ksym-typed':
    case 'ksym-untyped':
      return { kind: 'ksym', slot, name, weak, typed: meaning.extern(name) === 'ksym-typed' }
    case 'kconfig':
      throw unsupported(
        `the kernel's configuration option ${name} as a variable`,
        where,
        'Make it a constant of .rodata and set it before the load.',
      )
    default:
      throw new ObjectFault(
        `refers to ${name}, which is defined nowhere`,
        where,
        'bpf.malformed',
        'Declare it with __ksym, or link the object that defines it.',
      )
  }
}

/** What .BTF.ext says of a function, its slots as they are when the function begins at `begin`. */
export function infoOf(part: FunctionPart, info: SectionInfo | undefined, begin: number, btf: Btf | undefined): SectionInfo {
  if (info === undefined) return { functions: [], lines: [], relocations: [] }
  const by = begin - part.begin
  const own = <T extends { readonly slot: number }>(all: readonly T[], moved: (each: T) => T): T[] =>
    between(all, ({ slot }) => slot, part.begin, part.begin + part.length).map(moved)
  return {
    functions: own(info.functions, (each) => ({ slot: each.slot + by, type: each.type })),
    lines: own(info.lines, (each) => movedLine(each, each.slot + by, btf)),
    relocations: own(info.relocations, (each) => ({ ...each, slot: each.slot + by })),
  }
}

/** Sets a call or a function's address to where the target begins in the joined program. */
export function pointAt(code: Instructions, slot: number, target: number, call: boolean): void {
  if (call) {
    code.setSource(slot, BPF_PSEUDO_CALL)
    code.setImmediate(slot, target - slot - 1)
  } else {
    code.setSource(slot, BPF_PSEUDO_FUNC)
    code.setImmediate(slot, target - slot - 1)
    code.setImmediate(slot + 1, 0)
  }
}
