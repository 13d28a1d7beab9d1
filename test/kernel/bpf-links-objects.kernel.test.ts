import { execFileSync } from 'node:child_process'
import { readFileSync, unlinkSync } from 'node:fs'
import {
  attachIterator,
  attachRawTracepoint,
  attachSockmap,
  attachTracing,
  attachXdp,
  type BpfLink,
  BpfProgram,
  bpfFeatures,
  listLinks,
  listPrograms,
  loadRaw,
  openIterator,
  openLinkById,
  openPinnedLink,
  openPinnedProgram,
  openProgramById,
} from '@axoneme/bpf'
import { Errno, Ok } from '@axoneme/sys'
import { expect } from 'vitest'
import { assemble, atomic, exit, ldMapValue, mov } from './bpf-assemble.js'
import { bpffs } from './bpf-fixture.js'
import { load, returns, wire } from './bpf-hooks.js'
import { kernelTypeId } from './bpf-kernel-type.js'
import { lookup, mapFd } from './bpf-map-fd.js'
import { feature, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const bpftool = (...args: string[]): any => JSON.parse(execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8', timeout: 60_000 }))

kernelTest(
  'bpf link > pinned, a link stays when its handle is closed, and is opened, updated and taken off by its pin',
  { needs: [feature('link-veth')] },
  async () => {
    await using w = await wire()
    using fs = bpffs()
    using drop = returns('xdp', 1, { name: 'axm_drop' })
    using pass = returns('xdp', 2, { name: 'axm_pass' })
    const [linkPath, programPath] = [`${fs.path}/links/e0`, `${fs.path}/programs/drop`]
    const link = attachXdp(sys, drop, { ifindex: w.e0, netns: w.t.netns }).unwrap()
    link.pin(linkPath).unwrap()
    expect(link.pin(linkPath).unwrapErr().code).toBe('bpf.exists')
    drop.pin(programPath).unwrap()
    link.close()
    expect(await w.drops()).toBe(true)
    using again = openPinnedLink(sys, linkPath).unwrap()
    expect(again.info().unwrap()).toMatchObject({ type: 'xdp', ifindex: w.e0, programId: drop.info().unwrap().id })
    again.update(pass, { expected: drop }).unwrap()
    expect(await w.passes()).toBe(true)
    again.unpin(linkPath).unwrap()
    again.unpin(linkPath).unwrap()
    again.update(drop).unwrap()
    expect(await w.drops()).toBe(true)
    expect(openPinnedLink(sys, linkPath).unwrapErr().code).toBe('bpf.missing')
    // a pin does not say what it is of
    expect(openPinnedLink(sys, programPath).unwrapErr()).toMatchObject({ code: 'input.invalid', hint: 'Open it as a program.' })
    using program = openPinnedProgram(sys, programPath).unwrap()
    expect(program.info().unwrap()).toEqual(drop.info().unwrap())
    expect(program).toMatchObject({ name: 'axm_drop', type: 'xdp' })
    again.close()
    expect(await w.passes()).toBe(true)
  },
)

kernelTest('bpf link > info and lists agree with bpftool, and hold what was made', { needs: [feature('link-veth')] }, async () => {
  await using w = await wire()
  using program = returns('xdp', 2, { name: 'axm_listed' })
  using link = attachXdp(sys, program, { ifindex: w.e0, netns: w.t.netns }).unwrap()
  const [linkInfo, info] = [link.info().unwrap(), program.info().unwrap()]
  expect(bpftool('link', 'show', 'id', String(linkInfo.id))).toMatchObject({ id: linkInfo.id, type: 'xdp', prog_id: info.id })
  const shown = bpftool('prog', 'show', 'id', String(info.id))
  expect(shown).toMatchObject({
    id: info.id,
    type: 'xdp',
    name: 'axm_listed',
    tag: info.tag,
    gpl_compatible: info.gplCompatible,
    uid: info.createdByUid,
    bytes_xlated: info.xlatedBytes,
  })
  expect(shown.bytes_jited ?? 0).toBe(info.jitedBytes)
  const loadedAt = Number(info.loadTimeNs / 1_000_000_000n)
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  expect(loadedAt).toBeGreaterThan(0)
  expect(loadedAt).toBeLessThanOrEqual(uptime)
  expect(
    listLinks(sys)
      .unwrap()
      .find(({ id }) => id === linkInfo.id),
  ).toEqual(linkInfo)
  expect(
    listPrograms(sys)
      .unwrap()
      .find(({ id }) => id === info.id),
  ).toEqual(info)
  using sameProgram = openProgramById(sys, info.id).unwrap()
  expect(sameProgram.info().unwrap()).toEqual(info)
  using sameLink = openLinkById(sys, linkInfo.id).unwrap()
  expect(sameLink.info().unwrap()).toEqual(linkInfo)
  sameLink.close()
  expect(openLinkById(sys, 0x7fff_fff0).unwrapErr().code).toBe('bpf.missing')
  expect(openProgramById(sys, 0x7fff_fff0).unwrapErr().code).toBe('bpf.missing')
  link.close()
  expect(
    listLinks(sys)
      .unwrap()
      .some(({ id }) => id === linkInfo.id),
  ).toBe(false)
})

kernelTest('bpf link > a raw tracepoint program runs at its tracepoint, until the link is closed', { needs: [] }, async () => {
  using counter = mapFd('array', 4, 8, 1)
  using program = load('raw_tracepoint', [ldMapValue(1, counter.fd), mov(2, 1), atomic('u64', 1, 0, 2, 0), mov(0, 0), exit])
  const count = (): bigint => new DataView(lookup(counter.fd, 0, 8).buffer).getBigUint64(0, true)
  using link = attachRawTracepoint(sys, program, 'sched_switch').unwrap()
  expect(link.info().unwrap()).toMatchObject({ type: 'raw_tracepoint', name: 'sched_switch', programId: program.info().unwrap().id })
  await new Promise((done) => setTimeout(done, 20))
  const counted = count()
  expect(counted).toBeGreaterThan(0n)
  expect(link.detach().unwrapErr()).toMatchObject({ code: 'bpf.refused', hint: expect.stringContaining('Close it') })
  link.close()
  await new Promise((done) => setTimeout(done, 20))
  const afterwards = count()
  await new Promise((done) => setTimeout(done, 20))
  expect(count()).toBe(afterwards)
  expect(attachRawTracepoint(sys, program, 'no_such_tracepoint').unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    errnoName: 'ENOENT',
  })
})

kernelTest(
  'bpf link > a tracing program runs at its function, with and without a cookie, where the machine lets one be loaded',
  { needs: [] },
  async () => {
    using counter = mapFd('array', 4, 8, 1)
    const shape = { expectedAttachType: 'trace_fentry', attachBtfId: kernelTypeId('do_unlinkat') } as const
    const code = [ldMapValue(1, counter.fd), mov(2, 1), atomic('u64', 1, 0, 2, 0), mov(0, 0), exit]
    const tried = loadRaw(sys, { type: 'tracing', instructions: assemble(...code), license: 'GPL', name: 'axm_fentry', ...shape })
    if (!('fd' in tried)) {
      // a machine that forbids it tells nothing about its kernel
      expect(tried).toEqual({ errno: Errno.EPERM, log: '' })
      expect(await bpfFeatures.find(({ name }) => name === 'program-tracing')?.probe(sys)).toHaveProperty('unknown')
      return
    }
    using program = BpfProgram.of(sys, tried.fd, 'axm_fentry', 'tracing')
    const count = (): bigint => new DataView(lookup(counter.fd, 0, 8).buffer).getBigUint64(0, true)
    for (const cookie of [undefined, 77n]) {
      using link = attachTracing(sys, program, { attachType: 'trace_fentry', ...(cookie === undefined ? {} : { cookie }) }).unwrap()
      expect(link.info().unwrap()).toMatchObject({ type: 'tracing', attachType: 'trace_fentry', targetBtfId: shape.attachBtfId })
      const before = count()
      expect(() => unlinkSync('/tmp/axm-not-there')).toThrow('ENOENT')
      expect(count()).toBeGreaterThan(before)
      link.close()
    }
  },
)

kernelTest('bpf link > an iterator over maps is walked to its end', { needs: [] }, async () => {
  using counter = mapFd('array', 4, 8, 1)
  using program = load('tracing', [ldMapValue(1, counter.fd), mov(2, 1), atomic('u64', 1, 0, 2, 0), mov(0, 0), exit], {
    expectedAttachType: 'trace_iter',
    attachBtfId: kernelTypeId('bpf_iter_bpf_map'),
  })
  using link: BpfLink = attachIterator(sys, program).unwrap()
  expect(link.info().unwrap()).toMatchObject({ type: 'iter', name: 'bpf_map' })
  using walk = openIterator(sys, link).unwrap()
  expect(readFileSync(walk.use().unwrap(), 'utf8')).toBe('')
  // at least the map that counts is one of the maps
  expect(new DataView(lookup(counter.fd, 0, 8).buffer).getBigUint64(0, true)).toBeGreaterThan(0n)
})

kernelTest('bpf link > a program on a map of sockets holds its place until it is detached', { needs: [] }, async () => {
  using sockets = mapFd('sockmap', 4, 8, 1)
  using verdict = returns('sk_skb', 1, { expectedAttachType: 'sk_skb_stream_verdict' })
  using message = returns('sk_msg', 1, { expectedAttachType: 'sk_msg_verdict' })
  const map = { use: () => Ok(sockets.fd) }
  const stream = attachSockmap(sys, verdict, { map, at: 'sk_skb_stream_verdict' }).unwrap()
  using _messages = attachSockmap(sys, message, { map, at: 'sk_msg_verdict' }).unwrap()
  const { id } = verdict.info().unwrap()
  verdict.close()
  // the map holds the program, though nobody else does
  expect(bpfHolds(id)).toBe(true)
  using wrong = returns('sk_skb', 1, { expectedAttachType: 'sk_skb_verdict' })
  expect(attachSockmap(sys, wrong, { map, at: 'sk_skb_verdict' }).unwrapErr()).toMatchObject({
    code: 'bpf.attach-refused',
    errnoName: 'EBUSY',
  })
  expect(attachSockmap(sys, wrong, { map, at: 'sk_msg_verdict' }).unwrapErr()).toMatchObject({ code: 'bpf.refused', errnoName: 'EINVAL' })
  stream.detach().unwrap()
  stream.detach().unwrap()
  expect(await until(() => !bpfHolds(id))).toBe(true)
  using _now = attachSockmap(sys, wrong, { map, at: 'sk_skb_verdict' }).unwrap()
})

const bpfHolds = (wanted: number): boolean =>
  listPrograms(sys)
    .unwrap()
    .some(({ id }) => id === wanted)

/** programs are freed a grace period after their last holder let go */
async function until(condition: () => boolean): Promise<boolean> {
  for (const end = Date.now() + 5000; Date.now() < end; await new Promise((done) => setTimeout(done, 10))) if (condition()) return true
  return false
}
