import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Collection, loadCollection, openArrayMap, openProgramArray, parseObject } from '@axoneme/bpf'
import { type Datapath, EndpointFlags, NodeFlags, type OpenOptions, openDatapath, Place } from '@axoneme/datapath'
import { createNetns, deleteNetns, Ipv6, type Netns, Prefix, type Sys } from '@axoneme/sys'
// @ts-expect-error a script of Node's own, without declarations
import { build, objects } from '../bpf/build.mjs'
import { type EndpointName, GATEWAY4, GATEWAY6, IFINDEX, NODE4, NODE6, peers, pods } from './cast.js'
import { type TableName, tables, writeUniformTables } from './uniform.js'

export { type TableName, tables } from './uniform.js'

/** What became of one packet. */
export interface Outcome {
  /** `drop`, `ok` (to the stack), `redirect`, `next` (not ours) */
  readonly action: 'drop' | 'ok' | 'redirect' | 'next' | number
  /** the counters that moved, by name without AXM_, in the order of their numbers */
  readonly reasons: readonly string[]
  readonly frame: Uint8Array
  readonly mark: number
}

export type HookName = 'fromContainer' | 'toContainer' | 'fromOverlay' | 'toOverlay' | 'fromHost' | 'toHost' | 'fromNetdev' | 'toNetdev'

export interface Push {
  readonly ifindex?: number
  /** the tunnel's key that the packet came with */
  readonly identity?: number
  readonly mark?: number
  readonly gsoSize?: number
  readonly gsoSegs?: number
  /** bytes that are linear */
  readonly dataEnd?: number
}

/** sizes that load at once */
export const SMALL = {
  endpoints: 64,
  flows4: 4096,
  flows6: 4096,
  fragments4: 256,
  fragments6: 256,
  ipcache: 4096,
  peers: 256,
  nodes: 64,
  tables: 64,
  directories: 16,
  chunks: 1024,
  rows: 1024,
  peerRows: 1024,
  decisions: 256,
  listeners: 16,
  events: 1 << 18,
} as const

const ACTIONS = new Map<number, Outcome['action']>([
  [0, 'ok'],
  [2, 'drop'],
  [7, 'redirect'],
  [0xffff_ffff, 'next'],
])

/** A namespace with the links that the datapath's hooks sit on: their indexes are those of the cast. */
export class Links implements Disposable {
  readonly netns: Netns
  readonly name = `axm-test-${randomBytes(4).toString('hex')}`

  /** @param more links without a part in the cast: their indexes are from 32 on */
  constructor(
    private readonly sys: Sys,
    more = 0,
  ) {
    this.netns = createNetns(sys, this.name).unwrap()
    const ip = (...args: string[]): void =>
      void execFileSync('ip', ['-n', this.name, ...args], { timeout: 60_000, stdio: ['ignore', 'ignore', 'pipe'] })
    ip('link', 'set', 'lo', 'up')
    const batch = [...Object.entries(IFINDEX), ...Array.from({ length: more }, (_, each) => [`more${each}`, 32 + each] as const)].map(
      ([name, index]) => `link add t-${name} index ${index} type veth peer name p-${name} index ${index + 100}`,
    )
    execFileSync('ip', ['-n', this.name, '-batch', '-'], { input: batch.join('\n'), timeout: 60_000, stdio: ['pipe', 'ignore', 'pipe'] })
  }

  [Symbol.dispose](): void {
    this.netns.close()
    deleteNetns(this.sys, this.name).unwrap()
  }
}

/** One node's datapath, filled with the cast, run by hand. */
export class World implements Disposable {
  readonly datapath: Datapath
  private readonly wrap: Collection
  private readonly under: ReturnType<typeof openProgramArray> extends infer R ? (R extends { unwrap(): infer V } ? V : never) : never
  private readonly globals: { lookup(key: number): any; update(key: number, value: Uint8Array): any }
  private revision = 1

