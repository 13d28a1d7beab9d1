import { type Datapath, EndpointFlags, NodeFlags, Place, PolicyTables } from '@axoneme/datapath'
import { createResolver, createUniverse, definePolicy, type Policy } from '@axoneme/policy'
import { Ipv4, Ipv6, Mac, Prefix } from '@axoneme/sys'

/**
 * Two pods here and one behind a tunnel. They may speak to each other on TCP 8080 to 8095 and on nothing else. `large` adds a thousand
 * entries to each one's policies and ten thousand prefixes, none of which has to do with the packets that are measured.
 */
const v4 = (text: string): Ipv4 => Ipv4.parse(text).unwrap()
const v6 = (text: string): Ipv6 => Ipv6.parse(text).unwrap()
const mac = (text: string): Mac => Mac.parse(text).unwrap()

export interface Pod {
  readonly name: string
  readonly four: Ipv4
  readonly six: Ipv6
  readonly slot: number
  readonly mac: Mac
  readonly gateway: Mac
}
const pod = (name: string, slot: number, four: string, six: string): Pod => ({
  name,
  slot,
  four: v4(four),
  six: v6(six),
  mac: mac(`02:00:00:00:00:${slot}`),
  gateway: mac(`02:00:00:00:01:${slot}`),
})
export const A = pod('a', 11, '10.42.0.10', 'fd00:42::10')
export const B = pod('b', 12, '10.42.0.11', 'fd00:42::11')
/** behind the node */
export const R = pod('r', 99, '10.42.1.7', 'fd00:42:1::7')
const NODE = 3

function policies(large: boolean): Policy[] {
  const peers = [{ kind: 'endpoints' as const }]
  const ports = [{ protocol: 'tcp' as const, port: 8080, endPort: 8095 }]
  const speak = definePolicy({
    kind: 'network-policy',
    key: 'speak',
    subject: { kind: 'endpoints' },
    rules: [
      { direction: 'egress', peers, ports },
      { direction: 'ingress', peers, ports },
    ],
  })
  const many = definePolicy({
    kind: 'network-policy',
    key: 'many',
    subject: { kind: 'endpoints' },
    rules: (['egress', 'ingress'] as const).flatMap((direction) =>
      Array.from({ length: 500 }, (_, at) => ({
        direction,
        peers: [{ kind: 'cidr' as const, prefix: `172.16.${at >> 8}.${at & 255}/32` }],
        ports: [{ protocol: 'tcp' as const, port: 10_000 + at * 2 }],
      })),
    ),
  })
  return (large ? [speak, many] : [speak]).map((policy) => policy.unwrap())
}

/** Fills a datapath; answers the identity of R. */
export function fill({ maps }: Datapath, large: boolean): number {
  const universe = createUniverse({
    namespaces: [{ name: 'n' }],
    endpoints: [
      ...[A, B].map(({ name }) => ({ name, namespace: 'n', labels: { app: name } })),
      { name: R.name, namespace: 'n', labels: { app: R.name }, local: false },
    ],
    nodes: [{ name: 'here', local: true }],
  }).unwrap()
  const resolver = createResolver({ universe, policies: policies(large) }).unwrap()
  const { endpoints, sets, addresses } = resolver.tables()
  const tables = new PolicyTables(maps)
  const numbers = new Map(
    [...sets.values()].map(({ id, egress, ingress }) => [
      id,
      { egress: tables.write(egress).unwrap(), ingress: tables.write(ingress).unwrap() },
    ]),
  )
  const place = ({ four, six }: Pod, identity: number, to: number, where: Place): void => {
    const peer = { identity, to, peer: to + 1, generation: 0, index: tables.index(identity), place: where }
    maps.ipcache4.update(Prefix.parse(`${four}/32`).unwrap(), peer).unwrap()
    maps.ipcache6.update(Prefix.parse(`${six}/128`).unwrap(), peer).unwrap()
  }
  for (const each of [A, B]) {
    const entry = endpoints.get(`n/${each.name}`)
    const policy = numbers.get(entry?.set ?? '')
    if (entry === undefined || policy === undefined) throw new Error(`${each.name} has no policies`)
    maps.endpoints
      .update(each.slot, {
        policy: { ...policy, revision: 1 },
        ifindex: each.slot,
        identity: entry.identity,
        ipv4: each.four,
        ipv6: each.six,
        flags: EndpointFlags.AXM_ENDPOINT_REDIRECT_PEER,
        mac: each.mac,
        gatewayMac: each.gateway,
        index: tables.index(entry.identity),
      })
      .unwrap()
    place(each, entry.identity, each.slot, Place.AXM_AT_ENDPOINT)
  }
  const remote = resolver.universe.identityOf('n/r') as number
  maps.nodes.update(NODE, { ipv6: R.six, ipv4: 0xc000_0202, ifindex: 0, mtu: 1450, flags: NodeFlags.AXM_NODE_TUNNEL }).unwrap()
  place(R, remote, NODE, Place.AXM_AT_NODE)
  for (const { prefix, identity } of addresses) {
    const map = `${prefix}`.includes(':') ? maps.ipcache6 : maps.ipcache4
    map.update(prefix, { identity, to: 0, peer: 0, generation: 0, index: tables.index(identity), place: Place.AXM_AT_OUTSIDE }).unwrap()
  }
  if (!large) return remote
  for (let at = 0; at < 10_000; at++) {
    const peer = { identity: remote, to: NODE, peer: NODE + 1, generation: 0, index: tables.index(remote), place: Place.AXM_AT_NODE }
    maps.ipcache4.update(Prefix.parse(`10.${64 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}/32`).unwrap(), peer).unwrap()
    maps.ipcache6.update(Prefix.parse(`fd01::${at.toString(16)}/128`).unwrap(), peer).unwrap()
  }
  return remote
}
