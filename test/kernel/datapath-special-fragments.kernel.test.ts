import { pods, remote } from '../datapath/cast.js'
import {
  type Case,
  doing,
  drops,
  fromNetdev,
  fromOverlay,
  fromPod,
  goesIntoTunnel,
  goesTo,
  hopByHop,
  prepared,
} from '../datapath/life-cases.js'
import { bytes, data, type End, echo, type Family, families, ip, tcp, udp } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import { tables, type World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'

const { a, b, far, host } = pods
/** The pieces of a packet's body, cut at these bytes. */
function cut(family: Family, from: End, to: End, id: number, protocol: number, body: Uint8Array, cuts: readonly number[]): Layer[][] {
  return [0, ...cuts].map((begin, at) => {
    const end = cuts[at] ?? body.length
    const more = cuts[at] !== undefined
    const word = begin | (more ? 1 : 0)
    const extension = { header: 44, data: Uint8Array.of(word >> 8, word & 255, id >>> 24, id >>> 16, id >>> 8, id) }
    const header =
      family === 'v4'
        ? ip('v4', from, to, { id, protocol, moreFragments: more, fragmentOffset: begin })
        : ip('v6', from, to, { protocol, extensions: [extension] })
    return [header, bytes(body.slice(begin, end))]
  })
}

/** A flow's packet, whole. */
type Packet = readonly [transport: Layer, payload: Layer]
const body = (family: Family, from: End, to: End, packet: readonly Layer[]): Uint8Array =>
  frame(ip(family, from, to), ...packet).slice(family === 'v4' ? 20 : 40)
const SIZE = 1400
const whole = (
  kind: 'tcp' | 'udp' | 'sctp' | 'icmp',
  family: Family,
  port = 1000,
): { protocol: number; packet: Packet; answer: Packet } => {
  switch (kind) {
    case 'tcp':
      return { protocol: 6, packet: [tcp(port, 80, 'S'), data(SIZE)], answer: [tcp(80, port, 'SA'), data(SIZE)] }
    case 'udp':
      return { protocol: 17, packet: [udp(port, 53), data(SIZE)], answer: [udp(53, port), data(SIZE)] }
    case 'sctp':
      return {
        protocol: 132,
        packet: [{ layer: 'sctp', src: port, dst: 80 }, data(SIZE)],
        answer: [{ layer: 'sctp', src: 80, dst: port }, data(SIZE)],
      }
    case 'icmp':
      return {
        protocol: family === 'v4' ? 1 : 58,
        packet: [echo(family, 'request', port), data(SIZE)],
        answer: [echo(family, 'reply', port), data(SIZE)],
      }
  }
}
/** bytes of a transport header that are not all of it: a multiple of 8 */
const SHORT = { tcp: 16, udp: 0, sctp: 8, icmp: 0 } as const
const kinds = ['tcp', 'udp', 'sctp', 'icmp'] as const
/** no flow is known any more; ports of fragments are */
const withoutFlows = (world: World): undefined => {
  for (const map of [world.datapath.maps.flows4, world.datapath.maps.flows6]) {
    const keys = [...map.keys()].map((key) => key.unwrap())
    for (const key of keys) map.delete(key as never).unwrap()
  }
}

function ofKind(family: Family, kind: (typeof kinds)[number]): Case[] {
  const name = `${kind} ${family}`
  const { protocol, packet, answer } = whole(kind, family)
  const pieces = (from: End, to: End, id: number, what: readonly Layer[] = packet, number = protocol): [Layer[], Layer[], Layer[]] =>
    cut(family, from, to, id, number, body(family, from, to, what), [488, 976]) as [Layer[], Layer[], Layer[]]
  const [first, middle, last] = pieces(a, b, 77)
  const back = pieces(b, a, 78, answer)
  const plain = [ip(family, a, b), ...packet]
  const another = whole(kind, family, 1001)
  const sent = (...layers: readonly Layer[]) => fromPod('a', ...layers)
  const of = (what: string) => `${name}: ${what}`
  return [
    {
      name: of('the first opens the flow, those after it follow, in any order'),
      policies: { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] },
      steps: [
        goesTo('b', sent(...first), 'NEW_FLOW'),
        goesTo('b', sent(...last)),
        goesTo('b', sent(...middle)),
        goesTo('b', sent(...plain)),
        // and so does an answer in fragments
        goesTo('a', fromPod('b', ...back[0])),
        goesTo('a', fromPod('b', ...back[1])),
        goesTo('a', fromPod('b', ...back[2])),
      ],
    },
    {
      name: of('a later one without its first is dropped'),
      steps: [drops(sent(...middle), 'DROP_FRAGMENT'), drops(sent(...last), 'DROP_FRAGMENT'), goesTo('b', sent(...first), 'NEW_FLOW')],
    },
    {
      name: of('a later one of another packet does not follow'),
      steps: [
        goesTo('b', sent(...first), 'NEW_FLOW'),
        drops(sent(...pieces(a, b, 76)[1]), 'DROP_FRAGMENT'),
        ...(family === 'v6' ? [drops(sent(...pieces(a, b, 77 + 65_536)[1]), 'DROP_FRAGMENT')] : []),
        drops(sent(...pieces(a, far, 77)[1]), 'DROP_FRAGMENT'),
        drops(fromPod('far', ...pieces(far, b, 77)[1]), 'DROP_FRAGMENT'),
        drops(fromPod('b', ...pieces(b, a, 77)[1]), 'DROP_FRAGMENT'),
        // RFC 791 tells packets of two protocols apart; of IPv6 the next header of later fragments may be another: RFC 8200 §4.5
        family === 'v4'
          ? drops(sent(...pieces(a, b, 77, packet, kind === 'udp' ? 6 : 17)[1]), 'DROP_FRAGMENT')
          : goesTo('b', sent(...pieces(a, b, 77, packet, kind === 'udp' ? 6 : 17)[1])),
        goesTo('b', sent(...middle)),
      ],
    },
    {
      name: of('those after a first that is denied are denied like it'),
      policies: { b: ['allow', 'denyByRule'] },
      steps: [
        drops(sent(...first), 'DROP_DENIED_BY_RULE'),
        drops(sent(...middle), 'DROP_DENIED_BY_RULE'),
        drops(sent(...last), 'DROP_DENIED_BY_RULE'),
      ],
    },
    {
      name: of('two packets at once keep each its ports'),
      steps: [
        goesTo('b', sent(...first), 'NEW_FLOW'),
        goesTo('b', sent(...pieces(a, b, 79, another.packet)[0]), 'NEW_FLOW'),
        withoutFlows,
        // it is judged as its first was, and opens that flow
        goesTo('b', sent(...middle), 'NEW_FLOW'),
        goesTo('b', sent(...plain)),
        goesTo('b', sent(...pieces(a, b, 79, another.packet)[1]), 'NEW_FLOW'),
        goesTo('b', sent(ip(family, a, b), ...another.packet)),
      ],
    },
    {
      name: of('a first that ends within its transport header is malformed'),
      steps: [drops(sent(...(cut(family, a, b, 77, protocol, body(family, a, b, packet), [SHORT[kind]])[0] as Layer[])), 'DROP_MALFORMED')],
    },
    {
      name: of('into the tunnel, out of it, and off the wire'),
      steps: [
        goesIntoTunnel(sent(...pieces(a, remote.tunnelled, 77)[0]), 'NEW_FLOW'),
        goesIntoTunnel(sent(...pieces(a, remote.tunnelled, 77)[1])),
        goesTo('a', fromOverlay(remote.tunnelled.identity, ...pieces(remote.tunnelled, a, 80, answer)[0])),
        goesTo('a', fromOverlay(remote.tunnelled.identity, ...pieces(remote.tunnelled, a, 80, answer)[1])),
        drops(fromOverlay(remote.tunnelled.identity, ...pieces(remote.tunnelled, a, 81, answer)[1]), 'DROP_FRAGMENT'),
        goesTo('a', fromNetdev(...pieces(remote.world, a, 82)[0]), 'NEW_FLOW'),
        goesTo('a', fromNetdev(...pieces(remote.world, a, 82)[1])),
        drops(fromNetdev(...pieces(remote.world, a, 83)[1]), 'DROP_FRAGMENT'),
      ],
    },
  ]
}

