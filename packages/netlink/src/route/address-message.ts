import { AF_INET, AF_INET6 } from '@axoneme/sys'
import { attribute, attributeSet, ipCodec, messageKind, struct, textCodec, u8Codec, u32Codec } from '../wire/index.js'

/** Source: linux/rtnetlink.h, linux/if_addr.h. */
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22

/** Lifetimes in seconds, 0xffffffff for ever; stamps in hundredths of a second since boot. */
export const addressCacheInfo = struct([
  ['preferred', u32Codec(), 4],
  ['valid', u32Codec(), 4],
  ['created', u32Codec(), 4],
  ['updated', u32Codec(), 4],
])

export const addressAttributes = attributeSet({
  address: attribute(1, ipCodec()),
  local: attribute(2, ipCodec()),
  label: attribute(3, textCodec(15)),
  broadcast: attribute(4, ipCodec()),
  anycast: attribute(5, ipCodec()),
  cacheInfo: attribute(6, addressCacheInfo),
  multicast: attribute(7, ipCodec()),
  flags: attribute(8, u32Codec()),
  routePriority: attribute(9, u32Codec()),
  targetNetnsId: attribute(10, u32Codec()),
  protocol: attribute(11, u8Codec()),
})

export const addressMessage = messageKind(
  'address',
  { RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR },
  struct([
    ['family', u8Codec(), 1],
    ['prefixLength', u8Codec(), 1],
    ['flags', u8Codec(), 1],
    ['scope', u8Codec(), 1],
    ['index', u32Codec(), 4],
  ]),
  addressAttributes,
  [0, AF_INET, AF_INET6],
)
