import { attribute, attributeSet, u32Codec } from '../wire/index.js'
import { linkKind } from './link-kind.js'

/** A routing domain of its own: links whose master it is use its table. Source: linux/if_link.h IFLA_VRF_*. */
export const vrf = linkKind({
  kind: 'vrf',
  data: attributeSet({ table: attribute(1, u32Codec()) }),
  slaveData: attributeSet({ table: attribute(1, u32Codec()) }),
  since: '4.3',
  config: 'CONFIG_NET_VRF',
  needs: ['table'],
})
