import { attachNetfilter, attachNetns, type NetfilterHook, queryNetns } from '@axoneme/bpf'
import { expect } from 'vitest'
import { alu, call, exit, jmp, label, ldMapFd, ldx, mov, movr, st } from './bpf-assemble.js'
import { has, hasOrRefuses, load, Receiver, returns, wire } from './bpf-hooks.js'
import { mapFd, putFd } from './bpf-map-fd.js'
import { feature, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const MAP_LOOKUP_ELEM = 1
const SK_RELEASE = 86
const SK_ASSIGN = 124
const SK_DROP = 0
const SK_PASS = 1
/** struct bpf_sk_lookup: local_port, in host order */
const LOCAL_PORT = 60

kernelTest(
  'bpf link > sk_lookup drops what comes for a port, or gives it to a socket of another',
  { needs: [feature('link-veth')] },
  async () => {
    await using w = await wire()
    const hook = { netns: w.t.netns, at: 'sk_lookup' } as const
    using drop = returns('sk_lookup', SK_DROP, { expectedAttachType: 'sk_lookup' })
    using pass = returns('sk_lookup', SK_PASS, { expectedAttachType: 'sk_lookup' })
    if (!(await hasOrRefuses('sk-lookup-link', () => attachNetns(sys, drop, hook)))) return
    expect(await w.passes()).toBe(true)
    using link = attachNetns(sys, drop, hook).unwrap()
    expect(await w.drops()).toBe(true)
    expect(link.info().unwrap()).toMatchObject({ type: 'netns', attachType: 'sk_lookup', netnsInode: w.t.netns.inode })
    expect(
      queryNetns(sys, hook)
        .unwrap()
        .programs.map(({ programId }) => programId),
    ).toEqual([drop.info().unwrap().id])
    link.update(pass, { expected: drop }).unwrap()
    expect(await w.passes()).toBe(true)
    expect(link.update(drop, { expected: drop }).unwrapErr().code).toBe('bpf.attach-refused')

    // what comes for port 7 goes to the socket of port 6000
    using elsewhere = Receiver.open(w.t, 6000)
    using sockets = mapFd('sockmap', 4, 8, 1)
    putFd(sockets.fd, 0, elsewhere.fd)
    using steer = load(
      'sk_lookup',
      [
        movr(6, 1),
        mov(0, SK_PASS),
        ldx('u32', 2, 1, LOCAL_PORT),
        jmp('ne', 2, 7, 'end'),
        st('u32', 10, -4, 0),
        ldMapFd(1, sockets.fd),
        movr(2, 10),
        alu('add', 2, -4),
        call(MAP_LOOKUP_ELEM),
        jmp('eq', 0, 0, 'none'),
        movr(7, 0),
        movr(1, 6),
        movr(2, 7),
        mov(3, 0),
        call(SK_ASSIGN),
        movr(1, 7),
        call(SK_RELEASE),
        label('none'),
        mov(0, SK_PASS),
        label('end'),
        exit,
      ],
      { expectedAttachType: 'sk_lookup' },
    )
    using _steering = attachNetns(sys, steer, hook).unwrap()
    w.send('seven', 7)
    expect(await elsewhere.arrives('seven')).toBe(true)
    w.send('eight', 8)
    expect(await elsewhere.nothing()).toBe(true)
    expect(await w.passes()).toBe(true)
  },
)

kernelTest('bpf link > one flow dissector for each namespace', { needs: [] }, async () => {
  await using t = scratch()
  const hook = { netns: t.netns, at: 'flow_dissector' } as const
  using one = returns('flow_dissector', 0, { expectedAttachType: 'flow_dissector' })
  using other = returns('flow_dissector', 1, { expectedAttachType: 'flow_dissector', name: 'axm_other' })
  if (!(await hasOrRefuses('netns-link', () => attachNetns(sys, one, hook)))) return
  using link = attachNetns(sys, one, hook).unwrap()
  expect(link.info().unwrap()).toMatchObject({ type: 'netns', attachType: 'flow_dissector', netnsInode: t.netns.inode })
  expect(queryNetns(sys, hook).unwrap().programs).toMatchObject([{ programId: one.info().unwrap().id }])
  expect(attachNetns(sys, other, hook).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    hint: expect.stringContaining('one flow dissector'),
  })
  link.update(other, { expected: one }).unwrap()
  expect(queryNetns(sys, hook).unwrap().programs).toMatchObject([{ programId: other.info().unwrap().id }])
  link.close()
  expect(queryNetns(sys, hook).unwrap().programs).toEqual([])
})

kernelTest('bpf link > netfilter drops a datagram at a hook, by priority', { needs: [feature('link-veth')] }, async () => {
  await using w = await wire()
  const hook: NetfilterHook = { family: 4, hook: 'input', priority: 77, netns: w.t.netns }
  // NF_DROP; where programs cannot be of that type, any other is refused by the hook's name
  using program = (await has('program-netfilter')) ? returns('netfilter', 0, { expectedAttachType: 'netfilter' }) : returns('sched_cls', 0)
  if (!(await hasOrRefuses('netfilter-link', () => attachNetfilter(sys, program, hook)))) return
  expect(await w.passes()).toBe(true)
  using link = attachNetfilter(sys, program, hook).unwrap()
  expect(await w.drops()).toBe(true)
  expect(link.info().unwrap()).toMatchObject({ type: 'netfilter', family: 2, hook: 1, priority: 77, defragments: false })
  expect(attachNetfilter(sys, program, hook).unwrapErr()).toMatchObject({ code: 'bpf.attach-refused', errnoName: 'EBUSY' })
  expect(attachNetfilter(sys, program, { ...hook, priority: -500, defragment: true }).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    errnoName: 'ERANGE',
  })
  expect(attachNetfilter(sys, program, { ...hook, priority: -0x8000_0000 }).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    errnoName: 'ERANGE',
  })
  using early = attachNetfilter(sys, program, { ...hook, priority: -300, defragment: true, hook: 'prerouting' }).unwrap()
  expect(early.info().unwrap()).toMatchObject({ priority: -300, hook: 0, defragments: true })
  early.close()
  link.close()
  expect(await w.passes()).toBe(true)
})
