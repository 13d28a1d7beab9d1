import { describe, expect, it } from 'vitest'
import { encode, encodeLoad64 } from '../asm/encode.js'
import { Instructions } from '../asm/instruction.js'
import type { Btf } from '../btf/btf.js'
import { ScriptedBtf } from '../btf/scripted-btf.js'
import { ObjectFault } from '../fault.js'
import { typesMatch } from './match.js'
import { CORE, essentialName } from './path.js'
import { CoreTarget, POISON, relocateCore } from './relocation.js'

type Types = (s: ScriptedBtf) => number

/** Types, and the id of the one that is meant. */
function made(types: Types): { btf: Btf; root: number } {
  const s = new ScriptedBtf()
  const root = types(s)
  return { btf: s.btf(), root }
}

const thing =
  (name: string, offset = 32, more: Partial<{ size: number; signed: boolean; type: (s: ScriptedBtf) => number }> = {}): Types =>
  (s) => {
    const size = more.size ?? 4
    const int = more.type?.(s) ?? s.int('int', size, { signed: more.signed ?? false })
    return s.struct(name, 64, [
      ['before', s.int('char', 1), 0],
      ['wanted', int, offset],
    ])
  }

/** One instruction fitted to other types: what becomes of it. */
function fit(kind: number, access: string, local: Types, targets: readonly Types[], code: Uint8Array): Instructions {
  const own = made(local)
  const s = new ScriptedBtf()
  for (const each of targets) each(s)
  const instructions = new Instructions(code.slice())
  relocateCore(instructions, [{ slot: 0, type: own.root, access, kind }], own.btf, new CoreTarget(s.btf()), 'program p')
  return instructions
}

const MOVE = 0xb7
const LOAD = 0x61
const value = (kind: number, access: string, local: Types, target: Types | undefined, before: number): number | 'poison' => {
  const code = fit(kind, access, local, target === undefined ? [] : [target], encode(MOVE, 1, 0, 0, before))
  return code.immediate(0) === POISON ? 'poison' : code.immediate(0)
}

