import { describe, expect, it } from 'vitest'
import { type MessageKind, NLMSG_HDRLEN, readMessage, Writer, writeMessage } from '../wire/index.js'
import {
  addClass,
  addFilter,
  addQdisc,
  classView,
  deleteClass,
  deleteFilter,
  deleteQdisc,
  type FilterSpec,
  filterView,
  formatTcHandle,
  getQdisc,
  listClasses,
  listFilters,
  listQdiscs,
  qdiscView,
  type TcMessage,
  tcHandle,
} from './tc.js'
import { classMessage, filterMessage, qdiscMessage } from './tc-message.js'

function decoded(kind: unknown, message: object): TcMessage {
  const out = new Writer()
  writeMessage(out, kind as MessageKind, 36, 0, 1, message as never)
  const bytes = out.take()
  return readMessage(kind as MessageKind, bytes, NLMSG_HDRLEN, bytes.length) as unknown as TcMessage
}

describe('handles', () => {
  it.each<[string | number, number, string]>([
    ['root', 0xffff_ffff, 'root'],
    ['clsact', 0xffff_fff1, 'clsact'],
    ['ingress', 0xffff_fff1, 'clsact'],
    ['1:', 0x1_0000, '1:'],
    ['1:10', 0x1_0010, '1:10'],
    ['ffff:fff2', 0xffff_fff2, 'ffff:fff2'],
    ['AB:cD', 0xab_00cd, 'ab:cd'],
    [0x1_0010, 0x1_0010, '1:10'],
    [0, 0, '0:'],
  ])('%s', (text, handle, formatted) => {
    expect(tcHandle(text, 'handle')).toBe(handle)
    expect(formatTcHandle(handle)).toBe(formatted)
    expect(tcHandle(formatted, 'handle')).toBe(handle)
  })

  it.each(['', ':', '1', ':1', '1:1:1', '10000:', '1:10000', 'x:1', '1:x', '-1:0', ' 1:', '1: ', -1, 2 ** 32, 1.5, Number.NaN])(
    '%s is none',
    (text) => {
      expect(() => tcHandle(text, 'parent')).toThrow(
        expect.objectContaining({ path: 'parent', hint: expect.stringContaining('major:minor') }),
      )
    },
  )
})

describe('qdiscs', () => {
  it('are at the root unless said otherwise; hooks have their own place', () => {
    expect(addQdisc({ kind: 'fq', link: 7 }).message).toMatchObject({ index: 7, parent: 0xffff_ffff, handle: 0 })
    expect(addQdisc({ kind: 'clsact', link: 7 }).message).toMatchObject({ parent: 0xffff_fff1, handle: 0xffff_0000 })
    expect(addQdisc({ kind: 'fq', link: 7, parent: '1:10', handle: '20:' }).message).toMatchObject({ parent: 0x1_0010, handle: 0x20_0000 })
  })

  it('are shown with the options that were given', () => {
    const { message } = addQdisc({
      kind: 'tbf',
      link: 7,
      options: { rateBytesPerSecond: 5_000_000_000n, burstBytes: 5_000_000, limitBytes: 9 },
    })
    expect(qdiscView(decoded(qdiscMessage, message))).toMatchObject({
      link: 7,
      kind: 'tbf',
      options: { rateBytesPerSecond: 5_000_000_000n, limitBytes: 9 },
      statistics: undefined,
    })
  })

  it('without options send none: a fifo takes the queue length of its link', () => {
    expect(decoded(qdiscMessage, addQdisc({ kind: 'pfifo', link: 7 } as never).message).attributes).toEqual({ kind: 'pfifo' })
  })

  it('of an unknown kind have their options as bytes, and none when there are none', () => {
    expect(qdiscView(decoded(qdiscMessage, { attributes: { kind: 'cake', options: Uint8Array.of(1, 2) } }))).toMatchObject({
      options: Uint8Array.of(1, 2),
    })
    expect(qdiscView(decoded(qdiscMessage, { attributes: { kind: 'clsact', options: new Uint8Array() } })).options).toBeUndefined()
    expect(qdiscView(decoded(qdiscMessage, {}))).toMatchObject({ kind: '', options: undefined })
  })

  it('have counters', () => {
    const statistics = { basic: { bytes: 9n, packets: 2 }, queue: { queueLength: 1, backlog: 60, drops: 3, requeues: 4, overlimits: 5 } }
    expect(qdiscView(decoded(qdiscMessage, { attributes: { kind: 'fq', statistics } })).statistics).toEqual({
      bytes: 9n,
      packets: 2,
      drops: 3,
      overlimits: 5,
      requeues: 4,
      queueLength: 1,
      backlogBytes: 60,
    })
    expect(qdiscView(decoded(qdiscMessage, { attributes: { kind: 'fq', statistics: {} } })).statistics).toMatchObject({
      bytes: 0n,
      drops: 0,
    })
  })

  it('are deleted, listed, asked for', () => {
    expect(deleteQdisc({ link: 7 })).toMatchObject({ what: 'delete qdisc at root of link 7', message: { parent: 0xffff_ffff } })
    expect(deleteQdisc({ link: 7, parent: 'clsact', handle: '1:' }).message).toMatchObject({ parent: 0xffff_fff1, handle: 0x1_0000 })
    expect(listQdiscs(7).message).toEqual({ index: 7 })
    expect(getQdisc({ link: 7 })).toMatchObject({ flags: 8, message: { parent: 0xffff_ffff } })
  })
})

