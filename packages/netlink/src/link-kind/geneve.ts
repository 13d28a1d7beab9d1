import {
  attribute,
  attributeSet,
  boolCodec,
  flagCodec,
  ipv4Codec,
  ipv6Codec,
  u8Codec,
  u16beCodec,
  u32beCodec,
  u32Codec,
} from '../wire/index.js'
import { linkKind } from './link-kind.js'
import { dontFragment } from './vxlan.js'

/** A Geneve tunnel (RFC 8926), to one peer or by metadata. Source: linux/if_link.h IFLA_GENEVE_*. */
export const geneveData = attributeSet({
  vni: attribute(1, u32Codec(0xff_ffff)),
  remote: attribute(2, ipv4Codec()),
  ttl: attribute(3, u8Codec()),
  tos: attribute(4, u8Codec()),
  port: attribute(5, u16beCodec()),
  collectMetadata: attribute(6, flagCodec()),
  remote6: attribute(7, ipv6Codec()),
  udpChecksum: attribute(8, boolCodec()),
  udpZeroChecksum6Tx: attribute(9, boolCodec()),
  udpZeroChecksum6Rx: attribute(10, boolCodec()),
  flowLabel: attribute(11, u32beCodec(0xf_ffff)),
  ttlInherit: attribute(12, boolCodec()),
  df: attribute(13, dontFragment),
  innerProtocolInherit: attribute(14, flagCodec()),
})

export const geneve = linkKind({ kind: 'geneve', data: geneveData, since: '4.2', config: 'CONFIG_GENEVE' })
