import { pods, remote } from '../datapath/cast.js'
import {
  type Case,
  destinationOptions,
  doing,
  drops,
  fromHost,
  fromNetdev,
  fromPod,
  goesTo,
  goesToStack,
  OPTIONS,
  prepared,
  toPod,
} from '../datapath/life-cases.js'
import { data, exceeded, type Family, families, icmp, ip, quote, tcp, udp, unreachable, wire } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import type { Layer } from '../packet/layers.js'

const { a, b, host } = pods
const { tunnelled, native, world: outside } = remote

/** Errors about flows: of every kind, from wherever, about either direction. */
function about(family: Family): Case[] {
  const out = [ip(family, a, outside), udp(1000, 53), data(40)] as const
  const back = [ip(family, outside, a), udp(53, 1000), data(40)] as const
  const through = [ip(family, a, tunnelled), udp(1000, 53), data(40)] as const
  const oneWay = { a: ['allow', 'denyByDefault'] } as const
  const told = (kind: Layer, of: readonly Layer[] = out, length?: number) =>
    fromNetdev(ip(family, remote.unknown, a), kind, quote([wire, ...of], length))
  const errors = family === 'v4' ? [3, 4, 5, 11, 12] : [1, 2, 3, 4]
  const others = family === 'v4' ? [1, 6, 9, 13, 14, 17, 40] : [0, 5, 100, 127, 130, 139, 160]
  return [
    {
      name: `${family}: every kind of error is of the flow that it quotes`,
      policies: oneWay,
      steps: [
        prepared(fromPod('a', ...out)),
        ...errors.map((type) => goesTo('a', told(icmp(family, type, type === 4 ? 1 : 0, 0)))),
        ...errors.map((type) => goesTo('a', told(icmp(family, type, 99, 7)))),
      ],
    },
    {
      name: `${family}: other messages are flows of their own`,
      policies: oneWay,
      steps: [
        prepared(fromPod('a', ...out)),
        ...others.map((type) =>
          drops(fromNetdev(ip(family, outside, a), icmp(family, type, 0, 0), quote([wire, ...out])), 'DROP_DENIED_BY_DEFAULT'),
        ),
        doing((world) => world.policy('a', 'allow', 'allow')),
        ...others.flatMap((type) => [
          goesTo('a', fromNetdev(ip(family, outside, a), icmp(family, type, 0, 1), data(16)), 'NEW_FLOW'),
          goesTo('a', fromNetdev(ip(family, outside, a), icmp(family, type, 0, 2), data(16))),
        ]),
      ],
    },
    {
      name: `${family}: errors about what was answered`,
      policies: { a: ['allow', 'denyByDefault'], b: ['denyByDefault', 'allow'] },
      steps: [
        prepared(fromPod('a', ...out), fromNetdev(...back)),
        goesToStack(fromPod('a', ip(family, a, outside), unreachable(family), quote([wire, ...back]))),
        prepared(fromPod('a', ip(family, a, b), udp(1000, 53), data(40))),
        goesTo('b', fromPod('a', ip(family, a, b), unreachable(family), quote([wire, ip(family, b, a), udp(53, 1000), data(40)]))),
      ],
    },
    {
      name: `${family}: errors about other flows than there are`,
      policies: oneWay,
      steps: [
        drops(told(unreachable(family)), 'DROP_RELATED_UNKNOWN'),
        prepared(fromPod('a', ...out)),
        drops(told(unreachable(family), [ip(family, a, outside), udp(1001, 53), data(40)]), 'DROP_RELATED_UNKNOWN'),
        drops(told(unreachable(family), [ip(family, a, outside), udp(1000, 54), data(40)]), 'DROP_RELATED_UNKNOWN'),
        drops(told(unreachable(family), [ip(family, a, outside), tcp(1000, 53), data(40)]), 'DROP_RELATED_UNKNOWN'),
        drops(told(unreachable(family), [ip(family, a, native), udp(1000, 53), data(40)]), 'DROP_RELATED_UNKNOWN'),
        // of this flow, the other direction: it was not sent by whom the error goes to
        drops(told(unreachable(family), back), 'DROP_RELATED_UNKNOWN'),
      ],
    },
    {
      name: `${family}: an error is judged as an answer when the flow is out of date`,
      policies: { a: ['allow', 'denyByDefault'] },
      steps: [
        prepared(fromPod('a', ...out)),
        doing((world) => world.policy('a', 'allow', 'denyByDefault')),
        goesTo('a', told(unreachable(family)), 'JUDGED_AGAIN'),
        goesTo('a', told(unreachable(family))),
        doing((world) => world.policy('a', 'denyByRule', 'allow')),
        drops(told(unreachable(family)), 'DROP_DENIED_BY_RULE'),
      ],
    },
    {
      name: `${family}: errors that the host sends, or that come by its stack`,
      policies: { a: ['allow', 'denyByDefault'], host: ['denyByDefault', 'denyByDefault'] },
      steps: [
        prepared(fromPod('a', ...out), fromPod('a', ...through)),
        goesTo('a', fromHost(ip(family, host, a), exceeded(family), quote([wire, ...out]))),
        goesTo('a', fromHost(ip(family, host, a), exceeded(family), quote([wire, ...through]))),
        [toPod('a', ip(family, remote.unknown, a), exceeded(family), quote([wire, ...out])), 'ok FORWARD_LOCAL'],
        drops(
          toPod('a', ip(family, remote.unknown, a), exceeded(family), quote([wire, ip(family, a, outside), udp(9, 9), data(40)])),
          'DROP_RELATED_UNKNOWN',
        ),
        drops(toPod('b', ip(family, remote.unknown, a), exceeded(family), quote([wire, ...out])), 'DROP_NOT_FOR_ENDPOINT'),
      ],
    },
    {
      name: `${family}: an error about a packet with ${family === 'v4' ? 'options' : 'an extension header'}`,
      policies: oneWay,
      steps: [
        prepared(fromPod('a', ...out)),
        goesTo(
          'a',
          told(
            unreachable(family),
            [
              ip(family, a, outside, family === 'v4' ? { options: OPTIONS } : { extensions: [destinationOptions] }),
              udp(1000, 53),
              data(40),
            ],
            80,
          ),
        ),
      ],
    },
    {
      name: `${family}: an error about a first fragment, and about a later one`,
      policies: oneWay,
      steps: [
        prepared(fromPod('a', ...out)),
        goesTo(
          'a',
          told(
            unreachable(family),
            [
              ip(family, a, outside, family === 'v4' ? { moreFragments: true, id: 9 } : { extensions: [fragmented(1)] }),
              udp(1000, 53),
              data(40),
            ],
            80,
          ),
        ),
        drops(
          told(
            unreachable(family),
            [
              ip(
                family,
                a,
                outside,
                family === 'v4' ? { fragmentOffset: 8, id: 9, protocol: 17 } : { extensions: [fragmented(8)], protocol: 17 },
              ),
              // what looks like ports and is none
              udp(1000, 53),
              data(40),
            ],
            80,
          ),
          'DROP_RELATED_UNKNOWN',
        ),
      ],
    },
  ]
}
const fragmented = (word: number) => ({ header: 44, data: Uint8Array.of(0, word, 0, 0, 0, 9) })

tableTest('errors about flows', () => families.flatMap(about))
