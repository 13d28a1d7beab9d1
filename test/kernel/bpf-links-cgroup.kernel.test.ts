import { attachCgroup, type BpfLink, type BpfProgram, type CgroupAttachType, type ProgramType, queryCgroup } from '@axoneme/bpf'
import { expect } from 'vitest'
import { exit, jmp, label, ldx, mov, stx } from './bpf-assemble.js'
import { attempt, cgroup } from './bpf-cgroup.js'
import { hasOrRefuses, load, Receiver, returns } from './bpf-hooks.js'
import { type Scratch, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** struct bpf_sock_addr: user_port, in network order */
const USER_PORT = 24
const HTONS_7 = 0x0700

async function loopback(t: Scratch): Promise<void> {
  ;(await t.netlink.links.update('lo', { up: true })).unwrap()
}

/** Refuses port 7, lets the rest go. */
function refusePort7(at: CgroupAttachType): BpfProgram {
  return load('cgroup_sock_addr', [ldx('u32', 2, 1, USER_PORT), mov(0, 0), jmp('eq', 2, HTONS_7, 'end'), mov(0, 1), label('end'), exit], {
    expectedAttachType: at,
    name: 'axm_refuse7',
  })
}

const hooks: readonly { readonly at: CgroupAttachType; readonly call: (port: number) => string }[] = [
  { at: 'cgroup_inet4_connect', call: (port) => `s.connect(('127.0.0.1', ${port}))` },
  { at: 'cgroup_udp4_sendmsg', call: (port) => `s.sendto(b'x', ('127.0.0.1', ${port}))` },
  { at: 'cgroup_inet4_bind', call: (port) => `s.bind(('127.0.0.1', ${port}))` },
]
for (const { at, call } of hooks)
  kernelTest(
    `bpf link > ${at} refuses a port to the processes of a cgroup, and to no others`,
    { needs: [], timeoutMs: 40_000 },
    async () => {
      await using t = scratch()
      await loopback(t)
      using group = cgroup()
      using other = cgroup()
      using program = refusePort7(at)
      if (!(await hasOrRefuses('cgroup-link', () => attachCgroup(sys, program, { cgroup: group.path, at })))) return
      expect(group.python(t, attempt(call(7)))).toBe('ok')
      using link = attachCgroup(sys, program, { cgroup: group.path, at }).unwrap()
      expect(link.info().unwrap()).toMatchObject({ type: 'cgroup', attachType: at, programId: program.info().unwrap().id })
      const { programs } = queryCgroup(sys, { cgroup: group.path, at }).unwrap()
      expect(programs.map(({ programId }) => programId)).toEqual([program.info().unwrap().id])
      expect(group.python(t, attempt(call(7)) + attempt(call(8)))).toBe('EPERM\nok')
      expect(other.python(t, attempt(call(7)))).toBe('ok')
      link.close()
      expect(group.python(t, attempt(call(7)))).toBe('ok')
      expect(queryCgroup(sys, { cgroup: group.path, at }).unwrap().programs).toEqual([])
    },
  )

kernelTest(
  'bpf link > cgroup_inet4_connect sends a connection elsewhere, and is updated in place',
  { needs: [], timeoutMs: 40_000 },
  async () => {
    await using t = scratch()
    await loopback(t)
    using group = cgroup()
    using receiver = Receiver.open(t, 6000, '127.0.0.1')
    // port 6000, whatever port was asked for
    using steer = load('cgroup_sock_addr', [mov(2, 0x7017), stx('u32', 1, USER_PORT, 2), mov(0, 1), exit], {
      expectedAttachType: 'cgroup_inet4_connect',
    })
    using allow = returns('cgroup_sock_addr', 1, { expectedAttachType: 'cgroup_inet4_connect', name: 'axm_allow' })
    const hook = { cgroup: group.path, at: 'cgroup_inet4_connect' } as const
    if (!(await hasOrRefuses('cgroup-link', () => attachCgroup(sys, steer, hook)))) return
    const send = attempt(`s.connect(('127.0.0.1', 7)); s.send(b'hello')`)
    using link = attachCgroup(sys, steer, hook).unwrap()
    expect(group.python(t, send)).toBe('ok')
    expect(await receiver.arrives('hello')).toBe(true)
    link.update(allow, { expected: steer }).unwrap()
    group.python(t, send)
    expect(await receiver.nothing()).toBe(true)
    expect(link.update(allow, { expected: steer }).unwrapErr().code).toBe('bpf.attach-refused')
  },
)

for (const at of ['cgroup_inet_egress', 'cgroup_inet_ingress'] as const)
  kernelTest(`bpf link > ${at} drops packets of a cgroup`, { needs: [], timeoutMs: 40_000 }, async () => {
    await using t = scratch()
    await loopback(t)
    using group = cgroup()
    using drop = returns('cgroup_skb', 0, { expectedAttachType: at })
    const hook = { cgroup: group.path, at }
    if (!(await hasOrRefuses('cgroup-link', () => attachCgroup(sys, drop, hook)))) return
    // to itself, so that both directions are of this cgroup
    const code = attempt(`s.bind(('127.0.0.1', 5000)); s.sendto(b'x', ('127.0.0.1', 5000)); s.recv(9)`)
    expect(group.python(t, code)).toBe('ok')
    using _link = attachCgroup(sys, drop, hook).unwrap()
    expect(group.python(t, code)).toBe(at === 'cgroup_inet_egress' ? 'EPERM' : 'timed out')
  })

kernelTest('bpf link > the programs of a cgroup keep an order where the kernel has one', { needs: [] }, async () => {
  using group = cgroup()
  const at = 'cgroup_inet_egress'
  const hook = { cgroup: group.path, at } as const
  using one = returns('cgroup_skb', 1, { expectedAttachType: at, name: 'axm_one' })
  using two = returns('cgroup_skb', 1, { expectedAttachType: at, name: 'axm_two' })
  using three = returns('cgroup_skb', 1, { expectedAttachType: at, name: 'axm_three' })
  const order = (): number[] =>
    queryCgroup(sys, hook)
      .unwrap()
      .programs.map(({ programId }) => programId)
  const ids = [one, two, three].map((program) => program.info().unwrap().id)
  using first = attachCgroup(sys, one, hook).unwrap()
  if (!(await hasOrRefuses('cgroup-order', () => attachCgroup(sys, two, { ...hook, order: 'first' })))) {
    using _second = attachCgroup(sys, two, { ...hook, order: 'last' }).unwrap()
    expect(order()).toEqual([ids[0], ids[1]])
    return
  }
  using before = attachCgroup(sys, two, { ...hook, order: 'first' }).unwrap()
  expect(order()).toEqual([ids[1], ids[0]])
  using between = attachCgroup(sys, three, { ...hook, order: { before: { link: first } } }).unwrap()
  expect(order()).toEqual([ids[1], ids[2], ids[0]])
  between.close()
  using _after = attachCgroup(sys, three, { ...hook, order: { after: { linkId: before.info().unwrap().id } } }).unwrap()
  expect(order()).toEqual([ids[1], ids[2], ids[0]])
  const { revision } = queryCgroup(sys, hook).unwrap()
  if (revision > 0n)
    expect(attachCgroup(sys, three, { ...hook, expectedRevision: revision + 7n }).unwrapErr()).toMatchObject({
      code: 'bpf.attach-refused',
      errnoName: 'ESTALE',
    })
})

/** types whose attach types of cgroups take a program that lets everything go on */
const everywhere: readonly (readonly [CgroupAttachType, ProgramType])[] = [
  ['cgroup_inet_ingress', 'cgroup_skb'],
  ['cgroup_inet_egress', 'cgroup_skb'],
  ['cgroup_inet_sock_create', 'cgroup_sock'],
  ['cgroup_inet_sock_release', 'cgroup_sock'],
  ['cgroup_inet4_post_bind', 'cgroup_sock'],
  ['cgroup_inet6_post_bind', 'cgroup_sock'],
  ['cgroup_sock_ops', 'sock_ops'],
  ['cgroup_device', 'cgroup_device'],
  ['cgroup_sysctl', 'cgroup_sysctl'],
  ['cgroup_getsockopt', 'cgroup_sockopt'],
  ['cgroup_setsockopt', 'cgroup_sockopt'],
  ['cgroup_inet4_bind', 'cgroup_sock_addr'],
  ['cgroup_inet6_bind', 'cgroup_sock_addr'],
  ['cgroup_inet4_connect', 'cgroup_sock_addr'],
  ['cgroup_inet6_connect', 'cgroup_sock_addr'],
  ['cgroup_udp4_sendmsg', 'cgroup_sock_addr'],
  ['cgroup_udp6_sendmsg', 'cgroup_sock_addr'],
  ['cgroup_udp4_recvmsg', 'cgroup_sock_addr'],
  ['cgroup_udp6_recvmsg', 'cgroup_sock_addr'],
  ['cgroup_inet4_getpeername', 'cgroup_sock_addr'],
  ['cgroup_inet6_getpeername', 'cgroup_sock_addr'],
  ['cgroup_inet4_getsockname', 'cgroup_sock_addr'],
  ['cgroup_inet6_getsockname', 'cgroup_sock_addr'],
]

kernelTest(
  'bpf link > every attach type of cgroups is attached, queried with its effect below, and gone with its link',
  { needs: [] },
  async () => {
    using group = cgroup()
    const links: BpfLink[] = []
    try {
      for (const [at, type] of everywhere) {
        using program = returns(type, 1, { expectedAttachType: at })
        const { id } = program.info().unwrap()
        const link = attachCgroup(sys, program, { cgroup: group.path, at }).unwrap()
        links.push(link)
        expect(link.info().unwrap(), at).toMatchObject({ type: 'cgroup', attachType: at, programId: id })
        const [attached] = queryCgroup(sys, { cgroup: group.path, at }).unwrap().programs
        expect(attached?.programId, at).toBe(id)
        const effective = queryCgroup(sys, { cgroup: group.path, at, effective: true }).unwrap().programs
        expect(
          effective.map(({ programId }) => programId),
          at,
        ).toContain(id)
      }
    } finally {
      for (const link of links) link.close()
    }
    expect(queryCgroup(sys, { cgroup: group.path, at: 'cgroup_device' }).unwrap().programs).toEqual([])
  },
)

kernelTest('bpf link > what is no cgroup is refused', { needs: [] }, async () => {
  using group = cgroup()
  const at = 'cgroup_inet_egress'
  using program = returns('cgroup_skb', 1, { expectedAttachType: at })
  expect(attachCgroup(sys, program, { cgroup: `${group.path}/none`, at }).unwrapErr().code).toBe('bpf.missing')
  expect(attachCgroup(sys, program, { cgroup: '/tmp', at }).unwrapErr()).toMatchObject({ code: 'bpf.refused', errnoName: 'EBADF' })
  expect(attachCgroup(sys, program, { cgroup: group.path, at: 'xdp' as never }).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'at',
  })
})
