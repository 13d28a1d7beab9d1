import {
  attribute,
  attributeSet,
  boolCodec,
  flagCodec,
  ipv4Codec,
  ipv6Codec,
  named,
  struct,
  u8Codec,
  u16beCodec,
  u32beCodec,
  u32Codec,
} from '../wire/index.js'
import { linkKind } from './link-kind.js'

/** What the outer header's don't-fragment bit is. Source: linux/if_link.h enum ifla_vxlan_df, ifla_geneve_df. */
export const dontFragment = named({ unset: 0, set: 1, inherit: 2 }, u8Codec())

/**
 * A VXLAN tunnel (RFC 7348): to a fixed peer (`remote`), to a multicast group (`group`), to what the forwarding table says (neither),
 * or to what each packet's metadata says (`collectMetadata`). Source: linux/if_link.h IFLA_VXLAN_*.
 */
export const vxlanData = attributeSet({
  vni: attribute(1, u32Codec(0xff_ffff)),
  group: attribute(2, ipv4Codec()),
  link: attribute(3, u32Codec()),
  local: attribute(4, ipv4Codec()),
  ttl: attribute(5, u8Codec()),
  tos: attribute(6, u8Codec()),
  learning: attribute(7, boolCodec()),
  ageing: attribute(8, u32Codec()),
  limit: attribute(9, u32Codec()),
  portRange: attribute(
    10,
    struct([
      ['low', u16beCodec(), 2],
      ['high', u16beCodec(), 2],
    ]),
  ),
  proxy: attribute(11, boolCodec()),
  rsc: attribute(12, boolCodec()),
  l2miss: attribute(13, boolCodec()),
  l3miss: attribute(14, boolCodec()),
  port: attribute(15, u16beCodec()),
  group6: attribute(16, ipv6Codec()),
  local6: attribute(17, ipv6Codec()),
  udpChecksum: attribute(18, boolCodec()),
  udpZeroChecksum6Tx: attribute(19, boolCodec()),
  udpZeroChecksum6Rx: attribute(20, boolCodec()),
  remoteChecksumTx: attribute(21, boolCodec()),
  remoteChecksumRx: attribute(22, boolCodec()),
  gbp: attribute(23, flagCodec()),
  remoteChecksumNoPartial: attribute(24, flagCodec()),
  collectMetadata: attribute(25, boolCodec()),
  flowLabel: attribute(26, u32beCodec(0xf_ffff)),
  gpe: attribute(27, flagCodec()),
  ttlInherit: attribute(28, flagCodec()),
  df: attribute(29, dontFragment),
  vniFilter: attribute(30, boolCodec()),
  localBypass: attribute(31, boolCodec()),
})

export const vxlan = linkKind({ kind: 'vxlan', data: vxlanData, since: '3.7', config: 'CONFIG_VXLAN' })
