import { GATEWAY4, GATEWAY6, pods, remote } from '../datapath/cast.js'
import {
  answered,
  type Case,
  destinationOptions,
  drops,
  fromHost,
  fromNetdev,
  fromOverlay,
  fromPod,
  goesIntoTunnel,
  goesNatively,
  goesTo,
  goesToHost,
  goesToStack,
  hopByHop,
  hops,
  OPTIONS,
  prepared,
  toPod,
  withPush,
} from '../datapath/life-cases.js'
import {
  ANSWER_MARK,
  data,
  type End,
  exceeded,
  type Family,
  families,
  ip,
  moved,
  quote,
  type Sight,
  tcp,
  udp,
  unreachable,
  wire,
} from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import type { Layer } from '../packet/layers.js'

const { a, b, host } = pods
const gateway: End = { ip4: GATEWAY4, ip6: GATEWAY6 }
const { tunnelled, native, world: outside } = remote

const datagram = (family: Family, to: End, number: number, more: object = {}): Layer[] => [
  ip(family, a, to, { ...hops(family, number), ...more }),
  udp(1000, 33_434),
  data(40),
]

function hopsOf(family: Family): Case[] {
  const over = exceeded(family)
  const one = fromPod('a', ...datagram(family, b, 1))
  const fromB = [ip(family, b, a), udp(1000, 53), data(40)] as const
  const refusal = (number: number): Layer[] => [ip(family, a, b, hops(family, number)), unreachable(family), quote([wire, ...fromB])]
  const arrives = (number: number): Layer[] => [ip(family, outside, a, hops(family, number)), udp(1000, 33_434), data(40)]
  return [
    {
      name: `${family}: one hop is not enough to be delivered, and its sender is told`,
      steps: [
        answered(family, one, over, 'NEW_FLOW DROP_HOPS'),
        answered(family, one, over, 'DROP_HOPS'),
        answered(family, fromPod('a', ip(family, a, b, hops(family, 1)), tcp(5, 80, 'S')), over, 'NEW_FLOW DROP_HOPS'),
        answered(family, fromPod('a', ip(family, a, b, hops(family, 1)), tcp(5, 80, 'A'), data(1300)), over, 'DROP_HOPS'),
        // the answer goes out by the endpoint's link, where nothing is in its way
        [
          withPush(toPod('a', ip(family, gateway, a), over, quote(one.layers)), { mark: ANSWER_MARK }),
          { what: 'ok ANSWERED_ERROR', mark: ANSWER_MARK },
        ],
      ],
    },
    {
      name: `${family}: no hop at all is like one`,
      steps: [answered(family, fromPod('a', ...datagram(family, b, 0)), over, 'NEW_FLOW DROP_HOPS')],
    },
    {
      name: `${family}: two hops are enough, and so are 255`,
      steps: [
        goesTo('b', fromPod('a', ...datagram(family, b, 2)), 'NEW_FLOW'),
        goesTo('b', fromPod('a', ...datagram(family, b, 255))),
        goesTo('b', fromPod('a', ...datagram(family, b, 2))),
      ],
    },
    {
      name: `${family}: to a node natively a hop is taken as well`,
      steps: [
        answered(family, fromPod('a', ...datagram(family, native, 1)), over, 'NEW_FLOW DROP_HOPS'),
        goesNatively(fromPod('a', ...datagram(family, native, 2))),
        answered(family, fromPod('a', ...datagram(family, native, 1)), over, 'DROP_HOPS'),
      ],
    },
    {
      name: `${family}: into the tunnel, to the host, to the stack: others take the hop`,
      steps: [
        goesIntoTunnel(fromPod('a', ...datagram(family, tunnelled, 1)), 'NEW_FLOW'),
        goesToHost(fromPod('a', ...datagram(family, host, 1)), 'NEW_FLOW'),
        goesToStack(fromPod('a', ...datagram(family, outside, 1)), 'NEW_FLOW'),
      ],
    },
    {
      name: `${family}: no error about an error`,
      steps: [prepared(fromPod('b', ...fromB)), drops(fromPod('a', ...refusal(1)), 'DROP_HOPS'), goesTo('b', fromPod('a', ...refusal(2)))],
    },
    {
      name: `${family}: out of the tunnel nobody is told`,
      steps: [
        drops(fromOverlay(tunnelled.identity, ip(family, tunnelled, a, hops(family, 1)), udp(1, 2), data(40)), 'NEW_FLOW DROP_HOPS'),
        drops(fromOverlay(tunnelled.identity, ip(family, tunnelled, a, hops(family, 1)), udp(1, 2), data(40)), 'DROP_HOPS'),
        goesTo('a', fromOverlay(tunnelled.identity, ip(family, tunnelled, a, hops(family, 2)), udp(1, 2), data(40))),
      ],
    },
    {
      name: `${family}: off the wire the sender is told by the node, with the MACs exchanged`,
      steps: [
        [
          fromNetdev(...arrives(1)),
          {
            what: 'redirect ANSWERED_ERROR NEW_FLOW DROP_HOPS',
            mark: ANSWER_MARK,
            frame: [...moved([wire], { link: EXCHANGED }), ip(family, host, outside), over, quote([wire, ...arrives(1)])],
          },
        ],
        goesTo('a', fromNetdev(...arrives(2))),
      ],
    },
    {
      name: `${family}: the host knows by itself`,
      steps: [drops(fromHost(ip(family, host, a, hops(family, 1)), udp(1, 2), data(40)), 'NEW_FLOW DROP_HOPS')],
    },
  ]
}
const EXCHANGED: Layer = wire.layer === 'eth' ? { layer: 'eth', src: wire.dst, dst: wire.src } : wire

function oddHops(): Case[] {
  const fromB = [ip('v6', b, a), udp(1000, 53), data(40)] as const
  return [
    {
      name: 'v4: a packet with options, whose hops are over, is told of too',
      steps: [answered('v4', fromPod('a', ...datagram('v4', b, 1, { options: OPTIONS })), exceeded('v4'), 'NEW_FLOW DROP_HOPS')],
    },
    {
      name: 'v6: a packet with an extension header is told of too',
      steps: [
        answered(
          'v6',
          fromPod('a', ip('v6', a, b, { hopLimit: 1, extensions: [hopByHop] }), udp(1000, 33_434), data(40)),
          exceeded('v6'),
          'NEW_FLOW DROP_HOPS',
        ),
      ],
    },
    {
      name: 'v6: no error about an error behind an extension header',
      steps: [
        prepared(fromPod('b', ...fromB)),
        drops(
          fromPod('a', ip('v6', a, b, { hopLimit: 1, extensions: [destinationOptions] }), unreachable('v6'), quote([wire, ...fromB])),
          'DROP_HOPS',
        ),
      ],
    },
  ]
}

tableTest('hops', () => [...families.flatMap(hopsOf), ...oddHops()])

const datagramTo = (family: Family, to: End, number: number): Sight => fromPod('a', ...datagram(family, to, number))
tableTest(
  'hops at a node without gateways: it speaks itself',
  () =>
    families.map(
      (family): Case => ({
        name: family,
        steps: [answered(family, datagramTo(family, b, 1), exceeded(family), 'NEW_FLOW DROP_HOPS', host)],
      }),
    ),
  { gateway4: undefined, gateway6: undefined } as never,
)
tableTest(
  'hops at a node without any address: it says nothing',
  () => families.map((family): Case => ({ name: family, steps: [drops(datagramTo(family, b, 1), 'NEW_FLOW DROP_HOPS')] })),
  { gateway4: undefined, gateway6: undefined, node4: undefined, node6: undefined } as never,
)
