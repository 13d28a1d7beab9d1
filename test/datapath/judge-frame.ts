import { pods, remote } from './cast.js'
import type { HookName } from './world.js'

/**
 * Whether a frame may go on at all, said once more and by other means than the datapath's: what its headers claim is true, its source is
 * who it may be, its destination is somebody. A frame that may not, and went on, is a fault.
 */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const own = (name: 'a' | 'b' | 'far'): { mac: string; v4: string; v6: string } => {
  const { mac, ip4, ip6 } = pods[name]
  const bytes = (size: number, write: (to: Uint8Array) => void): string => {
    const to = new Uint8Array(size)
    write(to)
    return hex(to)
  }
  return {
    mac: bytes(6, (to) => mac.write(to, 0)),
    v4: bytes(4, (to) => ip4.write(to, 0)),
    v6: bytes(16, (to) => ip6.write(to, 0)),
  }
}
const a = own('a')
const local4 = new Map((['a', 'b', 'far'] as const).map((name) => [own(name).v4, name]))
const local6 = new Map((['a', 'b', 'far'] as const).map((name) => [own(name).v6, name]))
const prefix = (address: { write(to: Uint8Array, at: number): void }, size: number, bytes: number): string => {
  const to = new Uint8Array(size)
  address.write(to, 0)
  return hex(to.subarray(0, bytes))
}
const host4 = prefix(pods.host.ip4, 4, 4)
const host6 = prefix(pods.host.ip6, 16, 16)
const nodes4 = [remote.tunnelled, remote.native, remote.tunnelled6].map(({ ip4 }) => prefix(ip4, 4, 3))
const nodes6 = [remote.tunnelled, remote.native, remote.tunnelled6].map(({ ip6 }) => prefix(ip6, 16, 8))
const world4 = prefix(remote.world.ip4, 4, 3)
const world6 = prefix(remote.world.ip6, 16, 6)

type Where = 'endpoint' | 'host' | 'node' | 'outside' | undefined
function where(address: string): Where {
  if (address.length === 8) {
    if (local4.has(address)) return 'endpoint'
    if (address === host4) return 'host'
    if (nodes4.some((net) => address.startsWith(net))) return 'node'
    return address.startsWith(world4) ? 'outside' : undefined
  }
  if (local6.has(address)) return 'endpoint'
  if (address === host6) return 'host'
  if (nodes6.some((net) => address.startsWith(net))) return 'node'
  return address.startsWith(world6) ? 'outside' : undefined
}

/** Undefined: it may go on; else why not. */
export function wrongWith(frame: Uint8Array, hook: HookName): string | undefined {
  if (frame.length < 14) return 'no Ethernet header'
  const type = ((frame[12] as number) << 8) | (frame[13] as number)
  const fromPod = hook === 'fromContainer'
  if (fromPod && hex(frame.subarray(6, 12)) !== a.mac) return 'not its MAC'
  if (type === 0x0806) return fromPod && frame.length < 42 ? 'short ARP' : undefined
  if (type !== 0x0800 && type !== 0x86dd) return hook === 'fromContainer' || hook.endsWith('Overlay') ? 'ether type' : undefined
  return type === 0x0800 ? wrong4(frame, hook) : wrong6(frame, hook)
}

function wrongEnds(source: string, destination: string, hook: HookName): string | undefined {
  const to = where(destination)
  const from = where(source)
  if (hook === 'fromContainer') {
    if (source !== a.v4 && source !== a.v6) return 'not its address'
    if (to === undefined) return 'nobody there'
  }
  if (hook === 'toContainer' && destination !== a.v4 && destination !== a.v6) return 'not for it'
  if (hook === 'fromOverlay') {
    if (to !== 'endpoint' && to !== 'host') return 'not for this node'
    if (from === 'endpoint' || from === 'host') return 'from this node'
  }
  if (hook === 'toOverlay' && to !== 'node') return 'not behind the tunnel'
  return undefined
}

function wrong4(frame: Uint8Array, hook: HookName): string | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset)
  if (frame.length < 34) return 'no IPv4 header'
  const header = ((frame[14] as number) & 15) * 4
  if ((frame[14] as number) >> 4 !== 4 || header < 20) return 'version or header length'
  const total = view.getUint16(16)
  if (total < header || total > frame.length - 14) return 'total length'
  const fragment = view.getUint16(20)
  const ends = wrongEnds(hex(frame.subarray(26, 30)), hex(frame.subarray(30, 34)), hook)
  if (ends !== undefined) return ends
  if ((fragment & 0x1fff) !== 0) return undefined
  return wrongTransport(frame, frame[23] as number, 14 + header, total - header, 4, (fragment & 0x2000) !== 0)
}

function wrong6(frame: Uint8Array, hook: HookName): string | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset)
  if (frame.length < 54) return 'no IPv6 header'
  if ((frame[14] as number) >> 4 !== 6) return 'version'
  const end = 54 + view.getUint16(18)
  if (end > frame.length) return 'payload length'
  let next = frame[20] as number
  let at = 54
  let first = false
  for (let headers = 0; [0, 43, 44, 51, 60].includes(next); headers++) {
    if (at + 8 > end) return 'extension header'
    if (headers === 6) return 'too many extension headers'
    const size = next === 44 ? 8 : next === 51 ? ((frame[at + 1] as number) + 2) * 4 : ((frame[at + 1] as number) + 1) * 8
    const offset = next === 44 ? view.getUint16(at + 2) : 0
    next = frame[at] as number
    at += size
    if (at > end) return 'extension header length'
    if (offset & 1) first = true
    if ((offset & 0xfff8) !== 0) return wrongEnds(hex(frame.subarray(22, 38)), hex(frame.subarray(38, 54)), hook)
  }
  // neighbour discovery speaks from and to addresses of the link
  if (next === 58 && at < end && (frame[at] as number) >= 133 && (frame[at] as number) <= 137) return undefined
  return wrongEnds(hex(frame.subarray(22, 38)), hex(frame.subarray(38, 54)), hook) ?? wrongTransport(frame, next, at, end - at, 6, first)
}

function wrongTransport(
  frame: Uint8Array,
  protocol: number,
  at: number,
  length: number,
  family: 4 | 6,
  first: boolean,
): string | undefined {
  switch (protocol) {
    case 6: {
      if (length < 20) return 'no TCP header'
      const header = ((frame[at + 12] as number) >> 4) * 4
      return header < 20 || (!first && header > length) ? 'TCP data offset' : undefined
    }
    case 17: {
      if (length < 8) return 'no UDP header'
      const claimed = ((frame[at + 4] as number) << 8) | (frame[at + 5] as number)
      return claimed !== 0 && (claimed < 8 || (!first && claimed > length)) ? 'UDP length' : undefined
    }
    case 132:
      return length < 12 ? 'no SCTP header' : undefined
    case 1:
      return family !== 4 || length < 8 ? 'ICMP' : undefined
    case 58:
      return family !== 6 || length < 8 ? 'ICMPv6' : undefined
    default:
      return undefined
  }
}
