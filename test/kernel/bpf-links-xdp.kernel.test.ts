import { attachXdp, type XdpHook } from '@axoneme/bpf'
import { expect } from 'vitest'
import { returns, wire } from './bpf-hooks.js'
import { feature, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Source: linux/bpf.h enum xdp_action */
const XDP_DROP = 1
const XDP_PASS = 2

for (const mode of ['native', 'generic'] as const)
  kernelTest(`bpf link > xdp in mode ${mode} drops a datagram, and is updated in place`, { needs: [feature('link-veth')] }, async () => {
    await using w = await wire()
    const hook: XdpHook = { ifindex: w.e0, mode, netns: w.t.netns }
    using drop = returns('xdp', XDP_DROP, { name: 'axm_drop' })
    using pass = returns('xdp', XDP_PASS, { name: 'axm_pass' })
    expect(await w.passes()).toBe(true)
    using link = attachXdp(sys, drop, hook).unwrap()
    expect(await w.drops()).toBe(true)
    expect(link.info().unwrap()).toMatchObject({ type: 'xdp', ifindex: w.e0, programId: drop.info().unwrap().id })
    const { id } = drop.info().unwrap()
    const shown = (await w.t.link(w.e0)).xdp
    expect(mode === 'native' ? (shown?.programId ?? shown?.driverProgramId) : shown?.genericProgramId).toBe(id)
    expect(w.t.ip('link', 'show', 'e0')[0].xdp).toMatchObject({ mode: mode === 'native' ? 1 : 2, prog: { id } })
    expect(link.update(pass, { expected: pass }).unwrapErr().code).toBe('bpf.attach-refused')
    link.update(pass, { expected: drop }).unwrap()
    expect(await w.passes()).toBe(true)
    link.update(drop).unwrap()
    expect(await w.drops()).toBe(true)
    link.detach().unwrap()
    expect(await w.passes()).toBe(true)
  })

kernelTest('bpf link > xdp on a link that is taken, gone, or of a driver that cannot', { needs: [feature('link-veth')] }, async () => {
  await using w = await wire()
  using pass = returns('xdp', XDP_PASS)
  const hook: XdpHook = { ifindex: w.e0, netns: w.t.netns }
  using _link = attachXdp(sys, pass, { ...hook, mode: 'native' }).unwrap()
  const taken = attachXdp(sys, pass, { ...hook, mode: 'native' }).unwrapErr()
  expect(taken).toMatchObject({ code: 'bpf.attach-refused', errnoName: 'EBUSY', hint: expect.stringContaining('detach it first') })
  expect(attachXdp(sys, pass, { ...hook, mode: 'generic' }).unwrapErr()).toMatchObject({ code: 'bpf.attach-refused', errnoName: 'EEXIST' })
  expect(attachXdp(sys, pass, { ...hook, ifindex: 777 }).unwrapErr()).toMatchObject({
    code: 'bpf.refused',
    hint: expect.stringContaining('no such link'),
  })
  // the loopback link has no driver to run it
  const loopback = await w.t.index('lo')
  expect(attachXdp(sys, pass, { ...hook, ifindex: loopback, mode: 'native' }).unwrapErr()).toMatchObject({
    code: 'bpf.refused',
    errnoName: 'EOPNOTSUPP',
    hint: expect.stringContaining('mode generic'),
  })
  using generic = attachXdp(sys, pass, { ...hook, ifindex: loopback, mode: 'generic' }).unwrap()
  expect(generic.info().unwrap()).toMatchObject({ type: 'xdp', ifindex: loopback })
})
