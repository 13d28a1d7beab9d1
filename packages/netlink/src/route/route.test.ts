import { describe, expect, it } from 'vitest'
import {
  attributePath,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLMSG_HDRLEN,
  readMessage,
  WireFault,
  Writer,
  writeMessage,
} from '../wire/index.js'
import { addRoute, deleteRoute, listRoutes, lookUpRoute, type RouteMessage, type RouteSpec, routeView } from './route.js'
import { RTM_NEWROUTE, routeMessage } from './route-message.js'

function encoded(message: object): Uint8Array {
  const out = new Writer()
  writeMessage(out, routeMessage, RTM_NEWROUTE, 0, 1, message as never)
  return out.take()
}

function decoded(message: object): RouteMessage {
  const bytes = encoded(message)
  return readMessage(routeMessage, bytes, NLMSG_HDRLEN, bytes.length) as RouteMessage
}

const shown = (spec: RouteSpec) =>
  JSON.parse(JSON.stringify(routeView(decoded(addRoute(spec).message)), (_key, value) => (typeof value === 'bigint' ? `${value}` : value)))

describe('adding a route', () => {
  it.each<[RouteSpec, object]>([
    [
      { destination: '10.9.0.0/16', via: '10.0.0.2' },
      {
        family: 4,
        destination: '10.9.0.0/16',
        via: '10.0.0.2',
        scope: 'universe',
        table: 'main',
        protocol: 'static',
        type: 'unicast',
        onlink: false,
      },
    ],
    [
      { destination: '10.9.0.0/16', link: 7 },
      { link: 7, scope: 'link' },
    ],
    [
      { destination: '10.9.0.1', type: 'local', link: 7 },
      { destination: '10.9.0.1/32', scope: 'host', table: 'local' },
    ],
    [
      { destination: '10.9.0.255', type: 'broadcast', link: 7 },
      { scope: 'link', table: 'local' },
    ],
    [
      { destination: '10.9.0.0/16', type: 'blackhole' },
      { scope: 'universe', type: 'blackhole' },
    ],
    [
      { destination: '10.9.0.0/16', nexthopId: 5 },
      { scope: 'universe', nexthopId: 5 },
    ],
    [
      { destination: 'default', via: '10.0.0.2' },
      { family: 4, destination: '0.0.0.0/0' },
    ],
    [
      { destination: 'default', via: 'fe80::1', link: 7 },
      { family: 6, destination: '::/0' },
    ],
    [
      { destination: 'default', family: 6, link: 7 },
      { family: 6, scope: 'universe' },
    ],
    [{ destination: 'default', nexthops: [{ via: '2001:db8::2' }] }, { family: 6 }],
    [
      { destination: '10.9.0.0/16', via: 'fe80::2', link: 7, onlink: true },
      { via: 'fe80::2', onlink: true, family: 4 },
    ],
    [
      { destination: '10.9.0.0/16', link: 7, table: 1000, priority: 50, tos: 16, source: '10.0.0.1', protocol: 'bird' },
      { table: 1000, priority: 50, tos: 16, source: '10.0.0.1', protocol: 'bird' },
    ],
    [{ destination: '2001:db8:9::/48', from: '2001:db8::/64', link: 7, expiresSeconds: 9 }, { from: '2001:db8::/64' }],
    [
      { destination: '10.9.0.0/16', link: 7, metrics: { mtu: 1400, congestionControl: 'bbr' } },
      { metrics: { mtu: 1400, congestionControl: 'bbr' } },
    ],
    [
      { destination: '10.9.0.0/16', link: 7, encap: { type: 'ip', id: 7, destination: '192.0.2.9' } },
      { encap: { type: 'ip', value: { id: '7', destination: '192.0.2.9' } } },
    ],
    [
      { destination: '2001:db8::/32', link: 7, encap: { type: 'seg6', header: { segments: ['::1', '::2'] } } },
      { encap: { type: 'seg6', value: { header: { mode: 'encap', segments: ['::1', '::2'] } } } },
    ],
  ])('%o', (spec, view) => {
    expect(shown(spec)).toMatchObject(view)
  })

  it('of several ways has each with its weight', () => {
    const { nexthops, scope } = shown({
      destination: '10.9.0.0/16',
      nexthops: [
        { via: '10.0.0.2', weight: 256 },
        { via: 'fe80::1', link: 7, onlink: true, encap: { type: 'mpls', destination: Uint8Array.of(0, 1, 65, 0) } },
      ],
    })
    expect(scope).toBe('universe')
    expect(nexthops).toMatchObject([
      { via: '10.0.0.2', link: 0, weight: 256, flags: 0 },
      { via: 'fe80::1', link: 7, weight: 1, flags: 4, encap: { type: 'mpls' } },
    ])
  })

  it('is refused when it is there, or replaces it, or comes behind it', () => {
    const flags = (ifExists?: 'refuse' | 'replace' | 'append') => addRoute({ destination: '10.9.0.0/16' }, ifExists).flags
    expect([flags(), flags('replace'), flags('append')]).toEqual([
      NLM_F_CREATE | NLM_F_EXCL,
      NLM_F_CREATE | NLM_F_REPLACE,
      NLM_F_CREATE | NLM_F_APPEND,
    ])
  })
})