/** What only one protocol or family has. */
function others(): Case[] {
  const datagram = whole('udp', 'v6')
  const in6 = (id: number, from: End = a, to: End = b): Layer[][] =>
    cut('v6', from, to, id, datagram.protocol, body('v6', from, to, datagram.packet), [488])
  const [first6, last6] = in6(5) as [Layer[], Layer[]]
  const behind = (layers: readonly Layer[]): Layer[] =>
    layers.map((layer) => (layer.layer === 'ip6' ? { ...layer, extensions: [hopByHop, ...(layer.extensions ?? [])] } : layer))
  // the first has destination options behind its fragment header; later ones name them as what comes next: RFC 8200 §4.5
  const options = Uint8Array.of(17, 0, 1, 4, 0, 0, 0, 0)
  const whole6 = Uint8Array.of(...options, ...body('v6', a, b, datagram.packet))
  const [optionsFirst, optionsLast] = cut('v6', a, b, 6, 60, whole6, [488]) as [Layer[], Layer[]]
  const atomic = cut('v6', a, b, 7, datagram.protocol, body('v6', a, b, datagram.packet), [])[0] as Layer[]
  const gre = cut('v4', a, b, 8, 47, new Uint8Array(1000), [488]) as [Layer[], Layer[]]
  const lastHop = (layers: readonly Layer[]): Layer[] => layers.map((layer) => (layer.layer === 'ip4' ? { ...layer, ttl: 1 } : layer))
  const datagram4 = cut('v4', a, b, 9, 17, body('v4', a, b, datagram.packet), [488]) as [Layer[], Layer[]]
  return [
    {
      name: 'v6: an atomic fragment is a packet like others, RFC 6946',
      steps: [
        goesTo('b', fromPod('a', ...atomic), 'NEW_FLOW'),
        goesTo('b', fromPod('a', ip('v6', a, b), ...datagram.packet)),
        drops(fromPod('a', ...(cut('v6', a, b, 7, 17, body('v6', a, b, datagram.packet), [488])[1] as Layer[])), 'DROP_FRAGMENT'),
      ],
    },
    {
      name: 'v6: behind a hop-by-hop header',
      steps: [goesTo('b', fromPod('a', ...behind(first6)), 'NEW_FLOW'), goesTo('b', fromPod('a', ...behind(last6)))],
    },
    {
      name: 'v6: with destination options in what is cut up',
      steps: [goesTo('b', fromPod('a', ...optionsFirst), 'NEW_FLOW'), goesTo('b', fromPod('a', ...optionsLast))],
    },
    {
      name: 'v4: of a protocol without ports',
      steps: [
        drops(fromPod('a', ...gre[1]), 'DROP_FRAGMENT'),
        goesTo('b', fromPod('a', ...gre[0]), 'NEW_FLOW'),
        goesTo('b', fromPod('a', ...gre[1])),
      ],
    },
    {
      name: 'v4: no error is sent about a later one',
      steps: [goesTo('b', fromPod('a', ...datagram4[0]), 'NEW_FLOW'), drops(fromPod('a', ...lastHop(datagram4[1])), 'DROP_HOPS')],
    },
    ...families.map((family): Case => {
      const id = 0xffff
      const ping = body(family, a, b, [echo(family, 'request', id), data(SIZE)])
      const [first, last] = cut(family, a, b, 10, family === 'v4' ? 1 : 58, ping, [488]) as [Layer[], Layer[]]
      const judgedBy = (egress: number, revision: number) =>
        doing((world) => world.datapath.setPolicy(a.slot, { egress, ingress: tables.denyByDefault, revision }).unwrap())
      return {
        name: `${family}: a later one of an echo under the last identifier is judged as an echo again`,
        given: (world) => {
          // a table that allows echo requests, and nothing else
          const { maps } = world.datapath
          const [table, rows] = [40, 40]
          const chunk = (number: number, at: Record<number, number>): void =>
            void maps.chunks.update(number, { number: Array.from({ length: 32 }, (_, each) => at[each] ?? 0) }).unwrap()
          const requests = family === 'v4' ? 8 : 128
          chunk(41, { [requests & 31]: 1 })
          chunk(42, { 0: tables.denyByDefault, 1: tables.allow })
          maps.directories.update(1, { chunk: Array.from({ length: 2048 }, (_, each) => (each === requests >> 5 ? 41 : 0)) }).unwrap()
          maps.rows.update(rows, 42).unwrap()
          const directory = [0, 0, 0, 1, 1, 0]
          maps.tables
            .update(table, { rows, rowCount: 1, stride: 1, directory, scopeRow: [0, 0, 0, 0, 0], peers: 0, peerChunks: 0 } as never)
            .unwrap()
          return () => world.policy('a', 'allow', 'allow')
        },
        steps: [
          judgedBy(40, 0x5000_0001),
          goesTo('b', fromPod('a', ...first), 'NEW_FLOW'),
          goesTo('b', fromPod('a', ...last)),
          drops(fromPod('a', ip(family, a, b), udp(1, 2), data(16)), 'DROP_DENIED_BY_DEFAULT'),
          judgedBy(40, 0x5000_0002),
          goesTo('b', fromPod('a', ...last), 'JUDGED_AGAIN'),
        ],
      }
    }),
    {
      name: 'a later one is spoofed like any other',
      steps: [
        goesTo('b', fromPod('a', ...datagram4[0]), 'NEW_FLOW'),
        drops(fromPod('far', ...datagram4[1]), 'DROP_SPOOFED'),
        prepared(fromPod('a', ...first6)),
        drops(fromPod('far', ...last6), 'DROP_SPOOFED'),
        drops(fromPod('a', ...(in6(5, host, b)[1] as Layer[])), 'DROP_SPOOFED'),
      ],
    },
  ]
}

tableTest('fragments', () => [...families.flatMap((family) => kinds.flatMap((kind) => ofKind(family, kind))), ...others()])
