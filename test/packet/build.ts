import { crc32c, internetChecksum, pseudoHeader } from './checksum.js'
import { ETHER_TYPES, type Ip4, type Ip6, type Layer, PROTOCOLS, type Sctp, TCP_FLAGS, type Tcp, type Udp } from './layers.js'

/** What lies inside a layer, as bytes, and which layer it begins with. */
interface Inner {
  readonly bytes: Uint8Array
  readonly first: Layer | undefined
}

/** The IP header around a transport: for pseudo headers. */
type Around = Ip4 | Ip6 | undefined

/** The frame of these layers, from the outside in. Lengths, types and checksums that are not given are made up as they should be. */
export function frame(...layers: readonly Layer[]): Uint8Array {
  let inner: Inner = { bytes: new Uint8Array(0), first: undefined }
  for (let at = layers.length - 1; at >= 0; at--) {
    const layer = layers[at] as Layer
    const around = layers[at - 1]
    inner = { bytes: build(layer, inner, around?.layer === 'ip4' || around?.layer === 'ip6' ? around : undefined), first: layer }
  }
  return inner.bytes
}

function build(layer: Layer, inner: Inner, around: Around): Uint8Array {
  switch (layer.layer) {
    case 'payload':
      return join(layer.bytes, inner.bytes)
    case 'eth':
      return join(layer.dst.bytes(), layer.src.bytes(), u16(layer.type ?? etherType(inner.first)), inner.bytes)
    case 'arp':
      return join(
        Uint8Array.of(0, 1, 8, 0, 6, 4),
        u16(layer.operation),
        layer.senderMac.bytes(),
        layer.sender.bytes(),
        layer.targetMac.bytes(),
        layer.target.bytes(),
        inner.bytes,
      )
    case 'ip4':
      return ip4(layer, inner)
    case 'ip6':
      return ip6(layer, inner)
    case 'tcp':
      return summed(tcp(layer), 16, inner.bytes, layer.checksum, around, PROTOCOLS.tcp)
    case 'udp':
      return udp(layer, inner, around)
    case 'sctp':
      return sctp(layer, inner.bytes)
    case 'icmp': {
      const bytes = join(Uint8Array.of(layer.type, layer.code ?? 0), u16(0), u32(layer.rest ?? 0), inner.bytes)
      return put16(bytes, 2, layer.checksum ?? internetChecksum(bytes))
    }
    case 'icmp6':
      return summed(
        join(Uint8Array.of(layer.type, layer.code ?? 0), u16(0), u32(layer.rest ?? 0)),
        2,
        inner.bytes,
        layer.checksum,
        around,
        PROTOCOLS.icmp6,
      )
    case 'vxlan':
      return join(u32(0x0800_0000), u32(layer.vni * 256), inner.bytes)
    case 'geneve': {
      const options = layer.options ?? new Uint8Array(0)
      return join(
        Uint8Array.of(options.length / 4, 0),
        u16(inner.first?.layer === 'eth' ? 0x6558 : etherType(inner.first)),
        u32(layer.vni * 256),
        options,
        inner.bytes,
      )
    }
  }
}

function ip4(layer: Ip4, { bytes, first }: Inner): Uint8Array {
  const options = layer.options ?? new Uint8Array(0)
  const size = 20 + options.length
  const fragment =
    (layer.dontFragment === true ? 0x4000 : 0) | (layer.moreFragments === true ? 0x2000 : 0) | ((layer.fragmentOffset ?? 0) / 8)
  const header = join(
    Uint8Array.of(0x40 | (size / 4), layer.tos ?? 0),
    u16(layer.length ?? size + bytes.length),
    u16(layer.id ?? 0),
    u16(fragment),
    Uint8Array.of(layer.ttl ?? 64, layer.protocol ?? protocolOf(first)),
    u16(0),
    layer.src.bytes(),
    layer.dst.bytes(),
    options,
  )
  return join(put16(header, 10, layer.checksum ?? internetChecksum(header)), bytes)
}

function ip6(layer: Ip6, { bytes, first }: Inner): Uint8Array {
  const extensions = layer.extensions ?? []
  const last = layer.protocol ?? protocolOf(first)
  const chain = extensions.map(({ header, data }, at) => {
    const next = extensions[at + 1]?.header ?? last
    // a fragment header has no length; the others count units of eight bytes after the first
    return join(Uint8Array.of(next, header === 44 ? 0 : (data.length + 2) / 8 - 1), data)
  })
  const body = join(...chain, bytes)
  const word = (0x6000_0000 | ((layer.trafficClass ?? 0) << 20) | (layer.flowLabel ?? 0)) >>> 0
  const next = extensions[0]?.header ?? last
  return join(
    u32(word),
    u16(layer.length ?? body.length),
    Uint8Array.of(next, layer.hopLimit ?? 64),
    layer.src.bytes(),
    layer.dst.bytes(),
    body,
  )
}

function tcp({ src, dst, seq = 0, ack = 0, flags = '', window = 65_535, options = new Uint8Array(0) }: Tcp): Uint8Array {
  const bits = [...flags].reduce((all, letter) => all | (1 << TCP_FLAGS.indexOf(letter)), 0)
  return join(u16(src), u16(dst), u32(seq), u32(ack), Uint8Array.of((5 + options.length / 4) << 4, bits), u16(window), u32(0), options)
}

function udp(layer: Udp, { bytes }: Inner, around: Around): Uint8Array {
  const header = join(u16(layer.src), u16(layer.dst), u16(layer.length ?? 8 + bytes.length), u16(0))
  const built = summed(header, 6, bytes, layer.checksum, around, PROTOCOLS.udp)
  // a sum of 0 is written as all ones: 0 says that there is none (RFC 768)
  return layer.checksum === undefined && built[6] === 0 && built[7] === 0 ? put16(built, 6, 0xffff) : built
}

function sctp({ src, dst, tag = 0, checksum }: Sctp, inner: Uint8Array): Uint8Array {
  const bytes = join(u16(src), u16(dst), u32(tag), u32(0), inner)
  bytes.set(u32(checksum ?? crc32c(bytes)), 8)
  return bytes
}

/** A header with its checksum over itself, what it carries, and the pseudo header; none without an IP header around it. */
function summed(
  header: Uint8Array,
  at: number,
  inner: Uint8Array,
  given: number | undefined,
  around: Around,
  protocol: number,
): Uint8Array {
  const bytes = join(header, inner)
  if (given !== undefined) return put16(bytes, at, given)
  if (around === undefined) return bytes
  return put16(bytes, at, internetChecksum(bytes, pseudoHeader(around.src.bytes(), around.dst.bytes(), protocol, bytes.length)))
}

function etherType(first: Layer | undefined): number {
  return first?.layer === 'ip4' || first?.layer === 'ip6' || first?.layer === 'arp' ? ETHER_TYPES[first.layer] : 0xffff
}

/** 59: no next header (RFC 8200 §4.7) */
function protocolOf(first: Layer | undefined): number {
  return first !== undefined && Object.hasOwn(PROTOCOLS, first.layer) ? PROTOCOLS[first.layer as keyof typeof PROTOCOLS] : 59
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

function put16(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes.set(u16(value), at)
  return bytes
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
