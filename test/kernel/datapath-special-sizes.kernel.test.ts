import { pods, remote } from '../datapath/cast.js'
import {
  answered,
  type Case,
  destinationOptions,
  drops,
  fromOverlay,
  fromPod,
  goesIntoTunnel,
  goesNatively,
  goesTo,
  goesToStack,
  OPTIONS,
  prepared,
  sized,
  toOverlay,
  withPush,
} from '../datapath/life-cases.js'
import { data, type End, type Family, families, ip, quote, type Sight, tcp, tooBig, udp, unreachable, wire } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'

const { a, b, host } = pods
const { tunnelled, tunnelled6, native, world: outside } = remote

/** Segments of `segment` bytes, in one packet. */
const segments = (family: Family, to: End, segment: number, options = 0): Sight =>
  withPush(
    fromPod(
      'a',
      ip(family, a, to, family === 'v4' ? { dontFragment: true } : {}),
      { layer: 'tcp', src: 1000, dst: 80, flags: 'S', options: new Uint8Array(options).fill(1) },
      data(segment * 2),
    ),
    { gsoSize: segment, gsoSegs: 2 },
  )

function sizesOf(family: Family): Case[] {
  const headers = family === 'v4' ? 40 : 60
  const told = (sight: Sight, mtu: number, besides = 'NEW_FLOW DROP_TOO_BIG') => answered(family, sight, tooBig(family, mtu), besides)
  const fromFar = [ip(family, tunnelled, a), udp(1000, 53), data(40)] as const
  const large = data(family === 'v4' ? 1500 - 56 : 1500 - 96)
  return [
    {
      name: `${family}: what is larger than the way into the tunnel takes is refused, with the size that would do`,
      steps: [
        told(fromPod('a', ...sized(family, tunnelled, 1451)), 1450),
        told(fromPod('a', ...sized(family, tunnelled, 1500)), 1450, 'DROP_TOO_BIG'),
        told(fromPod('a', ...sized(family, tunnelled6, 1431)), 1430),
        told(fromPod('a', ...sized(family, native, 1501)), 1500),
      ],
    },
    {
      name: `${family}: what just fits goes on`,
      steps: [
        goesIntoTunnel(fromPod('a', ...sized(family, tunnelled, 1450)), 'NEW_FLOW'),
        goesIntoTunnel(fromPod('a', ...sized(family, tunnelled, 1450))),
        goesIntoTunnel(fromPod('a', ...sized(family, tunnelled6, 1430)), 'NEW_FLOW'),
        goesNatively(fromPod('a', ...sized(family, native, 1500)), 'NEW_FLOW'),
      ],
    },
    {
      name: `${family}: nothing is too large for an endpoint here, nor for the stack`,
      steps: [
        goesTo('b', fromPod('a', ...sized(family, b, 3000)), 'NEW_FLOW'),
        goesToStack(fromPod('a', ...sized(family, outside, 3000)), 'NEW_FLOW'),
      ],
    },
    {
      name: `${family}: of what is cut into segments these have to fit, with their headers`,
      steps: [
        goesIntoTunnel(segments(family, tunnelled, 1450 - headers), 'NEW_FLOW'),
        goesIntoTunnel(segments(family, tunnelled, 1450 - headers)),
        told(segments(family, tunnelled, 1451 - headers), 1450, 'DROP_TOO_BIG'),
        goesIntoTunnel(segments(family, tunnelled, 1450 - headers - 12, 12)),
        told(segments(family, tunnelled, 1451 - headers - 12, 12), 1450, 'DROP_TOO_BIG'),
        goesIntoTunnel(segments(family, tunnelled6, 1430 - headers), 'NEW_FLOW'),
        told(segments(family, tunnelled6, 1431 - headers), 1430, 'DROP_TOO_BIG'),
      ],
    },
    {
      name: `${family}: the same of datagrams`,
      steps: [
        goesIntoTunnel(datagrams(family, 1450 - headers + 12), 'NEW_FLOW'),
        told(datagrams(family, 1451 - headers + 12), 1450, 'DROP_TOO_BIG'),
      ],
    },
    {
      name: `${family}: no error about an error`,
      steps: [
        prepared(fromOverlay(tunnelled.identity, ...fromFar)),
        drops(
          fromPod(
            'a',
            ip(family, a, tunnelled, family === 'v4' ? { dontFragment: true } : {}),
            unreachable(family),
            quote([wire, ...fromFar]),
            large,
          ),
          'DROP_TOO_BIG',
        ),
      ],
    },
    {
      name: `${family}: the host's own packets are refused without an answer`,
      steps: [
        drops(toOverlay(...sized(family, tunnelled, 1451, {}, host)), 'NEW_FLOW DROP_TOO_BIG'),
        [toOverlay(...sized(family, tunnelled, 1450, {}, host)), { what: 'ok FORWARD_TUNNEL', mark: 0x0a00 }],
      ],
    },
  ]
}
const datagrams = (family: Family, segment: number): Sight =>
  withPush(fromPod('a', ip(family, a, tunnelled, family === 'v4' ? { dontFragment: true } : {}), udp(1000, 53), data(segment * 2)), {
    gsoSize: segment,
    gsoSegs: 2,
  })

