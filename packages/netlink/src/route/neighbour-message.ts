import { AF_INET, AF_INET6 } from '@axoneme/sys'
import {
  attribute,
  attributeSet,
  bytesCodec,
  hardwareCodec,
  ipCodec,
  messageKind,
  s32Codec,
  struct,
  u8Codec,
  u16beCodec,
  u16Codec,
  u32Codec,
} from '../wire/index.js'

/** Source: linux/rtnetlink.h, linux/neighbour.h. */
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30
/** Source: linux/socket.h. */
export const AF_BRIDGE = 7

/** Ages in hundredths of a second. Source: linux/neighbour.h struct nda_cacheinfo. */
const cacheInfo = struct([
  ['confirmed', u32Codec(), 4],
  ['used', u32Codec(), 4],
  ['updated', u32Codec(), 4],
  ['references', u32Codec(), 4],
])

export const neighbourAttributes = attributeSet({
  destination: attribute(1, ipCodec()),
  hardwareAddress: attribute(2, hardwareCodec()),
  cacheInfo: attribute(3, cacheInfo),
  probes: attribute(4, u32Codec()),
  vlan: attribute(5, u16Codec(4095)),
  port: attribute(6, u16beCodec()),
  vni: attribute(7, u32Codec(0xff_ffff)),
  outputInterface: attribute(8, u32Codec()),
  master: attribute(9, u32Codec()),
  linkNetnsId: attribute(10, s32Codec()),
  sourceVni: attribute(11, u32Codec(0xff_ffff)),
  protocol: attribute(12, u8Codec()),
  nexthopId: attribute(13, u32Codec()),
  fdbExtended: attribute(14, bytesCodec()),
  extendedFlags: attribute(15, u32Codec()),
})

export const neighbourMessage = messageKind(
  'neighbour',
  { RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH },
  struct([
    ['family', u8Codec(), 1],
    ['_pad1', u8Codec(), 1],
    ['_pad2', u16Codec(), 2],
    ['index', s32Codec(), 4],
    ['state', u16Codec(), 2],
    ['flags', u8Codec(), 1],
    ['type', u8Codec(), 1],
  ]),
  neighbourAttributes,
  [0, AF_INET, AF_BRIDGE, AF_INET6],
)
