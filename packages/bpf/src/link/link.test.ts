import { fakeSys } from '@axoneme/sys/testing'
import { describe, expect, test } from 'vitest'
import { BpfProgram } from '../program/program.js'
import { decodeTarget, type LinkTarget, linkInfo } from './info.js'
import { BpfLink } from './link.js'
import { openLinkById, placeOf } from './open.js'
import { queryTcx } from './tcx.js'

const view = (attr: Uint8Array): DataView => new DataView(attr.buffer, attr.byteOffset, attr.byteLength)

describe('BpfLink', () => {
  test('update: the new program, and the old one when it is expected', () => {
    const seen: number[][] = []
    const sys = fakeSys({
      bpf(command, attr) {
        seen.push([command, ...[0, 4, 8, 12].map((at) => view(attr).getUint32(at, true))])
        return 0
      },
    })
    using link = BpfLink.of(sys, 9, 'xdp of link 3')
    using one = BpfProgram.of(sys, 21, 'one', 'xdp')
    using two = BpfProgram.of(sys, 22, 'two', 'xdp')
    link.update(two).unwrap()
    link.update(two, { expected: one }).unwrap()
    expect(seen).toEqual([
      [29, 9, 22, 0, 0],
      [29, 9, 22, 4, 21],
    ])
    one.close()
    expect(link.update(two, { expected: one }).unwrapErr().code).toBe('sys.closed')
    expect(link.update(one).unwrapErr().code).toBe('sys.closed')
  })

  test('a refusal to update: another program, a dead link, no permission, something else', () => {
    /** info of the link names program 5; of programs, by their descriptors */
    const refusing = (errno: number, expectedId: number) => {
      const ids: Record<number, number> = { 9: 5, 21: expectedId }
      return fakeSys({
        bpf(command, attr) {
          if (command === 29) return -errno
          if (command === 15) infos.push(view(attr).getUint32(0, true))
          return 0
        },
        address(buffer) {
          const fd = infos.length === 0 ? 9 : 21
          if (buffer.length === 64) view(buffer).setUint32(8, ids[fd] ?? 0, true)
          else if (buffer.length === 232) view(buffer).setUint32(4, expectedId, true)
          return 0x1000n
        },
      })
    }
    const infos: number[] = []
    const attempt = (errno: number, expectedId: number) => {
      infos.length = 0
      const sys = refusing(errno, expectedId)
      return BpfLink.of(sys, 9, 'xdp of link 3')
        .update(BpfProgram.of(sys, 22, 'two', 'xdp'), { expected: BpfProgram.of(sys, 21, 'one', 'xdp') })
        .unwrapErr()
    }
    expect(attempt(1, 6)).toMatchObject({
      code: 'bpf.attach-refused',
      errno: 1,
      hint: expect.stringContaining('Program 5 is attached, not 6'),
    })
    expect(attempt(1, 5).code).toBe('permission.denied')
    expect(attempt(67, 5)).toMatchObject({ code: 'bpf.attach-refused', errnoName: 'ENOLINK' })
    expect(attempt(22, 5)).toMatchObject({ code: 'bpf.refused', hint: expect.stringContaining('same type') })
  })

  test('detach: done, of a sort that cannot, on a kernel that cannot', () => {
    expect(
      BpfLink.of(fakeSys({ bpf: () => 0 }), 9, 'x')
        .detach()
        .isOk(),
    ).toBe(true)
    expect(
      BpfLink.of(fakeSys({ bpf: (_, attr) => (view(attr).getUint32(0, true) === 9 ? -95 : -9) }), 9, 'x')
        .detach()
        .unwrapErr(),
    ).toMatchObject({
      code: 'bpf.refused',
      hint: expect.stringContaining('Close it'),
    })
    expect(
      BpfLink.of(fakeSys({ bpf: () => -22 }), 9, 'x')
        .detach()
        .unwrapErr(),
    ).toMatchObject({ code: 'feature.unsupported', feature: 'link-detach' })
  })

  test('a closed handle answers so', () => {
    const sys = fakeSys()
    const link = BpfLink.of(sys, 9, 'x')
    link.close()
    link.close()
    expect(sys.calls.map(({ call }) => call)).toEqual(['close'])
    for (const answer of [link.info(), link.detach(), link.pin('/sys/fs/bpf/x'), link.use()])
      expect(answer.unwrapErr().code).toBe('sys.closed')
  })
})

/** words of struct bpf_link_info from its type on */
const decoded = (...words: number[]): LinkTarget => {
  const bytes = new Uint8Array(64)
  for (const [index, word] of words.entries()) view(bytes).setUint32(index * 4, word, true)
  return decodeTarget(view(bytes), 'name')
}
const union = (type: number, ...words: number[]): LinkTarget => decoded(type, 1, 2, 0, ...words)

