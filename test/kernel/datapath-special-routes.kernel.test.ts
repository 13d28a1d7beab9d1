import { execFileSync } from 'node:child_process'
import { pods, remote } from '../datapath/cast.js'
import {
  answered,
  type Case,
  drops,
  expectAll,
  fromNetdev,
  fromPod,
  goesTo,
  goesToStack,
  hops,
  prepared,
  sized,
} from '../datapath/life-cases.js'
import { exceeded, type Family, type Fate, families, ip, JUDGED_MARK, moved, type Sight, tcp, tooBig } from '../datapath/life-kit.js'
import { Links, World } from '../datapath/world.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Packets to the outside that leave by the link that the routing table names, past the host's stack. */
const { a, host } = pods
const { world: outside } = remote
const segment = (family: Family, size: number, more: object = {}): Sight => fromPod('a', ...sized(family, outside, size, more))
const goesByRoute = (sight: Sight, besides = ''): readonly [Sight, Fate] => [
  sight,
  { what: `redirect FORWARD_ROUTE${besides === '' ? '' : ` ${besides}`}`, mark: JUDGED_MARK, frame: moved(sight.layers, { hops: 1 }) },
]
function cases(run: (...args: readonly string[]) => void): Case[] {
  const route = (family: Family, ...args: readonly string[]) =>
    run('ip', ...(family === 'v4' ? [] : ['-6']), 'route', 'replace', ...args, family === 'v4' ? '198.51.100.0/24' : '2001:db8:ffff::/48')
  const forwarding = (family: Family, on: boolean) =>
    run('sysctl', '-qw', `net.${family === 'v4' ? 'ipv4' : 'ipv6'}.conf.all.forwarding=${on ? 1 : 0}`)
  return families.flatMap((family): Case[] => [
    {
      name: `${family}: by the route's link`,
      policies: { a: ['allow', 'denyByDefault'] },
      steps: [
        goesByRoute(segment(family, 100), 'NEW_FLOW'),
        goesByRoute(segment(family, 100)),
        goesTo('a', fromNetdev(ip(family, outside, a), tcp(80, 1000, 'SA'))),
      ],
    },
    {
      name: `${family}: a hop is taken, or its lack told`,
      steps: [
        answered(family, segment(family, 100, hops(family, 1)), exceeded(family), 'NEW_FLOW DROP_HOPS'),
        goesByRoute(segment(family, 100, hops(family, 2))),
      ],
    },
    {
      name: `${family}: the link's size is the way's`,
      steps: [
        goesByRoute(segment(family, 1500), 'NEW_FLOW'),
        answered(family, segment(family, 1501), tooBig(family, 1500), 'DROP_TOO_BIG'),
      ],
    },
    {
      name: `${family}: an answer to the outside finds its own way`,
      policies: { a: ['denyByDefault', 'allow'] },
      steps: [
        prepared(fromNetdev(ip(family, outside, a), tcp(1000, 80, 'S'))),
        goesToStack(fromPod('a', ip(family, a, outside), tcp(80, 1000, 'SA'))),
      ],
    },
    {
      name: `${family}: where the host has no route`,
      given: () => {
        route(family, 'unreachable')
        return () => route(family, 'via', family === 'v4' ? '192.0.2.254' : '2001:db8::fe')
      },
      steps: [drops(segment(family, 100), 'DROP_NO_ROUTE')],
    },
    {
      name: `${family}: a host that does not forward is asked itself`,
      given: () => {
        forwarding(family, false)
        return () => forwarding(family, true)
      },
      steps: [goesToStack(segment(family, 100), 'NEW_FLOW')],
    },
  ])
}

kernelTest('datapath special > routes of the host', { needs: [] }, async () => {
  using links = new Links(sys)
  const run = (command: string, ...args: readonly string[]): void =>
    void execFileSync('ip', ['netns', 'exec', links.name, command, ...args], { timeout: 60_000, stdio: ['ignore', 'ignore', 'pipe'] })
  for (const link of ['t-uplink', 'p-uplink', 't-a', 'p-a']) run('ip', 'link', 'set', link, 'up')
  run('ip', 'addr', 'add', `${host.ip4}/24`, 'dev', 't-uplink')
  run('ip', 'addr', 'add', `${host.ip6}/64`, 'dev', 't-uplink', 'nodad')
  run('ip', 'route', 'add', '198.51.100.0/24', 'via', '192.0.2.254')
  run('ip', '-6', 'route', 'add', '2001:db8:ffff::/48', 'via', '2001:db8::fe')
  run('sysctl', '-qw', 'net.ipv4.conf.all.forwarding=1')
  run('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')
  using world = new World(sys, links, { hostRouting: true })
  expectAll(world, cases(run))
})
