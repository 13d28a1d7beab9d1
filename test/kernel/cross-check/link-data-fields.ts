import { be16, byte, type Field, hex, hexNumber, macHex, textHex, u32, yes } from './field.js'

const port = (name: string, row: string, peer: string): Field<any> => ({
  name,
  ours: (d) => d[name],
  peer: (p) => (Buffer.isBuffer(p[peer]) ? yes(byte(p[peer])) : yes(p[peer])),
  ip: (r) => yes(r[row]),
})
const wide = (name: string, row: string, peer: string): Field<any> => ({
  name,
  ours: (d) => Number(d[name]),
  peer: (p) =>
    Number(
      p[peer]?.length === 8
        ? p[peer].readBigUInt64LE()
        : p[peer]?.length === 4
          ? u32(p[peer])
          : p[peer]?.length === 2
            ? p[peer].readUInt16LE()
            : byte(p[peer]),
    ),
  ip: (r) => Number(r[row]),
})
const bridgeId = (text: string): string =>
  text
    .replace('.', ':')
    .split(':')
    .map((part, at) => part.padStart(at === 0 ? 4 : 2, '0'))
    .join('')

/** `linkinfo.data`, by kind. */
export const dataFields: Readonly<Record<string, readonly Field<any>[]>> = {
  vxlan: [
    { name: 'vni', ours: (d) => d.vni, peer: (p) => p.id, ip: (r) => r.id },
    { name: 'group', ours: (d) => hex(d.group), peer: (p) => hex(p.group), ip: (r) => textHex(r.remote ?? r.group) },
    { name: 'local', ours: (d) => hex(d.local), peer: (p) => hex(p.local), ip: (r) => textHex(r.local) },
    { name: 'ttl', ours: (d) => d.ttl, peer: (p) => p.ttl, ip: (r) => r.ttl },
    { name: 'tos', ours: (d) => d.tos, peer: (p) => p.tos, ip: (r) => hexNumber(r.tos) ?? 0 },
    { name: 'port', ours: (d) => d.port, peer: (p) => be16(p.port), ip: (r) => r.port },
    { name: 'ageing', ours: (d) => d.ageing, peer: (p) => p.ageing, ip: (r) => r.ageing },
    { name: 'limit', ours: (d) => d.limit, peer: (p) => p.limit },
    { name: 'flowLabel', ours: (d) => d.flowLabel, peer: (p) => p.label },
    {
      name: 'portRange',
      ours: (d) => `${d.portRange.low}-${d.portRange.high}`,
      peer: (p) => `${p.portRange.readUInt16BE(0)}-${p.portRange.readUInt16BE(2)}`,
      ip: (r) => `${r.port_range.low}-${r.port_range.high}`,
    },
    { name: 'df', ours: (d) => d.df, peer: (p) => ['unset', 'set', 'inherit'][byte(p.df) ?? 9], ip: (r) => r.df },
    { name: 'collectMetadata', ours: (d) => d.collectMetadata, peer: (p) => yes(p.collectMetadata), ip: (r) => r.external ?? false },
    port('learning', 'learning', 'learning'),
    port('udpChecksum', 'udp_csum', 'udpCsum'),
    port('udpZeroChecksum6Tx', 'udp_zero_csum6_tx', 'udpZeroCsum6Tx'),
    port('udpZeroChecksum6Rx', 'udp_zero_csum6_rx', 'udpZeroCsum6Rx'),
    ...(['proxy', 'rsc', 'l2miss', 'l3miss'] as const).map(
      (name): Field<any> => ({ name, ours: (d) => d[name], peer: (p) => yes(p[name]), ip: (r) => r[name] ?? false }),
    ),
  ],
  bridge: [
    wide('forwardDelay', 'forward_delay', 'forwardDelay'),
    wide('helloTime', 'hello_time', 'helloTime'),
    wide('maxAge', 'max_age', 'maxAge'),
    wide('ageingTime', 'ageing_time', 'ageingTime'),
    wide('stpState', 'stp_state', 'stpState'),
    wide('priority', 'priority', 'priority'),
    wide('rootPort', 'root_port', 'rootPort'),
    wide('rootPathCost', 'root_path_cost', 'rootPathCost'),
    wide('multicastRouter', 'mcast_router', 'mcastRouter'),
    wide('multicastHashMax', 'mcast_hash_max', 'mcastHashMax'),
    wide('multicastHashElasticity', 'mcast_hash_elasticity', 'mcastHashElasticity'),
    wide('multicastLastMemberCount', 'mcast_last_member_cnt', 'mcastLastMemberCnt'),
    wide('multicastStartupQueryCount', 'mcast_startup_query_cnt', 'mcastStartupQueryCnt'),
    wide('multicastMembershipInterval', 'mcast_membership_intvl', 'mcastMembershipIntvl'),
    wide('multicastQuerierInterval', 'mcast_querier_intvl', 'mcastQuerierIntvl'),
    wide('multicastQueryInterval', 'mcast_query_intvl', 'mcastQueryIntvl'),
    wide('multicastIgmpVersion', 'mcast_igmp_version', 'mcastIgmpVersion'),
    wide('multicastMldVersion', 'mcast_mld_version', 'mcastMldVersion'),
    port('vlanFiltering', 'vlan_filtering', 'vlanFiltering'),
    port('multicastSnooping', 'mcast_snooping', 'mcastSnooping'),
    port('multicastQuerier', 'mcast_querier', 'mcastQuerier'),
    port('multicastStatsEnabled', 'mcast_stats_enabled', 'mcastStatsEnabled'),
    port('nfCallIptables', 'nf_call_iptables', 'nfCallIptables'),
    {
      name: 'groupFwdMask',
      ours: (d) => d.groupFwdMask,
      peer: (p) => p.groupFwdMask?.readUInt16LE(),
      ip: (r) => Number.parseInt(r.group_fwd_mask, 16),
    },
    { name: 'groupAddress', ours: (d) => hex(d.groupAddress), peer: (p) => hex(p.groupAddr), ip: (r) => macHex(r.group_addr) },
    { name: 'bridgeId', ours: (d) => hex(d.bridgeId), peer: (p) => hex(p.bridgeId), ip: (r) => bridgeId(r.bridge_id) },
    { name: 'rootId', ours: (d) => hex(d.rootId), peer: (p) => hex(p.rootId), ip: (r) => bridgeId(r.root_id) },
  ],
  macvlan: [
    {
      name: 'mode',
      ours: (d) => d.mode,
      peer: (p) => ({ 1: 'private', 2: 'vepa', 4: 'bridge', 8: 'passthru', 16: 'source' })[p.mode as number],
      ip: (r) => r.mode,
    },
  ],
}

