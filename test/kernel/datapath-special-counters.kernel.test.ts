import { expect } from 'vitest'
import { pods, remote } from '../datapath/cast.js'
import { fromNetdev, fromOverlay, fromPod, toNetdev, toPod } from '../datapath/life-cases.js'
import { data, ip, type Sight, udp } from '../datapath/life-kit.js'
import { Links, type TableName, World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const { a, b } = pods
const { tunnelled, world: outside } = remote
const packet = (from: typeof a | typeof outside, to: typeof b | typeof outside) => [ip('v4', from, to), udp(1, 2), data(58)] as const
/** 14 of Ethernet, 20 of IPv4, 8 of UDP, 58 of data */
const LENGTH = 100

/** Whose table decides says the direction; lengths are those of whole frames. */
const rows: readonly (readonly [name: string, sight: Sight, counted: readonly string[], egress?: TableName, ingress?: TableName])[] = [
  [
    'delivered',
    fromPod('a', ...packet(a, b)),
    ['AXM_FORWARD_LOCAL AXM_FROM_CONTAINER ingress 1 100', 'AXM_NEW_FLOW AXM_FROM_CONTAINER egress 1 100'],
  ],
  [
    'denied to the sender',
    fromPod('a', ...packet(a, b)),
    ['AXM_DROP_DENIED_BY_RULE AXM_FROM_CONTAINER egress 1 100'],
    'denyByRule',
    'allow',
  ],
  [
    'denied to the receiver',
    fromPod('a', ...packet(a, b)),
    ['AXM_DROP_DENIED_BY_RULE AXM_FROM_CONTAINER ingress 1 100'],
    'allow',
    'denyByRule',
  ],
  [
    'audited of the receiver',
    fromPod('a', ...packet(a, b)),
    [
      'AXM_FORWARD_LOCAL AXM_FROM_CONTAINER ingress 1 100',
      'AXM_NEW_FLOW AXM_FROM_CONTAINER egress 1 100',
      'AXM_AUDITED AXM_FROM_CONTAINER ingress 1 100',
    ],
    'allow',
    'audit',
  ],
  [
    'audited of the sender',
    fromPod('a', ...packet(a, b)),
    [
      'AXM_FORWARD_LOCAL AXM_FROM_CONTAINER ingress 1 100',
      'AXM_NEW_FLOW AXM_FROM_CONTAINER egress 1 100',
      'AXM_AUDITED AXM_FROM_CONTAINER egress 1 100',
    ],
    'audit',
    'allow',
  ],
  [
    'into the tunnel',
    fromPod('a', ip('v4', a, tunnelled), udp(1, 2), data(58)),
    ['AXM_FORWARD_TUNNEL AXM_FROM_CONTAINER egress 1 100', 'AXM_NEW_FLOW AXM_FROM_CONTAINER egress 1 100'],
  ],
  [
    'out of the tunnel',
    fromOverlay(tunnelled.identity, ip('v4', tunnelled, b), udp(1, 2), data(58)),
    ['AXM_FORWARD_LOCAL AXM_FROM_OVERLAY ingress 1 100', 'AXM_NEW_FLOW AXM_FROM_OVERLAY egress 1 100'],
  ],
  [
    'denied off the wire',
    fromNetdev(...packet(outside, b)),
    ['AXM_DROP_DENIED_BY_DEFAULT AXM_FROM_NETDEV ingress 1 100'],
    'allow',
    'denyByDefault',
  ],
  [
    'denied at a link',
    toPod('b', ...packet(outside, b)),
    ['AXM_DROP_DENIED_BY_DEFAULT AXM_TO_CONTAINER ingress 1 100'],
    'allow',
    'denyByDefault',
  ],
  ['for somebody else', toPod('a', ...packet(outside, b)), ['AXM_DROP_NOT_FOR_ENDPOINT AXM_TO_CONTAINER ingress 1 100']],
  ['a lie', fromPod('a', ...packet(outside, b)), ['AXM_DROP_SPOOFED AXM_FROM_CONTAINER egress 1 100']],
  ['past us', toNetdev(...packet(a, outside)), ['AXM_DROP_NOT_JUDGED AXM_TO_NETDEV egress 1 100']],
]

kernelTest('datapath special > counters say the hook, whose table it was, and how many bytes', { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links)
  const all = () => world.datapath.metrics().unwrap()
  const moved = (sight: Sight, repeat = 1): string[] => {
    const before = all()
    const bytes = frame(...sight.layers)
    expect(bytes.length).toBe(LENGTH)
    world.run(sight.hook, bytes, sight.push, repeat)
    return all().flatMap(({ reason, hook, direction, packets, bytes: length }) => {
      const was = before.find((each) => each.reason === reason && each.hook === hook && each.direction === direction)
      const [more, longer] = [packets - (was?.packets ?? 0n), length - (was?.bytes ?? 0n)]
      return more === 0n && longer === 0n ? [] : [`${reason} ${hook} ${direction} ${more} ${longer}`]
    })
  }
  for (const [name, sight, counted, egress = 'allow', ingress = 'allow'] of rows) {
    world.forget()
    world.policy('a', egress, 'allow')
    world.policy('b', 'allow', ingress)
    expect(moved(sight), name).toEqual(counted)
  }
  // each packet counts
  expect(moved(toNetdev(...packet(a, outside)), 5)).toEqual(['AXM_DROP_NOT_JUDGED AXM_TO_NETDEV egress 5 500'])
})
