import { enableStatistics, loadRaw } from '@axoneme/bpf'
import { expect } from 'vitest'
import { alu, assemble, atomic, exit, jmp, label, ldMapFd, ldMapValue, ldx, mov, movr, raw, stx } from './bpf-assemble.js'
import { load, returns, udpFrame } from './bpf-hooks.js'
import { lookup, mapFd } from './bpf-map-fd.js'
import { feature, pair, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const packet = udpFrame({ mac: new Uint8Array([2, 0, 0, 0, 0, 1]), ip: '10.0.0.1', port: 7 }, 'payload')

/** struct __sk_buff */
const SKB = { mark: 8, priority: 32, ingressIfindex: 36, ifindex: 40, cb0: 48, cb4: 64, tstamp: 152, wireLen: 160, gsoSegs: 164 } as const

kernelTest('bpf program > a tc program is run by hand: data and context in and out', { needs: [] }, async () => {
  // returns the mark, and changes what may be changed
  using program = load('sched_cls', [
    movr(6, 1),
    ldx('u32', 0, 6, SKB.mark),
    mov(2, 99),
    stx('u32', 6, SKB.mark, 2),
    ldx('u32', 2, 6, SKB.priority),
    alu('add', 2, 1),
    stx('u32', 6, SKB.priority, 2),
    ldx('u32', 2, 6, SKB.cb0),
    stx('u32', 6, SKB.cb4, 2),
    ldx('u64', 2, 6, SKB.tstamp),
    alu('add', 2, 5),
    stx('u64', 6, SKB.tstamp, 2),
    exit,
  ])
  const context = { mark: 0xffff_fffe, priority: 6, cb: [11, 12], tstamp: 1_000_000_000_000n, wireLen: 9000, gsoSegs: 7 }
  const run = program.testRun({ data: packet, context }).unwrap()
  expect(run.returnValue).toBe(0xffff_fffe)
  expect(run.data).toEqual(packet)
  expect(run.context).toMatchObject({
    mark: 99,
    priority: 7,
    cb: [11, 12, 0, 0, 11],
    tstamp: 1_000_000_000_005n,
    wireLen: 9000,
    gsoSegs: 7,
  })
  expect(program.testRun({ data: packet }).unwrap()).toMatchObject({ returnValue: 0, context: undefined })
  const long = program.testRun({ data: packet, repeat: 10_000 }).unwrap()
  expect(long.durationNs).toBeGreaterThan(0)
  expect(program.testRun({ data: packet.subarray(0, 5) }).unwrapErr()).toMatchObject({
    code: 'bpf.refused',
    errnoName: 'EINVAL',
    hint: expect.stringContaining('14 bytes'),
  })
  expect(program.testRun({ data: packet, context: { hash: 7 } as never }).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'context.hash',
  })
  expect(program.testRun({ data: packet, context: { mark: -1 } }).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'context.mark',
  })
  expect(program.testRun({ data: packet, context: { cb: [1, 2, 3, 4, 5, 6] } }).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'context.cb',
  })
})

kernelTest(
  'bpf program > every field of struct __sk_buff arrives where the program reads it',
  { needs: [feature('link-veth')] },
  async () => {
    await using t = scratch()
    const { e0 } = await pair(t)
    const fields = [
      ['mark', SKB.mark, 0x1234_5678],
      ['priority', SKB.priority, 7],
      ['ingressIfindex', SKB.ingressIfindex, 1],
      ['ifindex', SKB.ifindex, e0],
      ['wireLen', SKB.wireLen, 2000],
      ['gsoSegs', SKB.gsoSegs, 3],
    ] as const
    for (const [name, offset, value] of fields) {
      using program = load('sched_cls', [ldx('u32', 0, 1, offset), exit])
      expect(program.testRun({ data: packet, context: { [name]: value }, netns: t.netns }).unwrap().returnValue, name).toBe(value)
    }
    using gso = load('sched_cls', [ldx('u32', 0, 1, 176), exit])
    expect(gso.testRun({ data: packet, context: { gsoSize: 1000 } }).unwrap().returnValue).toBe(1000)
    for (const at of [0, 4]) {
      using cb = load('sched_cls', [ldx('u32', 0, 1, SKB.cb0 + at * 4), exit])
      expect(cb.testRun({ data: packet, context: { cb: [10, 11, 12, 13, 14] } }).unwrap().returnValue).toBe(10 + at)
    }
    using hardware = load('sched_cls', [ldx('u64', 0, 1, 184), exit])
    expect(hardware.testRun({ data: packet, context: { hwtstamp: 77n } }).unwrap().returnValue).toBe(77)
    // the link is of that namespace, not of ours
    using any = returns('sched_cls', 0)
    expect(any.testRun({ data: packet, context: { ifindex: 1 << 20 } }).unwrapErr()).toMatchObject({
      hint: expect.stringContaining('give netns'),
    })
  },
)

