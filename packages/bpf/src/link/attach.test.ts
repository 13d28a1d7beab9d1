import { closed, Err, Netns, Ok, type Result, type Sys } from '@axoneme/sys'
import { type FakeSys, fakeSys } from '@axoneme/sys/testing'
import { describe, expect, test } from 'vitest'
import { BpfProgram } from '../program/program.js'
import type { ProgramType } from '../spec/program-section.js'
import { attachCgroup } from './cgroup.js'
import { BpfLink } from './link.js'
import { attachNetfilter } from './netfilter.js'
import { attachNetkit } from './netkit.js'
import { attachNetns } from './netns.js'
import { attachSockmap } from './sockmap.js'
import { attachTcx } from './tcx.js'
import { attachIterator, attachRawTracepoint, attachTracing } from './tracing.js'
import { attachXdp } from './xdp.js'

const LINK_CREATE = 28
const u32s = (attr: Uint8Array, ...at: number[]): number[] =>
  at.map((offset) => new DataView(attr.buffer, attr.byteOffset).getUint32(offset, true))
const u64 = (attr: Uint8Array, at: number): bigint => new DataView(attr.buffer, attr.byteOffset).getBigUint64(at, true)

/** A kernel that gives links, and the last attr of a command. */
function giving(answer: (command: number, attr: Uint8Array) => number = () => 50): {
  sys: FakeSys
  last: () => Uint8Array
  commands: number[]
} {
  let last = new Uint8Array()
  const commands: number[] = []
  const sys = fakeSys({
    bpf(command, attr) {
      last = attr.slice()
      commands.push(command)
      return answer(command, attr)
    },
  })
  return { sys, last: () => last, commands }
}
const program = (sys: Sys, type: ProgramType = 'sched_cls'): BpfProgram => BpfProgram.of(sys, 7, 'axm', type)

describe('what each hook asks of the kernel', () => {
  test('tcx: link number, attach type, order, revision', () => {
    const { sys, last } = giving()
    const anchor = BpfLink.of(sys, 9, 'x')
    attachTcx(sys, program(sys), { ifindex: 3, at: 'egress', order: { before: { link: anchor } }, expectedRevision: 77n }).unwrap()
    expect(u32s(last(), 0, 4, 8, 12, 16)).toEqual([7, 3, 47, (1 << 3) | (1 << 13), 9])
    expect(u64(last(), 24)).toBe(77n)
  })

  test.each([
    [undefined, 0, 0],
    ['last', 0, 0],
    ['first', 8, 0],
    [{ after: { programId: 5 } }, 16 | 32, 5],
    [{ before: { linkId: 5 } }, 8 | 32 | (1 << 13), 5],
  ] as const)('order %j', (order, flags, relative) => {
    const { sys, last } = giving()
    attachTcx(sys, program(sys), { ifindex: 3, at: 'ingress', ...(order === undefined ? {} : { order }) }).unwrap()
    expect(u32s(last(), 12, 16)).toEqual([flags, relative])
  })

  test('netkit, xdp, netfilter, iterator, tracing', () => {
    const { sys, last, commands } = giving()
    attachNetkit(sys, program(sys), { ifindex: 3, at: 'peer', order: { after: { program: program(sys) } } }).unwrap()
    expect(u32s(last(), 4, 8, 12, 16)).toEqual([3, 55, 16, 7])
    attachXdp(sys, program(sys, 'xdp'), { ifindex: 4, mode: 'native' }).unwrap()
    expect(u32s(last(), 0, 4, 8, 12)).toEqual([7, 4, 37, 4])
    attachNetfilter(sys, program(sys, 'netfilter'), { family: 6, hook: 'forward', priority: -5, defragment: true }).unwrap()
    expect(u32s(last(), 4, 8, 16, 20, 24, 28)).toEqual([0, 45, 10, 2, 0xffff_fffb, 1])
    attachIterator(sys, program(sys, 'tracing'), { map: { use: () => Ok(12) } }).unwrap()
    expect(u32s(last(), 8, 16, 24)).toEqual([28, 0x1000, 16])
    attachTracing(sys, program(sys, 'tracing'), { attachType: 'trace_fentry', cookie: 5n }).unwrap()
    expect([u32s(last(), 8), u64(last(), 24)]).toEqual([[24], 5n])
    attachTracing(sys, program(sys, 'tracing'), { attachType: 'trace_fentry' }).unwrap()
    expect([commands.at(-1), u32s(last(), 0, 8)]).toEqual([17, [0, 7]])
    attachRawTracepoint(sys, program(sys, 'raw_tracepoint'), 'sched_switch').unwrap()
    expect([commands.at(-1), u32s(last(), 0, 8)]).toEqual([17, [0x1000, 7]])
  })

  test('a cgroup is opened for the call and closed after it, however that ends', () => {
    for (const answer of [50, -22]) {
      const { sys, last } = giving((command) => (command === LINK_CREATE ? answer : -22))
      attachCgroup(sys, program(sys, 'cgroup_skb'), { cgroup: '/sys/fs/cgroup/x', at: 'cgroup_inet_egress' })
      expect(sys.calls.filter(({ call }) => call === 'open')[0]?.args[0]).toBe('/sys/fs/cgroup/x')
      expect(sys.calls.filter(({ call }) => call === 'close').map(({ args }) => args[0])).toContain(100)
      expect(last().length).toBeGreaterThan(0)
    }
    const { sys, last } = giving()
    attachCgroup(sys, program(sys, 'cgroup_skb'), { cgroup: { use: () => Ok(33) }, at: 'cgroup_inet_egress' }).unwrap()
    expect(u32s(last(), 4, 8)).toEqual([33, 1])
  })

  test('a namespace is entered for the call, and left', () => {
    const { sys } = giving()
    using netns = Netns.of(sys, 60, '/run/netns/blue', 1)
    attachXdp(sys, program(sys, 'xdp'), { ifindex: 4, netns }).unwrap()
    const order = sys.calls.map(({ call, args }) => (call === 'setns' ? `setns ${args[0]}` : call)).filter((call) => /setns|bpf/.test(call))
    expect(order).toEqual(['setns 60', 'bpf', 'setns 100'])
    attachNetns(sys, program(sys, 'sk_lookup'), { netns, at: 'sk_lookup' }).unwrap()
    netns.close()
    expect(attachNetns(sys, program(sys, 'sk_lookup'), { netns, at: 'sk_lookup' }).unwrapErr().code).toBe('sys.closed')
    expect(attachXdp(sys, program(sys, 'xdp'), { ifindex: 4, netns }).unwrapErr().code).toBe('sys.closed')
  })

  test('a map of sockets: descriptors of its own, detached and closed once', () => {
    const { sys, commands } = giving((command, attr) => {
      if (command === 15) return 0
      return command === 14 || command === 13 ? 70 + command : attr.length > 0 ? 0 : -1
    })
    const attachment = attachSockmap(sys, program(sys, 'sk_msg'), { map: { use: () => Ok(20) }, at: 'sk_msg_verdict' }).unwrap()
    attachment.detach().unwrap()
    attachment.close()
    expect(commands).toEqual([15, 14, 15, 13, 8, 9])
    expect(sys.calls.filter(({ call }) => call === 'close').map(({ args }) => args[0])).toEqual([84, 83])
  })
})

