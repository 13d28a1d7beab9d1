import { attribute, attributeSet, messageKind, s32Codec, struct, u8Codec, u32Codec } from '../wire/index.js'

/** Source: linux/rtnetlink.h, linux/net_namespace.h. */
export const RTM_NEWNSID = 88
export const RTM_DELNSID = 89
export const RTM_GETNSID = 90

export const nsidMessage = messageKind(
  'nsid',
  { RTM_NEWNSID, RTM_DELNSID, RTM_GETNSID },
  struct([['family', u8Codec(), 1]]),
  attributeSet({
    nsid: attribute(1, s32Codec()),
    pid: attribute(2, u32Codec()),
    fd: attribute(3, u32Codec()),
    targetNsid: attribute(4, s32Codec()),
    currentNsid: attribute(5, s32Codec()),
  }),
)
