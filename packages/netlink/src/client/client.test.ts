import { Errno } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { linkMessage, RTM_GETLINK, RTM_NEWLINK, RTM_SETLINK } from '../route/link-message.js'
import { messageKindOf } from '../route/message-kinds.js'
import { RTM_NEWROUTE, routeMessage } from '../route/route-message.js'
import { type Answer, answer, done, object, type Sent, scriptedKernel } from '../transport/scripted-kernel.js'
import { NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLMSG_HDRLEN, readMessage } from '../wire/index.js'
import { Netlink } from './netlink.js'

interface Seen {
  readonly type: number
  readonly flags: number
  readonly message: any
}

/** A client whose kernel knows links by name, and answers the rest by `script`. */
function client(
  script: (to: Sent, seen: Seen, send: number) => readonly Answer[] | undefined = () => undefined,
  links: Record<string, number> = { e0: 7, e1: 8 },
) {
  const seen: Seen[] = []
  const kernel = scriptedKernel((messages, send) => {
    const decoded = messages.map((to) => ({
      type: to.type,
      flags: to.flags,
      message: readMessage(messageKindOf(to.type) as never, to.bytes, NLMSG_HDRLEN, to.bytes.length) as any,
    }))
    seen.push(...decoded)
    const to = messages.at(-1) as Sent
    const last = decoded.at(-1) as Seen
    const own = script(to, last, send)
    if (own !== undefined) return own
    if (to.type === RTM_GETLINK && (to.flags & NLM_F_DUMP) === 0) {
      const name = last.message.attributes.ifname
      const index = name === undefined ? last.message.index : links[name]
      return index === undefined
        ? [answer(to, Errno.ENODEV)]
        : [object(to, linkMessage, RTM_NEWLINK, { index, attributes: { ifname: name ?? 'e?' } }), answer(to)]
    }
    return (to.flags & NLM_F_DUMP) === NLM_F_DUMP ? [done(to)] : [answer(to)]
  })
  const netlink = Netlink.open({ sys: kernel.sys }).unwrap()
  return { netlink, seen, kernel }
}

describe('opening and closing', () => {
  it('answers what is wrong with the socket', () => {
    const { kernel } = client()
    expect(Netlink.open({ sys: { ...kernel.sys, socket: () => -Errno.EPERM } }).unwrapErr()).toMatchObject({
      code: 'sys.failed',
      errnoName: 'EPERM',
    })
  })

  it('is done by using, too; calls afterwards answer sys.closed', async () => {
    const { netlink } = client()
    {
      using inside = netlink
      expect((await inside.indexOf('e0')).unwrap()).toBe(7)
    }
    expect((await netlink.indexOf('e0')).unwrapErr().code).toBe('sys.closed')
    await netlink[Symbol.asyncDispose]()
  })
})

describe('links by name', () => {
  it('are looked up, and those without one are missing', async () => {
    const { netlink } = client()
    expect((await netlink.indexOf('e1')).unwrap()).toBe(8)
    expect((await netlink.indexOf('no')).unwrapErr().code).toBe('netlink.missing')
    expect((await netlink.indexOf('a b')).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'link' })
  })

  it('are looked up once in a batch', async () => {
    const { netlink, seen } = client()
    const specs = ['10.0.0.1/24', '10.0.1.1/24', '10.0.2.1/24'].map((address) => ({ link: 'e0', address }))
    expect((await netlink.addresses.addAll(specs)).unwrap()).toBe(3)
    expect(seen.filter(({ type }) => type === RTM_GETLINK)).toHaveLength(1)
    expect(seen.filter(({ type }) => type === 20).map(({ message }) => message.index)).toEqual([7, 7, 7])
    expect((await netlink.addresses.addAll([{ link: 'no', address: '10.0.0.1/24' }])).unwrapErr().code).toBe('netlink.missing')
    expect((await netlink.addresses.deleteAll([{ link: 7, address: '10.0.0.1/24' }])).unwrap()).toBe(1)
  })

  it('that the kernel does not show are malformed', async () => {
    const { netlink } = client((to) => [answer(to)])
    expect((await netlink.indexOf('e0')).unwrapErr()).toMatchObject({ code: 'netlink.malformed' })
  })
})

