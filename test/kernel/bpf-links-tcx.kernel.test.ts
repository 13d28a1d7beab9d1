import { attachTcx, type BpfLink, type BpfProgram, type Order, queryTcx } from '@axoneme/bpf'
import { expect } from 'vitest'
import { exit, ldx, mov, raw, stx } from './bpf-assemble.js'
import { hasOrRefuses, load, returns, wire } from './bpf-hooks.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Source: linux/bpf.h enum tcx_action_base */
const TCX_NEXT = -1
const TCX_PASS = 0
const TCX_DROP = 2

const tcx = (verdict: number, name = 'axm_test'): BpfProgram => returns('sched_cls', verdict, { name, expectedAttachType: 'tcx_ingress' })

kernelTest('bpf link > tcx ingress decides whether a datagram arrives, and is updated in place', { needs: [] }, async () => {
  await using w = await wire()
  const hook = { ifindex: w.e0, at: 'ingress', netns: w.t.netns } as const
  using drop = tcx(TCX_DROP, 'axm_drop')
  using pass = tcx(TCX_PASS, 'axm_pass')
  if (!(await hasOrRefuses('tcx', () => attachTcx(sys, drop, hook)))) {
    expect(queryTcx(sys, hook).unwrapErr()).toMatchObject({ code: 'feature.unsupported', feature: 'tcx' })
    return
  }
  expect(await w.passes()).toBe(true)
  using link = attachTcx(sys, drop, hook).unwrap()
  expect(await w.drops()).toBe(true)
  expect(link.info().unwrap()).toMatchObject({ type: 'tcx', attachType: 'tcx_ingress', ifindex: w.e0, programId: drop.info().unwrap().id })
  // another program than the expected one is there
  expect(link.update(pass, { expected: pass }).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    hint: expect.stringContaining('as expected'),
  })
  expect(await w.drops()).toBe(true)
  link.update(pass, { expected: drop }).unwrap()
  expect(await w.passes()).toBe(true)
  link.update(drop).unwrap()
  expect(await w.drops()).toBe(true)
  link.detach().unwrap()
  expect(await w.passes()).toBe(true)
  expect(link.info().unwrap()).toMatchObject({ type: 'tcx', ifindex: 0 })
  expect(link.update(pass).unwrapErr()).toMatchObject({ code: 'bpf.attach-refused', errnoName: 'ENOLINK' })
  const again = attachTcx(sys, drop, hook).unwrap()
  expect(await w.drops()).toBe(true)
  again.close()
  expect(await w.passes()).toBe(true)
  expect(again.info().unwrapErr().code).toBe('sys.closed')
})

kernelTest('bpf link > tcx egress decides whether a datagram leaves', { needs: [] }, async () => {
  await using w = await wire()
  using drop = returns('sched_cls', TCX_DROP, { expectedAttachType: 'tcx_egress' })
  const hook = { ifindex: w.e1, at: 'egress', netns: w.far.netns } as const
  if (!(await hasOrRefuses('tcx', () => attachTcx(sys, drop, hook)))) return
  expect(await w.passes()).toBe(true)
  using link = attachTcx(sys, drop, hook).unwrap()
  expect(await w.drops()).toBe(true)
  expect(link.info().unwrap()).toMatchObject({ type: 'tcx', attachType: 'tcx_egress', ifindex: w.e1 })
  expect(queryTcx(sys, { ...hook, at: 'ingress' }).unwrap().programs).toEqual([])
  expect(queryTcx(sys, hook).unwrap().programs).toHaveLength(1)
})

/** Writes its number behind the last one in the mark: the mark then reads as the order in which programs ran. */
function writer(digit: number): BpfProgram {
  return load(
    'sched_cls',
    [ldx('u32', 2, 1, 8), raw(0x27, 2, 0, 0, 10), raw(0x07, 2, 0, 0, digit), stx('u32', 1, 8, 2), mov(0, TCX_NEXT), exit],
    { name: `axm_w${digit}`, expectedAttachType: 'tcx_ingress' },
  )
}

/** Lets a datagram pass if the mark is what is expected. */
function judge(mark: number): BpfProgram {
  return load('sched_cls', [ldx('u32', 2, 1, 8), mov(0, TCX_PASS), raw(0x15, 2, 0, 1, mark), mov(0, TCX_DROP), exit], {
    name: 'axm_judge',
    expectedAttachType: 'tcx_ingress',
  })
}

