import { ObjectFault, unsupported } from '../fault.js'

/** Source: elf(5), linux/elf.h. */
export const SHT_PROGBITS = 1
export const SHT_SYMTAB = 2
export const SHT_STRTAB = 3
export const SHT_NOBITS = 8
export const SHT_REL = 9
export const SHT_RELA = 4
export const SHF_WRITE = 1
export const SHF_ALLOC = 2
export const SHF_EXECINSTR = 4
export const SHN_UNDEF = 0
export const STT_NOTYPE = 0
export const STT_OBJECT = 1
export const STT_FUNC = 2
export const STT_SECTION = 3
export const STB_LOCAL = 0
export const STB_GLOBAL = 1
export const STB_WEAK = 2
export const STV_INTERNAL = 1
export const STV_HIDDEN = 2
const EM_BPF = 247
const EM_NONE = 0
const ET_REL = 1
/** an object that would unpack to more is not one that a compiler made */
const LARGEST_NOBITS = 1 << 28

/** A section; `data` is empty for one without bytes in the file (`.bss`), whose `size` says how large it is. */
export interface Section {
  readonly index: number
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly size: number
  readonly data: Uint8Array
  readonly link: number
  readonly info: number
  readonly entrySize: number
}

/** A symbol; `section` is its section's index, 0 for one that is defined elsewhere. */
export interface ElfSymbol {
  readonly index: number
  readonly name: string
  readonly value: number
  readonly size: number
  readonly type: number
  readonly binding: number
  readonly visibility: number
  readonly section: number
}

/** A place in a section that depends on a symbol. Source: Documentation/bpf/llvm_reloc.rst. */
export interface ElfRelocation {
  readonly offset: number
  readonly type: number
  readonly symbol: ElfSymbol
}

/** An object file, read. */
export interface Elf {
  readonly sections: readonly Section[]
  readonly symbols: readonly ElfSymbol[]
  /** the relocations of a section, by offset */
  relocations(section: number): readonly ElfRelocation[]
}

/**
 * Reads a relocatable 64-bit little-endian BPF object.
 *
 * @throws ObjectFault
 */
export function readElf(given: Uint8Array): Elf {
  // not a Buffer, whose slice() is no copy
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  checkHeader(bytes, view)
  const sections = readSections(bytes, view)
  const symbols = readSymbols(sections)
  const tables = new Map<number, Section[]>()
  for (const section of sections) {
    if (section.type !== SHT_REL && section.type !== SHT_RELA) continue
    const of = tables.get(section.info)
    if (of === undefined) tables.set(section.info, [section])
    else of.push(section)
  }
  return {
    sections,
    symbols,
    relocations: (section) => readRelocations(tables.get(section) ?? [], symbols),
  }
}

function checkHeader(bytes: Uint8Array, view: DataView): void {
  if (bytes.length < 64) throw new ObjectFault(`${bytes.length} bytes are no ELF file`)
  if (view.getUint32(0, false) !== 0x7f454c46) throw new ObjectFault('is no ELF file: it does not begin with its magic number')
  if (bytes[4] !== 2) throw unsupported('a 32-bit ELF file', 'header', 'Compile with clang -target bpf.')
  if (bytes[5] !== 1) throw unsupported('a big-endian object', 'header', 'Compile with clang -target bpfel.')
  const [type, machine] = [view.getUint16(16, true), view.getUint16(18, true)]
  if (machine !== EM_BPF && machine !== EM_NONE)
    throw unsupported(`an object for machine ${machine}`, 'header', 'Compile with clang -target bpf.')
  if (type !== ET_REL) throw unsupported(`an ELF file of type ${type}`, 'header', 'Give the relocatable object that clang -c writes.')
}

/** Texts of a string table, each decoded once. Linkers share the ends of names, but not all of them: how much is read is bounded. */
function stringTable(table: Uint8Array): (at: number) => string {
  const text = Buffer.from(table.buffer, table.byteOffset, table.length)
  const known = new Map<number, string>([[0, '']])
  let left = 64 * table.length + 0x1_0000
  return (at) => {
    let name = known.get(at)
    if (name !== undefined) return name
    if (at >= table.length) throw new ObjectFault(`a name at ${at} of ${table.length} bytes`, 'string table')
    const end = text.indexOf(0, at)
    name = text.toString('utf8', at, end < 0 ? text.length : end)
    left -= name.length
    if (left < 0) throw new ObjectFault('its names lie in one another', 'string table')
    known.set(at, name)
    return name
  }
}

