import { anonymousNetns, type Feature, type Probe, type Sys } from '@axoneme/sys'
import { Netlink } from './client/netlink.js'
import type { NetlinkError } from './errors.js'
import { type LinkKindName, linkKinds } from './link-kind/index.js'
import { type QdiscKindName, qdiscKinds } from './qdisc-kind/index.js'
import type { LinkSpec } from './route/link.js'

/** What stands in for a kind of link, qdisc or filter that a kernel lacks. */
const instead: Readonly<Record<string, string>> = {
  netkit: 'veth',
  geneve: 'vxlan',
  vxlan: 'geneve, or native routing',
  wireguard: 'no encryption between nodes',
  ipip: 'vxlan',
  ip6tnl: 'vxlan',
  dummy: 'addresses on lo',
  ifb: 'policing instead of shaping what comes in',
  fq: 'a token bucket in eBPF',
  fq_codel: 'pfifo',
  ipvlan: 'macvlan',
  vrf: 'policy routing rules',
}

/** How a link of each kind is tried: with as little as it can be made of. `under` is a link to put it on. */
function specimen(kind: LinkKindName, under: number): LinkSpec {
  const name = `axm-${kind}`.slice(0, 15)
  switch (kind) {
    case 'veth':
      return { kind, name }
    case 'vxlan':
      return { kind, name, data: { collectMetadata: true, port: 8472 } }
    case 'geneve':
      return { kind, name, data: { collectMetadata: true } }
    case 'vlan':
      return { kind, name, link: under, data: { id: 7 } }
    case 'macvlan':
      return { kind, name, link: under, data: { mode: 'bridge' } }
    case 'ipvlan':
      return { kind, name, link: under, data: { mode: 'l3' } }
    case 'vrf':
      return { kind, name, data: { table: 77 } }
    // without metadata it would be the tunnel that its driver makes in every namespace
    case 'ip6tnl':
    case 'ipip':
      return { kind, name, data: { collectMetadata: true } }
    default:
      return { kind, name } as LinkSpec
  }
}

/** Runs a try in a namespace of its own, with a link `axm-under` in it, and says what it showed. */
async function tried(sys: Sys, attempt: (netlink: Netlink, under: number) => Promise<NetlinkError | undefined>): Promise<Probe> {
  const netns = anonymousNetns(sys)
  if (netns.isErr()) return { unknown: netns.error.message }
  const opened = Netlink.open({ sys, netns: netns.value })
  netns.value.close()
  if (opened.isErr()) return { unknown: opened.error.message }
  const netlink = opened.value
  try {
    let under = 1
    // macvlan and vlan want a link below them; without veth they are tried on lo and explain themselves
    const made = await netlink.links.create({ kind: 'veth', name: 'axm-under', up: true })
    if (made.isOk()) {
      const index = await netlink.indexOf('axm-under')
      if (index.isOk()) under = index.value
    }
    return verdict(await attempt(netlink, under))
  } finally {
    netlink.close()
  }
}

function verdict(error: NetlinkError | undefined): Probe {
  if (error === undefined) return { available: true }
  switch (error.code) {
    case 'netlink.driver-missing':
      return { available: false, reason: `driver ${error.driver} is missing` }
    case 'feature.unsupported':
    case 'netlink.refused':
    case 'netlink.missing':
      return { available: false, reason: error.message }
    default:
      return { unknown: error.message }
  }
}

async function errorOf(result: Promise<{ isErr(): boolean; error?: NetlinkError }>): Promise<NetlinkError | undefined> {
  const outcome = await result
  return outcome.isErr() ? outcome.error : undefined
}

const links: Feature[] = Object.values(linkKinds).map((kind) => ({
  name: `link-${kind.kind}`,
  since: kind.since,
  summary: `links of kind ${kind.kind}`,
  insteadOf: instead[kind.kind] ?? 'refused, naming the driver',
  probe: (sys) => tried(sys, (netlink, under) => errorOf(netlink.links.create(specimen(kind.kind, under)))),
}))