kernelTest(
  'bpf program > an xdp program is run by hand: metadata, queue and link in, a shorter packet out',
  { needs: [feature('link-veth')] },
  async () => {
    await using t = scratch()
    const { e0 } = await pair(t)
    // returns 100 times the queue and the link's number; cuts 4 bytes off the front
    using program = load('xdp', [
      movr(6, 1),
      ldx('u32', 7, 6, 16),
      raw(0x27, 7, 0, 0, 100),
      ldx('u32', 2, 6, 12),
      raw(0x0f, 7, 2),
      movr(1, 6),
      mov(2, 4),
      raw(0x85, 0, 0, 0, 44),
      movr(0, 7),
      exit,
    ])
    const data = new Uint8Array([1, 2, 3, 4, ...packet])
    const run = program.testRun({ data, context: { data: 4, ingressIfindex: e0, rxQueueIndex: 0 }, netns: t.netns }).unwrap()
    expect(run.returnValue).toBe(e0)
    // the metadata has moved with the packet, and stands before it
    expect(run.data).toEqual(new Uint8Array([1, 2, 3, 4, ...packet.subarray(4)]))
    expect(run.context).toMatchObject({ data: 4, dataMeta: 0, dataEnd: packet.length, ingressIfindex: e0, rxQueueIndex: 0 })
    expect(program.testRun({ data: packet }).unwrap()).toMatchObject({ context: undefined, data: packet.subarray(4) })
    expect(program.testRun({ data: packet, context: { mark: 1 } as never }).unwrapErr()).toMatchObject({ code: 'input.invalid' })
    expect(program.testRun({ data: packet, dataOutBytes: 10 }).unwrapErr()).toMatchObject({
      code: 'bpf.refused',
      errnoName: 'ENOSPC',
      hint: expect.stringContaining(String(packet.length - 4)),
    })
  },
)

kernelTest('bpf program > live frames go where the program sends them, and nothing is given back', { needs: [] }, async () => {
  using seen = mapFd('array', 4, 8, 1)
  using drop = load('xdp', [ldMapValue(1, seen.fd), mov(2, 1), atomic('u64', 1, 0, 2, 0), mov(0, 1), exit])
  const run = drop.testRun({ data: packet, liveFrames: true, repeat: 100, batchSize: 16 }).unwrap()
  expect(run).toMatchObject({ data: new Uint8Array(0), context: undefined })
  expect(new DataView(lookup(seen.fd, 0, 8).buffer).getBigUint64(0, true)).toBe(100n)
})

kernelTest('bpf program > syscall, cgroup_skb, sk_lookup and flow_dissector programs take what is theirs', { needs: [] }, async () => {
  using syscall = load('syscall', [ldx('u64', 2, 1, 0), alu('mul', 2, 3), stx('u64', 1, 8, 2), mov(0, 17), exit], { flags: 1 << 4 })
  const context = new Uint8Array(16)
  context[0] = 14
  const ran = syscall.testRun({ context }).unwrap()
  expect(ran.returnValue).toBe(17)
  expect(ran.context?.[8]).toBe(42)
  expect(context[8]).toBe(0)
  expect(syscall.testRun({ context: { mark: 1 } as never }).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'context' })

  using skb = load('cgroup_skb', [ldx('u32', 0, 1, SKB.mark), alu('and', 0, 1), exit], { expectedAttachType: 'cgroup_inet_egress' })
  expect(skb.testRun({ data: packet, context: { mark: 1 } }).unwrap().returnValue).toBe(1)
  expect(skb.testRun({ data: packet, context: new Uint8Array(4) as never }).unwrapErr()).toMatchObject({ code: 'input.invalid' })

  using dissector = returns('flow_dissector', 0, { expectedAttachType: 'flow_dissector' })
  // struct bpf_flow_keys: where the program left off
  expect(dissector.testRun({ data: packet }).unwrap()).toMatchObject({ returnValue: 0, data: expect.objectContaining({ length: 56 }) })

  using lookupProgram = load('sk_lookup', [ldx('u32', 2, 1, 60), mov(0, 1), jmp('eq', 2, 7, 'end'), mov(0, 0), label('end'), exit], {
    expectedAttachType: 'sk_lookup',
  })
  // struct bpf_sk_lookup: family, protocol, local_port
  const sought = (port: number): Uint8Array => new Uint8Array(Uint32Array.from([0, 0, 2, 17, ...Array(11).fill(0), port, 0, 0]).buffer)
  const answered = lookupProgram.testRun({ context: sought(7) }).unwrap()
  expect(answered).toMatchObject({ returnValue: 1, context: sought(7) })
  expect(lookupProgram.testRun({ context: sought(8) }).unwrap().returnValue).toBe(0)

  using tracing = load('raw_tracepoint', [ldx('u64', 0, 1, 8), exit])
  const args = new Uint8Array(BigUint64Array.from([3n, 44n]).buffer)
  expect(tracing.testRun({ context: args, cpu: 0 }).unwrap().returnValue).toBe(44)

  using cannot = returns('cgroup_device', 1)
  expect(cannot.testRun({}).unwrapErr()).toMatchObject({
    code: 'bpf.refused',
    errnoName: 'ENOTSUPP',
    hint: expect.stringContaining('cannot be run by hand'),
  })
})