describe('a table', () => {
  it('adds, replaces, appends, deletes', async () => {
    const { netlink, seen } = client()
    const spec = { destination: '10.9.0.0/16', link: 'e0' }
    for (const outcome of [
      await netlink.routes.add(spec),
      await netlink.routes.replace(spec),
      await netlink.routes.append(spec),
      await netlink.routes.delete(spec),
    ])
      expect(outcome.isOk()).toBe(true)
    const routes = seen.filter(({ type }) => type !== RTM_GETLINK)
    expect(routes.map(({ type, flags }) => [type, flags & 0xf00])).toEqual([
      [24, 0x600],
      [24, 0x500],
      [24, 0xc00],
      [25, 0],
    ])
    expect(routes.every(({ message }) => message.attributes.outputInterface === 7)).toBe(true)
  })

  it('refuses bad input of one, and of many by index, before anything is sent', async () => {
    const { netlink, seen } = client()
    expect((await netlink.routes.add({ destination: 'x' })).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'destination' })
    expect((await netlink.routes.addAll([{ destination: '10.0.0.0/8' }, { destination: 'x' }])).unwrapErr()).toMatchObject({
      path: '1.destination',
      message: expect.stringMatching(/^1: destination: /),
    })
    expect(
      (await netlink.routes.addAll([{ destination: '10.0.0.0/8' }, { destination: '10.0.0.0/8', tos: 256 }])).unwrapErr(),
    ).toMatchObject({ path: '1.tos' })
    expect((await netlink.routes.list({ table: 'mine' as never })).unwrapErr()).toMatchObject({ path: 'table' })
    expect((await netlink.routes.lookUp('x')).unwrapErr()).toMatchObject({ path: 'destination' })
    expect(seen).toEqual([])
  })

  it('adds many in place of what is there when told so', async () => {
    const { netlink, seen } = client()
    ;(await netlink.fdb.addAll([{ link: 7, hardwareAddress: '02:00:00:00:00:01' }], { ifExists: 'append' })).unwrap()
    ;(await netlink.fdb.append({ link: 7, hardwareAddress: '02:00:00:00:00:01' })).unwrap()
    expect(seen.map(({ flags }) => flags & 0xf00)).toEqual([0xc00, 0xc00])
  })

  it('lists, and leaves out what the kernel did not', async () => {
    const neighbour = messageKindOf(28) as never
    const { netlink } = client((to) => [
      object(to, neighbour, 28, { family: 2, index: 7, flags: 8, attributes: { destination: '10.0.0.1' } }),
      object(to, neighbour, 28, { family: 2, index: 7, attributes: { destination: '10.0.0.2' } }),
      done(to),
    ])
    const addresses = async (proxy: boolean) =>
      (await netlink.neighbours.list({ link: 7, proxy })).unwrap().map(({ address }) => String(address))
    expect(await addresses(false)).toEqual(['10.0.0.2'])
    expect(await addresses(true)).toEqual(['10.0.0.1'])
  })

  it('lists the qdiscs of one link', async () => {
    const qdisc = messageKindOf(36) as never
    const { netlink } = client((to, { type }) =>
      type === 38
        ? [
            object(to, qdisc, 36, { index: 7, attributes: { kind: 'fq' } }),
            object(to, qdisc, 36, { index: 8, attributes: { kind: 'mq' } }),
            done(to),
          ]
        : undefined,
    )
    expect((await netlink.qdiscs.list({ link: 'e0' })).unwrap().map(({ kind }) => kind)).toEqual(['fq'])
    expect((await netlink.qdiscs.list()).unwrap()).toHaveLength(2)
    expect((await netlink.qdiscs.list({ link: 'no' })).unwrapErr().code).toBe('netlink.missing')
  })
})

