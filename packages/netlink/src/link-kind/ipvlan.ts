import { attribute, attributeSet, named, u16Codec } from '../wire/index.js'
import { linkKind } from './link-kind.js'

/** Devices that share their parent's MAC. Source: linux/if_link.h IFLA_IPVLAN_*. */
export const ipvlanData = attributeSet({
  mode: attribute(1, named({ l2: 0, l3: 1, l3s: 2 }, u16Codec())),
  flags: attribute(2, u16Codec()),
})

export const ipvlan = linkKind({ kind: 'ipvlan', data: ipvlanData, since: '3.19', config: 'CONFIG_IPVLAN' })
