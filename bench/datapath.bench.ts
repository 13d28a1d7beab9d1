import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BpfProgram, loadCollection, MapHandle, openArrayMap, openProgramArray, parseObject } from '@axoneme/bpf'
import { type Datapath, openDatapath } from '@axoneme/datapath'
import { createNetns, deleteNetns } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'
// @ts-expect-error a script of Node's own, without declarations
import { build, objects } from '../test/bpf/build.mjs'
import { frame } from '../test/packet/build.js'
import type { Layer } from '../test/packet/layers.js'
import { A, B, fill, type Pod, R } from './datapath-cast.js'
import type { Row, Suite } from './harness.js'

/**
 * Nanoseconds a packet by BPF_PROG_TEST_RUN: a wrapper restores the first 64 bytes and the mark and calls the program. TCP with 64 bytes of
 * payload (118 B, 138 B with IPv6), one core. The floor is the wrapper and a program that lets pass; `floor-tc-tunnel` puts a tunnel's key on
 * the packet besides; `floor-insert` inserts a key that was never seen into a table of the size of the flows', and does nothing else.
 */
build()
try {
  execFileSync('taskset', ['-cp', '1', String(process.pid)], { stdio: 'ignore' })
} catch {
  // one CPU, or no taskset: the figures are what they are
}
const sys = linux().unwrap()
const name = `axm-bench-${process.pid}`
const netns = createNetns(sys, name).unwrap()
for (const index of [A.slot, B.slot, 13])
  execFileSync('ip', ['-n', name, 'link', 'add', `l${index}`, 'index', String(index), 'type', 'veth', 'peer', 'name', `p${index}`])

const wrap = loadCollection(sys, parseObject(readFileSync(join(objects, 'datapath-wrap.o'))).unwrap()).unwrap()
const under = openProgramArray(wrap.maps.get('axm_under_test') as MapHandle).unwrap()
const globals = openArrayMap(wrap.maps.get('.bss') as MapHandle).unwrap()
const wrapper = (program: string): BpfProgram<'sched_cls'> => wrap.programs.get(program)?.handle as BpfProgram<'sched_cls'>
under.set(1, wrapper('axm_pass').use().unwrap()).unwrap()

const eth = (from: Pod): Layer => ({ layer: 'eth', src: from.mac, dst: from.gateway })
type Family = 'v4' | 'v6'
function packet(family: Family, from: Pod, to: Pod, source: number, destination: number, flags: string): Uint8Array {
  const ip: Layer = family === 'v4' ? { layer: 'ip4', src: from.four, dst: to.four } : { layer: 'ip6', src: from.six, dst: to.six }
  return frame(eth(from), ip, { layer: 'tcp', src: source, dst: destination, flags }, { layer: 'payload', bytes: new Uint8Array(64) })
}

interface Measured {
  readonly by?: 'axm_wrapped' | 'axm_wrapped_floor' | 'axm_tunnelled' | 'axm_tunnelled_floor'
  readonly program: BpfProgram<'sched_cls'>
  readonly bytes: Uint8Array
  readonly ifindex?: number
  /** what it answers; anything else is no figure */
  readonly answer: number
  readonly packets?: number
  /** other source ports packet after packet, so many in turn */
  readonly cycle?: number
}
const PACKETS = 150_000
const NEW = 2_000
const NEVER_AGAIN = 750_000
let identity = 0

function run(
  { by = 'axm_wrapped', program, bytes, ifindex = A.slot, answer, packets = PACKETS, cycle = 0 }: Measured,
  first: number,
): number {
  const value = globals.lookup(0).unwrap() as Uint8Array
  const view = new DataView(value.buffer, value.byteOffset)
  const at = (variable: string): number => wrap.spec.variables.find((each) => each.name === variable)?.offset as number
  value.set(bytes.subarray(0, 64), at('axm_template'))
  view.setUint32(at('axm_cycle'), cycle, true)
  view.setUint32(at('axm_next'), first, true)
  view.setUint32(at('axm_port_at'), bytes[12] === 0x86 ? 54 : 34, true)
  view.setUint32(at('axm_identity'), identity, true)
  view.setUint32(at('axm_remote'), 0xc000_0202, true)
  globals.update(0, value).unwrap()
  under.set(0, program.use().unwrap()).unwrap()
  const { returnValue, durationNs } = wrapper(by).testRun({ data: bytes, context: { ifindex }, netns, repeat: packets }).unwrap()
  if (returnValue !== answer) throw new Error(`${by} answered ${returnValue}, not ${answer}`)
  return durationNs
}

const [OK, DROP, REDIRECT] = [0, 2, 7]
const rows: Row[] = []
function row(name: string, floor: string | undefined, measured: Measured, apart = false): void {
  let next = 0
  rows.push({
    name,
    unit: 'ns',
    rounds: 15,
    ...(floor === undefined ? {} : { floor }),
    apart,
    async ours() {
      const first = next
      if (measured.cycle === NEVER_AGAIN) next += measured.packets ?? 0
      return run(measured, first)
    },
  })
}

const small = openDatapath(sys, { tunnelIfindex: 13 }).unwrap()
const large = openDatapath(sys, { tunnelIfindex: 13 }).unwrap()
identity = fill(small, false)
if (fill(large, true) !== identity) throw new Error('identities differ')

