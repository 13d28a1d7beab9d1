import {
  attribute,
  attributeSet,
  boolCodec,
  flagCodec,
  ipv4Codec,
  ipv6Codec,
  named,
  u8Codec,
  u16beCodec,
  u16Codec,
  u32beCodec,
  u32Codec,
} from '../wire/index.js'
import { linkKind } from './link-kind.js'

const protocol = named({ any: 0, ipip: 4, ipv6: 41, mpls: 137 }, u8Codec())

/** IPv4 in IPv4 (RFC 2003), to one peer or by metadata. Source: linux/if_tunnel.h IFLA_IPTUN_*. */
export const ipipData = attributeSet({
  link: attribute(1, u32Codec()),
  local: attribute(2, ipv4Codec()),
  remote: attribute(3, ipv4Codec()),
  ttl: attribute(4, u8Codec()),
  tos: attribute(5, u8Codec()),
  flags: attribute(8, u16Codec()),
  protocol: attribute(9, protocol),
  pmtuDiscovery: attribute(10, boolCodec()),
  encapType: attribute(15, u16Codec()),
  encapFlags: attribute(16, u16Codec()),
  encapSourcePort: attribute(17, u16beCodec()),
  encapDestinationPort: attribute(18, u16beCodec()),
  collectMetadata: attribute(19, flagCodec()),
  fwmark: attribute(20, u32Codec()),
})

export const ipip = linkKind({ kind: 'ipip', data: ipipData, since: '3.9', config: 'CONFIG_NET_IPIP' })

/** IPv4 or IPv6 in IPv6 (RFC 2473). Source: linux/if_tunnel.h IFLA_IPTUN_*. */
export const ip6tnlData = attributeSet({
  link: attribute(1, u32Codec()),
  local: attribute(2, ipv6Codec()),
  remote: attribute(3, ipv6Codec()),
  ttl: attribute(4, u8Codec()),
  encapLimit: attribute(6, u8Codec()),
  flowInfo: attribute(7, u32beCodec()),
  flags: attribute(8, u32Codec()),
  protocol: attribute(9, protocol),
  encapType: attribute(15, u16Codec()),
  encapFlags: attribute(16, u16Codec()),
  encapSourcePort: attribute(17, u16beCodec()),
  encapDestinationPort: attribute(18, u16beCodec()),
  collectMetadata: attribute(19, flagCodec()),
  fwmark: attribute(20, u32Codec()),
})

export const ip6tnl = linkKind({ kind: 'ip6tnl', data: ip6tnlData, since: '3.9', config: 'CONFIG_IPV6_TUNNEL' })
