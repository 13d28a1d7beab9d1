import { SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS, SHT_PROGBITS, SHT_REL, SHT_STRTAB, SHT_SYMTAB, STB_GLOBAL, STT_FUNC } from './elf.js'

interface Scripted {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly data: Uint8Array
  readonly size: number
  readonly link: number
  readonly info: number
}

/** Objects for tests: sections and symbols one by one, each call answers its number. */
export class ScriptedElf {
  private readonly sections: Scripted[] = []
  private readonly symbols: {
    name: string
    section: number
    value: number
    size: number
    type: number
    binding: number
    visibility: number
  }[] = []
  private readonly relocated: {
    section: number
    rows: readonly (readonly [offset: number, symbol: number, type: number])[]
    type: number
  }[] = []

  section(name: string, data: Uint8Array, flags = SHF_ALLOC, type = SHT_PROGBITS): number {
    return this.sections.push({ name, type, flags, data, size: data.length, link: 0, info: 0 })
  }

  code(name: string, ...instructions: readonly Uint8Array[]): number {
    return this.section(name, Buffer.concat(instructions), SHF_ALLOC | SHF_EXECINSTR)
  }

  /** A section of zeros that are not in the file. */
  zeros(name: string, size: number): number {
    return this.sections.push({ name, type: SHT_NOBITS, flags: SHF_ALLOC, data: new Uint8Array(), size, link: 0, info: 0 })
  }

  symbol(name: string, section: number, value: number, size: number, type = STT_FUNC, binding = STB_GLOBAL, visibility = 0): number {
    return this.symbols.push({ name, section, value, size, type, binding, visibility })
  }

  relocations(section: number, rows: readonly (readonly [offset: number, symbol: number, type: number])[], type = SHT_REL): void {
    this.relocated.push({ section, rows, type })
  }

  bytes(): Uint8Array {
    let strings = '\0'
    const text = (name: string): number => {
      if (name === '') return 0
      strings += `${name}\0`
      return strings.length - name.length - 1
    }
    const symbols = new Uint8Array(24 * (this.symbols.length + 1))
    const symbolView = new DataView(symbols.buffer)
    for (const [index, { name, section, value, size, type, binding, visibility }] of this.symbols.entries()) {
      const at = 24 * (index + 1)
      symbolView.setUint32(at, text(name), true)
      symbols[at + 4] = (binding << 4) | type
      symbols[at + 5] = visibility
      symbolView.setUint16(at + 6, section, true)
      symbolView.setBigUint64(at + 8, BigInt(value), true)
      symbolView.setBigUint64(at + 16, BigInt(size), true)
    }
    const symbolTable = this.sections.length + 1
    const stringTable = symbolTable + 1
    const tables = this.relocated.map(({ section, rows, type }): Scripted => {
      const data = new Uint8Array(16 * rows.length)
      const view = new DataView(data.buffer)
      for (const [index, [offset, symbol, kind]] of rows.entries()) {
        view.setBigUint64(16 * index, BigInt(offset), true)
        view.setUint32(16 * index + 8, kind, true)
        view.setUint32(16 * index + 12, symbol, true)
      }
      return { name: '.rel', type, flags: 0, data, size: data.length, link: symbolTable, info: section }
    })
    const table = (name: string, type: number, data: Uint8Array, link = 0): Scripted => ({
      name,
      type,
      flags: 0,
      data,
      size: data.length,
      link,
      info: 0,
    })
    const all = [
      ...this.sections,
      table('.symtab', SHT_SYMTAB, symbols, stringTable),
      table('.strtab', SHT_STRTAB, new Uint8Array()),
      ...tables,
    ]
    const names = all.map(({ name }) => text(name))
    const withText = all.map((each, index) =>
      index === stringTable - 1 ? { ...each, data: Buffer.from(strings), size: strings.length } : each,
    )
    const length = withText.reduce((sum, { data }) => sum + data.length, 64)
    const whole = new Uint8Array(length + 64 * (withText.length + 1))
    const view = new DataView(whole.buffer)
    whole.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
    view.setUint16(16, 1, true)
    view.setUint16(18, 247, true)
    view.setBigUint64(40, BigInt(length), true)
    view.setUint16(58, 64, true)
    view.setUint16(60, withText.length + 1, true)
    view.setUint16(62, stringTable, true)
    let from = 64
    for (const [index, { type, flags, data, size, link, info }] of withText.entries()) {
      const at = length + 64 * (index + 1)
      whole.set(data, from)
      view.setUint32(at, names[index] as number, true)
      view.setUint32(at + 4, type, true)
      view.setBigUint64(at + 8, BigInt(flags), true)
      view.setBigUint64(at + 24, BigInt(from), true)
      view.setBigUint64(at + 32, BigInt(size), true)
      view.setUint32(at + 40, link, true)
      view.setUint32(at + 44, info, true)
      from += data.length
    }
    return whole
  }
}