const plain = packet('v4', A, B, 33_000, 8080, 'A')
row('floor-tc', undefined, { by: 'axm_wrapped_floor', program: small.programs.fromContainer, bytes: plain, answer: OK })
row('floor-tc-tunnel', undefined, { by: 'axm_tunnelled_floor', program: small.programs.fromContainer, bytes: plain, answer: OK })
row('floor-insert', 'floor-tc', {
  program: wrapper('axm_insert'),
  bytes: packet('v4', A, B, 1, 8080, 'S'),
  answer: OK,
  packets: NEW,
  cycle: NEVER_AGAIN,
})

/** flows that are opened here, so that what is measured is established */
function open({ programs }: Datapath, bytes: Uint8Array): Uint8Array {
  run({ program: programs.fromContainer, bytes, answer: REDIRECT, packets: 1 }, 0)
  return bytes
}

for (const [datapath, behind] of [
  [small, ''],
  [large, '-large'],
] as const)
  for (const family of ['v4', 'v6'] as const) {
    const { fromContainer, toContainer, fromOverlay } = datapath.programs
    const named = (what: string): string => `${what}-${family}${behind}`
    for (const [to, port] of [
      [B, 33_000],
      [R, 33_001],
    ] as const)
      open(datapath, packet(family, A, to, port, 8080, 'S'))
    row(named('local-established'), 'floor-tc', {
      program: fromContainer,
      bytes: packet(family, A, B, 33_000, 8080, 'A'),
      answer: REDIRECT,
    })
    row(named('tunnel-established'), 'floor-tc', {
      program: fromContainer,
      bytes: packet(family, A, R, 33_001, 8080, 'A'),
      answer: REDIRECT,
    })
    row(named('tunnel-ingress'), 'floor-tc', {
      by: 'axm_tunnelled',
      program: fromOverlay,
      bytes: packet(family, R, A, 44_000, 8080, 'A'),
      ifindex: 13,
      answer: REDIRECT,
    })
    row(named('reply'), 'floor-tc', { program: toContainer, bytes: packet(family, R, A, 8080, 33_001, 'A'), answer: OK })
    row(named('deny'), 'floor-tc', { program: fromContainer, bytes: packet(family, A, R, 33_002, 9999, 'S'), answer: DROP })
    for (const [what, to] of [
      ['local-new', B],
      ['tunnel-new', R],
    ] as const)
      row(named(what), 'floor-tc', {
        program: fromContainer,
        bytes: packet(family, A, to, 1, 8080, 'S'),
        answer: REDIRECT,
        packets: NEW,
        cycle: NEVER_AGAIN,
      })
  }
const many = {
  program: small.programs.fromContainer,
  bytes: packet('v4', A, B, 1, 8090, 'A'),
  answer: REDIRECT,
  packets: 100_000,
  cycle: 100_000,
}
row('local-established-v4-100k-flows', 'floor-tc', many, true)

/** What the counters must say at the end: a row that drops, or judges what it should know, is fast and worthless. */
function check(datapath: Datapath): void {
  const counted = new Map<string, number>()
  for (const { reason, packets } of datapath.metrics().unwrap()) counted.set(reason, (counted.get(reason) ?? 0) + Number(packets))
  for (const reason of counted.keys())
    if (reason.startsWith('AXM_DROP') && reason !== 'AXM_DROP_DENIED_BY_DEFAULT')
      throw new Error(`${counted.get(reason)} packets: ${reason}`)
  if ((counted.get('AXM_JUDGED_AGAIN') ?? 0) > 0) throw new Error('flows were judged again')
}

function loaded(options: Parameters<typeof openDatapath>[1]): Row['ours'] {
  return async () => {
    const begun = process.hrtime.bigint()
    const datapath = openDatapath(sys, options).unwrap()
    const ms = Number(process.hrtime.bigint() - begun) / 1e6
    datapath.close()
    return ms
  }
}
/** the flow tables are there already, as after a restart: what is left is the verifier's work and ours */
const flows = (map: string, keySize: number, maxEntries: number): MapHandle =>
  MapHandle.create(sys, { name: map, type: 'lru_hash', keySize, valueSize: 64, maxEntries }).unwrap()
const kept = { axm_flows4: flows('flows4', 16, 262_144), axm_flows6: flows('flows6', 40, 131_072) }
rows.push({ name: 'load', unit: 'ms', rounds: 11, apart: true, ours: loaded({}) })
rows.push({ name: 'load-flows-kept', unit: 'ms', rounds: 11, apart: true, ours: loaded({ maps: kept }) })
rows.push({
  name: 'maps-memory',
  apart: true,
  unit: 'megabytes',
  rounds: 1,
  ours: async () => [...small.memory().unwrap().values()].reduce((sum, bytes) => sum + bytes, 0) / 2 ** 20,
})

const suite: Suite = {
  rows,
  interleaved: true,
  close() {
    try {
      check(small)
      check(large)
    } finally {
      for (const handle of Object.values(kept)) handle.close()
      wrap.close()
      small.close()
      large.close()
      netns.close()
      deleteNetns(sys, name).unwrap()
    }
  },
}
export default suite
