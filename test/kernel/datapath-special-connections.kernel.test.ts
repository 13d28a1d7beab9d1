import { Place } from '@axoneme/datapath'
import { pods, remote } from '../datapath/cast.js'
import {
  type Case,
  doing,
  drops,
  fromNetdev,
  fromPod,
  goesIntoTunnel,
  goesNatively,
  goesTo,
  prepared,
  syn,
} from '../datapath/life-cases.js'
import { data, type End, echo, type Family, families, ip, quote, type Sight, tcp, udp, unreachable, wire } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import type { Layer } from '../packet/layers.js'

const { a, b, far } = pods
const { tunnelled, native } = remote

/** What tells flows apart, and how they begin and end. */
function flows(family: Family): Case[] {
  const send = (flags: string, port = 1000, payload = 0): Sight =>
    fromPod('a', ip(family, a, b), tcp(port, 80, flags), ...(payload > 0 ? [data(payload)] : []))
  const answer = (flags: string, port = 1000): Sight => fromPod('b', ip(family, b, a), tcp(80, port, flags))
  const open = prepared(send('S'), answer('SA'), send('A'))
  const closed = prepared(send('S'), answer('SA'), send('A'), send('FA'), answer('FA'), send('A'))
  const oneWay = { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] } as const
  const once = (layers: readonly Layer[]) => goesTo('b', fromPod('a', ...layers), 'NEW_FLOW')
  return [
    {
      name: `${family}: a flow is its ends, ports and protocol`,
      policies: { a: ['allow', 'denyByDefault'] },
      steps: [
        once([ip(family, a, b), udp(1000, 80), data(16)]),
        once([ip(family, a, b), udp(1001, 80), data(16)]),
        once([ip(family, a, b), udp(1000, 81), data(16)]),
        once([ip(family, a, b), udp(80, 1000), data(16)]),
        once([ip(family, a, b), { layer: 'sctp', src: 1000, dst: 80 }, data(16)]),
        once(syn(family, a, b)),
        once([ip(family, a, b), echo(family, 'request', 1000), data(16)]),
        once([ip(family, a, b), echo(family, 'request', 80), data(16)]),
        goesTo('far', fromPod('a', ip(family, a, far), udp(1000, 80), data(16)), 'NEW_FLOW'),
        goesTo('b', fromPod('far', ip(family, far, b), udp(1000, 80), data(16)), 'NEW_FLOW'),
        goesIntoTunnel(fromPod('a', ip(family, a, tunnelled), udp(1000, 80), data(16)), 'NEW_FLOW'),
        // and none of the first is forgotten
        goesTo('b', fromPod('a', ip(family, a, b), udp(1000, 80), data(16))),
        goesTo('b', fromPod('a', ip(family, a, b), echo(family, 'request', 80), data(16))),
        goesTo('a', fromPod('b', ip(family, b, a), udp(80, 1001), data(16))),
        drops(fromPod('b', ip(family, b, a), udp(80, 1002), data(16)), 'DROP_DENIED_BY_DEFAULT'),
      ],
    },
    {
      name: `${family}: both may ask under one identifier`,
      steps: [
        goesTo('b', fromPod('a', ip(family, a, b), echo(family, 'request', 7), data(16)), 'NEW_FLOW'),
        goesTo('a', fromPod('b', ip(family, b, a), echo(family, 'request', 7), data(16)), 'NEW_FLOW'),
        goesTo('a', fromPod('b', ip(family, b, a), echo(family, 'reply', 7), data(16))),
        goesTo('b', fromPod('a', ip(family, a, b), echo(family, 'reply', 7), data(16))),
      ],
    },
    {
      name: `${family}: an answer that nobody asked for, and one to another question`,
      policies: { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] },
      steps: [
        drops(fromPod('b', ip(family, b, a), echo(family, 'reply', 7), data(16)), 'DROP_DENIED_BY_DEFAULT'),
        prepared(fromPod('a', ip(family, a, b), echo(family, 'request', 7), data(16))),
        drops(fromPod('b', ip(family, b, a), echo(family, 'reply', 8), data(16)), 'DROP_DENIED_BY_DEFAULT'),
        drops(fromPod('b', ip(family, b, a), echo(family, 'request', 7), data(16)), 'DROP_DENIED_BY_DEFAULT'),
        goesTo('a', fromPod('b', ip(family, b, a), echo(family, 'reply', 7), data(16))),
      ],
    },
    {
      name: `${family}: a connection whose beginning was not seen`,
      steps: [
        goesTo('b', send('A', 1), 'NEW_FLOW MIDSTREAM'),
        goesTo('b', send('PA', 2, 10), 'NEW_FLOW MIDSTREAM'),
        goesTo('b', send('FA', 3), 'NEW_FLOW MIDSTREAM'),
        goesTo('b', send('', 4), 'NEW_FLOW MIDSTREAM'),
        goesTo('b', send('A', 1)),
        goesTo('b', send('S', 5), 'NEW_FLOW'),
        goesTo('b', send('SEC', 6), 'NEW_FLOW'),
        goesTo('a', answer('A', 7), 'NEW_FLOW MIDSTREAM'),
      ],
    },
    {
      name: `${family}: only TCP has a beginning`,
      steps: [once([ip(family, a, b), udp(1000, 80), data(16)]), once([ip(family, a, b), echo(family, 'request', 3)])],
    },
    {
      name: `${family}: a second SYN of an open connection is of it`,
      policies: oneWay,
      steps: [goesTo('b', send('S'), 'NEW_FLOW'), goesTo('b', send('S')), open, goesTo('b', send('S')), goesTo('a', answer('SA'))],
    },
    {
      name: `${family}: after FIN from both sides a SYN opens another, nothing else does`,
      policies: oneWay,
      steps: [
        closed,
        goesTo('b', send('A')),
        goesTo('b', send('FA')),
        goesTo('a', answer('A')),
        goesTo('a', answer('SA')),
        goesTo('b', send('S'), 'NEW_FLOW'),
        // and that one is open
        goesTo('b', send('S')),
        goesTo('a', answer('SA')),
        goesTo('b', send('A')),
      ],
    },
    {
      name: `${family}: FIN from one side is half of a close`,
      policies: oneWay,
      steps: [
        open,
        prepared(send('FA')),
        goesTo('b', send('S')),
        goesTo('a', answer('A')),
        prepared(answer('FA')),
        goesTo('b', send('S'), 'NEW_FLOW'),
      ],
    },
    {
      name: `${family}: the same FIN twice is no close`,
      policies: oneWay,
      steps: [open, prepared(send('FA'), send('FA')), goesTo('b', send('S'))],
    },
    {
      name: `${family}: after a reset by the opener a SYN opens another`,
      policies: oneWay,
      steps: [open, goesTo('b', send('R')), goesTo('b', send('A')), goesTo('b', send('S'), 'NEW_FLOW'), goesTo('b', send('S'))],
    },
    {
      name: `${family}: after a reset by the other, at once`,
      policies: oneWay,
      steps: [goesTo('b', send('S'), 'NEW_FLOW'), goesTo('a', answer('RA')), goesTo('b', send('S'), 'NEW_FLOW'), goesTo('a', answer('SA'))],
    },
    {
      name: `${family}: another connection by the other side is judged as its own`,
      policies: oneWay,
      steps: [closed, drops(answer('S'), 'DROP_DENIED_BY_DEFAULT'), goesTo('a', answer('A'))],
    },
    {
      name: `${family}: … and goes on when it may`,
      policies: { a: ['denyByDefault', 'allow'], b: ['allow', 'allow'] },
      steps: [
        doing((world) => world.policy('a', 'allow', 'allow')),
        closed,
        goesTo('a', answer('S'), 'NEW_FLOW'),
        doing((world) => world.policy('a', 'denyByDefault', 'allow')),
        // an answer now
        goesTo('b', send('SA'), 'JUDGED_AGAIN'),
      ],
    },
    {
      name: `${family}: a closed connection is told of by errors no less`,
      steps: [closed, goesTo('a', fromPod('b', ip(family, b, a), unreachable(family), quote([wire, ...syn(family, a, b)])))],
    },
  ]
}

