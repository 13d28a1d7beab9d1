import { findLinkKind } from '../link-kind/index.js'
import { linkHeader, linkName } from '../link-kind/peer.js'
import {
  type AttributeSet,
  attribute,
  attributeSet,
  bytesCodec,
  chosen,
  hardwareCodec,
  late,
  list,
  messageKind,
  nest,
  s32Codec,
  struct,
  textCodec,
  u8Codec,
  u32Codec,
  u64Codec,
} from '../wire/index.js'

/** Source: linux/rtnetlink.h. */
export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
/** alternative names */
export const RTM_NEWLINKPROP = 108
export const RTM_DELLINKPROP = 109

const counter = u64Codec()

/** Packets, bytes and errors since the link was made. Source: linux/if_link.h struct rtnl_link_stats64. */
export const linkStatistics = struct(
  [
    ['rxPackets', counter, 8],
    ['txPackets', counter, 8],
    ['rxBytes', counter, 8],
    ['txBytes', counter, 8],
    ['rxErrors', counter, 8],
    ['txErrors', counter, 8],
    ['rxDropped', counter, 8],
    ['txDropped', counter, 8],
    ['multicast', counter, 8],
    ['collisions', counter, 8],
    ['rxLengthErrors', counter, 8],
    ['rxOverErrors', counter, 8],
    ['rxCrcErrors', counter, 8],
    ['rxFrameErrors', counter, 8],
    ['rxFifoErrors', counter, 8],
    ['rxMissedErrors', counter, 8],
    ['txAbortedErrors', counter, 8],
    ['txCarrierErrors', counter, 8],
    ['txFifoErrors', counter, 8],
    ['txHeartbeatErrors', counter, 8],
    ['txWindowErrors', counter, 8],
    ['rxCompressed', counter, 8],
    ['txCompressed', counter, 8],
    ['rxNoHandler', counter, 8],
    ['rxOtherHostDropped', counter, 8],
  ],
  192,
)

/** Source: linux/if_link.h IFLA_XDP_*. */
export const xdpAttributes = attributeSet({
  fd: attribute(1, s32Codec()),
  attached: attribute(2, u8Codec()),
  flags: attribute(3, u32Codec()),
  programId: attribute(4, u32Codec()),
  driverProgramId: attribute(5, u32Codec()),
  genericProgramId: attribute(6, u32Codec()),
  hardwareProgramId: attribute(7, u32Codec()),
  expectedFd: attribute(8, s32Codec()),
})

function kindOf(parent: object, key: 'kind' | 'slaveKind') {
  const name = (parent as Record<string, unknown>)[key]
  return typeof name === 'string' ? findLinkKind(name) : undefined
}

/** Source: linux/if_link.h IFLA_INFO_*. The tables of data are those of the kind. */
export const linkInfoAttributes = attributeSet({
  kind: attribute(1, textCodec(255)),
  data: late(
    attribute(
      2,
      chosen<any, any>((parent) => kindOf(parent, 'kind')?.data),
    ),
  ),
  statistics: attribute(3, bytesCodec()),
  slaveKind: attribute(4, textCodec(255)),
  slaveData: late(
    attribute(
      5,
      chosen<any, any>((parent) => kindOf(parent, 'slaveKind')?.slaveData as AttributeSet | undefined),
    ),
  ),
})

const gsoSize = u32Codec()

/** Source: linux/if_link.h IFLA_*. */
export const linkAttributes = attributeSet({
  address: attribute(1, hardwareCodec()),
  broadcast: attribute(2, hardwareCodec()),
  ifname: attribute(3, linkName),
  mtu: attribute(4, u32Codec(0x7fff_ffff)),
  link: attribute(5, u32Codec()),
  qdisc: attribute(6, textCodec(15)),
  statistics32: attribute(7, bytesCodec()),
  master: attribute(10, u32Codec()),
  txQueueLength: attribute(13, u32Codec()),
  map: attribute(14, bytesCodec()),
  operState: attribute(16, u8Codec()),
  linkMode: attribute(17, u8Codec()),
  linkinfo: attribute(18, linkInfoAttributes),
  netnsPid: attribute(19, u32Codec()),
  alias: attribute(20, textCodec(255)),
  statistics: attribute(23, linkStatistics),
  afSpec: attribute(26, bytesCodec()),
  group: attribute(27, u32Codec()),
  netnsFd: attribute(28, u32Codec()),
  extendedMask: attribute(29, u32Codec()),
  promiscuity: attribute(30, u32Codec()),
  txQueues: attribute(31, u32Codec(4096, 1)),
  rxQueues: attribute(32, u32Codec(4096, 1)),
  carrier: attribute(33, u8Codec(1)),
  carrierChanges: attribute(35, u32Codec()),
  linkNetnsId: attribute(37, s32Codec()),
  protoDown: attribute(39, u8Codec(1)),
  gsoMaxSegments: attribute(40, u32Codec(65535)),
  gsoMaxSize: attribute(41, gsoSize),
  xdp: attribute(43, xdpAttributes),
  event: attribute(44, u32Codec()),
  newNetnsId: attribute(45, s32Codec()),
  targetNetnsId: attribute(46, s32Codec()),
  carrierUpCount: attribute(47, u32Codec()),
  carrierDownCount: attribute(48, u32Codec()),
  newIfindex: attribute(49, s32Codec()),
  minMtu: attribute(50, u32Codec()),
  maxMtu: attribute(51, u32Codec()),
  properties: nest(52, list(53, textCodec(127))),
  altName: attribute(53, textCodec(127)),
  permanentAddress: attribute(54, hardwareCodec()),
  parentDevName: attribute(56, textCodec(255)),
  parentDevBusName: attribute(57, textCodec(255)),
  groMaxSize: attribute(58, gsoSize),
  tsoMaxSize: attribute(59, u32Codec()),
  tsoMaxSegments: attribute(60, u32Codec()),
  allmulti: attribute(61, u32Codec()),
  gsoIpv4MaxSize: attribute(63, gsoSize),
  groIpv4MaxSize: attribute(64, gsoSize),
})

export const linkMessage = messageKind(
  'link',
  { RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK, RTM_NEWLINKPROP, RTM_DELLINKPROP },
  linkHeader,
  linkAttributes,
)
