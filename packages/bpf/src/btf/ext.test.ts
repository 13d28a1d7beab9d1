import { describe, expect, it } from 'vitest'
import { ObjectFault } from '../fault.js'
import { readBtfExt } from './ext.js'
import { ScriptedBtf } from './scripted-btf.js'

const s = new ScriptedBtf()
s.int('int', 4)
const [xdp, file, line, access] = ['xdp', 'a.c', 'return 0;', '0:1'].map((text) => s.text(text)) as [number, number, number, number]
const btf = s.btf()

/** A part: the size of its records, then for each section its name, their number, and they. */
const part = (width: number, ...sections: readonly (readonly number[])[]): number[] => [width, ...sections.flat()]

function ext(functions: readonly number[], lines: readonly number[], relocations: readonly number[], header = 32): Uint8Array {
  const words = [...functions, ...lines, ...relocations]
  const bytes = new Uint8Array(header + 4 * words.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x0001_eb9f, true)
  view.setUint32(4, header, true)
  let from = 0
  for (const [at, { length }] of [
    [8, functions],
    [16, lines],
    [24, relocations],
  ] as const) {
    if (at + 8 > header) continue
    view.setUint32(at, from, true)
    view.setUint32(at + 4, 4 * length, true)
    from += 4 * length
  }
  for (const [index, word] of words.entries()) view.setUint32(header + 4 * index, word, true)
  return bytes
}

const functions = part(8, [xdp, 1, 0, 5])
const lines = part(16, [xdp, 2, 24, file, line, (8 << 10) | 2, 0, file, line, (7 << 10) | 3])
const relocations = part(16, [xdp, 1, 16, 1, access, 2])

describe('.BTF.ext', () => {
  it('says of a section its functions, lines and relocations, by their slots', () => {
    const info = readBtfExt(ext(functions, lines, relocations), btf).get('xdp')
    expect(info?.functions).toEqual([{ slot: 0, type: 5 }])
    expect(info?.relocations).toEqual([{ slot: 2, type: 1, access: '0:1', kind: 2 }])
    expect(info?.lines.map((each) => [each.slot, each.file, each.text, each.line, each.column])).toEqual([
      [0, 'a.c', 'return 0;', 7, 3],
      [3, 'a.c', 'return 0;', 8, 2],
    ])
  })

  it('of old compilers has no relocations', () => {
    expect(readBtfExt(ext(functions, lines, [], 24), btf).get('xdp')?.relocations).toEqual([])
  })

  it('of newer compilers may have longer records', () => {
    expect(readBtfExt(ext(part(12, [xdp, 2, 0, 5, 99, 8, 6, 99]), [], []), btf).get('xdp')?.functions).toEqual([
      { slot: 0, type: 5 },
      { slot: 1, type: 6 },
    ])
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['another magic number', ext([], [], []).fill(0, 0, 2)],
    ['a header behind the end', ext([], [], []).fill(0xff, 4, 8)],
    ['a part behind the end', ext(functions, [], []).fill(0xff, 12, 16)],
    ['records that are too short', ext(part(4, [xdp, 1, 0]), [], [])],
    ['records without a size', ext(part(0, [xdp, 1, 0]), [], [])],
    ['more records than fit', ext(part(8, [xdp, 0xffff_ffff, 0, 5]), [], [])],
    ['an instruction that is none', ext(part(8, [xdp, 1, 4, 5]), [], [])],
    ['a section without a name', ext(part(8, [9999, 1, 0, 5]), [], [])],
  ])('with %s is refused', (_what, bytes) => expect(() => readBtfExt(bytes, btf)).toThrow(ObjectFault))
})
