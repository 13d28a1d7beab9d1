import { attribute, attributeSet, list, struct, u16beCodec, u16Codec, u32Codec } from '../wire/index.js'
import { linkKind } from './link-kind.js'

/** `value` is the bits that are set, `mask` those that the request is about. Source: linux/if_link.h ifla_vlan_flags. */
const flags = struct([
  ['value', u32Codec(), 4],
  ['mask', u32Codec(), 4],
])
const mapping = struct([
  ['from', u32Codec(), 4],
  ['to', u32Codec(), 4],
])

/** An IEEE 802.1Q VLAN on top of `link`. Source: linux/if_link.h IFLA_VLAN_*. */
export const vlanData = attributeSet({
  id: attribute(1, u16Codec(4094)),
  flags: attribute(2, flags),
  egressQos: attribute(3, list(1, mapping)),
  ingressQos: attribute(4, list(1, mapping)),
  protocol: attribute(5, u16beCodec()),
})

export const vlan = linkKind({ kind: 'vlan', data: vlanData, since: '3.0', config: 'CONFIG_VLAN_8021Q', needs: ['id'] })
