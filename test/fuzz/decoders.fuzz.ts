import { Errno } from '@axoneme/sys'
import { fakeSys } from '@axoneme/sys/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { Netlink } from '../../packages/netlink/src/client/netlink.js'
import { findFilterKind } from '../../packages/netlink/src/filter-kind/index.js'
import { type LinkKind, linkKinds } from '../../packages/netlink/src/link-kind/index.js'
import { type QdiscKind, qdiscKinds } from '../../packages/netlink/src/qdisc-kind/index.js'
import { messageKinds } from '../../packages/netlink/src/route/message-kinds.js'
import { type MessageKind, putU32, u32 } from '../../packages/netlink/src/wire/index.js'
import { golden, regressions } from './corpus.js'
import { fuzz, once, report, type Target } from './engine.js'
import { decodersIn, decodes, exportsOf } from './exports.js'
import { mutated } from './mutate.js'
import { Random } from './random.js'
import { textNames, textTargets } from './text-targets.js'
import { watchdog } from './watchdog.js'
import {
  acknowledgementTarget,
  foundTargets,
  framesTarget,
  madeNames,
  messageTarget,
  pathTarget,
  valueTarget,
  viewTarget,
  wireCodecs,
} from './wire-targets.js'

/** a new seed each time, but the same in CI: a run there must not fail for what the change before it did */
const seed = Number(process.env.AXONEME_FUZZ_SEED ?? (process.env.CI === undefined ? Date.now() % 0x1_0000_0000 : 20_260_101)) >>> 0
const wanted = Number(process.env.AXONEME_FUZZ_RUNS ?? 1_010_000)
const executed = new Map<string, number>()

const wire = await exportsOf('netlink/src/wire')
const all = await exportsOf(
  'netlink/src/wire',
  'netlink/src/transport',
  'netlink/src/link-kind',
  'netlink/src/qdisc-kind',
  'netlink/src/filter-kind',
  'netlink/src/route',
)
const found = decodersIn(all)
const kinds = messageKinds as unknown as Readonly<Record<string, MessageKind>>
const views = [...all].filter(([name, value]) => name.endsWith('View') && typeof value === 'function') as [
  string,
  (message: unknown) => unknown,
][]
/** the kind that a view shows: its own name says so, but for the bridge's half of the neighbours */
const kindOf = (view: string): MessageKind | undefined => (view === 'fdbView' ? kinds.neighbour : kinds[view.slice(0, -'View'.length)])

const targets: readonly Target[] = [
  framesTarget,
  ...[...found.kinds.values()].flatMap((kind) => [
    messageTarget(
      kind,
      views.filter(([name]) => kindOf(name) === kind).map(([, view]) => view),
    ),
    pathTarget(kind),
  ]),
  ...views.map(([name, view]) => viewTarget(name, kindOf(name) as MessageKind, view)),
  acknowledgementTarget(kinds.link as MessageKind),
  valueTarget('codecs of the wire', wireCodecs(wire)),
  ...foundTargets(found),
  ...textTargets,
]

describe('the list of targets', () => {
  it('has every kind of message, each view, and every table of link, qdisc and filter kinds', () => {
    const names = new Set(targets.map(({ name }) => name))
    expect(names.size).toBe(targets.length)
    for (const kind of Object.keys(kinds)) expect(names).toContain(`message ${kind}`)
    for (const [name] of views) expect(kindOf(name), `${name} shows no kind of message that is known here`).toBeDefined()
    expect([...found.kinds.keys()].sort()).toEqual(Object.keys(kinds).sort())
    const known = new Set<unknown>([...found.codecs.values(), ...found.forms.values()])
    for (const { kind, data, slaveData } of Object.values(linkKinds) as LinkKind[])
      for (const table of [data, slaveData]) if (table !== undefined) expect(known.has(table), kind).toBe(true)
    for (const { kind, options, classOptions } of Object.values(qdiscKinds) as QdiscKind[])
      for (const form of [options, classOptions]) if (form !== undefined) expect(known.has(form), kind).toBe(true)
    expect(known.has(findFilterKind('bpf'))).toBe(true)
    expect(found.codecs.size).toBeGreaterThan(350)
  })

  it('has every function that decodes', () => {
    const covered = ['readMessage', 'readAcknowledgement', 'frames', 'attributePath', 'missingPath', ...views.map(([name]) => name)]
    expect(
      [...all]
        .filter(([name, value]) => decodes(name, value))
        .map(([name]) => name)
        .sort(),
    ).toEqual(covered.sort())
    expect(madeNames.length).toBeGreaterThan(4)
    expect(textNames).toEqual(
      expect.arrayContaining(['Ipv4.parse', 'Ipv6.parse', 'Mac.parse', 'Prefix.parse', 'parseIp', 'toIp', 'Ipv4.fromBytes']),
    )
  })
})

