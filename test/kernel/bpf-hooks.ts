import { type AttachType, BpfProgram, bpfFeatures, loadRaw, type ProgramType, type RawProgram } from '@axoneme/bpf'
import { AF_INET, Errno, MSG_DONTWAIT, probeFeature, SOCK_CLOEXEC, SOCK_RAW, withNetns } from '@axoneme/sys'
import { expect } from 'vitest'
import { assemble, exit, type Line, mov } from './bpf-assemble.js'
import { pair, type Scratch, scratch, sys } from './fixture.js'

/** Whether the running kernel has a feature of the table; what cannot be told counts as there. */
export async function has(name: string): Promise<boolean> {
  const feature = bpfFeatures.find((known) => known.name === name)
  if (feature === undefined) throw new Error(`no feature ${name}`)
  const probe = await probeFeature(sys, feature)
  return 'unknown' in probe || probe.available
}

/** A hook that the kernel lacks is refused by name; true when it has it. */
export async function hasOrRefuses(name: string, attempt: () => { isErr(): boolean; error?: unknown }): Promise<boolean> {
  if (await has(name)) return true
  const answer = attempt()
  expect(answer.isErr() && answer.error).toMatchObject({ code: 'feature.unsupported', feature: name })
  return false
}

/** A program made of lines. */
export function load<T extends ProgramType>(
  type: T,
  code: readonly Line[],
  options: Partial<RawProgram> & { expectedAttachType?: AttachType } = {},
): BpfProgram<T> {
  const name = options.name ?? 'axm_test'
  const loaded = loadRaw(sys, { type, instructions: assemble(...code), license: 'GPL', name, ...options })
  if (!('fd' in loaded)) throw new Error(`load ${name}: errno ${loaded.errno}\n${loaded.log}`)
  return BpfProgram.of(sys, loaded.fd, name, type)
}

/** `return value` */
export function returns<T extends ProgramType>(type: T, value: number, options: Parameters<typeof load>[2] = {}): BpfProgram<T> {
  return load(type, [mov(0, value), exit], options)
}

/** struct sockaddr_in; the port in host order */
function address(ip: string, port: number): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_INET, true)
  view.setUint16(2, port)
  bytes.set(ip.split('.').map(Number), 4)
  return bytes
}

const SOCK_DGRAM = 2
const AF_PACKET = 17
/** how long a datagram may take that is to arrive, and how long one is waited for that is not */
const PATIENCE_MS = 2000
const DOUBT_MS = 30

/** A UDP socket inside a namespace, that counts what arrives. */
export class Receiver implements Disposable {
  private constructor(readonly fd: number) {}

  static open(t: Scratch, port: number, ip = '0.0.0.0'): Receiver {
    const fd = withNetns(sys, t.netns, () => {
      const socket = sys.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
      const bound = sys.bind(socket, address(ip, port))
      if (bound < 0) throw new Error(`bind: ${bound}`)
      return socket
    }).unwrap()
    return new Receiver(fd)
  }

  /** the text of a datagram that is there, or undefined */
  take(): string | undefined {
    const into = new Uint8Array(256)
    const length = sys.recv(this.fd, into, MSG_DONTWAIT)
    return length < 0 ? undefined : Buffer.from(into.subarray(0, length)).toString()
  }

  async arrives(text: string): Promise<boolean> {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await new Promise((done) => setTimeout(done, 2))) {
      const got = this.take()
      if (got !== undefined) return got === text
    }
    return false
  }

  async nothing(): Promise<boolean> {
    await new Promise((done) => setTimeout(done, DOUBT_MS))
    return this.take() === undefined
  }

  [Symbol.dispose](): void {
    sys.close(this.fd)
  }
}

/** An Ethernet frame with a UDP datagram; the checksum of UDP is left out, as IPv4 allows. */
export function udpFrame(
  to: { readonly mac: Uint8Array; readonly ip: string; readonly port: number },
  text: string,
  from = '10.0.0.2',
): Uint8Array {
  const payload = Buffer.from(text)
  const frame = new Uint8Array(14 + 20 + 8 + payload.length)
  const view = new DataView(frame.buffer)
  frame.set(to.mac, 0)
  frame.set([2, 0, 0, 0, 0, 9], 6)
  view.setUint16(12, 0x0800)
  frame.set([0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17], 14)
  view.setUint16(16, frame.length - 14)
  frame.set(from.split('.').map(Number), 26)
  frame.set(to.ip.split('.').map(Number), 30)
  let sum = 0
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at)
  sum = (sum & 0xffff) + (sum >>> 16)
  view.setUint16(24, ~(sum + (sum >>> 16)) & 0xffff)
  view.setUint16(34, 4000)
  view.setUint16(36, to.port)
  view.setUint16(38, 8 + payload.length)
  frame.set(payload, 42)
  return frame
}

/** Two namespaces' worth in one: `e0` has an address, and `send` puts datagrams on the wire from `e1`'s side. */
export interface Wire extends AsyncDisposable {
  readonly t: Scratch
  /** where `e1` is */
  readonly far: Scratch
  readonly e0: number
  readonly e1: number
  readonly mac: Uint8Array
  send(text: string, port?: number): void
  /** sends, and says whether it arrives */
  passes(text?: string): Promise<boolean>
  drops(): Promise<boolean>
}

export const PORT = 5000

/** The far end in a namespace of its own, so that packets truly travel between two. */
export async function wire(): Promise<Wire> {
  const t = scratch()
  const far = scratch()
  const { e0, e1 } = await pair(t)
  ;(await t.netlink.links.update('e1', { netns: far.netns })).unwrap()
  ;(await far.netlink.links.update('e1', { up: true })).unwrap()
  ;(await far.netlink.addresses.add({ link: e1, address: '10.0.0.2/24' })).unwrap()
  const mac = Uint8Array.from(String((await t.link(e0)).address).split(':'), (digits) => Number.parseInt(digits, 16))
  const socket = withNetns(sys, far.netns, () => {
    const fd = sys.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)
    const at = new Uint8Array(20)
    new DataView(at.buffer).setUint16(0, AF_PACKET, true)
    new DataView(at.buffer).setInt32(4, e1, true)
    const bound = sys.bind(fd, at)
    if (bound < 0) throw new Error(`bind: ${bound}`)
    return fd
  }).unwrap()
  const receiver = Receiver.open(t, PORT)
  const send = (text: string, port = PORT): void => {
    const frame = udpFrame({ mac, ip: '10.0.0.1', port }, text)
    const sent = sys.send(socket, frame, frame.length, 0)
    // ENOBUFS: dropped on its way out, by a program
    if (sent !== frame.length && sent !== -Errno.ENOBUFS) throw new Error(`send: ${sent}`)
  }
  return {
    t,
    far,
    e0,
    e1,
    mac,
    send,
    async passes(text = 'pass') {
      send(text)
      return await receiver.arrives(text)
    },
    async drops() {
      send('drop')
      return await receiver.nothing()
    },
    async [Symbol.asyncDispose]() {
      receiver[Symbol.dispose]()
      sys.close(socket)
      await far[Symbol.asyncDispose]()
      await t[Symbol.asyncDispose]()
    },
  }
}

export const use = (handle: { use(): { unwrap(): number } }): number => handle.use().unwrap()
