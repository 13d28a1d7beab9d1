import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script of Node's own, without declarations
import { build, objects } from '../../../../test/bpf/build.mjs'
import { ScriptedBtf } from '../btf/scripted-btf.js'
import type { Codec } from '../codec/index.js'
import * as scalar from '../codec/index.js'
import { type CollectionSpec, parseObject } from '../spec/collection.js'
import { generate } from './emit.js'
import { camel, comment, distinct, field, identifier, key, pascal } from './names.js'

const object = (name: string): CollectionSpec => {
  build()
  return parseObject(readFileSync(join(objects, `${name}.o`))).unwrap()
}

/** Code for a struct `s` of some members. */
function code(members: (s: ScriptedBtf) => Parameters<ScriptedBtf['struct']>[2], size = 64, name = 's'): string {
  const s = new ScriptedBtf()
  const rows = members(s)
  s.struct(name, size, rows)
  return of(s, name)
}

function of(s: ScriptedBtf, ...types: readonly string[]): string {
  const text = generate(
    { license: '', maps: [], programs: [], variables: [], btf: s.btf(), layout: new Map(), hiddenFunctions: [] },
    { name: 'it', types },
  )
  if (text.isErr()) throw new Error(`${text.error.code}: ${text.error.message}`)
  return text.value
}

/** A codec of generated code, running. */
function running(text: string, name: string): Codec<Record<string, unknown>> {
  const { code: script } = transformSync(text.replace(/^import .*$/gm, ''), { loader: 'ts', format: 'cjs' })
  const module = { exports: {} as Record<string, Codec<Record<string, unknown>>> }
  const known = { ...scalar } as Record<string, unknown>
  new Function('module', ...Object.keys(known), script)(module, ...Object.values(known))
  return module.exports[name] as Codec<Record<string, unknown>>
}

describe('names', () => {
  it.each([
    ['flow_key', 'flowKey', 'flowKey', 'FlowKey'],
    ['_flow__key_', 'flowKey', 'flowKey', 'FlowKey'],
    ['MAX_FLOWS', 'maxFLOWS', 'maxFLOWS', 'MaxFlows'],
    ['delete', 'delete', 'delete_', 'Delete'],
    ['value', 'value', 'value_', 'Value'],
    ['index', 'index', 'index_', 'Index'],
    ['_2fast', '_2fast', '_2fast', 'T2fast'],
    ['__', '_', '_', 'T'],
  ])('%s', (name, asField, asConstant, asType) => expect([field(name), camel(name), pascal(name)]).toEqual([asField, asConstant, asType]))

  it('that are none are refused', () => {
    expect(identifier('a_1$', 'x')).toBe('a_1$')
    for (const name of ['', "a'b", 'a b', '1a', 'Option<u32>', 'a;b'])
      expect(() => identifier(name, 'x'), name).toThrow('no name in TypeScript')
    expect(() => distinct(['a', 'b', 'a'], 'x')).toThrow('called a')
    expect([key('a'), key('a-b'), key("a'b")]).toEqual(['a', "'a-b'", "'a\\'b'"])
  })

  it('in comments cannot end them', () => {
    expect(comment(['a */ b'])).toBe('/** a *\u200b/ b */\n')
    expect(comment(['one', '', 'two'], '  ')).toBe('  /**\n   * one\n   * two\n   */\n')
    expect(comment([' '])).toBe('')
  })
})

describe('what is generated', () => {
  it.each(['types', 'maps', 'globals'])('of %s is what stands in its file, whenever', (name) => {
    const file = fileURLToPath(new URL(`../../../../test/bpf/generated/${name}.generated.ts`, import.meta.url))
    const text = generate(object(name), { name, strip: 'axm_' }).unwrap()
    expect(text).toBe(readFileSync(file, 'utf8'))
    expect(generate(object(name), { name, strip: 'axm_' }).unwrap()).toBe(text)
  })

  it('imports from where it is told', () =>
    expect(generate(object('maps'), { name: 'm', from: './mine.js' }).unwrap()).toContain("from './mine.js'"))

  it('needs types', () => {
    expect(generate({ ...object('maps'), btf: undefined }, { name: 'm' }).unwrapErr()).toMatchObject({
      code: 'bpf.unsupported-object',
      message: 'object: has no types',
    })
    expect(generate(object('maps'), { name: 'm', types: ['nowhere'] }).unwrapErr()).toMatchObject({
      code: 'bpf.malformed',
      where: 'nowhere',
    })
  })
})