describe('deleting, listing and looking up', () => {
  it('deletes by what is given', () => {
    expect(decoded(deleteRoute({ destination: '10.9.0.0/16' }).message)).toMatchObject({ protocol: 0, type: 0, scope: 255 })
    expect(decoded(deleteRoute({ destination: '10.9.0.0/16', protocol: 'bird', type: 'unicast', scope: 'link' }).message)).toMatchObject({
      protocol: 12,
      type: 1,
      scope: 253,
    })
  })

  it('lets the kernel filter', () => {
    expect(decoded(listRoutes().message)).toMatchObject({ family: 0, attributes: {} })
    expect(decoded(listRoutes({ family: 6, table: 'local', protocol: 'kernel', type: 'local', link: 7 }).message)).toMatchObject({
      family: 10,
      protocol: 2,
      type: 2,
      attributes: { table: 255, outputInterface: 7 },
    })
  })

  it('looks up a whole address', () => {
    expect(decoded(lookUpRoute('10.9.1.1', { source: '10.0.0.1', link: 7, mark: 9 }).message)).toMatchObject({
      family: 2,
      destinationLength: 32,
      sourceLength: 32,
      attributes: { outputInterface: 7, mark: 9 },
    })
    expect(decoded(lookUpRoute('2001:db8::1', {}).message)).toMatchObject({ family: 10, destinationLength: 128, sourceLength: 0 })
  })
})

describe('a route shown', () => {
  it('is none of another family, whose addresses are not read as ours', () => {
    const mpls = decoded({ family: 28, attributes: { '#1': Uint8Array.of(0, 1, 1, 0), '#18': Uint8Array.of(17, 0, 2, 0, 0, 0, 0, 1) } })
    expect(mpls.attributes).not.toHaveProperty('via')
    expect(routeView(mpls)).toBeUndefined()
  })

  it('has numbers where there are no names', () => {
    expect(routeView(decoded({ family: 2, table: 252, protocol: 77, scope: 9, type: 99 }))).toMatchObject({
      table: 252,
      protocol: 77,
      scope: 9,
      type: 99,
    })
    expect(routeView(decoded({ family: 2, attributes: { encapType: 99, encap: Uint8Array.of(1) } }))?.encap).toEqual({
      type: 99,
      value: Uint8Array.of(1),
    })
  })
})

describe('the ways of a multipath route on the wire', () => {
  const two = [
    { flags: 0, hops: 0, index: 7, attributes: { gateway: '10.0.0.2' } },
    { flags: 4, hops: 4, index: 8, attributes: { encapType: 2, encap: { id: 7n, ttl: 9 } } },
  ]
  const bytes = encoded({ family: 2, attributes: { multipath: two } })
  const at = (hex: string): number => Buffer.from(bytes).indexOf(Buffer.from(hex, 'hex'))

  it('are found by offset', () => {
    expect(attributePath(routeMessage as never, bytes, at('0a000002'))).toBe('multipath.0.gateway')
    expect(attributePath(routeMessage as never, bytes, at('0500040009'))).toBe('multipath.1.encap.ttl')
    expect(attributePath(routeMessage as never, bytes, at('040408000000'))).toBe('multipath.1')
  })

  it.each([
    ['too short a way', [7, 0, 0, 0, 1, 0, 0, 0]],
    ['too long a way', [9, 0, 0, 0, 1, 0, 0, 0]],
    ['a way of no bytes', [0, 0, 0, 0, 1, 0, 0, 0]],
    ['a gateway of three bytes', [16, 0, 0, 0, 1, 0, 0, 0, 7, 0, 5, 0, 1, 2, 3, 0]],
  ])('with %s are malformed', (_name, way) => {
    expect(() => decoded({ family: 2, attributes: { '#9': Uint8Array.from(way) } })).toThrow(WireFault)
  })

  it('with bytes left over are kept', () => {
    const given = { family: 2, attributes: { '#9': Uint8Array.from([8, 0, 0, 0, 7, 0, 0, 0, 1, 2, 3, 4]) } }
    const message = decoded(given)
    expect(message.attributes.multipath).toMatchObject([{ index: 7 }])
    expect(encoded(message)).toEqual(encoded(given))
  })
})

describe('encapsulations on the wire', () => {
  const read = (encapType: number, bytes: readonly number[]): unknown =>
    decoded({ family: 10, attributes: { encapType, '#22': Uint8Array.from(bytes) } }).attributes.encap

  it('keep an odd segment routing header', () => {
    const header = [20 + 12, 0, 1, 0, 1, 0, 0, 0, 43, 2, 4, 0, 0, 9, 0, 0, ...Array(16).fill(1)]
    expect(read(5, header)).toMatchObject({ header: { mode: 'encap', segments: [expect.anything()] } })
    const message = decoded({ family: 10, attributes: { encapType: 5, '#22': Uint8Array.from(header) } })
    expect(encoded(message)).toEqual(encoded({ family: 10, attributes: { encapType: 5, '#22': Uint8Array.from(header) } }))
  })

  it('that are too short are malformed', () => {
    expect(() => read(5, [12, 0, 1, 0, 1, 0, 0, 0, 43, 2, 4, 0])).toThrow(WireFault)
    expect(() => read(2, [8, 0, 1, 0, 1, 0, 0, 0])).toThrow(WireFault)
  })

  it('may come before their type', () => {
    const out = { family: 2, attributes: { '#22': Uint8Array.from([5, 0, 4, 0, 9, 0, 0, 0]), encapType: 2 } }
    expect(decoded(out).attributes.encap).toEqual({ ttl: 9 })
  })
})