/** Every flow was last seen so many seconds before it was. */
const idle = (seconds: number) =>
  doing(({ datapath: { maps, hz } }) => {
    for (const map of [maps.flows4, maps.flows6] as (typeof maps.flows4)[])
      for (const [key, flow] of [...map.entries()].map((each) => each.unwrap()))
        map.update(key, { ...flow, seen: (flow.seen - Math.ceil((seconds * hz) / 256)) >>> 0 }).unwrap()
  })
/** The block of a peer says another identity and another way, and its generation that it is another. */
const moves = (prefix: string, peer: number, identity: number, to: number, generation: number) =>
  doing((world) => {
    world.peer(prefix, { identity, to, peer, place: Place.AXM_AT_NODE, generation })
    world.datapath.maps.peerGenerations.update(peer, generation).unwrap()
  })

/** What a flow outlives. */
function outOfDate(family: Family): Case[] {
  const to = (end: End, flags = 'S'): Sight => fromPod('a', ip(family, a, end), tcp(1000, 80, flags))
  const datagram = (end: End): Sight => fromPod('a', ip(family, a, end), udp(1000, 80), data(20))
  /** the stage reads it, the hot path does not */
  const tiny = (end: End): Sight => fromPod('a', ip(family, a, end), udp(1001, 80), data(1))
  const answer = fromPod('b', ip(family, b, a), tcp(80, 1000, 'SA'))
  const ping = fromPod('a', ip(family, a, b), echo(family, 'request', 5), data(20))
  const oneWay = { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] } as const
  const [far40, far41] = family === 'v4' ? ['10.42.1.0/24', '10.42.2.0/24'] : ['fd00:42:1::/64', 'fd00:42:2::/64']
  return [
    {
      name: `${family}: a peer that moved is found where it is`,
      steps: [
        ...[to(tunnelled), datagram(tunnelled), tiny(tunnelled)].map((sight) => goesIntoTunnel(sight, 'NEW_FLOW')),
        moves(far40, 40, tunnelled.identity, 4, 1),
        ...[to(tunnelled), datagram(tunnelled), tiny(tunnelled)].flatMap((sight) => [
          goesNatively(sight, 'JUDGED_AGAIN'),
          goesNatively(sight),
        ]),
        moves(far40, 40, tunnelled.identity, 3, 0),
      ],
    },
    {
      name: `${family}: off the wire a peer that became another is judged as that`,
      steps: [
        goesTo('a', fromNetdev(...syn(family, native, a)), 'NEW_FLOW'),
        goesTo('a', fromNetdev(ip(family, native, a), udp(1, 2), data(1)), 'NEW_FLOW'),
        moves(far41, 41, 50_044, 4, 1),
        goesTo('a', fromNetdev(...syn(family, native, a)), 'JUDGED_AGAIN'),
        goesTo('a', fromNetdev(ip(family, native, a), udp(1, 2), data(1)), 'JUDGED_AGAIN'),
        goesTo('a', fromNetdev(...syn(family, native, a))),
        moves(far41, 41, native.identity, 4, 0),
      ],
    },
    {
      name: `${family}: a connection that one side alone has spoken in ends in a minute`,
      policies: oneWay,
      steps: [
        goesTo('b', to(b), 'NEW_FLOW'),
        idle(30),
        goesTo('b', to(b)),
        idle(100),
        goesTo('b', to(b), 'NEW_FLOW'),
        idle(100),
        drops(answer, 'DROP_DENIED_BY_DEFAULT'),
      ],
    },
    {
      name: `${family}: an open one lasts two hours`,
      policies: oneWay,
      steps: [
        prepared(to(b), answer),
        idle(7000),
        goesTo('b', to(b, 'A')),
        idle(7000),
        goesTo('a', answer),
        idle(9000),
        drops(answer, 'DROP_DENIED_BY_DEFAULT'),
        goesTo('b', to(b, 'A'), 'NEW_FLOW MIDSTREAM'),
      ],
    },
    {
      name: `${family}: a closed one is over in seconds`,
      policies: oneWay,
      steps: [
        prepared(to(b), answer, to(b, 'FA'), fromPod('b', ip(family, b, a), tcp(80, 1000, 'FA'))),
        goesTo('b', to(b, 'A')),
        idle(20),
        goesTo('b', to(b, 'A'), 'NEW_FLOW MIDSTREAM'),
        prepared(to(b, 'R')),
        idle(20),
        drops(answer, 'DROP_DENIED_BY_DEFAULT'),
      ],
    },
    {
      name: `${family}: datagrams for five minutes, all else for one`,
      policies: oneWay,
      steps: [
        prepared(datagram(b), ping),
        idle(50),
        goesTo('b', ping),
        goesTo('b', datagram(b)),
        idle(100),
        goesTo('b', ping, 'NEW_FLOW'),
        goesTo('b', datagram(b)),
        idle(400),
        goesTo('b', datagram(b), 'NEW_FLOW'),
      ],
    },
    {
      name: `${family}: an error about a flow that is over`,
      policies: oneWay,
      steps: [
        prepared(datagram(b)),
        idle(400),
        drops(fromPod('b', ip(family, b, a), unreachable(family), quote(datagram(b).layers)), 'DROP_RELATED_UNKNOWN'),
      ],
    },
  ]
}

tableTest('flows', () => [...families.flatMap(flows), ...families.flatMap(outOfDate)])
