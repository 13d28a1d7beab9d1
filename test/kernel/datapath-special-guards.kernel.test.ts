import { Place } from '@axoneme/datapath'
import { pods, remote } from '../datapath/cast.js'
import {
  type Case,
  doing,
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
  only,
  passes,
  peer,
  prepared,
  syn,
  toHost,
  toNetdev,
  toOverlay,
  toPod,
  withPush,
} from '../datapath/life-cases.js'
import { bytes, data, type Family, families, ip, JUDGED_MARK, type Sight, tcp, udp } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import { frame } from '../packet/build.js'

const { a, b, far, host } = pods
const { tunnelled, native, world: outside, unknown } = remote

/** Hooks on the way out of the host's stack, and into it. */
function guards(family: Family): Case[] {
  const tiny = [ip(family, outside, a), udp(1, 2), data(1)]
  const intoTunnel = (sight: Sight, besides = '') =>
    [sight, { what: `ok FORWARD_TUNNEL${besides === '' ? '' : ` ${besides}`}`, mark: JUDGED_MARK }] as const
  const local = (sight: Sight, besides = '') =>
    [sight, { what: `ok FORWARD_LOCAL${besides === '' ? '' : ` ${besides}`}`, mark: sight.push?.mark ?? 0 }] as const
  return [
    {
      name: `${family}: out of the uplink a pod's packet was judged, or does not go`,
      steps: [
        drops(toNetdev(...syn(family, a, outside)), 'DROP_NOT_JUDGED'),
        drops(toNetdev(...syn(family, far, native)), 'DROP_NOT_JUDGED'),
        drops(toNetdev(ip(family, a, outside), data(1)), 'DROP_NOT_JUDGED'),
        passes(withPush(toNetdev(...syn(family, a, outside)), { mark: 0x0a00 })),
        passes(withPush(toNetdev(...syn(family, a, outside)), { mark: 0x1234_0aff })),
        ...[0x0200, 0x0b00, 0x0800, 0x0c00, 0xa000, 0x0a].map((mark) =>
          drops(withPush(toNetdev(...syn(family, a, outside)), { mark }), 'DROP_NOT_JUDGED'),
        ),
      ],
    },
    {
      name: `${family}: … also with an address that only the ipcache knows`,
      given: peer(only(family, unknown), { identity: a.identity, to: a.slot, peer: 50, place: Place.AXM_AT_ENDPOINT }),
      steps: [drops(toNetdev(...syn(family, unknown, outside)), 'DROP_NOT_JUDGED')],
    },
    {
      name: `${family}: out of the uplink all else is not ours`,
      steps: [
        passes(toNetdev(...syn(family, host, outside))),
        passes(toNetdev(...syn(family, unknown, outside))),
        passes(toNetdev(...syn(family, tunnelled, outside))),
      ],
    },
    {
      name: `${family}: out of the uplink half a header`,
      steps: [
        drops(
          { ...toNetdev(), layers: [bytes(frame(...toNetdev(...syn(family, host, outside)).layers).slice(0, 30))], cutOff: true },
          'DROP_MALFORMED',
        ),
      ],
    },
    {
      name: `${family}: into the tunnel what was judged goes on`,
      steps: [
        intoTunnel(withPush(toOverlay(...syn(family, a, tunnelled)), { mark: 0x0a00 })),
        [withPush(toOverlay(...syn(family, a, tunnelled)), { mark: 0x5555_0a01 }), { what: 'ok FORWARD_TUNNEL', mark: 0x5555_0a01 }],
      ],
    },
    {
      name: `${family}: into the tunnel the host's own packets are judged`,
      policies: { host: ['allow', 'denyByDefault'] },
      steps: [
        intoTunnel(toOverlay(...syn(family, host, tunnelled)), 'NEW_FLOW'),
        intoTunnel(toOverlay(...syn(family, host, tunnelled))),
        goesToHost(fromOverlay(tunnelled.identity, ip(family, tunnelled, host), tcp(80, 1000, 'SA'))),
        drops(fromOverlay(tunnelled.identity, ...syn(family, tunnelled, host)), 'DROP_DENIED_BY_DEFAULT'),
      ],
    },
    {
      name: `${family}: … and denied`,
      policies: { host: ['denyByRule', 'allow'] },
      steps: [drops(toOverlay(...syn(family, host, tunnelled)), 'DROP_DENIED_BY_RULE')],
    },
    {
      name: `${family}: into the tunnel nothing goes that is not behind one`,
      steps: [
        drops(toOverlay(...syn(family, host, native)), 'DROP_NO_WAY'),
        drops(toOverlay(...syn(family, host, outside)), 'DROP_NO_WAY'),
        drops(toOverlay(...syn(family, host, a)), 'DROP_NO_WAY'),
        drops(toOverlay(...syn(family, host, unknown)), 'DROP_UNKNOWN_IDENTITY'),
        drops(toOverlay(...syn(family, unknown, tunnelled)), 'DROP_UNKNOWN_IDENTITY'),
      ],
    },
    {
      name: `${family}: into the tunnel a pod's packet without a mark is judged there`,
      policies: { a: ['denyByRule', 'allow'] },
      steps: [drops(toOverlay(...syn(family, a, tunnelled)), 'DROP_DENIED_BY_RULE')],
    },
    {
      name: `${family}: into the tunnel a flow that goes elsewhere does not`,
      steps: [prepared(fromPod('a', ...syn(family, a, native))), drops(toOverlay(...syn(family, a, native)), 'DROP_NO_WAY')],
    },
    {
      name: `${family}: to the host`,
      policies: { host: ['denyByDefault', 'allow'], a: ['allow', 'denyByDefault'] },
      steps: [
        goesToHost(toHost(...syn(family, a, host)), 'NEW_FLOW'),
        goesToHost(toHost(...syn(family, a, host))),
        goesTo('a', fromHost(ip(family, host, a), tcp(80, 1000, 'SA'))),
        goesToHost(fromPod('a', ip(family, a, host), tcp(1000, 80, 'A'))),
        drops(fromHost(...syn(family, host, a)), 'DROP_DENIED_BY_DEFAULT'),
      ],
    },
    {
      name: `${family}: to the host, and denied`,
      policies: { host: ['allow', 'denyByRule'] },
      steps: [
        drops(toHost(...syn(family, a, host)), 'DROP_DENIED_BY_RULE'),
        drops(fromPod('a', ...syn(family, a, host)), 'DROP_DENIED_BY_RULE'),
      ],
    },
    {
      name: `${family}: to the host, what only crosses it`,
      policies: { a: ['denyByRule', 'denyByRule'], host: ['denyByRule', 'denyByRule'] },
      steps: [
        passes(withPush(toHost(...syn(family, a, outside)), { mark: JUDGED_MARK })),
        passes(withPush(toHost(...syn(family, a, unknown)), { mark: JUDGED_MARK })),
        drops(toHost(...syn(family, a, outside)), 'DROP_NOT_JUDGED'),
        drops(withPush(toHost(...syn(family, a, outside)), { mark: 0x0b00 }), 'DROP_NOT_JUDGED'),
      ],
    },
    {
      name: `${family}: from the host to peers elsewhere`,
      policies: { host: ['allow', 'denyByDefault'] },
      steps: [
        goesIntoTunnel(fromHost(...syn(family, host, tunnelled)), 'NEW_FLOW'),
        goesNatively(fromHost(...syn(family, host, native)), 'NEW_FLOW'),
      ],
    },
    {
      name: `${family}: to a pod goes what is for it`,
      steps: [
        drops(toPod('a', ...syn(family, outside, b)), 'DROP_NOT_FOR_ENDPOINT'),
        drops(toPod('a', ...syn(family, host, unknown)), 'DROP_NOT_FOR_ENDPOINT'),
        drops(toPod('a', ...syn(family, b, far)), 'DROP_NOT_FOR_ENDPOINT'),
        drops(toPod('a', ip(family, outside, b), udp(1, 2), data(1)), 'DROP_NOT_FOR_ENDPOINT'),
        prepared(fromPod('b', ...syn(family, b, far))),
        drops(toPod('a', ...syn(family, b, far)), 'DROP_NOT_FOR_ENDPOINT'),
      ],
    },
    {
      name: `${family}: to a pod from the stack: its ingress is asked`,
      policies: { a: ['denyByDefault', 'allow'] },
      steps: [
        local(toPod('a', ...syn(family, outside, a)), 'NEW_FLOW'),
        local(toPod('a', ...syn(family, outside, a))),
        local(toPod('a', ...tiny), 'NEW_FLOW'),
        // nobody takes a hop here: the stack did
        local(toPod('a', ip(family, outside, a, family === 'v4' ? { ttl: 1 } : { hopLimit: 1 }), tcp(1000, 80, 'A'))),
        // the answer belongs to it
        goesToStack(fromPod('a', ip(family, a, outside), tcp(80, 1000, 'SA'))),
        drops(toPod('a', ...syn(family, unknown, a)), 'DROP_UNKNOWN_IDENTITY'),
      ],
    },
    {
      name: `${family}: … and says no`,
      policies: { a: ['allow', 'denyByRule'] },
      steps: [
        drops(toPod('a', ...syn(family, outside, a)), 'DROP_DENIED_BY_RULE'),
        drops(toPod('a', ...tiny), 'DROP_DENIED_BY_RULE'),
        drops(toPod('a', ...syn(family, tunnelled, a)), 'DROP_DENIED_BY_RULE'),
      ],
    },
    {
      name: `${family}: to a pod from another by the stack: both are asked`,
      policies: { b: ['denyByRule', 'allow'] },
      steps: [
        drops(toPod('a', ...syn(family, b, a)), 'DROP_DENIED_BY_RULE'),
        local(toPod('a', ...syn(family, far, a)), 'NEW_FLOW'),
        local(toPod('a', ...syn(family, far, a))),
      ],
    },
    {
      name: `${family}: to a pod of a flow whose tables changed`,
      policies: { a: ['denyByDefault', 'allow'] },
      steps: [
        prepared(fromNetdev(...syn(family, outside, a))),
        local(toPod('a', ...syn(family, outside, a))),
        doing((world) => world.policy('a', 'denyByDefault', 'denyByRule')),
        drops(toPod('a', ...syn(family, outside, a)), 'DROP_DENIED_BY_RULE'),
        drops(fromNetdev(...syn(family, outside, a)), 'DROP_DENIED_BY_RULE'),
      ],
    },
  ]
}

tableTest('guards', () => families.flatMap(guards))
