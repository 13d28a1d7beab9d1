import { describe, expect, it } from 'vitest'
import { ObjectFault } from '../fault.js'
import { readElf, SHT_RELA, STT_OBJECT } from './elf.js'
import { ScriptedElf } from './scripted-elf.js'

function sound(): Uint8Array {
  const elf = new ScriptedElf()
  const code = elf.section('xdp', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
  const zeros = elf.zeros('.bss', 4096)
  const first = elf.symbol('first', code, 0, 8)
  const second = elf.symbol('second', zeros, 8, 4, STT_OBJECT)
  elf.relocations(code, [
    [4, second, 1],
    [0, first, 10],
  ])
  return elf.bytes()
}

function changed(change: (view: DataView) => void): Uint8Array {
  const bytes = sound()
  change(new DataView(bytes.buffer))
  return bytes
}

const headerOf = (view: DataView, section: number): number => Number(view.getBigUint64(40, true)) + 64 * section

describe('an object', () => {
  it('has sections, symbols and relocations by their places', () => {
    const elf = readElf(sound())
    expect(elf.sections.map(({ name, size }) => [name, size]).slice(0, 3)).toEqual([
      ['', 0],
      ['xdp', 8],
      ['.bss', 4096],
    ])
    expect([...(elf.sections[1]?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(elf.sections[2]?.data).toHaveLength(0)
    expect(elf.symbols.map(({ name, section, value, size, type }) => [name, section, value, size, type])).toEqual([
      ['', 0, 0, 0, 0],
      ['first', 1, 0, 8, 2],
      ['second', 2, 8, 4, 1],
    ])
    expect(elf.relocations(1).map(({ offset, type, symbol }) => [offset, type, symbol.name])).toEqual([
      [0, 10, 'first'],
      [4, 1, 'second'],
    ])
    expect(elf.relocations(2)).toEqual([])
  })

  it('is read from the middle of a buffer', () => {
    const bytes = Buffer.concat([Buffer.alloc(3), sound()]).subarray(3)
    expect(readElf(bytes).symbols).toHaveLength(3)
  })

  it('without a symbol table has none', () => {
    const bytes = changed((view) => view.setUint32(headerOf(view, 3) + 4, 1, true))
    expect(readElf(bytes).symbols).toEqual([])
  })
})

describe('what is refused', () => {
  it.each<[string, (view: DataView) => void, string]>([
    ['something else', (view) => view.setUint8(0, 0x7e), 'magic number'],
    ['32 bits', (view) => view.setUint8(4, 1), '32-bit'],
    ['big-endian', (view) => view.setUint8(5, 2), 'big-endian'],
    ['another machine', (view) => view.setUint16(18, 62, true), 'machine 62'],
    ['an executable', (view) => view.setUint16(16, 2, true), 'type 2'],
    ['no sections', (view) => view.setBigUint64(40, 0n, true), 'no sections'],
    ['section headers that are too small', (view) => view.setUint16(58, 40, true), 'headers of 40 bytes'],
    ['section headers behind the end', (view) => view.setBigUint64(40, 0xffff_ffff_ffff_ff00n, true), 'behind the end'],
    ['more sections than there are', (view) => view.setUint16(60, 600, true), 'behind the end'],
    [
      'more sections than any file has',
      (view) => {
        view.setUint16(60, 0, true)
        view.setBigUint64(headerOf(view, 0) + 32, 1n << 60n, true)
      },
      'behind the end',
    ],
    ['a section behind the end', (view) => view.setBigUint64(headerOf(view, 1) + 24, 1n << 63n, true), 'behind the end'],
    ['a section longer than the file', (view) => view.setBigUint64(headerOf(view, 1) + 32, 0xffff_ffff_ffff_ffffn, true), 'behind the end'],
    ['zeros without end', (view) => view.setBigUint64(headerOf(view, 2) + 32, 1n << 40n, true), 'bytes of zeros'],
    ['a section name behind its table', (view) => view.setUint32(headerOf(view, 1), 0xffff, true), 'a name at'],
    ['symbols without names', (view) => view.setUint32(headerOf(view, 3) + 40, 1, true), 'no string table'],
  ])('%s', (_what, change, words) => {
    const read = () => readElf(changed(change))
    expect(read).toThrow(ObjectFault)
    expect(read).toThrow(words)
  })

  it('a file cut off anywhere', () => {
    const bytes = sound()
    for (let length = 0; length < bytes.length; length++)
      expect(() => readElf(bytes.subarray(0, length)), String(length)).toThrow(ObjectFault)
  })

  it('zeros in many sections that together are too much', () => {
    const elf = new ScriptedElf()
    for (let count = 0; count < 3; count++) elf.zeros(`.bss.${count}`, 1 << 27)
    expect(() => readElf(elf.bytes())).toThrow('bytes of zeros')
  })

  it('relocations with addends, or of symbols that are not there', () => {
    for (const [symbol, type, words] of [
      [9, undefined, 'symbol 9'],
      [0, SHT_RELA, 'addends'],
    ] as const) {
      const elf = new ScriptedElf()
      const code = elf.section('xdp', new Uint8Array(8))
      elf.relocations(code, [[0, symbol, 1]], type)
      expect(() => readElf(elf.bytes()).relocations(code)).toThrow(words)
    }
  })

  it('names that lie in one another without end', () => {
    const elf = new ScriptedElf()
    elf.symbol('x'.repeat(40_000), 0, 0, 0)
    for (let count = 0; count < 4000; count++) elf.symbol('', 0, 0, 0)
    const bytes = elf.bytes()
    const view = new DataView(bytes.buffer)
    const symbols = Number(view.getBigUint64(headerOf(view, 1) + 24, true))
    for (let count = 0; count < 4000; count++) view.setUint32(symbols + 24 * (count + 2), count + 2, true)
    expect(() => readElf(bytes)).toThrow('in one another')
  })
})
