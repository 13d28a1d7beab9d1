import { describe, expect, it } from 'vitest'
import { concat, encode, encodeLoad64, returning } from '../asm/encode.js'
import { Instructions } from '../asm/instruction.js'
import { ScriptedBtf } from '../btf/scripted-btf.js'
import { SHF_ALLOC, STB_LOCAL, STB_WEAK, STT_OBJECT } from '../elf/elf.js'
import { ScriptedElf } from '../elf/scripted-elf.js'
import { parseObject } from './collection.js'

const EXIT = encode(0x95)
const CALL = encode(0x85, 0, 1, 0, -1)
const CALL_64_32 = 10
const LOAD_64_64 = 1

const parsed = (elf: ScriptedElf) => parseObject(elf.bytes()).unwrap()
const refusal = (elf: ScriptedElf) => parseObject(elf.bytes()).unwrapErr()

/** Functions of .text that call one another, and one program that calls the first. */
function calling(calls: Readonly<Record<string, readonly string[]>>, entry: readonly string[]): ScriptedElf {
  const elf = new ScriptedElf()
  const names = Object.keys(calls)
  const bodies = names.map((name) => concat([...(calls[name] ?? []).map(() => CALL), EXIT]))
  const text = elf.code('.text', ...bodies)
  const xdp = elf.code('xdp', ...entry.map(() => CALL), EXIT)
  const symbols = new Map<string, number>()
  let at = 0
  for (const [index, name] of names.entries()) {
    const { length } = bodies[index] as Uint8Array
    symbols.set(name, elf.symbol(name, text, at, length))
    at += length
  }
  elf.symbol('main', xdp, 0, 8 * (entry.length + 1))
  let slot = 0
  elf.relocations(
    text,
    names.flatMap((name) => {
      const rows = (calls[name] ?? []).map((target, index) => [8 * (slot + index), symbols.get(target) ?? 0, CALL_64_32] as const)
      slot += rows.length + 1
      return rows
    }),
  )
  elf.relocations(
    xdp,
    entry.map((target, index) => [8 * index, symbols.get(target) ?? 0, CALL_64_32] as const),
  )
  return elf
}

describe('a program', () => {
  it('is joined with what it calls, depth first, each function once', () => {
    const elf = calling({ a: ['c', 'd'], b: ['d'], c: ['d'], d: [], unused: [] }, ['a', 'b'])
    const [program] = parsed(elf).programs
    expect(program?.subprograms.map(({ name }) => name)).toEqual(['main', 'a', 'c', 'd', 'b'])
    const code = new Instructions(program?.instructions ?? new Uint8Array())
    const begins = new Map(program?.subprograms.map(({ name, slot }) => [slot, name]))
    const targets = Array.from({ length: code.length }, (_, slot) =>
      code.isCall(slot) ? begins.get(slot + code.immediate(slot) + 1) : undefined,
    ).filter((each) => each !== undefined)
    expect(targets).toEqual(['a', 'b', 'c', 'd', 'd', 'd'])
  })

  it('may have functions that call themselves: the verifier says no, not we', () => {
    const [program] = parsed(calling({ a: ['a', 'b'], b: ['a'] }, ['a'])).programs
    expect(program?.subprograms.map(({ name }) => name)).toEqual(['main', 'a', 'b'])
  })

  it('may call deeper than our stack is', () => {
    const depth = 20_000
    const calls = Object.fromEntries(Array.from({ length: depth }, (_, index) => [`f${index}`, index + 1 < depth ? [`f${index + 1}`] : []]))
    expect(parsed(calling(calls, ['f0'])).programs[0]?.subprograms).toHaveLength(depth + 1)
  })

  it('many times over is too much', () => {
    const elf = new ScriptedElf()
    const code = elf.code('xdp', new Uint8Array(8 << 16).fill(0xb7))
    for (let count = 0; count < 300; count++) elf.symbol(`p${count}`, code, 0, 8 << 16)
    expect(refusal(elf)).toMatchObject({ code: 'bpf.unsupported-object', where: 'object' })
  })

  it('is loaded at once unless its section says not', () => {
    const elf = new ScriptedElf()
    for (const name of ['xdp', '?tc']) elf.symbol(`in_${name.replace('?', '')}`, elf.code(name, returning(0)), 0, 16)
    expect(parsed(elf).programs.map(({ name, section, autoload }) => [name, section, autoload])).toEqual([
      ['in_xdp', 'xdp', true],
      ['in_tc', 'tc', false],
    ])
  })
})

