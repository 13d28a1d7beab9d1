import { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import { ETHER_TYPES, type Extension, GENEVE_PORT, type Layer, PROTOCOLS, TCP_FLAGS, VXLAN_PORT } from './layers.js'

/** The bytes that are left, and how they go on. */
interface Rest {
  readonly layer: Layer
  readonly next: 'eth' | 'ip4' | 'ip6' | 'arp' | number | undefined
  readonly from: number
  readonly to: number
}

/** The layers of a frame. Where it is not what its headers say, the rest is payload; nothing throws. */
export function parse(frame: Uint8Array): Layer[] {
  const layers: Layer[] = []
  let next: Rest['next'] = 'eth'
  let [from, to] = [0, frame.length]
  while (from < to || (layers.length === 0 && frame.length === 0)) {
    const view = new DataView(frame.buffer, frame.byteOffset + from, to - from)
    const rest: Rest | undefined = next === undefined ? undefined : read(next, view)
    if (rest === undefined) {
      layers.push({ layer: 'payload', bytes: frame.slice(from, to) })
      return layers
    }
    layers.push(rest.layer)
    next = rest.next
    to = Math.min(to, from + rest.to)
    from += rest.from
  }
  return layers
}

function read(next: NonNullable<Rest['next']>, view: DataView): Rest | undefined {
  try {
    switch (next) {
      case 'eth':
        return ethernet(view)
      case 'arp':
        return arp(view)
      case 'ip4':
        return ip4(view)
      case 'ip6':
        return ip6(view)
      default:
        return transport(next, view)
    }
  } catch (reason) {
    // past the end of what is there
    if (reason instanceof RangeError) return undefined
    throw reason
  }
}

const bytesOf = (view: DataView, at: number, length: number): Uint8Array => {
  if (at + length > view.byteLength) throw new RangeError('past the end')
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice()
}
const mac = (view: DataView, at: number): Mac => Mac.read(bytesOf(view, at, 6), 0)
const ipv4 = (view: DataView, at: number): Ipv4 => Ipv4.read(bytesOf(view, at, 4), 0)
const ipv6 = (view: DataView, at: number): Ipv6 => Ipv6.read(bytesOf(view, at, 16), 0)

function byType(type: number): Rest['next'] {
  return (Object.keys(ETHER_TYPES) as (keyof typeof ETHER_TYPES)[]).find((name) => ETHER_TYPES[name] === type)
}

function ethernet(view: DataView): Rest {
  const type = view.getUint16(12)
  return { layer: { layer: 'eth', dst: mac(view, 0), src: mac(view, 6), type }, next: byType(type), from: 14, to: view.byteLength }
}

function arp(view: DataView): Rest | undefined {
  if (view.getUint32(0) !== 0x0001_0800 || view.getUint16(4) !== 0x0604) return undefined
  const layer: Layer = {
    layer: 'arp',
    operation: view.getUint16(6),
    senderMac: mac(view, 8),
    sender: ipv4(view, 14),
    targetMac: mac(view, 18),
    target: ipv4(view, 24),
  }
  return { layer, next: undefined, from: 28, to: view.byteLength }
}

function ip4(view: DataView): Rest | undefined {
  const size = (view.getUint8(0) & 15) * 4
  const length = view.getUint16(2)
  if (view.getUint8(0) >> 4 !== 4 || size < 20 || length < size) return undefined
  const fragment = view.getUint16(6)
  const offset = (fragment & 0x1fff) * 8
  const protocol = view.getUint8(9)
  const layer: Layer = {
    layer: 'ip4',
    src: ipv4(view, 12),
    dst: ipv4(view, 16),
    ttl: view.getUint8(8),
    tos: view.getUint8(1),
    id: view.getUint16(4),
    protocol,
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: offset,
    ...(size > 20 ? { options: bytesOf(view, 20, size - 20) } : {}),
    length,
    checksum: view.getUint16(10),
  }
  // only the first fragment has the transport's header
  return { layer, next: offset > 0 ? undefined : protocol, from: size, to: length }
}

const EXTENSIONS = new Set([0, 43, 44, 60])

function ip6(view: DataView): Rest | undefined {
  const word = view.getUint32(0)
  if (word >>> 28 !== 6) return undefined
  const extensions: Extension[] = []
  let protocol = view.getUint8(6)
  let at = 40
  let later = false
  while (EXTENSIONS.has(protocol) && !later) {
    const size = protocol === 44 ? 8 : (view.getUint8(at + 1) + 1) * 8
    extensions.push({ header: protocol, data: bytesOf(view, at + 2, size - 2) })
    later = protocol === 44 && view.getUint16(at + 2) >>> 3 > 0
    protocol = view.getUint8(at)
    at += size
  }
  const length = view.getUint16(4)
  const layer: Layer = {
    layer: 'ip6',
    src: ipv6(view, 8),
    dst: ipv6(view, 24),
    hopLimit: view.getUint8(7),
    trafficClass: (word >>> 20) & 255,
    flowLabel: word & 0xf_ffff,
    ...(extensions.length > 0 ? { extensions } : {}),
    protocol,
    length,
  }
  return { layer, next: later ? undefined : protocol, from: at, to: 40 + length }
}

function transport(protocol: number, view: DataView): Rest | undefined {
  const to = view.byteLength
  switch (protocol) {
    case PROTOCOLS.tcp: {
      const size = (view.getUint8(12) >> 4) * 4
      if (size < 20) return undefined
      const flags = [...TCP_FLAGS].filter((_, bit) => view.getUint8(13) & (1 << bit)).join('')
      const options = size > 20 ? { options: bytesOf(view, 20, size - 20) } : {}
      const layer: Layer = {
        layer: 'tcp',
        src: view.getUint16(0),
        dst: view.getUint16(2),
        seq: view.getUint32(4),
        ack: view.getUint32(8),
        flags,
        window: view.getUint16(14),
        ...options,
        checksum: view.getUint16(16),
      }
      return { layer, next: undefined, from: size, to }
    }
    case PROTOCOLS.udp: {
      const layer: Layer = {
        layer: 'udp',
        src: view.getUint16(0),
        dst: view.getUint16(2),
        length: view.getUint16(4),
        checksum: view.getUint16(6),
      }
      return { layer, next: tunnelOf(layer.dst), from: 8, to }
    }
    case PROTOCOLS.sctp: {
      const layer: Layer = {
        layer: 'sctp',
        src: view.getUint16(0),
        dst: view.getUint16(2),
        tag: view.getUint32(4),
        checksum: view.getUint32(8),
      }
      return { layer, next: undefined, from: 12, to }
    }
    case PROTOCOLS.icmp:
    case PROTOCOLS.icmp6: {
      const name = protocol === PROTOCOLS.icmp ? 'icmp' : 'icmp6'
      const type = view.getUint8(0)
      const layer: Layer = { layer: name, type, code: view.getUint8(1), rest: view.getUint32(4), checksum: view.getUint16(2) }
      return { layer, next: quoted(name, type), from: 8, to }
    }
    case VXLAN: {
      if (view.getUint8(0) !== 8) return undefined
      return { layer: { layer: 'vxlan', vni: view.getUint32(4) >>> 8 }, next: 'eth', from: 8, to }
    }
    case GENEVE: {
      const size = (view.getUint8(0) & 63) * 4
      const type = view.getUint16(2)
      const options = size > 0 ? { options: bytesOf(view, 8, size) } : {}
      return {
        layer: { layer: 'geneve', vni: view.getUint32(4) >>> 8, ...options },
        next: type === 0x6558 ? 'eth' : byType(type),
        from: 8 + size,
        to,
      }
    }
    default:
      return undefined
  }
}

/** no protocol numbers: those end at 255 */
const [VXLAN, GENEVE] = [1000, 1001]

function tunnelOf(port: number): Rest['next'] {
  return port === VXLAN_PORT ? VXLAN : port === GENEVE_PORT ? GENEVE : undefined
}

/** An error quotes the packet that it is about. Sources: RFC 792, RFC 4443 §2.1. */
function quoted(layer: 'icmp' | 'icmp6', type: number): Rest['next'] {
  if (layer === 'icmp') return [3, 4, 5, 11, 12].includes(type) ? 'ip4' : undefined
  return type < 128 ? 'ip6' : undefined
}
