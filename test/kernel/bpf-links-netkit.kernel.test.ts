import { attachNetkit, type BpfProgram, queryNetkit } from '@axoneme/bpf'
import { expect } from 'vitest'
import { hasOrRefuses, Receiver, returns } from './bpf-hooks.js'
import { feature, type Scratch, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Source: linux/bpf.h enum tcx_action_base, whose numbers netkit takes */
const NEXT = -1
const PASS = 0
const DROP = 2

const netkit = (verdict: number, name = 'axm_test'): BpfProgram =>
  returns('sched_cls', verdict, { name, expectedAttachType: 'netkit_primary' })

kernelTest('bpf link > netkit is refused by name, or its absence from a link is', { needs: [] }, async () => {
  await using t = scratch()
  using drop = netkit(DROP)
  const hook = { ifindex: await t.index('lo'), at: 'primary', netns: t.netns } as const
  if (await hasOrRefuses('netkit-attach', () => attachNetkit(sys, drop, hook)))
    expect(attachNetkit(sys, drop, hook).unwrapErr()).toMatchObject({ code: 'bpf.refused', errnoName: 'ENXIO' })
  else expect(queryNetkit(sys, hook).unwrapErr()).toMatchObject({ code: 'feature.unsupported', feature: 'netkit-attach' })
})

/** `n0` in one namespace, `n1` in another, each with an address. */
async function netkitPair(host: Scratch, pod: Scratch): Promise<number> {
  ;(await host.netlink.links.create({ kind: 'netkit', name: 'n0', up: true, data: { peer: { name: 'n1', netns: pod.netns } } })).unwrap()
  ;(await pod.netlink.links.update('n1', { up: true })).unwrap()
  const [n0, n1] = [await host.index('n0'), await pod.index('n1')]
  ;(await host.netlink.addresses.add({ link: n0, address: '10.0.0.1/24' })).unwrap()
  ;(await pod.netlink.addresses.add({ link: n1, address: '10.0.0.2/24' })).unwrap()
  return n0
}

kernelTest('bpf link > netkit programs on both ends decide what leaves them', { needs: [feature('link-netkit')] }, async () => {
  await using host = scratch()
  await using pod = scratch()
  const n0 = await netkitPair(host, pod)
  using atHost = Receiver.open(host, 5000)
  using atPod = Receiver.open(pod, 5000)
  const send = (from: Scratch, to: string): string => from.run('bash', '-c', `echo -n hello > /dev/udp/${to}/5000 || true`)
  const passes = async (): Promise<{ toHost: boolean; toPod: boolean }> => {
    send(pod, '10.0.0.1')
    send(host, '10.0.0.2')
    await new Promise((done) => setTimeout(done, 50))
    return { toHost: atHost.take() === 'hello', toPod: atPod.take() === 'hello' }
  }
  using drop = netkit(DROP, 'axm_drop')
  using pass = netkit(PASS, 'axm_pass')
  using next = netkit(NEXT, 'axm_next')
  expect(await passes()).toEqual({ toHost: true, toPod: true })
  const hook = { ifindex: n0, netns: host.netns }
  {
    using primary = attachNetkit(sys, drop, { ...hook, at: 'primary' }).unwrap()
    expect(await passes()).toEqual({ toHost: true, toPod: false })
    expect(primary.info().unwrap()).toMatchObject({ type: 'netkit', attachType: 'netkit_primary', ifindex: n0 })
    primary.update(pass, { expected: drop }).unwrap()
    expect(await passes()).toEqual({ toHost: true, toPod: true })
  }
  using peer = attachNetkit(sys, drop, { ...hook, at: 'peer' }).unwrap()
  expect(await passes()).toEqual({ toHost: false, toPod: true })
  // the verdict of whoever comes first holds; -1 leaves it to the next
  using before = attachNetkit(sys, pass, { ...hook, at: 'peer', order: { before: { link: peer } } }).unwrap()
  expect(await passes()).toEqual({ toHost: true, toPod: true })
  before.update(next).unwrap()
  expect(await passes()).toEqual({ toHost: false, toPod: true })
  const { programs, revision } = queryNetkit(sys, { ...hook, at: 'peer' }).unwrap()
  expect(programs.map(({ linkId }) => linkId)).toEqual([before, peer].map((link) => link.info().unwrap().id))
  expect(attachNetkit(sys, pass, { ...hook, at: 'peer', expectedRevision: revision - 1n }).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    errnoName: 'ESTALE',
  })
})