describe('a program that is refused', () => {
  const one = (section: string, code: Uint8Array, size = code.length, binding?: number) => {
    const elf = new ScriptedElf()
    const index = elf.code(section, code)
    elf.symbol('main', index, 0, size, undefined, binding)
    return { elf, index }
  }
  it.each<[string, () => ScriptedElf, string]>([
    ['a section of no type', () => one('nonsense', returning(0)).elf, 'says no program type'],
    ['half an instruction', () => one('xdp', new Uint8Array(12), 8).elf, 'no whole instructions'],
    ['a function beyond its section', () => one('xdp', returning(0), 24).elf, 'does not lie in its section'],
    ['a static function', () => one('xdp', returning(0), 16, STB_LOCAL).elf, 'a static function'],
    ['a call into nothing', () => one('xdp', concat([encode(0x85, 0, 1, 0, 7), EXIT])).elf, 'no function begins'],
    [
      'two functions of one name',
      () => {
        const { elf, index } = one('xdp', returning(0))
        elf.symbol('main', index, 0, 16)
        return elf
      },
      'two functions of one name',
    ],
    [
      'a symbol that is defined nowhere',
      () => {
        const { elf, index } = one('xdp', concat([encodeLoad64(1, 0n), EXIT]))
        elf.relocations(index, [[0, elf.symbol('ghost', 0, 0, 0, 0, STB_WEAK), LOAD_64_64]])
        return elf
      },
      'defined nowhere',
    ],
    [
      'a relocation inside an instruction',
      () => {
        const { elf, index } = one('xdp', concat([encodeLoad64(1, 0n), EXIT]))
        elf.relocations(index, [[4, 1, LOAD_64_64]])
        return elf
      },
      'inside an instruction',
    ],
    [
      'a relocation of another type',
      () => {
        const { elf, index } = one('xdp', concat([encodeLoad64(1, 0n), EXIT]))
        elf.relocations(index, [[0, 1, 2]])
        return elf
      },
      'of type 2',
    ],
    [
      'a constant of two slots that its function has one of',
      () => {
        const { elf, index } = one('xdp', concat([EXIT, encodeLoad64(1, 0n)]), 16)
        elf.relocations(index, [[8, 1, LOAD_64_64]])
        return elf
      },
      'a relocation of opcode 0x18',
    ],
    ['maps without types', () => withSection('.maps'), 'maps without types'],
    ['maps of the old sort', () => withSection('maps'), 'maps without types'],
    ['struct_ops', () => withSection('.struct_ops'), 'struct_ops'],
  ])('%s', (_what, make, words) => {
    const error = refusal(make())
    expect(error.message).toContain(words)
    expect(error.code).toMatch(/^bpf\.(malformed|unsupported-object)$/)
    expect(Object.isFrozen(error)).toBe(true)
  })
})

function withSection(name: string): ScriptedElf {
  const elf = new ScriptedElf()
  elf.section(name, new Uint8Array(8))
  return elf
}

/** A map whose members are what a test says. */
function mapOf(
  members: (s: ScriptedBtf, number: (value: number) => number) => Parameters<ScriptedBtf['struct']>[2],
  symbol = true,
): ScriptedElf {
  const s = new ScriptedBtf()
  const int = s.int('int', 4)
  const rows = members(s, (value) => s.reference('ptr', s.array(int, value)))
  const variable = s.var('flows', s.struct('', 64, rows))
  s.datasec('.maps', 0, [[variable, 0, 64]])
  const elf = new ScriptedElf()
  const maps = elf.section('.maps', new Uint8Array(64))
  if (symbol) elf.symbol('flows', maps, 0, 64, STT_OBJECT)
  elf.section('.BTF', s.bytes(), 0)
  return elf
}