describe('a field', () => {
  it.each([
    ['byte offset', CORE.fieldByteOffset, 4, 24, 'poison'],
    ['size', CORE.fieldByteSize, 4, 4, 'poison'],
    ['existence', CORE.fieldExists, 1, 1, 0],
    ['signedness', CORE.fieldSigned, 0, 0, 'poison'],
    ['left shift', CORE.fieldLeftShift, 32, 32, 'poison'],
    ['right shift', CORE.fieldRightShift, 32, 32, 'poison'],
  ] as const)('its %s, there and where it is not', (_what, kind, before, there, absent) => {
    expect(value(kind, '0:1', thing('t'), thing('t', 192), before)).toBe(there)
    expect(value(kind, '0:1', thing('t'), (s) => s.struct('t', 1, [['other', s.int('char', 1)]]), before)).toBe(absent)
    expect(value(kind, '0:1', thing('t'), undefined, before)).toBe(absent)
  })

  it('is found whatever the flavours are called', () => {
    expect(value(CORE.fieldByteOffset, '0:1', thing('t___old'), thing('t', 160), 4)).toBe(20)
    expect(value(CORE.fieldByteOffset, '0:1', thing('t'), thing('t___v2', 160), 4)).toBe(20)
    expect(['a___b', 'a___b___c', '___b', 'a___', 'a__b'].map(essentialName)).toEqual(['a', 'a___b', '___b', 'a___', 'a__b'])
  })

  it('is found in anonymous structs', () => {
    const hidden: Types = (s) => {
      const inside = s.struct('', 8, [['wanted', s.int('int', 4), 32]])
      return s.struct('t', 16, [['', s.composite('union', '', 8, [['', inside]]), 64]])
    }
    expect(value(CORE.fieldByteOffset, '0:1', thing('t'), hidden, 4)).toBe(12)
  })

  it('of an array is found by its index, and past the end only when nothing bounds it', () => {
    const array =
      (length: number, more = 0): Types =>
      (s) =>
        s.struct('t', 64, [['list', s.array(s.int('int', 4), length), 32], ...(more > 0 ? [['last', s.int('char', 1), 480] as const] : [])])
    expect(value(CORE.fieldByteOffset, '0:0:3', array(8), array(4), 16)).toBe(16)
    expect(value(CORE.fieldByteOffset, '0:0:3', array(8), array(3), 16)).toBe('poison')
    expect(value(CORE.fieldByteOffset, '0:0:3', array(8), array(0), 16)).toBe(16)
    expect(value(CORE.fieldByteOffset, '0:0:3', array(8), array(0, 1), 16)).toBe('poison')
  })

  it('that is a bitfield is read in the aligned word that holds it', () => {
    const bits =
      (offset: number, width: number): Types =>
      (s) =>
        s.struct('t', 16, [['b', s.int('int', 4, { signed: true }), offset, width]])
    expect(value(CORE.fieldByteOffset, '0:0', bits(3, 5), bits(70, 9), 0)).toBe(8)
    expect(value(CORE.fieldLeftShift, '0:0', bits(3, 5), bits(70, 9), 0)).toBe(64 - 15)
    expect(value(CORE.fieldRightShift, '0:0', bits(3, 5), bits(70, 9), 0)).toBe(64 - 9)
    expect(value(CORE.fieldSigned, '0:0', bits(3, 5), bits(70, 9), 1)).toBe(1)
    // over two words of four bytes: eight are read
    expect(value(CORE.fieldByteSize, '0:0', bits(3, 5), bits(30, 9), 0)).toBe(8)
    expect(() => value(CORE.fieldByteSize, '0:0', bits(3, 5), bits(60, 9), 0)).toThrow('does not fit into 8 aligned bytes')
  })

  it('that two types of a name have in different places is ambiguous; in the same place it is not', () => {
    const code = encode(MOVE, 1, 0, 0, 4)
    expect(() => fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t', 64), thing('t', 96)], code)).toThrow('ambiguous')
    expect(fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t', 64), thing('t___2', 64)], code).immediate(0)).toBe(8)
  })

  it('of another sort is another field', () => {
    expect(value(CORE.fieldExists, '0:1', thing('t'), thing('t', 32, { type: (s) => s.reference('ptr', 0) }), 1)).toBe(0)
    expect(value(CORE.fieldExists, '0:1', thing('t'), thing('t', 32, { type: (s) => s.float('float', 4) }), 1)).toBe(0)
  })
})

describe('an access', () => {
  const load = encode(LOAD, 1, 2, 4)
  it('is moved, and made wider or narrower with its unsigned number', () => {
    const wider = fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t', 192, { size: 8 })], load)
    expect([wider.opcode(0), wider.offset(0)]).toEqual([0x79, 24])
    const narrower = fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t', 16, { size: 2 })], load)
    expect([narrower.opcode(0), narrower.offset(0)]).toEqual([0x69, 2])
  })

  it('of a signed number that has another size is poison', () => {
    const code = fit(CORE.fieldByteOffset, '0:1', thing('t', 32, { signed: true }), [thing('t', 64, { size: 8, signed: true })], load)
    expect([code.opcode(0), code.immediate(0)]).toEqual([0x85, POISON])
  })

  it('that takes a part of what has another size is refused', () => {
    expect(() => fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t', 64, { size: 8 })], encode(0x69, 1, 2, 4))).toThrow('reads a part')
  })

  it('that would reach too far is refused', () => {
    expect(() => fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t', 32_768 * 8)], load)).toThrow('reaches 32767')
  })

  it('that the compiler did not make is refused', () => {
    expect(() => fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t')], encode(LOAD, 1, 2, 5))).toThrow('holds 5')
    expect(() => fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t')], encode(0xbf, 1, 2))).toThrow('with a register')
    expect(() => fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t')], encode(0x95))).toThrow('opcode 0x95')
    expect(() => fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t')], new Uint8Array())).toThrow('behind the last')
  })

  it('that is a constant of 64 bits is poisoned in both its slots', () => {
    const wide = encodeLoad64(1, 4n)
    expect(fit(CORE.fieldByteOffset, '0:1', thing('t'), [thing('t', 256)], wide).immediate64(0)).toBe(32n)
    const gone = fit(CORE.fieldByteOffset, '0:1', thing('t'), [], wide)
    expect([gone.opcode(0), gone.immediate(0), gone.opcode(1), gone.immediate(1)]).toEqual([0x85, POISON, 0x85, POISON])
  })
})

describe('a type', () => {
  const pair =
    (name: string, size: number): Types =>
    (s) => {
      s.int('first', 1)
      return s.struct(name, size, [])
    }
  it.each([
    ['its own id', CORE.typeIdLocal, 2, 2, 2],
    ['its id there', CORE.typeIdTarget, 9, 2, 0],
    ['its existence', CORE.typeExists, 1, 1, 0],
    ['its size', CORE.typeSize, 8, 12, 0],
    ['its likeness', CORE.typeMatches, 1, 1, 0],
  ])('%s, there and where it is not', (_what, kind, before, there, absent) => {
    expect(value(kind, '0', pair('t', 8), pair('t', 12), before)).toBe(there)
    expect(value(kind, '0', pair('t', 8), pair('u', 12), before)).toBe(kind === CORE.typeIdLocal ? there : absent)
  })

  it('of another kind is another type', () => {
    expect(value(CORE.typeExists, '0', pair('t', 8), (s) => s.composite('union', 't', 8, []), 1)).toBe(0)
    expect(
      value(
        CORE.typeExists,
        '0',
        (s) => s.reference('typedef', s.int('int', 4), 't'),
        (s) => s.reference('typedef', s.reference('ptr', 0), 't'),
        1,
      ),
    ).toBe(0)
  })
})

describe('an enumerator', () => {
  const colours =
    (...values: readonly (readonly [string, number])[]): Types =>
    (s) =>
      s.enum('colour', values)
  it('has the value of its name there', () => {
    expect(value(CORE.enumeratorValue, '1', colours(['RED', 1], ['BLUE', 2]), colours(['BLUE', 7]), 2)).toBe(7)
    expect(value(CORE.enumeratorValue, '0', colours(['RED', 1]), (s) => s.enum64('colour', [['RED', 9n]]), 1)).toBe(9)
    expect(value(CORE.enumeratorValue, '0', colours(['RED___mine', 1]), colours(['RED', 5]), 1)).toBe(5)
    expect(value(CORE.enumeratorValue, '0', colours(['RED', 1]), colours(['BLUE', 7]), 1)).toBe('poison')
    expect(value(CORE.enumeratorExists, '0', colours(['RED', 1]), colours(['RED', 1]), 1)).toBe(1)
    expect(value(CORE.enumeratorExists, '0', colours(['RED', 1]), colours(['BLUE', 7]), 1)).toBe(0)
  })
})

describe('types match', () => {
  const match = (local: Types, target: Types): boolean => {
    const [a, b] = [made(local), made(target)]
    return typesMatch(a.btf, a.root, b.btf, b.root)
  }
  const struct =
    (...members: readonly (readonly [string, Types])[]): Types =>
    (s) => {
      const types = members.map(([name, type]) => [name, type(s)] as const)
      return s.struct('t', 32, types)
    }
  const int: Types = (s) => s.int('int', 4)
  const signed: Types = (s) => s.int('int', 4, { signed: true })
  const to =
    (of: Types): Types =>
    (s) =>
      s.reference('ptr', of(s))

  it('when all members are there, in whatever order', () => {
    expect(match(struct(['a', int], ['b', signed]), struct(['b', signed], ['c', int], ['a', int]))).toBe(true)
    expect(match(struct(['a', int], ['b', signed]), struct(['a', int]))).toBe(false)
    expect(match(struct(['a', int]), struct(['a', signed]))).toBe(false)
    expect(match(struct(['a', int]), struct(['a', (s) => s.int('int', 8)]))).toBe(false)
  })

  it('behind pointers by their names alone, declared or defined', () => {
    const named =
      (name: string, members: readonly (readonly [string, number])[]): Types =>
      (s) =>
        s.struct(name, 4, members)
    const later =
      (name: string, union = false): Types =>
      (s) =>
        s.forward(name, union)
    expect(match(struct(['p', to(named('x', []))]), struct(['p', to(later('x'))]))).toBe(true)
    expect(match(struct(['p', to(later('x'))]), struct(['p', to(named('x', []))]))).toBe(true)
    expect(match(struct(['p', to(later('x'))]), struct(['p', to(later('y'))]))).toBe(false)
    expect(match(struct(['p', to(later('x', true))]), struct(['p', to(named('x', []))]))).toBe(false)
    expect(match(struct(['p', to(later('x', true))]), struct(['p', to((s) => s.composite('union', 'x', 4, []))]))).toBe(true)
  })

  it('when arrays, functions and enumerators are alike', () => {
    const array =
      (length: number): Types =>
      (s) =>
        s.array(s.int('int', 4), length)
    expect(match(struct(['a', array(4)]), struct(['a', array(4)]))).toBe(true)
    expect(match(struct(['a', array(4)]), struct(['a', array(5)]))).toBe(false)
    const taking = (count: number, returns: Types): Types =>
      to((s) =>
        s.proto(
          returns(s),
          Array.from({ length: count }, () => ['x', s.int('int', 4)] as const),
        ),
      )
    expect(match(struct(['f', taking(2, int)]), struct(['f', taking(2, int)]))).toBe(true)
    expect(match(struct(['f', taking(2, int)]), struct(['f', taking(1, int)]))).toBe(false)
    expect(match(struct(['f', taking(2, int)]), struct(['f', taking(2, signed)]))).toBe(false)
    const colour =
      (...names: readonly string[]): Types =>
      (s) =>
        s.enum(
          'colour',
          names.map((name) => [name, 0] as const),
        )
    expect(match(colour('A'), colour('B', 'A'))).toBe(true)
    expect(match(colour('A', 'C'), colour('B', 'A'))).toBe(false)
  })
})

describe('what has no end', () => {
  it('a struct that holds itself twice is not compared for ever', () => {
    const twice: Types = (s) =>
      s.struct('t', 4, [
        ['a', 1],
        ['b', 1],
      ])
    // enough that half of the comparisons fail at the bottom only
    expect(() =>
      value(
        CORE.typeMatches,
        '0',
        twice,
        (s) =>
          s.struct('t', 4, [
            ['b', 1],
            ['a', 1],
          ]),
        1,
      ),
    ).not.toThrow(RangeError)
    const odd: Types = (s) =>
      s.struct('t', 4, [
        ['a', 1],
        ['a', 1],
        ['b', 1],
      ])
    const began = performance.now()
    expect(() => value(CORE.typeMatches, '0', odd, odd, 1)).not.toThrow(RangeError)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it('an anonymous struct that holds itself twice is not searched for ever', () => {
    const inside: Types = (s) => {
      s.struct('', 4, [
        ['', 1],
        ['', 1],
      ])
      return s.struct('t', 4, [['', 1]])
    }
    expect(() => value(CORE.fieldExists, '0:1', thing('t'), inside, 1)).toThrow('too intricate')
  })

  it('functions that take themselves are not compared for ever', () => {
    const self: Types = (s) => {
      s.proto(2, [
        ['a', 2],
        ['b', 2],
      ])
      s.reference('ptr', 1)
      return s.reference('typedef', 2, 't')
    }
    expect(() => value(CORE.typeExists, '0', self, self, 1)).not.toThrow(RangeError)
  })
})

describe('ways that lead nowhere', () => {
  it.each(['', 'x', '0:', '0:9', '0:1:0', '-1', '0:99999999999999999999', '1e3', Array(70).fill('0').join(':')])('"%s"', (access) =>
    expect(() => value(CORE.fieldByteOffset, access, thing('t'), thing('t'), 4)).toThrow(ObjectFault),
  )
  it('of another kind of relocation', () => {
    expect(() => value(CORE.typeSize, '0:1', thing('t'), thing('t'), 64)).toThrow('whole type')
    expect(() => value(CORE.enumeratorValue, '0', thing('t'), thing('t'), 64)).toThrow('no enumerator')
    expect(() => value(13, '0', thing('t'), thing('t'), 64)).toThrow('newer than this library')
  })
  it('to an element of an array that begins inside a byte', () => {
    const crooked: Types = (s) => s.struct('t', 8, [['list', s.array(s.int('int', 4), 4), 4]])
    expect(value(CORE.fieldByteOffset, '0:0:1', crooked, crooked, 4)).toBe(4)
  })
  it('to a bitfield of a type without a size', () => {
    const none: Types = (s) => s.struct('t', 8, [['b', s.int('int', 0), 4, 3]])
    expect(() => value(CORE.fieldByteOffset, '0:0', none, none, 0)).toThrow('without a size')
  })
})