describe('a struct', () => {
  it('has bitfields, unions as bytes, and no padding', () => {
    const text = code((s) => {
      const int = s.int('int', 4, { signed: true })
      const union = s.composite('union', 'u', 4, [['x', int]])
      return [
        ['low', int, 0, 3],
        ['high', int, 3, 29],
        ['either', union, 32],
        ['_pad', int, 64],
      ]
    }, 12)
    expect(text).toContain('low: readBits(bytes, at, 0, 3, true)')
    expect(text).toContain('either: readRaw(bytes, at + 4, 4)')
    expect(text).not.toContain('pad')
    expect(text).toContain('bytes.fill(0, at, at + 12)')
  })

  it('without holes is not cleared first', () => {
    const text = code(
      (s) => [
        ['a', s.int('int', 4)],
        ['b', s.int('int', 4), 32],
      ],
      8,
    )
    expect(text).not.toContain('fill')
  })

  it('has short arrays written out and long ones as loops', () => {
    const array = (length: number): string => code((s) => [['list', s.array(s.int('short', 2), length)]], 2 * length)
    expect(array(8)).toContain('[readU16(bytes, at), readU16(bytes, at + 2),')
    expect(array(9)).toContain('Array.from({ length: 9 }, (_, index) => readU16(bytes, at + index * 2))')
  })

  it('has arrays of arrays, each element in its place', () => {
    for (const [rows, columns] of [
      [3, 4],
      [12, 10],
    ] as const) {
      const size = rows * columns * 4 + 8
      const grid = running(
        code(
          (s) => [
            ['before', s.int('u32', 4)],
            ['grid', s.array(s.array(s.int('u32', 4), columns), rows), 32],
          ],
          size,
        ),
        's',
      )
      const value = {
        before: 7,
        grid: Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => row * 1000 + column)),
      }
      const bytes = new Uint8Array(size + 1)
      grid.write(value, bytes, 1)
      expect(new DataView(bytes.buffer).getUint32(1 + 4 + 4 * (columns + 2), true)).toBe(1002)
      expect(grid.read(bytes, 1)).toEqual(value)
      expect(() => grid.write({ ...value, grid: [...value.grid.slice(1), [1]] }, bytes, 1)).toThrow('1 elements')
    }
  })

  it('whose name hides nothing that its code uses', () => {
    const s = new ScriptedBtf()
    const inner = s.struct('index', 4, [['x', s.int('u32', 4)]])
    s.struct('outer', 48, [['list', s.array(inner, 12)]])
    const outer = running(of(s, 'outer'), 'outer')
    const value = { list: Array.from({ length: 12 }, (_, x) => ({ x })) }
    const bytes = new Uint8Array(48)
    outer.write(value, bytes, 0)
    expect(outer.read(bytes, 0)).toEqual(value)
  })

  it('of numbers that no machine has holds their bytes', () => {
    expect(code((s) => [['odd', s.int('odd', 3)]], 3)).toContain('odd: readRaw(bytes, at, 3)')
    expect(code((s) => [['wide', s.int('wide', 16)]], 16)).toContain('wide: readRaw(bytes, at, 16)')
  })
})

describe('what is refused', () => {
  it.each<[string, Parameters<typeof code>[0], number?, string?]>([
    [
      'two members of one name',
      (s) => [
        ['a_b', s.int('int', 4)],
        ['aB', s.int('int', 4), 32],
      ],
    ],
    ['a member that is no name', (s) => [["x'); evil(('", s.int('int', 4)]]],
    ['a struct that is no name', (s) => [['a', s.int('int', 4)]], 4, 'Option<u32>'],
    ['a struct that is called like what code needs', (s) => [['a', s.int('int', 4)]], 4, 'result'],
    ['a struct that is called like the maps', (s) => [['a', s.int('int', 4)]], 4, 'maps'],
    ['a member inside a byte', (s) => [['a', s.int('int', 4), 4]]],
    ['a member behind the end', (s) => [['a', s.int('int', 4), 64]], 8],
    ['a wide bitfield', (s) => [['a', s.int('long', 8), 0, 33]]],
    ['a function as a value', (s) => [['a', s.proto(0, [])]]],
  ])('%s', (_what, members, size, name) => expect(() => code(members, size, name)).toThrow(/^bpf\.(unsupported-object|malformed): /))

  it('arrays of themselves, and structs as deep as a well', () => {
    expect(() => code((s) => [['a', s.add('array', '', 0, 0, [1, 0, 3])]])).toThrow('in one another')
    expect(() =>
      code((s) => {
        let inner = s.int('int', 4)
        for (let depth = 0; depth < 10_000; depth++) inner = s.struct(`s${depth}`, 4, [['a', inner]])
        return [['a', inner]]
      }),
    ).toThrow('in one another')
  })

  it('and what is large is not held in memory', () => {
    expect(code((s) => [['a', s.int('int', 4)]], 0xffff_ffff)).toContain('bytes.fill(0, at, at + 4294967295)')
    let text = ''
    expect(() => {
      text = code((s) => {
        let array = s.int('u8', 1)
        for (let depth = 0; depth < 8; depth++) array = s.array(array, 8)
        return [['a', array]]
      }, 8 ** 8)
    }).not.toThrow()
    expect(text.length).toBeLessThan(20_000)
  })
})