kernelTest('bpf program > runs and time are counted while statistics are enabled, and only then', { needs: [] }, async () => {
  using program = returns('sched_cls', 0)
  const count = (): bigint => program.info().unwrap().runCount
  program.testRun({ data: packet, repeat: 5 }).unwrap()
  expect(count()).toBe(0n)
  {
    using _counting = enableStatistics(sys).unwrap()
    program.testRun({ data: packet, repeat: 1000 }).unwrap()
    expect(count()).toBe(1000n)
    expect(program.info().unwrap().runTimeNs).toBeGreaterThan(0n)
  }
  program.testRun({ data: packet, repeat: 5 }).unwrap()
  expect(count()).toBe(1000n)
})

kernelTest('bpf program > info tells maps and instructions; xlated shows what the verifier made of them', { needs: [] }, async () => {
  using one = mapFd('array', 4, 8, 1)
  using two = mapFd('hash', 4, 8, 1)
  const code = [ldMapValue(1, one.fd, 4), ldMapFd(2, two.fd), mov(2, 1), atomic('u32', 1, 0, 2, 0), mov(0, 0), exit]
  using program = load('socket_filter', code, { name: 'axm_maps_and_more' })
  const info = program.info().unwrap()
  expect(info).toMatchObject({
    type: 'socket_filter',
    typeNumber: 1,
    name: 'axm_maps_and_mo',
    gplCompatible: true,
    btfId: 0,
    runCount: 0n,
    ifindex: 0,
  })
  expect(info.mapIds).toHaveLength(2)
  expect(info.tag).toMatch(/^[0-9a-f]{16}$/)
  expect(info.verifiedInstructions).toBe(6)
  const { instructions, lines, functions, btf } = program.xlated().unwrap()
  expect(instructions.length).toBe(info.xlatedBytes / 8)
  // the descriptor has become the map's id
  expect(info.mapIds).toContain(instructions.immediate(0))
  expect({ lines, functions, btf }).toEqual({ lines: [], functions: [], btf: undefined })
  program.testRun({ data: packet }).unwrap()
  expect(new DataView(lookup(one.fd, 0, 8).buffer).getUint32(4, true)).toBe(1)
})

kernelTest('bpf program > a refused load answers errno and the whole log, however long', { needs: [] }, async () => {
  const bad = { type: 'socket_filter', license: 'GPL', name: 'axm_bad' } as const
  const refused = loadRaw(sys, { ...bad, instructions: assemble(ldx('u64', 0, 1, 1000), exit) })
  expect(refused).toMatchObject({ errno: 13, log: expect.stringContaining('invalid bpf_context access') })
  expect(loadRaw(sys, { ...bad, instructions: assemble(exit), log: 'never' })).toMatchObject({ errno: 13, log: '' })
  // a log of megabytes, from a program that is long and wrong at its very end
  const long = [mov(0, 0), ...Array.from({ length: 20_000 }, () => alu('add', 0, 1)), ldx('u64', 0, 1, 1000), exit]
  const logged = loadRaw(sys, { ...bad, instructions: assemble(...long), log: { level: 2 } })
  expect('errno' in logged && logged.errno).toBe(13)
  expect(logged.log.length).toBeGreaterThan(1 << 19)
  expect(logged.log).toContain('invalid bpf_context access')
  expect(logged.log.startsWith('func#0') || logged.log.includes('0: R1')).toBe(true)
})