interface Made {
  readonly one: { readonly program: BpfProgram; readonly link: BpfLink }
  readonly two: { readonly program: BpfProgram; readonly link: BpfLink }
}
const orders: readonly { readonly title: string; readonly order: (made: Made) => Order | undefined; readonly runs: number }[] = [
  { title: 'none', order: () => undefined, runs: 123 },
  { title: 'last', order: () => 'last', runs: 123 },
  { title: 'first', order: () => 'first', runs: 312 },
  { title: 'before a link', order: ({ two }) => ({ before: { link: two.link } }), runs: 132 },
  { title: 'after a link', order: ({ one }) => ({ after: { link: one.link } }), runs: 132 },
  { title: 'before a link by id', order: ({ one }) => ({ before: { linkId: one.link.info().unwrap().id } }), runs: 312 },
  { title: 'after a link by id', order: ({ two }) => ({ after: { linkId: two.link.info().unwrap().id } }), runs: 123 },
  { title: 'before a program', order: ({ one }) => ({ before: { program: one.program } }), runs: 312 },
  { title: 'after a program', order: ({ one }) => ({ after: { program: one.program } }), runs: 132 },
  { title: 'before a program by id', order: ({ two }) => ({ before: { programId: two.program.info().unwrap().id } }), runs: 132 },
  { title: 'after a program by id', order: ({ two }) => ({ after: { programId: two.program.info().unwrap().id } }), runs: 123 },
]

kernelTest(
  'bpf link > tcx programs run in the order that anchors say, seen by query and by what packets meet',
  { needs: [], timeoutMs: 30_000 },
  async () => {
    await using w = await wire()
    const hook = { ifindex: w.e0, at: 'ingress', netns: w.t.netns } as const
    using first = writer(1)
    using second = writer(2)
    using third = writer(3)
    if (!(await hasOrRefuses('tcx', () => attachTcx(sys, first, { ...hook, order: 'first' })))) return
    const ids = new Map([first, second, third].map((program, index) => [program.info().unwrap().id, index + 1]))
    using one = attachTcx(sys, first, hook).unwrap()
    using two = attachTcx(sys, second, hook).unwrap()
    for (const { title, order, runs } of orders) {
      const wanted = order({ one: { program: first, link: one }, two: { program: second, link: two } })
      using three = attachTcx(sys, third, { ...hook, ...(wanted === undefined ? {} : { order: wanted }) }).unwrap()
      const attached = queryTcx(sys, hook).unwrap()
      expect(Number(attached.programs.map(({ programId }) => ids.get(programId)).join('')), title).toBe(runs)
      expect(attached.programs.map(({ linkId }) => linkId)).toContain(three.info().unwrap().id)
      using last = judge(runs)
      using _judging = attachTcx(sys, last, hook).unwrap()
      expect(await w.passes(), title).toBe(true)
    }
  },
)

kernelTest('bpf link > tcx refuses by name what moved, what is not there, and what is there already', { needs: [] }, async () => {
  await using w = await wire()
  const hook = { ifindex: w.e0, at: 'ingress', netns: w.t.netns } as const
  using pass = tcx(TCX_PASS)
  using other = tcx(TCX_PASS, 'axm_other')
  if (!(await hasOrRefuses('tcx', () => attachTcx(sys, pass, { ...hook, expectedRevision: 1n })))) return
  const { revision } = queryTcx(sys, hook).unwrap()
  using _link = attachTcx(sys, pass, { ...hook, expectedRevision: revision }).unwrap()
  const moved = queryTcx(sys, hook).unwrap()
  expect(moved.revision).toBeGreaterThan(revision)
  expect(attachTcx(sys, other, { ...hook, expectedRevision: revision }).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    errnoName: 'ESTALE',
    hint: expect.stringContaining('query it again'),
  })
  expect(queryTcx(sys, hook).unwrap()).toEqual(moved)
  expect(attachTcx(sys, other, { ...hook, order: { before: { program: other } } }).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    errnoName: 'ENOENT',
  })
  expect(attachTcx(sys, pass, hook).unwrapErr()).toMatchObject({ code: 'bpf.attach-refused', errnoName: 'EEXIST' })
  expect(attachTcx(sys, other, { ...hook, ifindex: 77 }).unwrapErr()).toMatchObject({ code: 'bpf.missing' })
  // without the namespace it is another link, or none: never e0
  expect(attachTcx(sys, other, { ifindex: 1 << 20, at: 'ingress' }).unwrapErr()).toMatchObject({ code: 'bpf.missing' })
  using egress = returns('sched_cls', 0, { expectedAttachType: 'tcx_egress' })
  using xdp = returns('xdp', 2)
  expect(attachTcx(sys, xdp, hook).unwrapErr()).toMatchObject({ code: 'bpf.refused', errnoName: 'EINVAL' })
  // the kernel does not hold a classifier to the side that it was loaded for
  using _both = attachTcx(sys, egress, hook).unwrap()
  other.close()
  expect(attachTcx(sys, other, hook).unwrapErr().code).toBe('sys.closed')
  using last = tcx(TCX_PASS)
  expect(attachTcx(sys, last, { ...hook, order: { after: { program: other } } }).unwrapErr().code).toBe('sys.closed')
})
