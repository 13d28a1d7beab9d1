import { attribute, attributeSet, boolCodec, named, u16Codec, u32Codec } from '../wire/index.js'
import { linkKind } from './link-kind.js'
import { peerLink } from './peer.js'

/** Source: linux/if_link.h enum netkit_mode, netkit_action, netkit_scrub. */
const mode = named({ l2: 0, l3: 1 }, u32Codec())
const policy = named({ forward: 0, blackhole: 2 }, u32Codec())
const scrub = named({ none: 0, default: 1 }, u32Codec())

/** A pair of devices whose programs run in the peer's namespace. Source: linux/if_link.h IFLA_NETKIT_*. */
export const netkitData = attributeSet({
  peer: attribute(1, peerLink),
  primary: attribute(2, boolCodec()),
  policy: attribute(3, policy),
  peerPolicy: attribute(4, policy),
  mode: attribute(5, mode),
  scrub: attribute(6, scrub),
  peerScrub: attribute(7, scrub),
  headroom: attribute(8, u16Codec()),
  tailroom: attribute(9, u16Codec()),
})

export const netkit = linkKind({ kind: 'netkit', data: netkitData, since: '6.7', config: 'CONFIG_NETKIT' })
