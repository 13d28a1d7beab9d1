import { attribute, attributeSet } from '../wire/index.js'
import { linkKind } from './link-kind.js'
import { peerLink } from './peer.js'

/** A pair of virtual Ethernet devices. Source: linux/veth.h, veth(4). */
export const vethData = attributeSet({
  peer: attribute(1, peerLink),
})

export const veth = linkKind({ kind: 'veth', data: vethData, since: '3.0', config: 'CONFIG_VETH' })
