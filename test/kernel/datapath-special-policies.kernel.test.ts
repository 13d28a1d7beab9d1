import { NodeFlags, Place } from '@axoneme/datapath'
import { IFINDEX, pods, remote } from '../datapath/cast.js'
import {
  type Case,
  doing,
  drops,
  fromPod,
  goesIntoTunnel,
  goesNatively,
  goesToStack,
  node,
  only,
  peer,
  syn,
} from '../datapath/life-cases.js'
import { data, type Family, families, ip, udp } from '../datapath/life-kit.js'
import { tableTest } from '../datapath/life-test.js'
import { tables } from '../datapath/world.js'
import { frame } from '../packet/build.js'

const { a, b } = pods
const { tunnelled, unknown } = remote

const judgedBy = (egress: number, revision: number, ingress: number = tables.allow) =>
  doing((world) => world.datapath.setPolicy(a.slot, { egress, ingress, revision }).unwrap())

function policies(family: Family): Case[] {
  const packet = fromPod('a', ...syn(family, a, b))
  const small = fromPod('a', ip(family, a, b), udp(1, 2), data(1))
  const both = [packet, small]
  const out = fromPod('a', ...syn(family, a, tunnelled))
  const unwritten: Case = {
    name: `${family}: a node that nobody wrote`,
    given: peer(only(family, unknown), { identity: 50_050, to: 9, peer: 50, place: Place.AXM_AT_NODE }),
    steps: [drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_NO_WAY'), drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_NO_WAY')],
  }
  return [
    { name: `${family}: table 0 denies`, policies: { a: ['deny', 'allow'] }, steps: both.map((each) => drops(each, 'DROP_NO_TABLE')) },
    {
      name: `${family}: … and so does the receiver's`,
      policies: { b: ['allow', 'deny'] },
      steps: both.map((each) => drops(each, 'DROP_NO_TABLE')),
    },
    {
      name: `${family}: a table that nobody wrote denies, and one that there cannot be`,
      policies: { a: ['allow', 'allow'] },
      steps: [judgedBy(63, 0x6000_0001), drops(packet, 'DROP_NO_TABLE'), judgedBy(9999, 0x6000_0002), drops(packet, 'DROP_NO_TABLE')],
    },
    {
      name: `${family}: a table's decision of 0, and one that nobody wrote`,
      policies: { a: ['allow', 'allow'] },
      given: (world) => {
        const { maps } = world.datapath
        for (const [table, decision] of [
          [50, 0],
          [51, 200],
          [52, 9999],
        ] as const) {
          maps.chunks.update(table, { number: Array.from({ length: 32 }, () => decision) }).unwrap()
          maps.rows.update(table, table).unwrap()
          maps.tables
            .update(table, {
              rows: table,
              rowCount: 1,
              stride: 1,
              directory: [0, 0, 0, 0, 0, 0],
              scopeRow: [0, 0, 0, 0, 0],
              peers: 0,
              peerChunks: 0,
            } as never)
            .unwrap()
        }
        return () => undefined
      },
      steps: [
        judgedBy(50, 0x6000_0003),
        drops(packet, 'DROP_NO_TABLE'),
        // a decision of zeros is a denial that no rule makes
        judgedBy(51, 0x6000_0004),
        drops(packet, 'DROP_DENIED_BY_DEFAULT'),
        judgedBy(52, 0x6000_0005),
        drops(packet, 'DROP_NO_TABLE'),
      ],
    },
    {
      name: `${family}: who asks for authentication gets none here`,
      policies: { a: ['auth', 'allow'] },
      steps: both.flatMap((each) => [drops(each, 'DROP_AUTH_REQUIRED'), drops(each, 'DROP_AUTH_REQUIRED')]),
    },
    {
      name: `${family}: … of the receiver`,
      policies: { b: ['allow', 'auth'] },
      steps: both.map((each) => drops(each, 'DROP_AUTH_REQUIRED')),
    },
    {
      name: `${family}: a denial by either side is one, whatever the other says`,
      policies: { a: ['redirect', 'allow'], b: ['allow', 'denyByRule'] },
      steps: both.map((each) => drops(each, 'DROP_DENIED_BY_RULE')),
    },
    {
      name: `${family}: … the sender's comes first`,
      policies: { a: ['denyByDefault', 'allow'], b: ['allow', 'denyByRule'] },
      steps: [drops(packet, 'DROP_DENIED_BY_DEFAULT')],
    },
    {
      name: `${family}: a redirection by either side is one`,
      policies: { a: ['audit', 'allow'], b: ['allow', 'redirect'] },
      steps: [[packet, { what: 'ok FORWARD_PROXY NEW_FLOW', mark: 0x993a_0200 }]],
    },
    {
      name: `${family}: … whatever comes first`,
      policies: { a: ['redirect', 'allow'], b: ['allow', 'audit'] },
      steps: [[packet, { what: 'ok FORWARD_PROXY NEW_FLOW', mark: 0x993a_0200 }]],
    },
    {
      name: `${family}: a listener without a port, and one that there is not`,
      policies: { a: ['redirect', 'allow'] },
      given: (world) => {
        const { listeners } = world.datapath.maps
        const before = listeners.lookup(7).unwrap() as never
        listeners.update(7, { port: 0 } as never).unwrap()
        return () => void listeners.update(7, before).unwrap()
      },
      steps: [drops(packet, 'NEW_FLOW DROP_NO_LISTENER'), drops(packet, 'DROP_NO_LISTENER')],
    },
    unwritten,
    {
      name: `${family}: a node that there cannot be`,
      given: peer(only(family, unknown), { identity: 50_050, to: 9999, peer: 50, place: Place.AXM_AT_NODE }),
      steps: [
        drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_NO_WAY'),
        drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_NO_WAY'),
      ],
    },
    {
      name: `${family}: a node that went while a flow used it`,
      steps: [
        goesIntoTunnel(out, 'NEW_FLOW'),
        (world) => {
          const undo = node(3, {})(world)
          const before = world.push('fromContainer', frame(...out.layers))
          undo()
          return before.action === 'drop' && before.reasons.join() === 'DROP_NO_WAY'
            ? undefined
            : `${before.action} ${before.reasons.join()}, ought to be drop DROP_NO_WAY`
        },
        goesIntoTunnel(out),
      ],
    },
    {
      name: `${family}: a node without a link of its own is the host's to route to`,
      given: (world) => {
        const all = [
          node(10, { ipv4: 0xc0_00_02_0a, mtu: 1500, flags: NodeFlags.AXM_NODE_NATIVE }),
          peer(only(family, unknown), { identity: 50_050, to: 10, peer: 50, place: Place.AXM_AT_NODE }),
        ]
        const undo = all.map((each) => each(world))
        return () => {
          for (const each of undo) each()
        }
      },
      steps: [goesToStack(fromPod('a', ...syn(family, a, unknown)), 'NEW_FLOW')],
    },
    {
      name: `${family}: a native next hop of the other family`,
      given: (world) => {
        const all = [
          node(10, {
            ipv6: remote.world.ip6,
            ifindex: IFINDEX.uplink,
            mtu: 1500,
            flags: NodeFlags.AXM_NODE_NATIVE | NodeFlags.AXM_NODE_IPV6,
          }),
          peer(only(family, unknown), { identity: 50_050, to: 10, peer: 50, place: Place.AXM_AT_NODE }),
        ]
        const undo = all.map((each) => each(world))
        return () => {
          for (const each of undo) each()
        }
      },
      steps: [goesNatively(fromPod('a', ...syn(family, a, unknown)), 'NEW_FLOW')],
    },
    {
      name: `${family}: a place that is none`,
      given: peer(only(family, unknown), { identity: 50_050, to: 3, peer: 50, place: Place.AXM_AT_NOWHERE }),
      steps: [
        drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_NO_WAY'),
        drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_NO_WAY'),
      ],
    },
    {
      name: `${family}: an endpoint's slot that there cannot be`,
      given: peer(only(family, unknown), { identity: 50_050, to: 9999, peer: 50, place: Place.AXM_AT_ENDPOINT }),
      steps: [drops(fromPod('a', ...syn(family, a, unknown)), 'DROP_NO_WAY')],
    },
  ]
}

tableTest('policies', () => families.flatMap(policies))