function oddSizes(): Case[] {
  const tell = (family: Family, sight: Sight, besides: string) => answered(family, sight, tooBig(family, 1450), besides)
  return [
    {
      name: 'v4: what may be cut up goes on, whatever its size',
      steps: [
        goesIntoTunnel(fromPod('a', ...sized('v4', tunnelled, 1451, { dontFragment: false })), 'NEW_FLOW'),
        goesIntoTunnel(fromPod('a', ...sized('v4', tunnelled, 3000, { dontFragment: false }))),
        goesIntoTunnel(fromPod('a', ...sized('v4', tunnelled6, 1431, { dontFragment: false })), 'NEW_FLOW'),
        goesNatively(fromPod('a', ...sized('v4', native, 1501, { dontFragment: false })), 'NEW_FLOW'),
      ],
    },
    {
      name: 'v4: a packet with options, too big, is told of too',
      steps: [tell('v4', fromPod('a', ...sized('v4', tunnelled, 1451, { options: OPTIONS })), 'NEW_FLOW DROP_TOO_BIG')],
    },
    {
      name: 'v4: options count in the size of segments',
      steps: [goesIntoTunnel(withOptions(1450 - 44), 'NEW_FLOW'), tell('v4', withOptions(1451 - 44), 'DROP_TOO_BIG')],
    },
    {
      name: 'v6: extension headers count in the size of segments',
      steps: [goesIntoTunnel(withExtension(1450 - 68), 'NEW_FLOW'), tell('v6', withExtension(1451 - 68), 'DROP_TOO_BIG')],
    },
  ]
}
const withOptions = (segment: number): Sight =>
  withPush(fromPod('a', ip('v4', a, tunnelled, { dontFragment: true, options: OPTIONS }), tcp(1000, 80, 'S'), data(segment * 2)), {
    gsoSize: segment,
    gsoSegs: 2,
  })
const withExtension = (segment: number): Sight =>
  withPush(fromPod('a', ip('v6', a, tunnelled, { extensions: [destinationOptions] }), tcp(1000, 80, 'S'), data(segment * 2)), {
    gsoSize: segment,
    gsoSegs: 2,
  })

tableTest('sizes', () => [...families.flatMap(sizesOf), ...oddSizes()])
tableTest(
  'sizes of packets to the outside',
  () =>
    families.map(
      (family): Case => ({
        name: family,
        steps: [
          answered(family, fromPod('a', ...sized(family, outside, 1401)), tooBig(family, 1400), 'NEW_FLOW DROP_TOO_BIG'),
          goesToStack(fromPod('a', ...sized(family, outside, 1400))),
          goesTo('b', fromPod('a', ...sized(family, b, 1401)), 'NEW_FLOW'),
        ],
      }),
    ),
  { outsideMtu: 1400 },
)
tableTest(
  'a node without a tunnel has no way into it',
  () =>
    families.map(
      (family): Case => ({ name: family, steps: [drops(fromPod('a', ...sized(family, tunnelled, 100)), 'NEW_FLOW DROP_NO_WAY')] }),
    ),
  { tunnelIfindex: undefined } as never,
)