  constructor(
    sys: Sys,
    private readonly links: Links,
    options: OpenOptions = {},
    /** without the cast nobody is there */
    cast = true,
  ) {
    build()
    this.datapath = openDatapath(sys, {
      tunnelIfindex: IFINDEX.vxlan,
      ...(cast ? { gateway4: GATEWAY4, gateway6: GATEWAY6, node4: NODE4, node6: NODE6 } : {}),
      ...options,
      sizes: { ...SMALL, ...options.sizes },
    }).unwrap()
    this.wrap = loadCollection(sys, parseObject(readFileSync(join(objects, 'datapath-wrap.o'))).unwrap()).unwrap()
    this.under = openProgramArray(this.wrap.maps.get('axm_under_test') as never).unwrap()
    this.globals = openArrayMap(this.wrap.maps.get('.bss') as never).unwrap() as never
    if (cast) this.fill()
  }

  private fill(): void {
    const { maps } = this.datapath
    writeUniformTables(this.datapath)
    maps.listeners.update(7, { port: 15_001 } as never).unwrap()
    for (const name of Object.keys(pods) as EndpointName[]) this.endpoint(name)
    for (const [prefix, peer] of peers) this.peer(prefix, peer)
    maps.nodes
      .update(3, { ipv6: Ipv6.parse('::').unwrap(), ipv4: 0xc0_00_02_02, ifindex: 0, mtu: 1450, flags: NodeFlags.AXM_NODE_TUNNEL } as never)
      .unwrap()
    maps.nodes
      .update(4, {
        ipv6: Ipv6.parse('::').unwrap(),
        ipv4: 0xc0_00_02_03,
        ifindex: IFINDEX.uplink,
        mtu: 1500,
        flags: NodeFlags.AXM_NODE_NATIVE,
      } as never)
      .unwrap()
    maps.nodes
      .update(5, {
        ipv6: Ipv6.parse('2001:db8::5').unwrap(),
        ipv4: 0,
        ifindex: 0,
        mtu: 1430,
        flags: NodeFlags.AXM_NODE_TUNNEL | NodeFlags.AXM_NODE_IPV6,
      } as never)
      .unwrap()
  }

  /** (Re)writes an endpoint of the cast, with other fields if given. */
  endpoint(name: EndpointName, other: Record<string, unknown> = {}): void {
    const { slot, ifindex, identity, ip4, ip6, mac, gateway } = pods[name]
    const { maps } = this.datapath
    maps.endpoints
      .update(slot, {
        policy: { egress: tables.allow, ingress: tables.allow, revision: this.revision++ },
        ifindex,
        identity,
        ipv4: ip4,
        ipv6: ip6,
        flags: name === 'host' ? EndpointFlags.AXM_ENDPOINT_NODE : EndpointFlags.AXM_ENDPOINT_REDIRECT_PEER,
        mac,
        gatewayMac: gateway,
        index: 0,
        ...other,
      } as never)
      .unwrap()
    if ((ifindex & (SMALL.endpoints - 1)) !== slot) maps.moreEndpoints.update(ifindex, slot).unwrap()
    const place = name === 'host' ? Place.AXM_AT_HOST : Place.AXM_AT_ENDPOINT
    this.peer(`${ip4}/32`, { identity, to: slot, peer: slot + 1, place })
    this.peer(`${ip6}/128`, { identity, to: slot, peer: slot + 1, place })
  }

  peer(prefix: string, peer: { identity: number; to: number; peer: number; place: number; generation?: number; index?: number }): void {
    const parsed = Prefix.parse(prefix).unwrap()
    const map = prefix.includes(':') ? this.datapath.maps.ipcache6 : this.datapath.maps.ipcache4
    map.update(parsed, { generation: 0, index: 0, ...peer } as never).unwrap()
  }

  /** Nobody is known there any more. */
  unpeer(prefix: string): void {
    const map = prefix.includes(':') ? this.datapath.maps.ipcache6 : this.datapath.maps.ipcache4
    map.delete(Prefix.parse(prefix).unwrap()).unwrap()
  }

  /** Which tables judge an endpoint, from its next packet on. */
  policy(name: EndpointName, egress: TableName, ingress: TableName): void {
    this.datapath.setPolicy(pods[name].slot, { egress: tables[egress], ingress: tables[ingress], revision: this.revision++ }).unwrap()
  }