function readSections(bytes: Uint8Array, view: DataView): Section[] {
  const offset = Number(view.getBigUint64(40, true))
  const size = view.getUint16(58, true)
  let count = view.getUint16(60, true)
  let names = view.getUint16(62, true)
  if (offset === 0) throw new ObjectFault('has no sections')
  if (size < 64) throw new ObjectFault(`section headers of ${size} bytes`, 'header')
  const at = (index: number): number => offset + index * size
  if (at(1) > bytes.length) throw new ObjectFault('the section headers lie behind the end of the file', 'header')
  // more sections than 16 bits count: the first header says how many
  if (count === 0) count = Number(view.getBigUint64(at(0) + 32, true))
  if (names === 0xffff) names = view.getUint32(at(0) + 40, true)
  if (at(count) > bytes.length) throw new ObjectFault('the section headers lie behind the end of the file', 'header')
  let unpacked = 0
  const raw = Array.from({ length: count }, (_, index) => {
    const header = at(index)
    const type = view.getUint32(header + 4, true)
    const from = Number(view.getBigUint64(header + 24, true))
    const length = Number(view.getBigUint64(header + 32, true))
    if (type === SHT_NOBITS) unpacked += length
    if (unpacked > LARGEST_NOBITS) throw new ObjectFault(`${unpacked} bytes of zeros`, `section ${index}`)
    if (type !== SHT_NOBITS && type !== 0 && from + length > bytes.length)
      throw new ObjectFault('lies behind the end of the file', `section ${index}`)
    return {
      index,
      nameAt: view.getUint32(header, true),
      type,
      flags: Number(view.getBigUint64(header + 8, true)),
      size: length,
      data: type === SHT_NOBITS || type === 0 ? new Uint8Array() : bytes.subarray(from, from + length),
      link: view.getUint32(header + 40, true),
      info: view.getUint32(header + 44, true),
      entrySize: Number(view.getBigUint64(header + 56, true)),
    }
  })
  const table = raw[names]?.data ?? new Uint8Array()
  const text = stringTable(table)
  return raw.map(({ nameAt, ...section }) => ({ ...section, name: table.length === 0 ? '' : text(nameAt) }))
}

function readSymbols(sections: readonly Section[]): ElfSymbol[] {
  const table = sections.find(({ type }) => type === SHT_SYMTAB)
  if (table === undefined) return []
  const strings = sections[table.link]
  if (strings === undefined || strings.type !== SHT_STRTAB) throw new ObjectFault('names no string table', 'symbol table')
  const view = new DataView(table.data.buffer, table.data.byteOffset, table.data.byteLength)
  const text = stringTable(strings.data)
  const symbols: ElfSymbol[] = []
  for (let at = 0, index = 0; at + 24 <= table.data.length; at += 24, index++) {
    const info = view.getUint8(at + 4)
    const section = view.getUint16(at + 6, true)
    const type = info & 15
    const name = text(view.getUint32(at, true))
    symbols.push({
      index,
      name: type === STT_SECTION && name === '' ? (sections[section]?.name ?? '') : name,
      value: Number(view.getBigUint64(at + 8, true)),
      size: Number(view.getBigUint64(at + 16, true)),
      type,
      binding: info >> 4,
      visibility: view.getUint8(at + 5) & 3,
      section,
    })
  }
  return symbols
}

function readRelocations(tables: readonly Section[], symbols: readonly ElfSymbol[]): ElfRelocation[] {
  const found: ElfRelocation[] = []
  for (const { type, data, name } of tables) {
    if (type === SHT_RELA) throw unsupported('relocations with addends', name)
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    for (let at = 0; at + 16 <= data.length; at += 16) {
      const symbol = symbols[view.getUint32(at + 12, true)]
      if (symbol === undefined) throw new ObjectFault(`a relocation of symbol ${view.getUint32(at + 12, true)}, which is not there`, name)
      found.push({ offset: Number(view.getBigUint64(at, true)), type: view.getUint32(at + 8, true), symbol })
    }
  }
  return found.sort((a, b) => a.offset - b.offset)
}
