import { attribute, attributeSet, hardwareCodec, named, u8Codec, u16Codec, u32Codec } from '../wire/index.js'
import { linkKind } from './link-kind.js'

/** Times in milliseconds. Source: linux/if_link.h IFLA_BOND_*, linux/if_bonding.h. */
export const bondData = attributeSet({
  mode: attribute(
    1,
    named(
      { 'balance-rr': 0, 'active-backup': 1, 'balance-xor': 2, broadcast: 3, '802.3ad': 4, 'balance-tlb': 5, 'balance-alb': 6 },
      u8Codec(),
    ),
  ),
  activeSlave: attribute(2, u32Codec()),
  miimon: attribute(3, u32Codec()),
  upDelay: attribute(4, u32Codec()),
  downDelay: attribute(5, u32Codec()),
  useCarrier: attribute(6, u8Codec()),
  primary: attribute(11, u32Codec()),
  transmitHashPolicy: attribute(
    14,
    named({ layer2: 0, 'layer3+4': 1, 'layer2+3': 2, 'encap2+3': 3, 'encap3+4': 4, 'vlan+srcmac': 5 }, u8Codec()),
  ),
  minLinks: attribute(18, u32Codec()),
})

export const bondSlaveData = attributeSet({
  state: attribute(1, u8Codec()),
  miiStatus: attribute(2, u8Codec()),
  linkFailureCount: attribute(3, u32Codec()),
  permanentAddress: attribute(4, hardwareCodec()),
  queueId: attribute(5, u16Codec()),
})

export const bond = linkKind({ kind: 'bond', data: bondData, slaveData: bondSlaveData, since: '3.13', config: 'CONFIG_BONDING' })