  /** No flow is known. */
  forget(): void {
    const { flows4, flows6, fragments4, fragments6 } = this.datapath.maps
    for (const map of [flows4, flows6, fragments4, fragments6]) {
      const keys: unknown[] = []
      for (const key of map.keys()) keys.push(key.unwrap())
      for (const key of keys) map.delete(key as never).unwrap()
    }
  }

  /** as they were after the last packet that was pushed, unless one was run since */
  private seen: Map<string, bigint> | undefined

  counters(): Map<string, bigint> {
    this.seen ??= new Map(
      this.datapath
        .metrics()
        .unwrap()
        .map(({ reason, hook, direction, packets }) => [`${reason.replace('AXM_', '')}`, packets, hook, direction] as const)
        .reduce((sums, [reason, packets]) => sums.set(reason, (sums.get(reason) ?? 0n) + packets), new Map<string, bigint>()),
    )
    return this.seen
  }

  /** Runs a hook's program on a frame and says what became of it. */
  push(hook: HookName, frame: Uint8Array, push: Push = {}): Outcome {
    const before = this.counters()
    const ran = this.run(hook, frame, push)
    const after = this.counters()
    const reasons = [...after].filter(([name, packets]) => packets !== (before.get(name) ?? 0n)).map(([name]) => name)
    return { action: ACTIONS.get(ran.returnValue) ?? ran.returnValue, reasons, frame: ran.data, mark: ran.context?.mark ?? 0 }
  }

  /** The same without looking at counters. */
  run(hook: HookName, frame: Uint8Array, push: Push = {}, repeat = 1) {
    return this.attempt(hook, frame, push, repeat).unwrap()
  }

  /** The same, where the kernel may refuse to make a packet of it: an IP header that is cut off, since Linux 6.17. */
  attempt(hook: HookName, frame: Uint8Array, push: Push = {}, repeat = 1) {
    this.seen = undefined
    const program = this.datapath.programs[hook]
    const ifindex = push.ifindex ?? DEFAULT_LINK[hook]
    const context = {
      ifindex,
      ...(push.mark === undefined ? {} : { mark: push.mark }),
      ...(push.gsoSize === undefined ? {} : { gsoSize: push.gsoSize }),
      ...(push.gsoSegs === undefined ? {} : { gsoSegs: push.gsoSegs }),
      ...(push.dataEnd === undefined ? {} : { dataEnd: push.dataEnd }),
    }
    if (push.identity === undefined)
      return program.testRun({ data: frame, context, netns: this.links.netns, repeat, dataOutBytes: frame.length + 256 })
    this.key(push.identity)
    this.under.set(0, program.use().unwrap()).unwrap()
    const wrapped = this.wrap.programs.get('axm_keyed')?.handle
    return (wrapped as typeof program).testRun({ data: frame, context, netns: this.links.netns, repeat, dataOutBytes: frame.length + 256 })
  }

  private key(identity: number): void {
    const bytes = this.globals.lookup(0).unwrap() as Uint8Array
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const at = (name: string): number => this.wrap.spec.variables.find((each) => each.name === name)?.offset as number
    if (view.getUint32(at('axm_identity'), true) === identity) return
    view.setUint32(at('axm_identity'), identity, true)
    view.setUint32(at('axm_remote'), 0xc0_00_02_02, true)
    this.globals.update(0, bytes).unwrap()
  }

  [Symbol.dispose](): void {
    this.wrap.close()
    this.datapath.close()
  }
}

const DEFAULT_LINK: Readonly<Record<HookName, number>> = {
  fromContainer: IFINDEX.a,
  toContainer: IFINDEX.a,
  fromOverlay: IFINDEX.vxlan,
  toOverlay: IFINDEX.vxlan,
  fromHost: IFINDEX.host,
  toHost: IFINDEX.host,
  fromNetdev: IFINDEX.uplink,
  toNetdev: IFINDEX.uplink,
}