describe('looking up a route', () => {
  it('gives the route, or that there is none', async () => {
    const { netlink } = client((to, _seen, send) =>
      send === 0
        ? [
            object(to, routeMessage, RTM_NEWROUTE, {
              family: 2,
              destinationLength: 32,
              attributes: { destination: '10.9.0.1', gateway: '10.0.0.2' },
            }),
            answer(to),
          ]
        : send === 1
          ? [answer(to, Errno.ENETUNREACH)]
          : send === 2
            ? [answer(to)]
            : [answer(to, Errno.EINVAL)],
    )
    expect(String((await netlink.routes.lookUp('10.9.0.1')).unwrap()?.via)).toBe('10.0.0.2')
    expect((await netlink.routes.lookUp('10.9.0.1')).unwrap()).toBeUndefined()
    expect((await netlink.routes.lookUp('10.9.0.1')).unwrap()).toBeUndefined()
    expect((await netlink.routes.lookUp('10.9.0.1')).unwrapErr().code).toBe('netlink.refused')
  })
})

describe('links', () => {
  it('that are not there are no error', async () => {
    const { netlink } = client()
    expect((await netlink.links.get('e0')).unwrap()).toMatchObject({ index: 7, name: 'e0' })
    expect((await netlink.links.get('no')).unwrap()).toBeUndefined()
    expect((await netlink.links.get(0)).unwrapErr().code).toBe('input.invalid')
  })

  it('are deleted again when the second message is refused', async () => {
    const { netlink, seen } = client((to, { type, message }) =>
      type === RTM_SETLINK && message.attributes.alias !== undefined ? [answer(to, Errno.EINVAL)] : undefined,
    )
    expect((await netlink.links.create({ kind: 'dummy', name: 'd0', alias: 'ours' })).unwrapErr().code).toBe('netlink.refused')
    expect(seen.map(({ type }) => type)).toEqual([RTM_NEWLINK, RTM_SETLINK, 17])
  })

  it('of kernels that ignore a size without a word are told', async () => {
    const { netlink, seen } = client()
    expect((await netlink.links.update('e0', { gsoIpv4MaxSize: 100_000 })).unwrapErr()).toMatchObject({
      code: 'feature.unsupported',
      feature: 'ipv4-big-tcp',
    })
    expect((await netlink.links.create({ kind: 'dummy', name: 'e0', groIpv4MaxSize: 100_000 })).unwrapErr().code).toBe(
      'feature.unsupported',
    )
    expect(seen.at(-1)?.type).toBe(17)
  })

  it('are made, changed and deleted, many in few sends', async () => {
    const { netlink, kernel } = client()
    expect(
      (
        await netlink.links.createAll([
          { kind: 'dummy', name: 'd0' },
          { kind: 'dummy', name: 'd1', alias: 'ours' },
        ])
      ).unwrap(),
    ).toBe(2)
    expect((await netlink.links.createAll([{ kind: 'dummy', name: 'd0' }])).unwrap()).toBe(1)
    expect(
      (
        await netlink.links.updateAll([
          { link: 7, change: { up: true } },
          { link: 'e1', change: { mtu: 1400 } },
        ])
      ).unwrap(),
    ).toBe(2)
    expect(kernel.sent.map((messages) => messages.length)).toEqual([1, 1, 1, 1, 2])
    expect((await netlink.links.delete('e0')).isOk()).toBe(true)
    expect((await netlink.links.deleteGroup(5)).isOk()).toBe(true)
    expect((await netlink.links.updateAll([{ link: 0, change: {} }])).unwrapErr()).toMatchObject({ path: '0.link' })
    expect((await netlink.links.createAll([{ kind: 'dummy', name: 'a b' }])).unwrapErr()).toMatchObject({ path: '0.name' })
    expect((await netlink.links.create({ kind: 'dummy', name: '' })).unwrapErr()).toMatchObject({ path: 'name' })
  })

  it('are listed by kind, master, group, and whether they are up', async () => {
    const { netlink } = client((to) => [
      object(to, linkMessage, RTM_NEWLINK, { index: 1, flags: 1, attributes: { ifname: 'lo' } }),
      object(to, linkMessage, RTM_NEWLINK, { index: 2, attributes: { ifname: 'd0', master: 9, group: 4, linkinfo: { kind: 'dummy' } } }),
      done(to),
    ])
    const list = async (filter: Parameters<typeof netlink.links.list>[0]) =>
      (await netlink.links.list(filter)).unwrap().map(({ name }) => name)
    expect(await list({})).toEqual(['lo', 'd0'])
    expect(await list({ kind: 'dummy' })).toEqual(['d0'])
    expect(await list({ master: 9 })).toEqual(['d0'])
    expect(await list({ master: 0 })).toEqual(['lo'])
    expect(await list({ group: 4 })).toEqual(['d0'])
    expect(await list({ up: true })).toEqual(['lo'])
  })
})

