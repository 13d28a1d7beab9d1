import { linkKind } from './link-kind.js'

/** A device that swallows what it is sent; for addresses that belong to no wire. Source: drivers/net/dummy.c. */
export const dummy = linkKind({ kind: 'dummy', data: undefined, since: '3.0', config: 'CONFIG_DUMMY' })

/** The intermediate functional block: a queue for traffic redirected to it. Source: drivers/net/ifb.c. */
export const ifb = linkKind({ kind: 'ifb', data: undefined, since: '3.0', config: 'CONFIG_IFB' })

/** A WireGuard tunnel; only the link: keys and peers are configured through generic netlink. Source: linux/wireguard.h. */
export const wireguard = linkKind({ kind: 'wireguard', data: undefined, since: '5.6', config: 'CONFIG_WIREGUARD' })