const probedQdiscs: readonly QdiscKindName[] = ['clsact', 'fq', 'fq_codel', 'tbf', 'htb']
const qdiscOptions: Partial<Record<QdiscKindName, object>> = {
  tbf: { rateBytesPerSecond: 1_000_000, burstBytes: 10_000, limitBytes: 100_000 },
}
const qdiscs: Feature[] = probedQdiscs.map((kind) => ({
  name: `qdisc-${kind}`,
  since: qdiscKinds[kind].since,
  summary: `queueing discipline ${kind}`,
  insteadOf: instead[kind] ?? 'refused, naming the driver',
  probe: (sys) => tried(sys, (netlink, link) => errorOf(netlink.qdiscs.add({ kind, link, options: qdiscOptions[kind] } as never))),
}))

const bpfFilters: Feature = {
  name: 'filter-bpf',
  since: '4.1',
  summary: 'eBPF programs as direct-action filters on clsact',
  insteadOf: 'tcx links',
  probe: (sys) =>
    tried(sys, async (netlink, link) => {
      const hook = await netlink.qdiscs.add({ kind: 'clsact', link })
      if (hook.isErr()) return hook.error
      // a descriptor that is no program: the filter's own refusal shows that the driver is there
      const error = await errorOf(netlink.filters.add({ link, at: 'ingress', fd: 0x7fff_ffff, name: 'probe' }))
      return error?.code === 'netlink.driver-missing' || error?.code === 'permission.denied' ? error : undefined
    }),
}

const bigTcp6: Feature = {
  name: 'ipv6-big-tcp',
  since: '5.19',
  summary: 'IPv6 packets above 64 KiB inside the host (BIG TCP)',
  insteadOf: 'off',
  probe: (sys) => tried(sys, (netlink, link) => errorOf(netlink.links.update(link, { gsoMaxSize: 185_000, groMaxSize: 185_000 }))),
}

const bigTcp4: Feature = {
  name: 'ipv4-big-tcp',
  since: '6.3',
  summary: 'IPv4 packets above 64 KiB inside the host (BIG TCP)',
  insteadOf: 'off',
  probe: (sys) => tried(sys, (netlink, link) => errorOf(netlink.links.update(link, { gsoIpv4MaxSize: 185_000, groIpv4MaxSize: 185_000 }))),
}

const routes: Feature[] = [
  {
    name: 'route-via-other-family',
    since: '5.2',
    summary: 'IPv4 routes with an IPv6 gateway',
    insteadOf: 'an IPv4 gateway on each link',
    probe: (sys) =>
      tried(sys, (netlink, link) => errorOf(netlink.routes.add({ destination: '192.0.2.0/24', via: 'fe80::1', link, onlink: true }))),
  },
  {
    name: 'route-encap-ip',
    since: '4.3',
    summary: 'routes that encapsulate (lightweight tunnels)',
    insteadOf: 'a tunnel link for each peer',
    probe: (sys) =>
      tried(sys, (netlink, link) =>
        errorOf(netlink.routes.add({ destination: '192.0.2.0/24', link, encap: { type: 'ip', id: 7, destination: '198.51.100.1' } })),
      ),
  },
  {
    name: 'route-encap-seg6',
    since: '4.10',
    summary: 'segment routing over IPv6 (RFC 8754)',
    insteadOf: 'refused',
    probe: (sys) =>
      tried(sys, (netlink, link) =>
        errorOf(
          netlink.routes.add({ destination: '2001:db8::/64', link, encap: { type: 'seg6', header: { segments: ['2001:db8:1::1'] } } }),
        ),
      ),
  },
  {
    name: 'rules',
    since: '3.0',
    summary: 'policy routing rules',
    insteadOf: 'the main table only',
    probe: (sys) => tried(sys, (netlink) => errorOf(netlink.rules.add({ family: 4, fwmark: 7, table: 77, priority: 77 }))),
  },
]

/** Every feature that is reached through rtnetlink, each probed by trying it in a namespace made for the try. */
export const netlinkFeatures: readonly Feature[] = [...links, ...qdiscs, bpfFilters, bigTcp6, bigTcp4, ...routes]
