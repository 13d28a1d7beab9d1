import { describe, expect, it } from 'vitest'
import { definitionFault, flagsOf, type MapDefinition } from './definition.js'

const hash: MapDefinition = { name: 'm', type: 'hash', keySize: 4, valueSize: 4, maxEntries: 1 }

describe('a definition', () => {
  it.each([
    ['hash', {}],
    ['array', { type: 'array' }],
    ['queue', { type: 'queue', keySize: 0 }],
    ['ring', { type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 2 ** 31 }],
    ['storage', { type: 'sk_storage', maxEntries: 0 }],
    ['maps', { type: 'hash_of_maps', innerMapFd: 3 }],
    ['what is not known here', { type: 'arena', keySize: 0, valueSize: 0, maxEntries: 7 }],
  ] as const)('that may be is left to the kernel: %s', (_name, given) => {
    expect(definitionFault({ ...hash, ...given })).toBeUndefined()
  })

  it.each([
    ['name', { name: 'a\0b' }],
    ['name', { name: 7 as never }],
    ['type', { type: 'unspec' }],
    ['type', { type: 'toString' as never }],
    ['flags', { flags: -1 }],
    ['numaNode', { numaNode: 1.5 }],
    ['keySize', { keySize: 0 }],
    ['keySize', { keySize: -4 }],
    ['keySize', { keySize: 2 ** 32 }],
    ['keySize', { keySize: Number.NaN }],
    ['keySize', { type: 'array', keySize: 8 }],
    ['keySize', { type: 'queue' }],
    ['valueSize', { valueSize: 0 }],
    ['valueSize', { type: 'prog_array', valueSize: 8 }],
    ['maxEntries', { maxEntries: 0 }],
    ['maxEntries', { maxEntries: 0.5 }],
    ['maxEntries', { type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 12_288 }],
    ['maxEntries', { type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 2048 }],
    ['maxEntries', { type: 'task_storage', maxEntries: 5 }],
    ['innerMapFd', { type: 'array_of_maps' }],
  ] as const)('that no kernel takes names %s', (path, given) => {
    expect(definitionFault({ ...hash, ...given })).toMatchObject({ code: 'input.invalid', path })
  })

  it('with a NUMA node has the flag for it', () => {
    expect(flagsOf({ ...hash, flags: 1, numaNode: 0 })).toBe(5)
    expect(flagsOf(hash)).toBe(0)
  })
})
