import { describe, expect, it } from 'vitest'
import { ObjectFault } from '../fault.js'
import { Btf } from './btf.js'
import { ScriptedBtf } from './scripted-btf.js'
import { BTF_KIND, type BtfKind } from './type.js'

function every() {
  const s = new ScriptedBtf()
  const ids: Partial<Record<BtfKind, number>> = {}
  const int = s.int('int', 4, { signed: true })
  ids.int = int
  ids.ptr = s.reference('ptr', int)
  ids.array = s.array(int, 7, int)
  ids.struct = s.struct('pair', 8, [
    ['a', int],
    ['b', int, 32],
  ])
  ids.union = s.composite('union', 'either', 4, [['x', int]])
  ids.enum = s.enum('colour', [
    ['RED', 1],
    ['LAST', 0xffff_ffff],
  ])
  ids.fwd = s.forward('later', true)
  ids.typedef = s.reference('typedef', int, 'number')
  ids.volatile = s.reference('volatile', ids.typedef)
  ids.const = s.reference('const', ids.volatile)
  ids.restrict = s.reference('restrict', ids.ptr)
  const proto = s.proto(int, [
    ['first', int],
    ['', 0],
  ])
  ids['func-proto'] = proto
  ids.func = s.func('entry', proto, 2)
  ids.var = s.var('counter', int)
  ids.datasec = s.datasec('.data', 4, [[ids.var, 0, 4]])
  ids.float = s.float('double', 8)
  ids['decl-tag'] = s.declTag('a note', ids.struct, 1)
  ids['type-tag'] = s.reference('type-tag', int, 'user')
  ids.enum64 = s.enum64('wide', [['FAR', 0xffff_ffff_ffff_fffen]])
  return { s, ids: ids as Record<BtfKind, number> }
}

describe('types', () => {
  it('of every kind are decoded', () => {
    const { s, ids } = every()
    const btf = s.btf()
    expect(btf.end).toBe(20)
    expect([...btf.types()].map(({ kind }) => kind).sort()).toEqual(Object.keys(BTF_KIND).sort())
    const shown = (kind: BtfKind): object => btf.type(ids[kind])
    expect(shown('int')).toMatchObject({ name: 'int', size: 4, bits: 32, signed: true, bool: false, char: false })
    expect(shown('ptr')).toMatchObject({ name: '', type: ids.int })
    expect(shown('array')).toMatchObject({ type: ids.int, indexType: ids.int, length: 7 })
    expect(shown('struct')).toMatchObject({
      size: 8,
      members: [
        { name: 'a', bitOffset: 0, bitWidth: 0 },
        { name: 'b', bitOffset: 32 },
      ],
    })
    expect(shown('union')).toMatchObject({ kind: 'union', members: [{ name: 'x', type: ids.int }] })
    expect(shown('enum')).toMatchObject({ signed: false, values: [{ value: 1n }, { name: 'LAST', value: 0xffff_ffffn }] })
    expect(shown('fwd')).toMatchObject({ name: 'later', union: true })
    expect(shown('func-proto')).toMatchObject({
      returns: ids.int,
      parameters: [
        { name: 'first', type: ids.int },
        { name: '', type: 0 },
      ],
    })
    expect(shown('func')).toMatchObject({ name: 'entry', type: ids['func-proto'], linkage: 2 })
    expect(shown('var')).toMatchObject({ name: 'counter', type: ids.int, linkage: 1 })
    expect(shown('datasec')).toMatchObject({ size: 4, variables: [{ type: ids.var, offset: 0, size: 4 }] })
    expect(shown('float')).toMatchObject({ name: 'double', size: 8 })
    expect(shown('decl-tag')).toMatchObject({ name: 'a note', type: ids.struct, component: 1 })
    expect(shown('type-tag')).toMatchObject({ name: 'user', type: ids.int })
    expect(shown('enum64')).toMatchObject({ size: 8, values: [{ value: 0xffff_ffff_ffff_fffen }] })
  })

  it('number 0 is void', () => expect(every().s.btf().type(0)).toEqual({ kind: 'void', id: 0, name: 'void' }))

  it('are found behind names and qualifiers', () => {
    const { s, ids } = every()
    const btf = s.btf()
    for (const kind of ['typedef', 'volatile', 'const', 'type-tag'] as const) expect(btf.resolve(ids[kind]).id).toBe(ids.int)
    expect(btf.resolve(ids.restrict).kind).toBe('ptr')
  })

  it('that are signed have values below zero', () => {
    const s = new ScriptedBtf()
    const [narrow, wide] = [s.enum('n', [['A', -5]], { signed: true }), s.enum64('w', [['B', -5n]], true)]
    const btf = s.btf()
    for (const id of [narrow, wide]) expect(btf.type(id)).toMatchObject({ signed: true, values: [{ value: -5n }] })
  })

  it('have bitfields where the flag says so, and large offsets where not', () => {
    const s = new ScriptedBtf()
    const int = s.int('int', 4)
    const [packed, plain] = [
      s.struct('packed', 8, [
        ['low', int, 0, 3],
        ['whole', int, 32],
        ['high', int, 3, 29],
      ]),
      s.struct('plain', 0x400_0000, [['far', int, 0x1fff_ffe0]]),
    ]
    const btf = s.btf()
    expect(btf.type(packed)).toMatchObject({
      members: [
        { bitOffset: 0, bitWidth: 3 },
        { bitOffset: 32, bitWidth: 0 },
        { bitOffset: 3, bitWidth: 29 },
      ],
    })
    expect(btf.type(plain)).toMatchObject({ members: [{ bitOffset: 0x1fff_ffe0, bitWidth: 0 }] })
  })
})

