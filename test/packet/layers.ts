import type { Ipv4, Ipv6, Mac } from '@axoneme/sys'

/**
 * A frame as its layers, from the outside in. What is absent is made up when the frame is built (lengths, checksums, types) and is there
 * when one is parsed; what is given is put in as it is, wrong as it may be.
 */
export type Layer = Ethernet | Arp | Ip4 | Ip6 | Tcp | Udp | Sctp | Icmp | Icmp6 | Vxlan | Geneve | Payload

/** IEEE 802.3 */
export interface Ethernet {
  readonly layer: 'eth'
  readonly dst: Mac
  readonly src: Mac
  readonly type?: number
}

/** RFC 826, for Ethernet and IPv4 */
export interface Arp {
  readonly layer: 'arp'
  /** 1 request, 2 reply */
  readonly operation: number
  readonly senderMac: Mac
  readonly sender: Ipv4
  readonly targetMac: Mac
  readonly target: Ipv4
}

/** RFC 791 */
export interface Ip4 {
  readonly layer: 'ip4'
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly ttl?: number
  readonly tos?: number
  readonly id?: number
  readonly protocol?: number
  readonly dontFragment?: boolean
  readonly moreFragments?: boolean
  /** in bytes, a multiple of 8 */
  readonly fragmentOffset?: number
  /** a multiple of 4 bytes */
  readonly options?: Uint8Array
  /** of header and payload */
  readonly length?: number
  readonly checksum?: number
}

/** An extension header: its own number stands in the header before it. RFC 8200 §4. */
export interface Extension {
  /** 0 hop-by-hop, 43 routing, 44 fragment, 60 destination options */
  readonly header: number
  /** without the two bytes at the front (a fragment header: without the next header and the reserved byte) */
  readonly data: Uint8Array
}

/** RFC 8200 */
export interface Ip6 {
  readonly layer: 'ip6'
  readonly src: Ipv6
  readonly dst: Ipv6
  readonly hopLimit?: number
  readonly trafficClass?: number
  readonly flowLabel?: number
  readonly extensions?: readonly Extension[]
  /** of what follows the extensions */
  readonly protocol?: number
  /** of all that follows the fixed header */
  readonly length?: number
}

/** RFC 9293 */
export interface Tcp {
  readonly layer: 'tcp'
  readonly src: number
  readonly dst: number
  readonly seq?: number
  readonly ack?: number
  /** letters of FSRPAUEC, in any order */
  readonly flags?: string
  readonly window?: number
  /** a multiple of 4 bytes */
  readonly options?: Uint8Array
  readonly checksum?: number
}

/** RFC 768 */
export interface Udp {
  readonly layer: 'udp'
  readonly src: number
  readonly dst: number
  readonly length?: number
  readonly checksum?: number
}

/** RFC 9260: the common header; chunks are payload. Its checksum is CRC32c, over the packet alone. */
export interface Sctp {
  readonly layer: 'sctp'
  readonly src: number
  readonly dst: number
  readonly tag?: number
  readonly checksum?: number
}

/** RFC 792 */
export interface Icmp {
  readonly layer: 'icmp'
  readonly type: number
  readonly code?: number
  /** the four bytes after the checksum: identifier and sequence of an echo, the MTU of "fragmentation needed" */
  readonly rest?: number
  readonly checksum?: number
}

/** RFC 4443; NDP (RFC 4861) has its body in the payload */
export interface Icmp6 {
  readonly layer: 'icmp6'
  readonly type: number
  readonly code?: number
  readonly rest?: number
  readonly checksum?: number
}

/** RFC 7348 */
export interface Vxlan {
  readonly layer: 'vxlan'
  readonly vni: number
}

/** RFC 8926 */
export interface Geneve {
  readonly layer: 'geneve'
  readonly vni: number
  /** a multiple of 4 bytes */
  readonly options?: Uint8Array
}

export interface Payload {
  readonly layer: 'payload'
  readonly bytes: Uint8Array
}

export const VXLAN_PORT = 4789
export const GENEVE_PORT = 6081
export const ETHER_TYPES = { ip4: 0x0800, arp: 0x0806, ip6: 0x86dd } as const
export const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 } as const
/** bits of the TCP header's byte of flags, the lowest first */
export const TCP_FLAGS = 'FSRPAUEC'
