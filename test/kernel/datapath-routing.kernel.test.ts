import { execFileSync } from 'node:child_process'
import { expect } from 'vitest'
import { pods, remote } from '../datapath/cast.js'
import { Links, World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'
import { differences } from '../packet/show.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const { a } = pods
const eth: Layer = { layer: 'eth', src: a.mac, dst: a.gateway }
const to = (family: 4 | 6, hops: number, bytes = 8, source = 1): Uint8Array =>
  frame(
    eth,
    family === 4
      ? { layer: 'ip4', src: a.ip4, dst: remote.world.ip4, ttl: hops, dontFragment: true }
      : { layer: 'ip6', src: a.ip6, dst: remote.world.ip6, hopLimit: hops },
    { layer: 'udp', src: source, dst: 53 },
    { layer: 'payload', bytes: new Uint8Array(bytes) },
  )

/** Routes of the namespace: the world by the uplink, whose MTU is 1400. */
function routed(links: Links): void {
  const batch = [
    `link set t-uplink mtu 1400 up`,
    `link set p-uplink up`,
    `link set t-a up`,
    `link set p-a up`,
    `addr add 192.0.2.1/24 dev t-uplink`,
    `addr add 2001:db8::1/64 dev t-uplink nodad`,
    `route add 198.51.100.0/24 via 192.0.2.254`,
    `-6 route add 2001:db8:ffff::/48 via 2001:db8::fe`,
  ]
  for (const line of batch) execFileSync('ip', ['-n', links.name, ...line.split(' ')], { stdio: ['ignore', 'ignore', 'pipe'] })
  for (const key of ['net.ipv4.conf.all.forwarding', 'net.ipv6.conf.all.forwarding'])
    execFileSync('ip', ['netns', 'exec', links.name, 'sysctl', '-qw', `${key}=1`], { stdio: ['ignore', 'ignore', 'pipe'] })
}

for (const family of [4, 6] as const)
  kernelTest(`datapath routing > what goes outside leaves by the link of the routing table, IPv${family}`, { needs: [] }, async () => {
    using links = new Links(sys)
    routed(links)
    using world = new World(sys, links, { hostRouting: true })
    const packet = to(family, 64)
    const sent = world.push('fromContainer', packet)
    expect(sent).toMatchObject({ action: 'redirect', reasons: ['FORWARD_ROUTE', 'NEW_FLOW'], mark: 0x0a00 })
    // the neighbour's MAC comes when it is sent; one hop is taken here
    expect(differences(packet, sent.frame).filter((line) => !line.includes('checksum'))).toEqual([
      family === 4 ? 'ip4 ttl 64 → 63' : 'ip6 hopLimit 64 → 63',
    ])
    expect(world.push('fromContainer', packet).reasons).toEqual(['FORWARD_ROUTE'])
    expect(world.push('fromContainer', to(family, 1)).reasons).toEqual(['ANSWERED_ERROR', 'DROP_HOPS'])
    // the route's MTU is the way's
    expect(world.push('fromContainer', to(family, 64, 1400 - 28 - (family === 6 ? 20 : 0))).reasons).toEqual(['FORWARD_ROUTE'])
    expect(world.push('fromContainer', to(family, 64, 1401 - 28 - (family === 6 ? 20 : 0))).reasons).toEqual([
      'ANSWERED_ERROR',
      'DROP_TOO_BIG',
    ])
    // another route: flows go the way that they were judged to go until their peer's generation says otherwise
    const prefix = family === 4 ? '198.51.100.0/24' : '2001:db8:ffff::/48'
    const route = (...args: string[]): void =>
      void execFileSync('ip', ['-n', links.name, family === 4 ? '-4' : '-6', 'route', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    const judgedAgain = (generation: number): readonly string[] => {
      world.datapath.maps.peerGenerations.update(family === 4 ? 43 : 44, generation).unwrap()
      return world.push('fromContainer', packet).reasons
    }
    route('del', prefix)
    route('add', 'blackhole', prefix)
    expect(world.push('fromContainer', packet).reasons).toEqual(['FORWARD_ROUTE'])
    expect(judgedAgain(1)).toEqual(['DROP_NO_ROUTE'])
    // none at all: the host's stack tells the sender
    route('del', prefix)
    expect(judgedAgain(2)).toEqual(['FORWARD_STACK', 'JUDGED_AGAIN'])
  })

kernelTest("datapath routing > without it the host's stack routes, and no more is checked than it is told", { needs: [] }, async () => {
  using links = new Links(sys)
  using world = new World(sys, links, { outsideMtu: 1300 })
  expect(world.push('fromContainer', to(4, 64))).toMatchObject({ action: 'ok', reasons: ['FORWARD_STACK', 'NEW_FLOW'], mark: 0x0a00 })
  expect(world.push('fromContainer', to(4, 64, 1400)).reasons).toEqual(['ANSWERED_ERROR', 'DROP_TOO_BIG'])
})