describe('names', () => {
  it('are found by kind', () => {
    const { s, ids } = every()
    const again = s.struct('int', 4, [])
    const btf = s.btf()
    expect(btf.named('int', 'int')).toEqual([ids.int])
    // the same text twice in the strings
    expect(btf.named('int', 'int', 'struct')).toEqual([ids.int, again])
    expect(btf.named('in', 'int')).toEqual([])
    expect(btf.named('nt', 'int')).toEqual([])
    expect([...btf.stringsBeginning('co').values()].sort()).toEqual(['colour', 'counter'])
  })

  it('behind the end are refused', () => {
    const { s } = every()
    const btf = s.btf()
    expect(btf.string(0)).toBe('')
    expect(() => btf.string(99_999)).toThrow(ObjectFault)
  })

  it('that lie in one another do not fill the memory', () => {
    const s = new ScriptedBtf()
    const first = s.text('x'.repeat(40_000))
    const btf = s.btf()
    expect(() => {
      for (let at = 0; at < 40_000; at++) btf.string(first + at)
    }).toThrow('in one another')
  })
})

describe('sizes', () => {
  it('are those of what stands behind', () => {
    const { s, ids } = every()
    const grid = s.array(ids.array, 3)
    const btf = s.btf()
    expect(
      [ids.int, ids.ptr, ids.array, ids.struct, ids.const, ids.var, ids.datasec, ids.float, ids.enum64, grid].map((id) => btf.sizeOf(id)),
    ).toEqual([4, 8, 28, 8, 4, 4, 4, 8, 8, 84])
    for (const id of [0, ids.fwd, ids.func, ids['func-proto'], ids['decl-tag']]) expect(() => btf.sizeOf(id)).toThrow('has no size')
  })

  it('of more than 32 bits are refused, though something of no size follows', () => {
    const s = new ScriptedBtf()
    const nothing = s.array(s.int('int', 4), 0)
    let id = nothing
    for (let count = 0; count < 40; count++) id = s.array(id, 0xffff_ffff)
    const large = s.array(s.int('long', 8), 0x2000_0000)
    const btf = s.btf()
    expect(() => btf.sizeOf(id)).toThrow('32 bits')
    expect(() => btf.sizeOf(large)).toThrow('32 bits')
    expect(btf.sizeOf(nothing)).toBe(0)
  })

  it('of what goes in a circle are refused', () => {
    const s = new ScriptedBtf()
    s.reference('typedef', 2, 'a')
    s.reference('const', 1)
    s.array(3, 1)
    s.var('v', 4)
    const btf = s.btf()
    for (const id of [1, 2, 3, 4]) expect(() => btf.sizeOf(id), String(id)).toThrow('in a circle')
    expect(() => btf.resolve(1)).toThrow('in a circle')
  })
})

describe('a module', () => {
  it('goes on where the kernel ends, in types and in strings', () => {
    const kernel = every()
    const base = kernel.s.btf()
    const s = new ScriptedBtf(base)
    const own = s.struct('pair', 16, [['theirs', kernel.ids.int]])
    const more = s.reference('typedef', own, 'mine')
    const btf = s.btf()
    expect([own, more, btf.end]).toEqual([base.end, base.end + 1, base.end + 2])
    expect(btf.type(own)).toMatchObject({ members: [{ name: 'theirs', type: kernel.ids.int }] })
    expect(btf.type(kernel.ids.struct)).toBe(base.type(kernel.ids.struct))
    expect(btf.named('pair', 'struct')).toEqual([kernel.ids.struct, own])
    expect([...btf.types()]).toHaveLength(2)
    expect(btf.offsetOf(kernel.ids.int)).toBeUndefined()
    expect(btf.sizeOf(more)).toBe(16)
  })
})

describe('what is refused', () => {
  const sound = every().s.bytes()
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = sound.slice()
    new DataView(bytes.buffer).setUint32(at, value, true)
    return bytes
  }
  it.each([
    ['nothing', new Uint8Array()],
    ['another magic number', changed(0, 0x0001_9feb)],
    ['another version', changed(0, 0x0002_eb9f)],
    ['a header that is too small', changed(4, 8)],
    ['a header behind the end', changed(4, 0xffff_ffff)],
    ['types behind the end', changed(12, 0x7fff_ffff)],
    ['strings behind the end', changed(20, 0x7fff_ffff)],
    ['a type that is cut off', changed(12, 20)],
    ['a kind that is not known', changed(28, 0x1f00_0000)],
    ['members behind the end', changed(28, 0x0400_ffff)],
  ])('%s', (_what, bytes) => expect(() => new Btf(bytes)).toThrow(ObjectFault))

  it('an id that is not there', () => {
    const btf = new Btf(sound)
    for (const id of [btf.end, 0xffff_ffff]) expect(() => btf.type(id)).toThrow('is not there')
  })
})
