import { fakeSys } from '@axoneme/sys/testing'
import { describe, expect, test } from 'vitest'
import { listPrograms, openProgramById } from './open.js'
import { BpfProgram } from './program.js'
import { enableStatistics } from './statistics.js'
import { attachTypeName, programTypeName } from './type-name.js'

const u32 = (attr: Uint8Array, at: number): number => new DataView(attr.buffer, attr.byteOffset).getUint32(at, true)

describe('BpfProgram', () => {
  test('a closed handle answers so, and closes its descriptor once', () => {
    const sys = fakeSys()
    const program = BpfProgram.of(sys, 7, 'axm', 'xdp')
    program.close()
    program.close()
    expect(program.isOpen).toBe(false)
    expect(sys.calls.map(({ call, args }) => [call, args[0]])).toEqual([['close', 7]])
    for (const answer of [program.info(), program.xlated(), program.testRun({}), program.pin('/sys/fs/bpf/x'), program.use()])
      expect(answer.unwrapErr().code).toBe('sys.closed')
  })

  test('a test run gives the kernel data, context and room, and reads what came back', () => {
    const sys = fakeSys({
      bpf(command, attr) {
        expect(command).toBe(10)
        expect([u32(attr, 0), u32(attr, 8), u32(attr, 32), u32(attr, 40), u32(attr, 44)]).toEqual([7, 14, 3, 24, 24])
        expect(u32(attr, 12)).toBe(14 + 4096)
        const view = new DataView(attr.buffer, attr.byteOffset)
        view.setUint32(4, 0xffff_ffff, true)
        view.setUint32(12, 10, true)
        view.setUint32(36, 55, true)
        return 0
      },
    })
    using program = BpfProgram.of(sys, 7, 'axm', 'xdp')
    const run = program.testRun({ data: new Uint8Array(14), context: { rxQueueIndex: 1 }, repeat: 3 }).unwrap()
    expect(run).toMatchObject({ returnValue: 0xffff_ffff, durationNs: 55, context: { rxQueueIndex: 0 } })
    expect(run.data).toHaveLength(10)
  })

  test('flags and counts of a run', () => {
    const seen: number[][] = []
    const sys = fakeSys({
      bpf(_, attr) {
        seen.push([u32(attr, 64), u32(attr, 68), u32(attr, 72), u32(attr, 12), u32(attr, 44)])
        return 0
      },
    })
    using xdp = BpfProgram.of(sys, 7, 'axm', 'xdp')
    xdp.testRun({ data: new Uint8Array(64), liveFrames: true, batchSize: 32, context: {} }).unwrap()
    using raw = BpfProgram.of(sys, 8, 'axm', 'raw_tracepoint')
    raw.testRun({ context: new Uint8Array(8), cpu: 3 }).unwrap()
    using skb = BpfProgram.of(sys, 9, 'axm', 'sched_cls')
    skb.testRun({ data: new Uint8Array(14), checksumComplete: true, dataOutBytes: 20 }).unwrap()
    expect(seen).toEqual([
      [2, 0, 32, 0, 0],
      [1, 3, 0, 0, 0],
      [4, 0, 0, 20, 0],
    ])
  })
})

describe('lists and ids', () => {
  test('walks the ids, leaves out what is gone, and closes what it opened', () => {
    const sys = fakeSys({
      bpf(command, attr) {
        const id = u32(attr, 0)
        if (command === 11) {
          const next = [2, 5, 9].find((known) => known > id)
          if (next === undefined) return -2
          new DataView(attr.buffer, attr.byteOffset).setUint32(4, next, true)
          return 0
        }
        if (command === 13) return id === 5 ? -2 : 100 + id
        return 0
      },
    })
    expect(listPrograms(sys).unwrap()).toHaveLength(2)
    expect(sys.calls.filter(({ call }) => call === 'close').map(({ args }) => args[0])).toEqual([102, 109])
  })

  test('an id that is not there, and one that must not be opened', () => {
    expect(openProgramById(fakeSys({ bpf: () => -2 }), 7).unwrapErr()).toMatchObject({ code: 'bpf.missing', what: 'program 7' })
    expect(openProgramById(fakeSys({ bpf: () => -1 }), 7).unwrapErr().code).toBe('permission.denied')
    expect(listPrograms(fakeSys({ bpf: () => -1 })).unwrapErr().code).toBe('permission.denied')
  })

  test('a descriptor whose info cannot be read is closed', () => {
    const sys = fakeSys({ bpf: (command) => (command === 13 ? 44 : -22) })
    expect(openProgramById(sys, 7).unwrapErr().code).toBe('bpf.refused')
    expect(sys.calls.filter(({ call }) => call === 'close').map(({ args }) => args[0])).toEqual([44])
  })
})

test('statistics are an owned descriptor', () => {
  const sys = fakeSys({ bpf: () => 50 })
  enableStatistics(sys).unwrap().close()
  expect(sys.calls.at(-1)).toMatchObject({ call: 'close', args: [50] })
  expect(enableStatistics(fakeSys({ bpf: () => -22 })).unwrapErr()).toMatchObject({ code: 'bpf.refused', command: 'BPF_ENABLE_STATS' })
})

test('numbers of types have names, newer ones have none', () => {
  expect([programTypeName(6), programTypeName(32), programTypeName(99)]).toEqual(['xdp', 'netfilter', undefined])
  expect([attachTypeName(46), attachTypeName(99)]).toEqual(['tcx_ingress', undefined])
})
