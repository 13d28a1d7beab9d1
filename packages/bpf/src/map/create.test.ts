import { Errno, trackHandles } from '@axoneme/sys'
import { type FakeAnswers, fakeSys } from '@axoneme/sys/testing'
import { describe, expect, it } from 'vitest'
import { createMap } from './create.js'
import { MapHandle } from './handle.js'

const definition = {
  name: 'flows',
  type: 'hash',
  keySize: 4,
  valueSize: 16,
  maxEntries: 9,
  btfFd: 5,
  keyTypeId: 6,
  valueTypeId: 7,
} as const

/** The words of each BPF_MAP_CREATE. */
function created(answers: FakeAnswers['bpf'], given: object = {}) {
  const sys = fakeSys(answers === undefined ? {} : { bpf: answers })
  const made = createMap(sys, { ...definition, ...given })
  if (made.isOk()) made.value.close()
  return { made, words: sys.calls.filter(({ call }) => call === 'bpf').map(({ args }) => new Uint32Array((args[1] as Uint8Array).buffer)) }
}

describe('making a map', () => {
  it('puts each field where the kernel has it', () => {
    const { words } = created(undefined, { flags: 1, numaNode: 3, innerMapFd: 8, mapExtra: 0x1_0000_0002n })
    const name = new TextDecoder().decode(words[0]?.buffer.slice(28, 44) as ArrayBuffer)
    expect(name).toBe('flows'.padEnd(16, '\0'))
    expect([...(words[0] ?? [])].filter((_, at) => at < 7 || at > 10)).toEqual([1, 4, 16, 9, 5, 8, 3, 0, 5, 6, 7, 0, 2, 1])
  })

  it('leaves types out where the kernel refuses them', () => {
    const { made, words } = created((_command, attr) => (attr[48] === 0 ? 100 : -Errno.ENOTSUPP))
    expect(made.isOk()).toBe(true)
    expect(words.map((fields) => [fields[12], fields[13], fields[14]])).toEqual([
      [5, 6, 7],
      [0, 0, 0],
    ])
  })

  it('does not try again without permission, without types, or where types are needed', () => {
    expect(created(() => -Errno.EPERM).words).toHaveLength(1)
    expect(created(() => -Errno.EINVAL, { keyTypeId: 0, valueTypeId: 0 }).words).toHaveLength(1)
    expect(created(() => -Errno.EINVAL, { type: 'sk_storage', maxEntries: 0 }).words).toHaveLength(1)
    expect(created(() => -Errno.EPERM).made.unwrapErr()).toMatchObject({ code: 'permission.denied' })
    expect(created(() => -Errno.ENOMEM).made.unwrapErr()).toMatchObject({ code: 'bpf.refused', command: 'BPF_MAP_CREATE' })
  })

  it('asks nothing about what cannot be', () => {
    const { made, words } = created(undefined, { keySize: 0 })
    expect([made.unwrapErr().code, words.length]).toEqual(['input.invalid', 0])
  })

  it('gives a handle that closes once', () => {
    const tracker = trackHandles()
    const sys = fakeSys()
    const handle = MapHandle.create(sys, definition).unwrap()
    expect(tracker.open().map(({ what }) => what)).toEqual(['map flows'])
    handle.close()
    handle[Symbol.dispose]()
    expect(sys.calls.filter(({ call }) => call === 'close')).toHaveLength(1)
    expect([handle.info(), handle.freeze(), handle.pin('/x')].map((result) => result.unwrapErr().code)).toEqual(Array(3).fill('sys.closed'))
    tracker.stop()
  })
})
