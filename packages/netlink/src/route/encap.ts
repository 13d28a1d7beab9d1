import { Ipv6 } from '@axoneme/sys'
import {
  attribute,
  attributeSet,
  bytesCodec,
  type Codec,
  chosen,
  InputFault,
  type InputsOf,
  ipv4Codec,
  ipv6Codec,
  irregular,
  s32Codec,
  textCodec,
  u8Codec,
  u16beCodec,
  u32Codec,
  u64,
  type ValuesOf,
  WireFault,
} from '../wire/index.js'

/** Source: linux/lwtunnel.h enum lwtunnel_encap_types. */
export const encapTypes = { mpls: 1, ip: 2, ila: 3, ip6: 4, seg6: 5, bpf: 6, 'seg6-local': 7, rpl: 8, ioam6: 9, xfrm: 10 } as const

/** A tunnel's key: 64 bits, big-endian. */
const key: Codec<bigint, bigint | number> = {
  read(bytes, start, end) {
    if (end - start !== 8) throw new WireFault(`a tunnel id of ${end - start} bytes`, start)
    const reversed = bytes.slice(start, end).reverse()
    return u64(reversed, 0)
  },
  write(out, value) {
    const wide = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
    if (typeof wide !== 'bigint' || wide < 0n || wide > 0xffff_ffff_ffff_ffffn)
      throw new InputFault(`${String(value)} is not an integer from 0 to 2^64-1`, '', 'Give a bigint, or a number that is a safe integer.')
    for (let shift = 56n; shift >= 0n; shift -= 8n) out.u8(Number((wide >> shift) & 0xffn))
  },
}

/**
 * Tunnel options on a route. They are read, but never sent: the kernel's parser of them ends the machine's networking on
 * kernels built with fortified string functions (seen on 6.18: `ip_tun_build_state` dies holding the rtnl lock).
 */
const neverSent: Codec<Uint8Array> = {
  read: bytesCodec().read,
  write() {
    throw new InputFault(
      'tunnel options on a route are not sent',
      '',
      'Kernels exist whose networking stops for good when given them; set them from a program (bpf_skb_set_tunnel_opt).',
    )
  },
}

/** Source: linux/lwtunnel.h LWTUNNEL_IP_*. */
const ip = attributeSet({
  id: attribute(1, key),
  destination: attribute(2, ipv4Codec()),
  source: attribute(3, ipv4Codec()),
  ttl: attribute(4, u8Codec()),
  tos: attribute(5, u8Codec()),
  flags: attribute(6, u16beCodec()),
  options: attribute(8, neverSent),
})

/** Source: linux/lwtunnel.h LWTUNNEL_IP6_*. */
const ip6 = attributeSet({
  id: attribute(1, key),
  destination: attribute(2, ipv6Codec()),
  source: attribute(3, ipv6Codec()),
  hopLimit: attribute(4, u8Codec()),
  trafficClass: attribute(5, u8Codec()),
  flags: attribute(6, u16beCodec()),
  options: attribute(8, neverSent),
})

/** Source: linux/mpls_iptunnel.h. `destination` is a stack of 4-byte labels. */
const mpls = attributeSet({
  destination: attribute(1, bytesCodec()),
  ttl: attribute(2, u8Codec()),
})

/** Source: linux/lwtunnel.h LWT_BPF_PROG_*. */
const program = attributeSet({
  fd: attribute(1, u32Codec()),
  name: attribute(2, textCodec(255)),
})
const bpf = attributeSet({
  in: attribute(1, program),
  out: attribute(2, program),
  transmit: attribute(3, program),
  transmitHeadroom: attribute(4, u32Codec(256)),
})

const modes = ['inline', 'encap', 'l2encap', 'encap.red', 'l2encap.red'] as const

/** A segment routing header (RFC 8754) and how it is put on. The path's last segment comes first on the wire, as here it comes last. */
export interface Seg6Value {
  readonly mode: (typeof modes)[number] | number
  readonly segments: readonly Ipv6[]
}
export interface Seg6Input {
  readonly mode?: (typeof modes)[number] | number | undefined
  readonly segments: readonly (Ipv6 | string)[]
}

/** struct seg6_iptunnel_encap: an int, then the header. Source: linux/seg6_iptunnel.h, linux/seg6.h. */
const segmentHeader: Codec<Seg6Value, Seg6Input> = {
  read(bytes, start, end, parent) {
    const count = (end - start - 12) / 16
    if (end - start < 12 || !Number.isInteger(count)) throw new WireFault(`a segment routing header of ${end - start} bytes`, start)
    const mode = s32Codec().read(bytes, start, start + 4, parent)
    const segments: Ipv6[] = []
    for (let at = end - 16; at >= start + 12; at -= 16) segments.push(Ipv6.read(bytes, at))
    const regular = [0, count * 2, 4, count - 1, count - 1, 0, 0, 0]
    irregular.met = count === 0 || mode < 0 || regular.some((byte, index) => bytes[start + 4 + index] !== byte)
    return { mode: modes[mode] ?? mode, segments }
  },
  write(out, value) {
    const mode = typeof value.mode === 'number' ? value.mode : modes.indexOf(value.mode ?? 'encap')
    if (!Number.isInteger(mode) || mode < 0 || mode > 0x7fff_ffff)
      throw new InputFault(`"${String(value.mode)}" is not a mode`, 'mode', `Give ${modes.join(', ')}, or the number.`)
    const count = Array.isArray(value.segments) ? value.segments.length : 0
    if (count < 1 || count > 100) throw new InputFault(`${count} segments`, 'segments', 'Give 1 to 100 addresses.')
    out.u32(mode)
    for (const byte of [0, count * 2, 4, count - 1, count - 1, 0, 0, 0]) out.u8(byte)
    for (let index = count - 1; index >= 0; index--) {
      try {
        ipv6Codec().write(out, value.segments[index] as Ipv6 | string, value)
      } catch (reason) {
        if (reason instanceof InputFault) throw reason.under(String(index)).under('segments')
        throw reason
      }
    }
  },
}
const seg6 = attributeSet({ header: attribute(1, segmentHeader) })

const tables = { ip, ip6, mpls, bpf, seg6 } as const
type Tables = typeof tables

/** What is put around a route's packets, by type. */
export type EncapInput = { [K in keyof Tables]: { readonly type: K } & InputsOf<Tables[K]['table']> }[keyof Tables]
export type EncapValue =
  | { [K in keyof Tables]: { readonly type: K; readonly value: ValuesOf<Tables[K]['table']> } }[keyof Tables]
  | { readonly type: string | number; readonly value: Uint8Array }

const byNumber = new Map<number, (typeof tables)[keyof Tables]>(
  Object.entries(tables).map(([name, table]) => [encapTypes[name as keyof Tables], table]),
)

/** RTA_ENCAP: its table is the one that the sibling `encapType` names. */
export const encap: Codec<any, any> = chosen(
  (parent) => byNumber.get((parent as { encapType?: number }).encapType ?? -1) as Codec<any, any> | undefined,
)
