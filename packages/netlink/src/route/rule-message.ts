import { AF_INET, AF_INET6 } from '@axoneme/sys'
import { attribute, attributeSet, bytesCodec, ipCodec, messageKind, struct, textCodec, u8Codec, u16Codec, u32Codec } from '../wire/index.js'

/** Source: linux/rtnetlink.h, linux/fib_rules.h. */
export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34

const uidRange = struct([
  ['start', u32Codec(), 4],
  ['end', u32Codec(), 4],
])
const portRange = struct([
  ['start', u16Codec(), 2],
  ['end', u16Codec(), 2],
])

export const ruleAttributes = attributeSet({
  destination: attribute(1, ipCodec()),
  source: attribute(2, ipCodec()),
  inputInterface: attribute(3, textCodec(15, 1)),
  goto: attribute(4, u32Codec()),
  priority: attribute(6, u32Codec()),
  fwmark: attribute(10, u32Codec()),
  flow: attribute(11, u32Codec()),
  tunnelId: attribute(12, bytesCodec(8)),
  suppressGroup: attribute(13, u32Codec()),
  suppressPrefixLength: attribute(14, u32Codec()),
  table: attribute(15, u32Codec()),
  fwmask: attribute(16, u32Codec()),
  outputInterface: attribute(17, textCodec(15, 1)),
  l3mdev: attribute(19, u8Codec(1)),
  uidRange: attribute(20, uidRange),
  protocol: attribute(21, u8Codec()),
  ipProtocol: attribute(22, u8Codec()),
  sourcePorts: attribute(23, portRange),
  destinationPorts: attribute(24, portRange),
})

export const ruleMessage = messageKind(
  'rule',
  { RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE },
  struct([
    ['family', u8Codec(), 1],
    ['destinationLength', u8Codec(), 1],
    ['sourceLength', u8Codec(), 1],
    ['tos', u8Codec(), 1],
    ['table', u8Codec(), 1],
    ['_reserved', u16Codec(), 2],
    ['action', u8Codec(), 1],
    ['flags', u32Codec(), 4],
  ]),
  ruleAttributes,
  [0, AF_INET, AF_INET6],
)
