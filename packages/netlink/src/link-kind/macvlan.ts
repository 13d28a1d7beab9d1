import { attribute, attributeSet, hardwareCodec, list, named, u16Codec, u32Codec } from '../wire/index.js'
import { linkKind } from './link-kind.js'

/** Source: linux/if_link.h enum macvlan_mode, IFLA_MACVLAN_*. */
export const macvlanData = attributeSet({
  mode: attribute(1, named({ private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 }, u32Codec())),
  flags: attribute(2, u16Codec()),
  macAddressMode: attribute(3, named({ add: 0, del: 1, flush: 2, set: 3 }, u32Codec())),
  macAddress: attribute(4, hardwareCodec()),
  macAddresses: attribute(5, list(4, hardwareCodec())),
  macAddressCount: attribute(6, u32Codec()),
  broadcastQueueLength: attribute(7, u32Codec()),
  broadcastQueueLengthUsed: attribute(8, u32Codec()),
})

/** Virtual Ethernet devices with MACs of their own on one parent (`link`). */
export const macvlan = linkKind({ kind: 'macvlan', data: macvlanData, since: '3.0', config: 'CONFIG_MACVLAN' })