describe('how refusals are explained', () => {
  /** attaches to an XDP hook that answers an errno; every other try of the kernel (the probe's) answers another */
  function refusedWith(errno: number, probed: number): Result<unknown, { code: string }> {
    let first = true
    const { sys } = giving((command) => {
      if (command !== LINK_CREATE) return 40
      const answer = first ? -errno : probed
      first = false
      return answer
    })
    return attachXdp(sys, program(sys, 'xdp'), { ifindex: 4 })
  }

  test('the probe says that the kernel lacks it: that is the error, and the errno its cause', () => {
    expect(refusedWith(22, -22).unwrapErr()).toMatchObject({
      code: 'feature.unsupported',
      feature: 'xdp-link',
      since: '5.9',
      cause: { code: 'bpf.refused', errno: 22, command: 'BPF_LINK_CREATE' },
    })
  })
  test('the probe says that the kernel has it: the errno, and what to do', () => {
    expect(refusedWith(22, 50).unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: 22, hint: expect.stringContaining('no such link') })
  })
  test('the probe cannot tell: the errno', () => {
    expect(refusedWith(22, -1).unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: 22 })
  })
  test.each([
    [16, 'EBUSY'],
    [17, 'EEXIST'],
    [116, 'ESTALE'],
    [34, 'ERANGE'],
    [2, 'ENOENT'],
  ])('errno %i shows that the hook is there, so nothing is probed', (errno, errnoName) => {
    expect(refusedWith(errno, -22).unwrapErr()).toMatchObject({ code: 'bpf.attach-refused', errno, errnoName, hint: expect.any(String) })
  })
  test('others', () => {
    expect(refusedWith(1, 50).unwrapErr().code).toBe('permission.denied')
    expect(refusedWith(19, 50).unwrapErr().code).toBe('bpf.missing')
  })
  test('a probe is made once', () => {
    const { sys, commands } = giving((command) => (command === LINK_CREATE ? -22 : 40))
    for (let round = 0; round < 3; round++) attachXdp(sys, program(sys, 'xdp'), { ifindex: 4 })
    expect(commands.filter((command) => command === LINK_CREATE)).toHaveLength(4)
  })
  test('closed handles are told before the kernel is asked', () => {
    const { sys, commands } = giving()
    const gone = program(sys)
    gone.close()
    const anchor = BpfLink.of(sys, 9, 'x')
    anchor.close()
    expect(attachTcx(sys, gone, { ifindex: 3, at: 'ingress' }).unwrapErr().code).toBe('sys.closed')
    expect(attachTcx(sys, program(sys), { ifindex: 3, at: 'ingress', order: { after: { link: anchor } } }).unwrapErr().code).toBe(
      'sys.closed',
    )
    expect(attachSockmap(sys, program(sys), { map: { use: () => Err(closed('map')) }, at: 'sk_msg_verdict' }).unwrapErr().code).toBe(
      'sys.closed',
    )
    expect(commands).toEqual([])
  })
})