describe('link info', () => {
  test.each<readonly [LinkTarget, LinkTarget, string]>([
    [union(1), { type: 'raw_tracepoint', name: 'name' }, 'raw_tracepoint name'],
    [union(2, 24, 3, 4), { type: 'tracing', attachType: 'trace_fentry', targetObjectId: 3, targetBtfId: 4 }, 'trace_fentry'],
    [
      union(3, 7, 1, 10),
      { type: 'cgroup', attachType: 'cgroup_inet4_connect', cgroupId: (1n << 32n) | 7n },
      'cgroup_inet4_connect of cgroup 4294967303',
    ],
    [union(4), { type: 'iter', name: 'name' }, 'iter name'],
    [union(5, 77, 36), { type: 'netns', attachType: 'sk_lookup', netnsInode: 77 }, 'sk_lookup of namespace 77'],
    [union(6, 3), { type: 'xdp', ifindex: 3 }, 'xdp of link 3'],
    [union(7), { type: 'perf_event' }, 'perf_event'],
    [union(9, 8), { type: 'struct_ops', mapId: 8 }, 'struct_ops'],
    [union(10, 2, 1, 0xffff_ffff, 1), { type: 'netfilter', family: 2, hook: 1, priority: -1, defragments: true }, 'netfilter'],
    [union(11, 3, 46), { type: 'tcx', attachType: 'tcx_ingress', ifindex: 3 }, 'tcx_ingress of link 3'],
    [union(13, 3, 55), { type: 'netkit', attachType: 'netkit_peer', ifindex: 3 }, 'netkit_peer of link 3'],
    [union(14, 8, 7), { type: 'sockmap', attachType: 'sk_msg_verdict', mapId: 8 }, 'sk_msg_verdict'],
    [union(11, 3, 999), { type: 'tcx', attachType: undefined, ifindex: 3 }, 'tcx of link 3'],
    [union(99), { type: 'unknown', typeNumber: 99 }, 'unknown'],
  ])('%#: %o', (found, expected, place) => {
    expect(found).toEqual(expected)
    expect(placeOf({ id: 1, programId: 2, ...found })).toBe(place)
  })

  test('a name is asked for with a place for it', () => {
    const sys = fakeSys({
      bpf: () => 0,
      address(buffer) {
        if (buffer.length === 64) view(buffer).setUint32(0, 1, true)
        if (buffer.length === 128) buffer.set(Buffer.from('sched_switch'))
        return 0x1000n
      },
    })
    expect(linkInfo(sys, 9, 'x').unwrap()).toMatchObject({ type: 'raw_tracepoint', name: 'sched_switch' })
  })

  test('a link by its id knows its place; one that cannot be read is closed', () => {
    const sys = fakeSys({ bpf: (command) => (command === 30 ? 44 : -22) })
    expect(openLinkById(sys, 3).unwrapErr().code).toBe('bpf.refused')
    expect(sys.calls.filter(({ call }) => call === 'close').map(({ args }) => args[0])).toEqual([44])
  })
})

describe('query', () => {
  test('programs, links and revision, in order', () => {
    const sys = fakeSys({
      bpf(command, attr) {
        expect([command, attr.length]).toEqual([16, 64])
        lists.forEach((list, at) => {
          new Uint32Array(list.buffer).set(
            [
              [11, 12],
              [1, 2],
              [0, 32],
            ][at] ?? [],
          )
        })
        view(attr).setUint32(24, 2, true)
        view(attr).setBigUint64(56, 5n, true)
        return 0
      },
      address(buffer) {
        lists.push(buffer)
        return 0x1000n
      },
    })
    const lists: Uint8Array[] = []
    expect(queryTcx(sys, { ifindex: 3, at: 'ingress' }).unwrap()).toEqual({
      revision: 5n,
      programs: [
        { programId: 11, flags: 1, linkId: undefined },
        { programId: 12, flags: 2, linkId: 32 },
      ],
    })
  })

  test('more than there was room for is asked again with room; a kernel without details is asked without', () => {
    const rooms: number[] = []
    const sys = fakeSys({
      bpf(_, attr) {
        const room = view(attr).getUint32(24, true)
        rooms.push(room)
        if (view(attr).getBigUint64(40, true) !== 0n) return -7
        if (room < 200) {
          view(attr).setUint32(24, 200, true)
          return -28
        }
        view(attr).setUint32(24, 0, true)
        return 0
      },
    })
    expect(queryTcx(sys, { ifindex: 3, at: 'ingress' }).unwrap().programs).toEqual([])
    expect(rooms).toEqual([64, 64, 200])
  })
})