describe('classes', () => {
  it('are shown with the options that were given', () => {
    const { message } = addClass({
      kind: 'htb',
      link: 7,
      parent: '1:',
      handle: '1:10',
      options: { rateBytesPerSecond: 125_000, burstBytes: 4000 },
    })
    expect(classView(decoded(classMessage, message))).toMatchObject({
      handle: 0x1_0010,
      parent: 0x1_0000,
      options: { rateBytesPerSecond: 125_000n, burstBytes: 4000 },
    })
    expect(deleteClass({ link: 7, handle: '1:10' }).message).toEqual({ index: 7, handle: 0x1_0010 })
    expect(listClasses(7).message).toEqual({ index: 7 })
  })

  it('of a kind without a form have their options as bytes', () => {
    expect(classView(decoded(classMessage, { attributes: { kind: 'hfsc', options: Uint8Array.of(1) } }))).toMatchObject({
      options: Uint8Array.of(1),
    })
  })
})

describe('filters', () => {
  const filter = (more: Partial<FilterSpec>) =>
    filterView(decoded(filterMessage, addFilter({ link: 7, at: 'ingress', fd: 5, name: 'axm', handle: 1, ...more }).message))

  it('are programs that decide, unless said otherwise', () => {
    expect(filter({ priority: 5, protocol: 0x0800 })).toMatchObject({
      link: 7,
      kind: 'bpf',
      priority: 5,
      protocol: 0x0800,
      parent: 0xffff_fff2,
      chain: 0,
      bpf: { fd: 5, name: 'axm', directAction: true },
    })
    expect(filter({ directAction: false, at: 'egress' })).toMatchObject({ parent: 0xffff_fff3, protocol: 3, bpf: { directAction: false } })
    expect(filter({ priority: 65535, protocol: 65535, at: '1:' })).toMatchObject({ priority: 65535, protocol: 65535, parent: 0x1_0000 })
  })

  it('are not the heads of priorities, and have no program when of another kind', () => {
    expect(filterView(decoded(filterMessage, { handle: 0 }))).toBeUndefined()
    expect(
      filterView(decoded(filterMessage, { handle: 1, attributes: { kind: 'u32', options: Uint8Array.of(1), chain: 3 } })),
    ).toMatchObject({ kind: 'u32', bpf: undefined, chain: 3 })
  })

  it('are deleted one by one or all of a place', () => {
    expect(deleteFilter({ link: 7, at: 'ingress' }).message).toMatchObject({ info: 0, handle: 0, attributes: undefined })
    expect(deleteFilter({ link: 7, at: 'egress', priority: 5, handle: 1 }).message).toMatchObject({
      info: 0x0005_0300,
      handle: 1,
      attributes: { kind: 'bpf' },
    })
    expect(listFilters({ link: 7, at: 'ingress' }).message).toMatchObject({ parent: 0xffff_fff2 })
  })

  it('replaced may be there or not', () => {
    const spec: FilterSpec = { link: 7, at: 'ingress', fd: 5, name: 'axm' }
    expect([addFilter(spec).flags, addFilter(spec, 'replace').flags]).toEqual([0x600, 0x400])
  })
})
