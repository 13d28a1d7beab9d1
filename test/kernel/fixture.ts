import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { type Link, linkKinds, Netlink, netlinkFeatures, qdiscKinds } from '@axoneme/netlink'
import { createNetns, deleteNetns, type Netns, type Sys } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'
import type { Need } from './harness/index.js'

export const sys: Sys = linux().unwrap()

/** A namespace of the test's own, gone when the test is, however it ends. */
export interface Scratch extends AsyncDisposable {
  readonly name: string
  readonly netns: Netns
  readonly netlink: Netlink
  /** `ip -json …` inside, parsed */
  ip(...args: string[]): any
  /** any command inside; its standard output */
  run(...args: string[]): string
  index(link: string): Promise<number>
  link(link: string | number): Promise<Link>
}

export function scratch(): Scratch {
  const name = `axm-test-${randomBytes(4).toString('hex')}`
  const netns = createNetns(sys, name).unwrap()
  const netlink = Netlink.open({ sys, netns }).unwrap()
  const run = (...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', name, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
  return {
    name,
    netns,
    netlink,
    run,
    ip(...args) {
      const text = execFileSync('ip', ['-netns', name, '-json', '-details', ...args], { encoding: 'utf8', timeout: 60_000 })
      return text.trim() === '' ? [] : JSON.parse(text)
    },
    index: async (link) => (await netlink.indexOf(link)).unwrap(),
    async link(link) {
      const got = (await netlink.links.get(link)).unwrap()
      if (got === undefined) throw new Error(`no link ${link} in ${name}`)
      return got
    },
    async [Symbol.asyncDispose]() {
      netlink.close()
      netns.close()
      deleteNetns(sys, name).unwrap()
    },
  }
}

/** `e0` and `e1`, up, with 10.0.0.1/24 and 2001:db8::1/64 on e0. */
export async function pair(t: Scratch): Promise<{ e0: number; e1: number }> {
  ;(await t.netlink.links.create({ kind: 'veth', name: 'e0', up: true, data: { peer: { name: 'e1' } } })).unwrap()
  ;(await t.netlink.links.update('e1', { up: true })).unwrap()
  const [e0, e1] = [await t.index('e0'), await t.index('e1')]
  ;(await t.netlink.addresses.add({ link: e0, address: '10.0.0.1/24' })).unwrap()
  ;(await t.netlink.addresses.add({ link: e0, address: '2001:db8::1/64', noDad: true })).unwrap()
  return { e0, e1 }
}

/** A need from the table of features: the probe is the library's own. */
export function feature(name: string): Need {
  const found = netlinkFeatures.find((known) => known.name === name)
  if (found === undefined) throw new Error(`no feature ${name}`)
  const [sort = '', kind = ''] = name.split(/-(.*)/)
  const drivers: Readonly<Record<string, { readonly config: string } | undefined>> =
    sort === 'link' ? linkKinds : sort === 'qdisc' ? qdiscKinds : {}
  return {
    name,
    since: found.since,
    config: drivers[kind]?.config,
    async probe() {
      const outcome = await found.probe(sys)
      // neither there nor missing: no reason to skip
      if ('unknown' in outcome) throw new Error(`${name} cannot be probed: ${outcome.unknown}`)
      return outcome.available ? true : outcome.reason
    },
  }
}

/** An eBPF program `return 0` of a type (3: SCHED_CLS, 6: XDP); the caller closes its descriptor. */
export function program(type: number): number {
  const code = new Uint8Array(16)
  code[0] = 0xb7 // mov r0, 0
  code[8] = 0x95 // exit
  const license = new TextEncoder().encode('GPL\0')
  const attr = new Uint8Array(128)
  const view = new DataView(attr.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, 2, true)
  view.setBigUint64(8, sys.address(code), true)
  view.setBigUint64(16, sys.address(license), true)
  const fd = sys.bpf(5, attr)
  if (fd < 0 || code.length + license.length !== 20) throw new Error(`bpf(BPF_PROG_LOAD): ${fd}`)
  return fd
}
