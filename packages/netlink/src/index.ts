export type { CallOptions } from './client/call.js'
export { type LinkFilter, Links } from './client/links.js'
export { Addresses, Fdb, Netlink, type NetlinkOptions, NetnsIds, Routes } from './client/netlink.js'
export { Table } from './client/table.js'
export type {
  BatchFailed,
  DriverMissing,
  Exists,
  Interrupted,
  KernelWords,
  Missing,
  NetlinkError,
  Overrun,
  Refused,
  RequestError,
} from './errors.js'
export { netlinkFeatures } from './features.js'
export { type LinkKindInput, type LinkKindName, type LinkKindValue, linkKinds } from './link-kind/index.js'
export {
  type HtbClassOptions,
  type HtbOptions,
  type QdiscKindInput,
  type QdiscKindName,
  qdiscKinds,
  type TbfOptions,
} from './qdisc-kind/index.js'
export type { Address, AddressSpec } from './route/address.js'
export type { IfExists, OperState, Protocol, RouteType, RuleAction, Scope, Table as RoutingTable } from './route/constant.js'
export type { EncapInput } from './route/encap.js'
export type { Link, LinkChange, LinkReference, LinkSettings, LinkSpec, XdpSetting } from './route/link.js'
export type { FdbEntry, FdbSpec, Neighbour, NeighbourSpec, NeighbourState } from './route/neighbour.js'
export type { NamespaceReference } from './route/nsid.js'
export type { EncapView, Nexthop, NexthopView, Route, RouteFilter, RouteSpec, WeightedNexthop } from './route/route.js'
export type { Rule, RuleSpec } from './route/rule.js'
export {
  type Filter,
  type FilterPlace,
  type FilterSpec,
  formatTcHandle,
  type Qdisc,
  type QdiscSpec,
  type TcClassSpec,
  type TcHandle,
  type TcStatistics,
} from './route/tc.js'
export type { ConnectionError } from './transport/index.js'
export { type Watch, type WatchChange, type WatchEvent, type Watched, type WatchOptions, watch } from './watch/watch.js'
export type { Malformed, UnknownAttributes } from './wire/index.js'