describe('a map', () => {
  it('is what its members say', () => {
    const elf = mapOf((s, number) => [
      ['type', number(1)],
      ['max_entries', number(100)],
      ['key', s.reference('ptr', s.int('u64', 8))],
      ['value_size', number(24)],
      ['map_flags', number(1)],
      ['pinning', number(1)],
      ['numa_node', number(2)],
      ['map_extra', s.enum64('', [['X', 1n << 40n]])],
    ])
    expect(parsed(elf).maps).toMatchObject([
      {
        name: 'flows',
        type: 'hash',
        maxEntries: 100,
        keySize: 8,
        valueSize: 24,
        flags: 1,
        pinning: 'by-name',
        numaNode: 2,
        mapExtra: 1n << 40n,
        inner: undefined,
        values: [],
      },
    ])
  })

  it.each<[string, Parameters<typeof mapOf>[0], string]>([
    ['a type that is newer', (_s, number) => [['type', number(999)]], 'map type 999'],
    ['a number that is none', (s) => [['type', s.int('u32', 4)]], 'type is no number'],
    ['a key that is no type', (s) => [['key', s.int('u32', 4)]], 'key is no type'],
    [
      'a key of two sizes',
      (s, number) => [
        ['key_size', number(4)],
        ['key', s.reference('ptr', s.int('u64', 8))],
      ],
      '4 and 8 bytes',
    ],
    ['an unknown way to pin', (_s, number) => [['pinning', number(2)]], 'pinning 2'],
    ['an unknown attribute', (_s, number) => [['colour', number(2)]], 'the attribute colour'],
    ['values that are none', (s) => [['values', s.int('u32', 4)]], 'no array of pointers'],
    ['a key without a size', (s) => [['key', s.reference('ptr', s.forward('x'))]], 'has no size'],
    [
      'maps in maps in maps',
      (s) => {
        const inside = (type: number) => s.array(s.reference('ptr', type), 0)
        return [['values', inside(s.struct('', 8, [['values', inside(s.struct('', 8, []))]]))]]
      },
      'maps in maps in maps',
    ],
  ])('%s is refused', (_what, members, words) => expect(refusal(mapOf(members)).message).toContain(words))

  it('without a symbol is refused', () => expect(refusal(mapOf(() => [], false)).message).toContain('has no symbol'))
})

describe('global data', () => {
  function data(section: string, more: (elf: ScriptedElf, index: number) => void = () => {}): ScriptedElf {
    const s = new ScriptedBtf()
    const int = s.int('int', 4)
    const [one, two] = [s.var('one', int), s.var('two', s.array(int, 2), 0)]
    s.declTag('how many', one)
    s.datasec(section, 0, [
      [one, 0, 4],
      [two, 0, 8],
    ])
    const elf = new ScriptedElf()
    const index =
      section === '.bss'
        ? elf.zeros(section, 12)
        : elf.section(
            section,
            Uint8Array.from({ length: 12 }, (_, at) => at),
            SHF_ALLOC,
          )
    elf.symbol('one', index, 8, 4, STT_OBJECT)
    elf.symbol('two', index, 0, 8, STT_OBJECT)
    elf.section('.BTF', s.bytes(), 0)
    more(elf, index)
    return elf
  }

  it('is a map of one entry, its variables where their symbols are', () => {
    const spec = parsed(data('.data'))
    expect(spec.maps).toMatchObject([
      { name: '.data', type: 'array', keySize: 4, valueSize: 12, maxEntries: 1, flags: 1024, frozen: false },
    ])
    expect([...(spec.maps[0]?.data ?? [])]).toEqual([...Array(12).keys()])
    expect(spec.variables).toMatchObject([
      { name: 'one', map: '.data', offset: 8, size: 4, constant: false, tags: ['how many'] },
      { name: 'two', offset: 0, size: 8, tags: [] },
    ])
    expect(spec.layout.get('.data')).toEqual({
      size: 12,
      offsets: new Map([
        ['one', 8],
        ['two', 0],
      ]),
    })
  })

  it('that is constant is frozen, and zeros are zeros', () => {
    expect(parsed(data('.rodata')).maps[0]).toMatchObject({ frozen: true, flags: 1024 | 128 })
    expect(parsed(data('.bss')).maps[0]?.data).toEqual(new Uint8Array(12))
  })

  it('with addresses in it is refused', () =>
    expect(refusal(data('.data', (elf, index) => elf.relocations(index, [[0, 1, 2]]))).message).toContain('addresses in global data'))

  it('beyond its section is refused', () => {
    expect(refusal(data('.data.wide', (elf, index) => elf.symbol('two', index, 8, 0, STT_OBJECT))).message).toContain(
      'behind the end of its section',
    )
    expect(refusal(data('.data.far', (elf, index) => elf.symbol('one', index, 10, 4, STT_OBJECT))).message).toContain(
      'behind the end of its section',
    )
  })
})
