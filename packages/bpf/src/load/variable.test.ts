import { describe, expect, it } from 'vitest'
import { u16Codec } from '../codec/index.js'
import type { CollectionSpec } from '../spec/collection.js'
import { encodeVariables, setVariables } from './variable.js'

const maps = [
  { name: '.data', data: new Uint8Array(16).fill(0xee) },
  { name: 'flows', data: undefined },
] as unknown as CollectionSpec['maps']
const variables = [
  { name: 'byte', map: '.data', offset: 1, size: 1 },
  { name: 'long', map: '.data', offset: 8, size: 8 },
  { name: 'many', map: '.data', offset: 2, size: 6 },
  { name: 'large', map: '.data', offset: 0, size: 16 },
] as unknown as CollectionSpec['variables']
const spec = { maps, variables } as unknown as CollectionSpec
const set = (values: Parameters<typeof setVariables>[2]) => setVariables(spec, maps, values)
const data = (values: Parameters<typeof setVariables>[2]) => [...(set(values).unwrap()[0]?.data ?? [])]

describe('variables', () => {
  it('are put where they lie, and nothing else changes', () => {
    expect(data({ byte: 7, long: -2n })).toEqual([0xee, 7, ...Array(6).fill(0xee), 0xfe, ...Array(7).fill(0xff)])
    expect(data({ byte: true, many: Uint8Array.of(1, 2, 3, 4, 5, 6) }).slice(0, 8)).toEqual([0xee, 1, 1, 2, 3, 4, 5, 6])
    expect([...(maps[0]?.data ?? [])]).toEqual(Array(16).fill(0xee))
  })

  it('take the numbers of both signs that their bytes hold', () => {
    for (const value of [0, 255, -128, 255n]) expect(set({ byte: value }).isOk(), String(value)).toBe(true)
    for (const value of [256, -129, 1.5, Number.NaN, 2 ** 60])
      expect(set({ byte: value }).unwrapErr(), String(value)).toMatchObject({ code: 'input.invalid', path: 'variables.byte' })
    expect(set({ long: (1n << 64n) - 1n }).isOk()).toBe(true)
    expect(set({ long: 1n << 64n }).isErr()).toBe(true)
  })

  it.each([
    ['that are not there', { nothing: 1 }, 'no such variable'],
    ['of another length', { many: new Uint8Array(5) }, '5 bytes where the variable has 6'],
    ['that a number does not fill', { large: 1 }, 'a number for a variable of 16 bytes'],
    ['that are called like what every object has', { constructor: 1 } as unknown as Record<string, number>, 'no such variable'],
  ])('%s are refused', (_what, values, words) => expect(set(values).unwrapErr().message).toContain(words))
})

describe('variables by their types', () => {
  const writers = {
    port: { name: 'axm_port', size: 2, write: (bytes: Uint8Array, at: number, value: number) => u16Codec.write(value, bytes, at) },
  }
  it('become bytes by C names', () => {
    expect(encodeVariables<{ port?: number }>(writers, { port: 0x102 }).unwrap()).toEqual({ axm_port: Uint8Array.of(2, 1) })
    expect(encodeVariables<{ port?: number | undefined }>(writers, { port: undefined }).unwrap()).toEqual({})
  })
  it('that do not fit are refused by their names', () => {
    expect(encodeVariables<{ port?: number }>(writers, { port: -1 }).unwrapErr()).toMatchObject({
      code: 'input.invalid',
      path: 'variables.port',
    })
    expect(encodeVariables<{ port?: number }>(writers, { constructor: 1 } as never).unwrapErr()).toMatchObject({
      path: 'variables.constructor',
    })
  })
})
