import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Errno, type Sys } from '@axoneme/sys'
import { fakeSys } from '@axoneme/sys/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MapSpec } from '../spec/map-spec.js'
import { loadMap, ringBytes } from './map.js'

const spec: MapSpec = {
  name: 'flows',
  type: 'hash',
  keySize: 4,
  valueSize: 16,
  maxEntries: 10,
  flags: 0,
  pinning: 'none',
  numaNode: undefined,
  mapExtra: 0n,
  keyType: 0,
  valueType: 0,
  inner: undefined,
  values: [],
  data: undefined,
  frozen: false,
}

/** The words of each BPF_MAP_CREATE, and the codes of failures. */
function made(given: Partial<MapSpec>, answer?: (words: Uint32Array, call: number) => number) {
  const created: Uint32Array[] = []
  const sys = fakeSys({
    bpf(command, attr) {
      if (command !== 0) return 0
      const words = new Uint32Array(attr.slice(0, 72).buffer)
      created.push(words)
      return answer?.(words, created.length) ?? 100 + created.length
    },
  })
  const result = loadMap(sys, { ...spec, ...given }, 7, '/nowhere')
  if (result.isOk()) result.value.close()
  return { created, result }
}

describe('a ring', () => {
  it.each([
    [0, 4096],
    [1, 4096],
    [4096, 4096],
    [4097, 8192],
    [1_000_000, 1 << 20],
  ])('of %i bytes has %i', (declared, bytes) => {
    expect(ringBytes(declared)).toBe(bytes)
    expect(made({ type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: declared }).created[0]?.[3]).toBe(bytes)
  })
})

describe('a map', () => {
  it('of maps shows the kernel what is in it', () => {
    const { created } = made({ type: 'array_of_maps', valueSize: 4, inner: { ...spec, name: 'inner', type: 'array' } })
    expect(created.map((words) => [words[0], words[5]])).toEqual([
      [2, 0],
      [12, 101],
    ])
  })

  it('of global data is made without a mapping where the kernel has none', () => {
    const { created, result } = made({ type: 'array', flags: 1024 | 128, data: new Uint8Array(16) }, (words) =>
      ((words[4] ?? 0) & 1024) !== 0 ? -Errno.EINVAL : 100,
    )
    expect(result.isOk()).toBe(true)
    expect(created.at(-1)?.[4]).toBe(128)
  })

  it('that nobody may make is not tried again', () => {
    const { created, result } = made({ type: 'array', flags: 1024, data: new Uint8Array(16) }, () => -Errno.EPERM)
    expect([created.length, result.unwrapErr().code]).toEqual([1, 'permission.denied'])
  })
})

describe('a pinned map', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'axm-pins-'))
    writeFileSync(join(folder, 'flows'), '')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function pinned(found: Partial<Record<'type' | 'key' | 'value' | 'entries' | 'flags', number>>) {
    const base = fakeSys()
    let into: Uint8Array[] = []
    const sys = {
      ...base,
      address(bytes: Uint8Array) {
        into.push(bytes)
        return 0x1000n
      },
      bpf(command: number) {
        if (command !== 15) return 100
        const info = into.findLast((bytes) => bytes.length >= 80)
        if (info !== undefined)
          new Uint32Array(info.buffer, 0, 6).set([
            found.type ?? 1,
            9,
            found.key ?? 4,
            found.value ?? 16,
            found.entries ?? 10,
            found.flags ?? 0,
          ])
        into = []
        return 0
      },
    } as unknown as Sys
    return loadMap(sys, { ...spec, pinning: 'by-name' }, undefined, `${folder}/${spec.name}`)
  }

  it('that is what is declared is used', () => {
    const map = pinned({}).unwrap()
    expect(map.name).toBeDefined()
    map.close()
  })

  it.each([
    ['type', { type: 2 }, { attribute: 'type', declared: 'hash', found: 'array' }],
    ['keys', { key: 8 }, { attribute: 'keySize', declared: '4', found: '8' }],
    ['values', { value: 8 }, { attribute: 'valueSize', declared: '16', found: '8' }],
    ['size', { entries: 11 }, { attribute: 'maxEntries', declared: '10', found: '11' }],
    ['flags', { flags: 1 }, { attribute: 'flags', declared: '0', found: '1' }],
  ] as const)('of other %s is not', (_what, found, difference) => {
    const error = pinned(found).unwrapErr()
    expect(error).toMatchObject({ code: 'bpf.map-incompatible', map: 'flows', differences: [difference] })
    expect(error.message).toContain(`${difference.attribute} ${difference.found} instead of ${difference.declared}`)
  })
})