describe('inputs that once broke something', () => {
  it.each(regressions)('$file', ({ target: name, input }) => {
    const target = targets.find((one) => one.name === name)
    if (target === undefined) throw new Error(`no target ${name}`)
    for (let state = 0; state < 64; state++) {
      watchdog.trying(name, input)
      const finding = once(target, input, new Random(state), true)
      watchdog.resting()
      if (finding !== undefined) throw new Error(report(finding))
    }
  })
})

describe(`mutated inputs (AXONEME_FUZZ_SEED=${seed})`, () => {
  const weight = targets.reduce((sum, one) => sum + one.weight, 0)

  it.each(targets.map((target) => [target.name, target] as const))('%s', (name, target) => {
    const runs = Math.ceil((wanted * target.weight) / weight)
    const finding = fuzz(target, runs, seed)
    watchdog.resting()
    executed.set(name, runs)
    if (finding !== undefined) throw new Error(report(finding))
  })

  it('given to a client end in a Result', async () => {
    const random = Random.of(seed, 'client')
    const runs = Math.ceil(wanted / 500)
    const codes = new Set<string>()
    for (let run = 0; run < runs; run++) {
      const queue: Uint8Array[] = []
      const sys = {
        ...fakeSys(),
        send(_fd: number, data: Uint8Array, length: number): number {
          const datagram = mutated(golden, random)
          // as an answer to this request, as a rule
          if (datagram.length >= 16 && random.below(8) > 0) {
            putU32(datagram, 8, u32(data, 8))
            if (random.below(2) === 0) putU32(datagram, 0, datagram.length)
            if (random.below(3) === 0) datagram[4] = 2 + random.below(3)
          }
          const end = Uint8Array.of(
            20,
            0,
            0,
            0,
            3,
            0,
            2,
            0,
            data[8] as number,
            data[9] as number,
            data[10] as number,
            data[11] as number,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
          )
          queue.push(datagram, end)
          return length
        },
        recv(_fd: number, into: Uint8Array): number {
          const next = queue.shift()
          if (next === undefined) return -Errno.EAGAIN
          into.set(next.subarray(0, into.length))
          return next.length
        },
        poll: () => -Errno.EINVAL,
      }
      const netlink = Netlink.open({ sys }).unwrap()
      const list = random.pick([
        netlink.links,
        netlink.addresses,
        netlink.routes,
        netlink.rules,
        netlink.neighbours,
        netlink.fdb,
        netlink.qdiscs,
      ] as const)
      const outcome =
        random.below(8) === 0
          ? await netlink.routes.addAll([{ destination: '10.0.0.0/8' }])
          : random.below(8) === 0
            ? await netlink.links.get(7)
            : await list.list()
      if (outcome.isErr()) {
        expect(Object.isFrozen(outcome.error)).toBe(true)
        codes.add(outcome.error.code)
      }
      netlink.close()
    }
    executed.set('client', runs)
    expect(codes).toContain('netlink.malformed')
  })
})

afterAll(async () => {
  await watchdog.end()
  const total = [...executed.values()].reduce((sum, runs) => sum + runs, 0)
  const lines = [...executed].map(([name, runs]) => `${String(runs).padStart(9)}  ${name}`)
  console.log(`executions, seed ${seed}:\n${lines.join('\n')}\n${String(total).padStart(9)}  in total`)
  if (process.env.AXONEME_FUZZ_RUNS === undefined) expect(total).toBeGreaterThanOrEqual(1_000_000)
})
