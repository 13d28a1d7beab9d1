import { describe, expect, it } from 'vitest'
import { Btf } from '../btf/btf.js'
import { ScriptedBtf } from '../btf/scripted-btf.js'
import { BTF_KIND, type BtfDatasec, type BtfKind } from '../btf/type.js'
import { kernelBtf } from './btf-fixup.js'

function given() {
  const s = new ScriptedBtf()
  const int = s.int('int', 4, { signed: true })
  const proto = s.proto(int, [['', int]])
  const [one, two] = [s.var('one', int), s.var('two', s.array(int, 2))]
  const ids = {
    int,
    proto,
    one,
    two,
    data: s.datasec('.data', 0, [
      [one, 0, 4],
      [two, 0, 0],
    ]),
    hidden: s.func('hidden', proto),
    global: s.func('global', proto),
    kfunc: s.func('bpf_kfunc', proto, 2),
    ksym: s.var('bpf_prog_active', s.reference('const', 0), 2),
    ksyms: 0,
    empty: s.datasec('.rodata.str', 0, []),
    lazy: s.datasec('?.optional', 4, [[one, 0, 4]]),
    float: s.float('double', 8),
    tag: s.declTag('a note', one),
    typeTag: s.reference('type-tag', int, 'user'),
    enum64: s.enum64('wide', [['A', 1n]]),
  }
  ids.ksyms = s.datasec('.ksyms', 0, [
    [ids.kfunc, 0, 0],
    [ids.ksym, 0, 8],
  ])
  const btf = s.btf()
  const layout = new Map([
    [
      '.data',
      {
        size: 12,
        offsets: new Map([
          ['one', 8],
          ['two', 0],
        ]),
      },
    ],
  ])
  return { ids, btf, spec: { btf, layout, hiddenFunctions: ['hidden'] } }
}

const fixed = (lacking?: ReadonlySet<BtfKind>) => {
  const { ids, spec, btf } = given()
  return { ids, before: btf, after: new Btf(kernelBtf(spec, lacking) as Uint8Array) }
}

describe('types for the kernel', () => {
  it('have the sizes and places that the linker would give, in order', () => {
    const { ids, after } = fixed()
    expect(after.type(ids.data)).toMatchObject({
      size: 12,
      variables: [
        { type: ids.two, offset: 0, size: 8 },
        { type: ids.one, offset: 8, size: 4 },
      ],
    })
  })

  it('have no externs', () => {
    const { ids, before, after } = fixed()
    expect(after.type(ids.kfunc)).toMatchObject({ kind: 'func', linkage: 1 })
    expect(after.type(ids.ksym)).toMatchObject({ kind: 'var', linkage: 1, type: ids.int })
    expect(after.type(ids.proto)).toMatchObject({ parameters: [{ name: 'dummy_ksym' }] })
    const { size, variables } = after.type(ids.ksyms) as BtfDatasec
    expect([size, variables.map(({ offset, size: each }) => [offset, each])]).toEqual([
      8,
      [
        [0, 4],
        [4, 4],
      ],
    ])
    expect(after.end).toBe(before.end + 1)
    expect(after.type(variables[0]?.type ?? 0)).toMatchObject({ kind: 'var', name: 'dummy_ksym', type: ids.int })
  })

  it('have hidden functions as static ones', () => {
    const { ids, after } = fixed()
    expect([after.type(ids.hidden), after.type(ids.global)]).toMatchObject([{ linkage: 0 }, { linkage: 1 }])
  })

  it('have no empty section, and none whose name is none', () => {
    const { ids, after } = fixed()
    expect(after.type(ids.empty)).toMatchObject({ kind: 'const', name: '', type: 0 })
    expect(after.type(ids.lazy)).toMatchObject({ kind: 'datasec', name: '_.optional' })
  })

  it('leave the given ones as they are', () => {
    const { spec, btf } = given()
    const before = btf.bytes.slice()
    kernelBtf(spec, new Set(['datasec']))
    expect(btf.bytes).toEqual(before)
  })

  it('are none for an object without', () => expect(kernelBtf({ ...given().spec, btf: undefined })).toBeUndefined())
})

describe('for an older kernel', () => {
  const becomes: Partial<Record<BtfKind, BtfKind>> = {
    'func-proto': 'enum',
    func: 'typedef',
    var: 'int',
    datasec: 'struct',
    float: 'struct',
    'decl-tag': 'int',
    'type-tag': 'const',
    enum64: 'union',
  }
  it.each(Object.entries(becomes) as [BtfKind, BtfKind][])('%s becomes %s, every id stays', (kind, other) => {
    const { before, after } = fixed(new Set([kind]))
    const plain = fixed().after
    for (let id = 1; id < before.end; id++) {
      const [with_, without] = [after.type(id), plain.type(id)]
      expect(with_.kind).toBe(without.kind === kind ? other : without.kind)
    }
  })

  it('all of them at once leave only what the first kernels knew', () => {
    const lacking = new Set(Object.keys(becomes) as BtfKind[])
    const { after } = fixed(lacking)
    for (const { kind } of after.types()) expect(lacking.has(kind as BtfKind), kind).toBe(false)
  })

  it('a section of data becomes a struct whose members are its variables', () => {
    const { ids, after } = fixed(new Set<BtfKind>(['datasec']))
    expect(after.type(ids.data)).toMatchObject({
      name: '_data',
      size: 12,
      members: [
        { name: 'two', bitOffset: 0 },
        { name: 'one', bitOffset: 64, type: ids.int },
      ],
    })
    expect(Object.keys(BTF_KIND)).toHaveLength(19)
  })
})
