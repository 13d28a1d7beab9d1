import { type Feature, type Probe, probeFeature } from '@axoneme/sys'
import { type FakeSys, fakeSys } from '@axoneme/sys/testing'
import { describe, expect, test } from 'vitest'
import { helperName } from '../asm/helper-names.js'
import { BPF_MAP_TYPE } from '../spec/map-type.js'
import { BPF_PROG_TYPE } from '../spec/program-section.js'
import { attachFeatures } from './attach.js'
import { btfBlob, INT } from './btf-blob.js'
import { explainByFeature } from './explain.js'
import { bpfFeatures, probeHelper } from './index.js'
import { otherFeatures } from './other.js'

const feature = (name: string): Feature => bpfFeatures.find((known) => known.name === name) as Feature

/** A kernel whose verifier says something; the log is the largest buffer whose address was asked for. */
function saying(words: string, errno = 22): FakeSys {
  let log: Uint8Array | undefined
  return fakeSys({
    address(buffer) {
      if (buffer.length >= 1 << 16) log = buffer
      return 0x1000n
    },
    bpf() {
      log?.set(Buffer.from(words))
      return -errno
    },
  })
}

describe('the table', () => {
  test('has every program type and every map type', () => {
    const names = new Set(bpfFeatures.map(({ name }) => name))
    for (const type of Object.keys(BPF_PROG_TYPE).filter((name) => name !== 'unspec'))
      expect(names).toContain(`program-${type.replaceAll('_', '-')}`)
    for (const type of Object.keys(BPF_MAP_TYPE).filter((name) => name !== 'unspec'))
      expect(names).toContain(`map-${type.replaceAll('_', '-')}`)
    expect(names.size).toBe(bpfFeatures.length)
  })

  test('a kernel that makes everything has everything, and every descriptor is closed', async () => {
    for (const known of bpfFeatures) {
      const open = new Set<number>()
      let next = 100
      const give = (): number => {
        open.add(++next)
        return next
      }
      // commands that answer no descriptor: batch update, freeze, detach
      const sys = fakeSys({
        bpf: (command) => ([26, 22, 34].includes(command) ? 0 : give()),
        open: give,
        close: (fd) => (open.delete(fd) ? 0 : -9),
      })
      expect(await probeFeature(sys, known), known.name).toEqual({ available: true })
      expect([...open], known.name).toEqual([])
    }
  })

  test('a kernel that refuses everything has nothing; one that permits nothing tells nothing', async () => {
    for (const known of bpfFeatures) {
      const lacking = await known.probe(fakeSys({ bpf: () => -22 }))
      if (!known.name.startsWith('helper-') && known.name !== 'bpf-memcg')
        expect(lacking, known.name).toMatchObject({ available: false, reason: expect.stringContaining('EINVAL') })
      expect(await known.probe(fakeSys({ bpf: () => -1 })), known.name).toHaveProperty('unknown')
    }
  })
})

describe('helpers', () => {
  test.each([
    ['0: (85) call bpf_x#1\nunknown func bpf_x#1', false],
    ['program of this type cannot use helper bpf_x#1', false],
    ['invalid func unknown#999', false],
    ['R1 type=ctx expected=fp', true],
    ['helper access to the packet is not allowed', true],
  ])('%s: %s', (words, available) => {
    expect(probeHelper(saying(words), 'xdp', 1)).toMatchObject({ available })
  })
  test('without a word of the verifier nothing is known, and it is tried again', () => {
    let attempts = 0
    const sys = fakeSys({
      bpf() {
        attempts++
        return -1
      },
    })
    expect(probeHelper(sys, 'xdp', 1)).toEqual({ unknown: 'bpf(BPF_PROG_LOAD): EPERM' })
    probeHelper(sys, 'xdp', 1)
    expect(attempts).toBeGreaterThan(1)
    const before = attempts
    expect(probeHelper(sys, 'lsm', 1)).toHaveProperty('unknown')
    expect(attempts).toBe(before)
  })
  test('what is known is not tried again, for each type by itself', () => {
    const sys = saying('invalid func')
    probeHelper(sys, 'xdp', 7)
    const before = sys.calls.length
    probeHelper(sys, 'xdp', 7)
    expect(sys.calls.length).toBe(before)
    probeHelper(sys, 'sched_cls', 7)
    expect(sys.calls.length).toBeGreaterThan(before)
  })
  test('the named ones are helpers', () => {
    for (const { name } of bpfFeatures.filter((known) => known.name.startsWith('helper-')))
      expect(
        [...Array(212).keys()].some((number) => helperName(number) === name.slice(7).replaceAll('-', '_')),
        name,
      ).toBe(true)
  })
})

describe('refusals that show the feature', () => {
  const answers: readonly [string, FakeSys, Partial<Probe>][] = [
    ['program-tracing', saying('attach_btf_id 1 is not a function'), { available: true }],
    ['program-struct-ops', fakeSys({ bpf: () => -524 }), { available: true }],
    ['map-struct-ops', fakeSys({ bpf: () => -524 }), { available: true }],
    ['kfunc-call', saying('kernel btf_id 1 is not a function'), { available: true }],
    ['kfunc-call', saying('BPF_CALL uses reserved fields'), { available: false }],
    ['kfunc-module', saying('kfunc offset > 0 without fd_array is invalid', 71), { available: true }],
    ['bpf-link', fakeSys({ bpf: () => -9 }), { available: true }],
    ['link-detach', fakeSys({ bpf: () => -9 }), { available: true }],
    ['netkit-attach', fakeSys({ bpf: (command) => (command === 28 ? -6 : 40) }), { available: true }],
    ['cgroup-order', fakeSys({ bpf: (command) => (command === 28 ? -9 : 40) }), { available: true }],
  ]
  test.each(answers)('%s', async (name, sys, expected) => {
    expect(await feature(name).probe(sys)).toMatchObject(expected)
  })
})

describe('explaining', () => {
  const cause = { code: 'bpf.refused', message: 'x' } as const
  test('a feature that is missing, there, or not to be told', () => {
    expect(explainByFeature(fakeSys({ bpf: () => -22 }), otherFeatures.mmapableArrays, cause)).toMatchObject({
      feature: 'mmapable-arrays',
      since: '5.5',
      cause,
    })
    expect(explainByFeature(fakeSys(), otherFeatures.mmapableArrays, cause)).toBeUndefined()
    expect(explainByFeature(fakeSys({ bpf: () => -1 }), otherFeatures.mmapableArrays, cause)).toBeUndefined()
    const later: Feature = { ...attachFeatures.tcx, probe: () => Promise.resolve({ available: false, reason: '' }) }
    expect(explainByFeature(fakeSys(), later, cause)).toBeUndefined()
  })
})

test('a blob of types is what the format asks for', () => {
  const blob = btfBlob([INT])
  expect(Buffer.from(blob).toString('hex')).toBe(
    ['9feb0100', '18000000', '00000000', '10000000', '10000000', '03000000', '01000000', '00000001', '04000000', '20000001', '006100'].join(
      '',
    ),
  )
})
