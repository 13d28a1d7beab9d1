import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { attachTcx } from '@axoneme/bpf'
import { type Datapath, EndpointFlags, NodeFlags, openDatapath, Place } from '@axoneme/datapath'
import { Ipv4, Ipv6, Mac, Prefix } from '@axoneme/sys'
import { expect } from 'vitest'
import { writeUniformTables } from '../datapath/uniform.js'
import { SMALL, type TableName, tables } from '../datapath/world.js'
import { feature, type Scratch, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Two nodes, three pods, real frames: what is redirected arrives. */
const GATEWAY = { four: '10.42.0.1', six: 'fd00:42::1' }
const SLOW = process.env.VMRUN === undefined ? 1 : 10

interface PodSpec {
  readonly name: string
  readonly slot: number
  readonly four: string
  readonly six: string
  readonly identity: number
}
const A: PodSpec = { name: 'a', slot: 11, four: '10.42.0.10', six: 'fd00:42::10', identity: 50_001 }
const B: PodSpec = { name: 'b', slot: 12, four: '10.42.0.11', six: 'fd00:42::11', identity: 50_002 }
const C: PodSpec = { name: 'c', slot: 11, four: '10.42.1.7', six: 'fd00:42:1::7', identity: 50_003 }
const POD_MAC = (slot: number, node: number): string => `02:00:00:00:0${node}:${slot.toString(16).padStart(2, '0')}`
const GATEWAY_MAC = (slot: number, node: number): string => `02:00:00:00:1${node}:${slot.toString(16).padStart(2, '0')}`

/** Echoes on TCP 8080 and UDP 8080 of every address; says when it is ready. */
const SERVER = `
const net = require('node:net'), dgram = require('node:dgram')
const tcp = net.createServer((s) => { s.on('error', () => {}); s.pipe(s) })
const udp = dgram.createSocket('udp6')
udp.on('message', (m, r) => udp.send(m, r.port, r.address))
tcp.listen(8080, '::', () => udp.bind(8080, '::', () => console.log('ready')))
`
/** Sends bytes over a protocol and says how many came back the same. */
const CLIENT = `
const [protocol, host, size, wait] = process.argv.slice(1)
const data = Buffer.alloc(Number(size), 'axoneme')
const done = (text) => { console.log(text); process.exit(0) }
setTimeout(() => done('timeout'), Number(wait))
if (protocol === 'tcp') {
  const s = require('node:net').connect(8080, host, () => s.write(data))
  let got = 0
  s.on('data', (d) => { if (!d.equals(data.subarray(got, got + d.length))) done('wrong'); got += d.length; if (got === data.length) done('echoed') })
  s.on('error', (e) => done(e.code))
} else {
  const s = require('node:dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4')
  s.on('message', (d) => done(d.equals(data) ? 'echoed' : 'wrong'))
  s.on('error', (e) => done(e.code))
  s.connect(8080, host, () => s.send(data))
}
`

class Node implements AsyncDisposable {
  readonly datapath: Datapath
  private readonly closing: (() => void)[] = []
  private readonly pods: Scratch[] = []
  private revision = 1

  private constructor(
    readonly t: Scratch,
    readonly number: number,
    vxlan: number,
  ) {
    this.datapath = openDatapath(sys, {
      tunnelIfindex: vxlan,
      gateway4: Ipv4.parse(GATEWAY.four).unwrap(),
      gateway6: Ipv6.parse(GATEWAY.six).unwrap(),
      sizes: SMALL,
    }).unwrap()
    writeUniformTables(this.datapath)
  }

  static async make(number: number): Promise<Node> {
    const t = scratch()
    const ip = (...args: string[]): void => void execFileSync('ip', ['-n', t.name, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    ip('link', 'set', 'lo', 'up')
    ip('link', 'add', 'axm_vxlan', 'index', '30', 'type', 'vxlan', 'external', 'dstport', '8472', 'udp6zerocsumrx')
    const node = new Node(t, number, 30)
    await node.attach(30, 'fromOverlay', 'toOverlay')
    ip('link', 'set', 'axm_vxlan', 'mtu', '1450', 'up')
    return node
  }

  private async attach(ifindex: number, ingress: 'fromContainer' | 'fromOverlay', egress: 'toContainer' | 'toOverlay'): Promise<void> {
    const { programs } = this.datapath
    const first = attachTcx(sys, programs[ingress], { ifindex, at: 'ingress', netns: this.t.netns })
    if (first.isOk()) {
      const second = attachTcx(sys, programs[egress], { ifindex, at: 'egress', netns: this.t.netns }).unwrap()
      this.closing.push(
        () => first.value.close(),
        () => second.close(),
      )
      return
    }
    expect(first.error.code).toBe('feature.unsupported')
    const { qdiscs, filters } = this.t.netlink
    ;(await qdiscs.add({ kind: 'clsact', link: ifindex })).unwrap()
    ;(await filters.add({ link: ifindex, at: 'ingress', fd: programs[ingress].use().unwrap(), name: 'axm_in' })).unwrap()
    ;(await filters.add({ link: ifindex, at: 'egress', fd: programs[egress].use().unwrap(), name: 'axm_out' })).unwrap()
  }

  /** A pod: its policy is in force before its program, its program before its link is up. */
  async pod({ name, slot, four, six, identity }: PodSpec): Promise<Scratch> {
    const pod = scratch()
    this.pods.push(pod)
    const node = (...args: string[]): void => void execFileSync('ip', ['-n', this.t.name, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    const inside = (...args: string[]): void => void execFileSync('ip', ['-n', pod.name, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    node(
      'link',
      'add',
      `lxc${name}`,
      'index',
      String(slot),
      'address',
      GATEWAY_MAC(slot, this.number),
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'address',
      POD_MAC(slot, this.number),
      'netns',
      pod.name,
    )
    inside('link', 'set', 'lo', 'up')
    this.datapath.maps.endpoints
      .update(slot, {
        policy: { egress: tables.allow, ingress: tables.allow, revision: this.revision++ },
        ifindex: slot,
        identity,
        ipv4: Ipv4.parse(four).unwrap(),
        ipv6: Ipv6.parse(six).unwrap(),
        flags: EndpointFlags.AXM_ENDPOINT_REDIRECT_PEER,
        mac: Mac.parse(POD_MAC(slot, this.number)).unwrap(),
        gatewayMac: Mac.parse(GATEWAY_MAC(slot, this.number)).unwrap(),
        index: 0,
      })
      .unwrap()
    this.address(four, six, { identity, to: slot, place: Place.AXM_AT_ENDPOINT })
    await this.attach(slot, 'fromContainer', 'toContainer')
    node('link', 'set', `lxc${name}`, 'up')
    inside('link', 'set', 'eth0', 'mtu', '1450', 'up')
    inside('addr', 'add', `${four}/32`, 'dev', 'eth0')
    inside('addr', 'add', `${six}/128`, 'dev', 'eth0', 'nodad')
    inside('route', 'add', GATEWAY.four, 'dev', 'eth0')
    inside('route', 'add', 'default', 'via', GATEWAY.four)
    inside('-6', 'route', 'add', GATEWAY.six, 'dev', 'eth0')
    inside('-6', 'route', 'add', 'default', 'via', GATEWAY.six, 'src', six)
    return pod
  }

  address(four: string, six: string, where: { identity: number; to: number; place: number }): void {
    const peer = { ...where, peer: 0, generation: 0, index: 0 }
    this.datapath.maps.ipcache4.update(Prefix.parse(`${four}/32`).unwrap() as never, peer).unwrap()
    this.datapath.maps.ipcache6.update(Prefix.parse(`${six}/128`).unwrap() as never, peer).unwrap()
  }

  policy(slot: number, egress: TableName, ingress: TableName): void {
    this.datapath.setPolicy(slot, { egress: tables[egress], ingress: tables[ingress], revision: this.revision++ }).unwrap()
  }

  count(reason: string): number {
    return Number(
      this.datapath
        .metrics()
        .unwrap()
        .filter((metric) => metric.reason === reason)
        .reduce((sum, { packets }) => sum + packets, 0n),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.closing) close()
    for (const pod of this.pods) await pod[Symbol.asyncDispose]()
    await this.t[Symbol.asyncDispose]()
    this.datapath.close()
  }
}

async function server(pod: Scratch): Promise<ChildProcess> {
  const child = spawn('ip', ['netns', 'exec', pod.name, process.execPath, '-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', () => reject(new Error('the server ended')))
  })
  return child
}

function send(pod: Scratch, protocol: 'tcp' | 'udp', host: string, size: number, waitMs = 3000 * SLOW): string {
  return execFileSync('ip', ['netns', 'exec', pod.name, process.execPath, '-e', CLIENT, protocol, host, String(size), String(waitMs)], {
    encoding: 'utf8',
    timeout: 60_000 * SLOW,
  }).trim()
}

kernelTest(
  'datapath traffic > pods of one node and of two speak over real links, as policies say',
  { needs: [feature('link-veth'), feature('link-vxlan')], timeoutMs: 60_000 },
  async () => {
    await using one = await Node.make(1)
    await using two = await Node.make(2)
    // the underlay
    execFileSync('ip', ['-n', one.t.name, 'link', 'add', 'under', 'type', 'veth', 'peer', 'name', 'under', 'netns', two.t.name])
    for (const [node, address] of [
      [one, '192.0.2.1/24'],
      [two, '192.0.2.2/24'],
    ] as const) {
      execFileSync('ip', ['-n', node.t.name, 'addr', 'add', address, 'dev', 'under'])
      execFileSync('ip', ['-n', node.t.name, 'link', 'set', 'under', 'up'])
    }
    const node = (ipv4: number) => ({ ipv6: Ipv6.parse('::').unwrap(), ipv4, ifindex: 0, mtu: 1450, flags: NodeFlags.AXM_NODE_TUNNEL })
    one.datapath.maps.nodes.update(2, node(0xc000_0202)).unwrap()
    two.datapath.maps.nodes.update(1, node(0xc000_0201)).unwrap()
    const a = await one.pod(A)
    const b = await one.pod(B)
    const c = await two.pod(C)
    one.address(C.four, C.six, { identity: C.identity, to: 2, place: Place.AXM_AT_NODE })
    for (const pod of [A, B]) two.address(pod.four, pod.six, { identity: pod.identity, to: 1, place: Place.AXM_AT_NODE })

    const servers = [await server(b), await server(c)]
    try {
      for (const [pod, family] of [
        [B, 'four'],
        [B, 'six'],
        [C, 'four'],
        [C, 'six'],
      ] as const) {
        // a megabyte: segments are merged and cut on the way; a datagram of three fragments
        expect([pod.name, family, 'tcp', send(a, 'tcp', pod[family], 1_000_000)]).toEqual([pod.name, family, 'tcp', 'echoed'])
        expect([pod.name, family, 'udp', send(a, 'udp', pod[family], 4000)]).toEqual([pod.name, family, 'udp', 'echoed'])
      }
      expect(one.count('AXM_FORWARD_LOCAL')).toBeGreaterThan(10)
      expect(one.count('AXM_FORWARD_TUNNEL')).toBeGreaterThan(10)
      expect(two.count('AXM_FORWARD_TUNNEL')).toBeGreaterThan(10)
      expect(one.count('AXM_ANSWERED_ARP')).toBeGreaterThan(0)
      expect(one.count('AXM_ANSWERED_NEIGHBOUR')).toBeGreaterThan(0)

      // the receiver's node judges by the identity that the tunnel carried
      two.policy(C.slot, 'allow', 'denyByRule')
      const before = two.count('AXM_DROP_DENIED_BY_RULE')
      expect(send(a, 'tcp', C.four, 10, 1000 * SLOW)).toBe('timeout')
      expect(two.count('AXM_DROP_DENIED_BY_RULE')).toBeGreaterThan(before)
      one.policy(A.slot, 'denyByDefault', 'allow')
      expect(send(a, 'tcp', B.six, 10, 1000 * SLOW)).toBe('timeout')
      expect(one.count('AXM_DROP_DENIED_BY_DEFAULT')).toBeGreaterThan(0)
      one.policy(A.slot, 'allow', 'denyByDefault')
      two.policy(C.slot, 'denyByDefault', 'allow')
      expect(send(a, 'tcp', C.six, 10_000)).toBe('echoed')
    } finally {
      for (const child of servers) {
        child.kill('SIGKILL')
        await once(child, 'close')
      }
    }
  },
)