const states = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

/** `linkinfo.slaveData` of a bridge's port. */
export const portFields: readonly Field<any>[] = [
  { name: 'state', ours: (d) => states[d.state], peer: (p) => states[p.state], ip: (r) => r.state },
  { name: 'priority', ours: (d) => d.priority, peer: (p) => p.priority, ip: (r) => r.priority },
  { name: 'cost', ours: (d) => d.cost, peer: (p) => p.cost, ip: (r) => r.cost },
  { name: 'id', ours: (d) => d.id, peer: (p) => p.id.readUInt16LE(), ip: (r) => hexNumber(r.id) },
  { name: 'number', ours: (d) => d.number, peer: (p) => p.no.readUInt16LE(), ip: (r) => hexNumber(r.no) },
  { name: 'designatedPort', ours: (d) => d.designatedPort, peer: (p) => p.designatedPort.readUInt16LE(), ip: (r) => r.designated_port },
  { name: 'bridgeId', ours: (d) => hex(d.bridgeId), peer: (p) => hex(p.bridgeId), ip: (r) => bridgeId(r.bridge_id) },
  port('hairpin', 'hairpin', 'mode'),
  port('guard', 'guard', 'guard'),
  port('rootBlock', 'root_block', 'protect'),
  port('fastLeave', 'fastleave', 'fastLeave'),
  port('learning', 'learning', 'learning'),
  port('flood', 'flood', 'unicastFlood'),
  port('proxyArp', 'proxy_arp', 'proxyarp'),
  port('multicastFlood', 'mcast_flood', 'mcastFlood'),
  port('broadcastFlood', 'bcast_flood', 'bcastFlood'),
  port('multicastToUnicast', 'mcast_to_unicast', 'mcastToUcast'),
  port('neighbourSuppression', 'neigh_suppress', 'neighSuppress'),
  port('isolated', 'isolated', 'isolated'),
  { name: 'locked', ours: (d) => d.locked, ip: (r) => r.locked },
]
