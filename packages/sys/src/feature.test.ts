import { describe, expect, it, type Mock, vi } from 'vitest'
import { type Feature, type Probe, probeFeature, probeFeatures, renderReport } from './feature.js'
import { fakeSys } from './testing.js'

function feature(name: string, ...outcomes: readonly [Probe, ...Probe[]]): Feature & { readonly probe: Mock<Feature['probe']> } {
  const rest = [...outcomes]
  return {
    name,
    since: '5.8',
    summary: `what ${name} does`,
    insteadOf: `without ${name}`,
    probe: vi.fn(() => rest.shift() ?? (outcomes.at(-1) as Probe)),
  }
}

const yes: Probe = { available: true }
const no: Probe = { available: false, reason: 'bpf: EINVAL' }
const unknown: Probe = { unknown: 'bpf: EPERM' }

describe('probeFeature', () => {
  it.each([yes, no])('tries once what it can tell: %j', async (outcome) => {
    const sys = fakeSys()
    const tried = feature('ring', outcome, unknown)
    expect(await probeFeature(sys, tried)).toEqual(outcome)
    expect(await probeFeature(sys, tried)).toEqual(outcome)
    expect(tried.probe.mock.calls).toEqual([[sys]])
  })

  it('tries again what it could not tell', async () => {
    const sys = fakeSys()
    const tried = feature('ring', unknown, unknown, yes)
    expect(await probeFeature(sys, tried)).toEqual(unknown)
    expect(await probeFeature(sys, tried)).toEqual(unknown)
    expect(await probeFeature(sys, tried)).toEqual(yes)
    expect(await probeFeature(sys, tried)).toEqual(yes)
    expect(tried.probe).toHaveBeenCalledTimes(3)
  })

  it('tries for each kernel, and each feature', async () => {
    const tried = feature('ring', yes, no)
    const [one, other] = [fakeSys(), fakeSys()]
    expect(await probeFeature(one, tried)).toEqual(yes)
    expect(await probeFeature(other, tried)).toEqual(no)
    expect(await probeFeature(one, feature('ring', no))).toEqual(no)
    expect(await probeFeature(one, tried)).toEqual(yes)
  })

  it('waits for a probe that takes time', async () => {
    const slow: Feature = { ...feature('slow', no), probe: () => Promise.resolve(yes) }
    expect(await probeFeature(fakeSys(), slow)).toEqual(yes)
  })
})

describe('the report', () => {
  it('has a row for each feature, in order', async () => {
    const report = await probeFeatures(fakeSys(), [feature('a', yes), feature('b', no), feature('c', unknown)])
    const about = (name: string) => ({ feature: name, summary: `what ${name} does`, since: '5.8' })
    expect(report).toEqual([
      { ...about('a'), available: 'yes' },
      { ...about('b'), available: 'no', reason: 'bpf: EINVAL', instead: 'without b' },
      { ...about('c'), available: 'unknown', reason: 'bpf: EPERM', instead: 'without c' },
    ])
    expect(renderReport(report).split('\n')).toEqual([
      'feature  available  since  used instead',
      'a        yes        5.8',
      'b        no         5.8    without b',
      'c        unknown    5.8    without c',
    ])
  })

  it('may be empty', async () => {
    expect(renderReport(await probeFeatures(fakeSys(), []))).toBe('feature  available  since  used instead')
  })
})
