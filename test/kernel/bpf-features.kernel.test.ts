import { execFileSync } from 'node:child_process'
import { bpfFeatures, type ProgramType, probeHelper } from '@axoneme/bpf'
import { type Feature, type FeatureRow, probeFeatures, type Sys } from '@axoneme/sys'
import { expect } from 'vitest'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'
import { kernelVersion } from './harness/need.js'

/** what hangs on how a kernel is configured, and not on its version alone */
const configured = new Set(['program-lirc-mode2', 'netkit-attach'])
/** what some machines do not let one try */
const untold = /^program-(tracing|ext|lsm)$/

const [major = 0, minor = 0] = kernelVersion.split('.').map(Number)
function isDue(since: string): boolean {
  const [first = 0, second = 0] = since.split('.').map(Number)
  return first < major || (first === major && second <= minor)
}

/** a kernel that nothing is known of yet, so that all is tried again */
const fresh = (): Sys => ({ ...sys })
let probed: Promise<readonly FeatureRow[]> | undefined
const rows = (): Promise<readonly FeatureRow[]> => {
  probed ??= probeFeatures(fresh(), bpfFeatures)
  return probed
}

kernelTest('bpf features > what a kernel of this version has is found', { needs: [] }, async () => {
  for (const { feature, available, since, reason } of await rows())
    if (isDue(since) && !configured.has(feature) && !(available === 'unknown' && untold.test(feature)))
      expect(available, `${feature}: ${reason}`).toBe('yes')
})

/** what stable kernels have from later ones, and was seen there */
const backported: Readonly<Record<string, readonly string[]>> = { '6.12': ['cgroup-order'] }
kernelTest('bpf features > what came later is not found, backports aside', { needs: [] }, async () => {
  const early = (await rows()).filter(({ available, since }) => available === 'yes' && !isDue(since)).map(({ feature }) => feature)
  const allowed = backported[kernelVersion] ?? []
  expect(early.filter((name) => !allowed.includes(name))).toEqual([])
})

kernelTest('bpf features > program types and map types are as bpftool finds them', { needs: [], timeoutMs: 60_000 }, async () => {
  const probe = JSON.parse(
    execFileSync('bpftool', ['-j', 'feature', 'probe'], { encoding: 'utf8', timeout: 600_000, stdio: ['ignore', 'pipe', 'ignore'] }),
  )
  const found = new Map((await rows()).map(({ feature, available }) => [feature, available]))
  let compared = 0
  for (const [prefix, group, suffix] of [
    ['program', probe.program_types, '_prog_type'],
    ['map', probe.map_types, '_map_type'],
  ] as const)
    for (const [key, theirs] of Object.entries(group as Record<string, boolean>)) {
      const name = `${prefix}-${key
        .replace(/^have_/, '')
        .replace(suffix, '')
        .replaceAll('_', '-')}`
      const ours = found.get(name)
      expect(ours, name).toBeDefined()
      // what cannot be told, bpftool calls absent
      if (ours !== 'unknown') expect(ours, name).toBe(theirs ? 'yes' : 'no')
      compared++
    }
  expect(compared).toBeGreaterThan(55)
})

/** helpers whose types are known from the kernel's sources: for each, one that may call it and one that may not */
const helpers: readonly (readonly [helper: number, may: ProgramType, mayNot: ProgramType])[] = [
  [44, 'xdp', 'sched_cls'], // xdp_adjust_head
  [43, 'sched_cls', 'xdp'], // skb_change_head
  [64, 'cgroup_sock_addr', 'sched_cls'], // bind
  [155, 'sched_cls', 'xdp'], // redirect_peer
  [82, 'sk_reuseport', 'sched_cls'], // sk_select_reuseport
]
kernelTest('bpf features > a helper is known to the programs that may call it, and to no others', { needs: [] }, async () => {
  for (const [helper, may, mayNot] of helpers) {
    expect(probeHelper(sys, may, helper), `${helper} from ${may}`).toEqual({ available: true })
    expect(probeHelper(sys, mayNot, helper), `${helper} from ${mayNot}`).toMatchObject({ available: false })
  }
  expect(probeHelper(sys, 'sched_cls', 5000)).toMatchObject({ available: false, reason: expect.stringContaining('invalid func') })
  expect(probeHelper(sys, 'tracing', 1)).toHaveProperty('unknown')
})

kernelTest('bpf features > each has a name of its own and says what it is for', { needs: [] }, async () => {
  const names = bpfFeatures.map(({ name }: Feature) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, since, summary, insteadOf } of bpfFeatures) {
    expect(since, name).toMatch(/^\d+\.\d+$/)
    expect(summary.length * insteadOf.length, name).toBeGreaterThan(0)
  }
})