describe('namespace ids', () => {
  it('are assigned, asked for and listed', async () => {
    const kind = messageKindOf(88) as never
    const { netlink } = client((to, { type, flags }) => {
      if (type !== 90) return undefined
      return (flags & NLM_F_DUMP) === NLM_F_DUMP
        ? [object(to, kind, 88, { attributes: { nsid: 3 } }), done(to)]
        : [object(to, kind, 88, { attributes: { nsid: to.sequence === 2 ? 3 : -1 } }), answer(to)]
    })
    expect((await netlink.netnsIds.assign({ pid: 1 }, 3)).isOk()).toBe(true)
    expect((await netlink.netnsIds.get({ pid: 1 })).unwrap()).toBe(3)
    expect((await netlink.netnsIds.get({ pid: 1 })).unwrap()).toBeUndefined()
    expect((await netlink.netnsIds.list()).unwrap()).toEqual([3])
    expect((await netlink.netnsIds.assign({ pid: 1 }, -9)).unwrapErr()).toMatchObject({ path: 'nsid' })
  })
})

describe('every table', () => {
  it('sends its own sort of message', async () => {
    const { netlink, seen } = client()
    ;(await netlink.rules.add({ fwmark: 7, table: 100 })).unwrap()
    ;(await netlink.neighbours.replace({ link: 7, address: '10.0.0.1', hardwareAddress: '02:00:00:00:00:01' })).unwrap()
    ;(await netlink.neighbours.delete({ link: 'e0', address: '10.0.0.1' })).unwrap()
    ;(await netlink.qdiscs.replace({ kind: 'fq', link: 'e0' })).unwrap()
    ;(await netlink.classes.add({ kind: 'htb', link: 7, parent: '1:', handle: '1:1', options: { rateBytesPerSecond: 1000 } })).unwrap()
    ;(await netlink.filters.add({ link: 7, at: 'ingress', fd: 3, name: 'axm' })).unwrap()
    ;(await netlink.classes.list({ link: 7 })).unwrap()
    ;(await netlink.filters.list({ link: 7, at: 'egress' })).unwrap()
    ;(await netlink.rules.list({ family: 6 })).unwrap()
    ;(await netlink.fdb.list({ link: 'e0' })).unwrap()
    expect(seen.filter(({ type }) => type !== RTM_GETLINK).map(({ type }) => type)).toEqual([32, 28, 29, 36, 40, 44, 42, 46, 34, 30])
    expect(seen.find(({ type }) => type === 32)?.flags).toBe(0x5 | 0x400 | NLM_F_EXCL)
    expect((seen.find(({ type }) => type === 36)?.flags ?? 0) & NLM_F_REPLACE).toBe(NLM_F_REPLACE)
  })
})
