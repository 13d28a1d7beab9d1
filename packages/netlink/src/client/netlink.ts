import { Err, type Netns, Ok, type Result, type Sys } from '@axoneme/sys'
import { linux, type Unavailable } from '@axoneme/sys/linux'
import type { NetlinkError } from '../errors.js'
import {
  type Address,
  type AddressMessage,
  type AddressSpec,
  addAddress,
  addressView,
  deleteAddress,
  listAddresses,
} from '../route/address.js'
import {
  addFdbEntry,
  addNeighbour,
  deleteFdbEntry,
  deleteNeighbour,
  type FdbEntry,
  type FdbSpec,
  fdbView,
  listFdb,
  listNeighbours,
  type Neighbour,
  type NeighbourFilter,
  type NeighbourMessage,
  type NeighbourSpec,
  neighbourView,
} from '../route/neighbour.js'
import { assignNsid, getNsid, listNsids, type NamespaceReference, type NsidMessage } from '../route/nsid.js'
import {
  addRoute,
  deleteRoute,
  listRoutes,
  lookUpRoute,
  type Route,
  type RouteFilter,
  type RouteMessage,
  type RouteSpec,
  routeView,
} from '../route/route.js'
import { addRule, deleteRule, listRules, type Rule, type RuleMessage, type RuleSpec, ruleView } from '../route/rule.js'
import {
  addClass,
  addFilter,
  addQdisc,
  classView,
  deleteClass,
  deleteFilter,
  deleteQdisc,
  type Filter,
  type FilterPlace,
  type FilterSpec,
  filterView,
  listClasses,
  listFilters,
  listQdiscs,
  type Qdisc,
  type QdiscSpec,
  qdiscView,
  type TcClassSpec,
  type TcHandle,
  type TcMessage,
} from '../route/tc.js'
import { type ConnectionError, openConnection, Session } from '../transport/index.js'
import { type ByName, built, type CallOptions, call, indexOf } from './call.js'
import { Links } from './links.js'
import { Table } from './table.js'

type Append = 'refuse' | 'replace' | 'append'

/** The addresses of a namespace's links. */
export class Addresses extends Table<
  AddressSpec,
  AddressSpec,
  Address,
  { readonly family?: 4 | 6 | undefined; readonly link?: number | undefined },
  AddressMessage
> {}

/** The routes of a namespace. */
export class Routes extends Table<RouteSpec, RouteSpec, Route, RouteFilter, RouteMessage, Append> {
  /**
   * Adds another route to the same destination behind those that are there (IPv6: another way).
   *
   * @errors input.invalid · netlink.exists · netlink.missing · permission.denied · netlink.refused
   */
  async append(spec: ByName<RouteSpec>, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    return this.put(spec, 'append', options)
  }

  /**
   * Which route a packet to a destination takes; undefined when none leads there.
   *
   * @errors input.invalid · netlink.refused
   */
  async lookUp(
    destination: Parameters<typeof lookUpRoute>[0],
    from: Parameters<typeof lookUpRoute>[1] = {},
    options?: CallOptions,
  ): Promise<Result<Route | undefined, NetlinkError>> {
    const request = built(() => lookUpRoute(destination, from))
    if (request.isErr()) return Err(request.error)
    const asked = await this.session.ask<RouteMessage>(request.value, options)
    if (asked.isErr()) {
      const unreachable = asked.error.code === 'netlink.refused' && asked.error.errnoName === 'ENETUNREACH'
      return unreachable ? Ok(undefined) : Err(asked.error)
    }
    return Ok(asked.value === undefined ? undefined : routeView(asked.value))
  }
}

/** The forwarding tables of bridges and tunnels. */
export class Fdb extends Table<
  FdbSpec,
  FdbSpec,
  FdbEntry,
  { readonly link?: number | undefined; readonly master?: number | undefined },
  NeighbourMessage,
  Append
> {
  /**
   * Adds another remote end for a hardware address that is there: a tunnel's flooding list.
   *
   * @errors input.invalid · netlink.exists · netlink.missing · permission.denied · netlink.refused
   */
  async append(spec: ByName<FdbSpec>, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    return this.put(spec, 'append', options)
  }
}

/** The ids by which a namespace knows others. */
export class NetnsIds {
  constructor(private readonly session: Session) {}

  /**
   * Gives a namespace an id here; -1 lets the kernel choose.
   *
   * @errors input.invalid · netlink.exists · permission.denied · netlink.refused
   */
  async assign(namespace: NamespaceReference, nsid: number, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    return call(this.session, () => assignNsid(namespace, nsid), options)
  }

  /**
   * The id of a namespace here; undefined when it has none.
   *
   * @errors netlink.refused · sys.failed
   */
  async get(namespace: NamespaceReference, options?: CallOptions): Promise<Result<number | undefined, NetlinkError>> {
    const asked = await this.session.ask<NsidMessage>(getNsid(namespace), options)
    if (asked.isErr()) return Err(asked.error)
    const nsid = asked.value?.attributes.nsid
    return Ok(nsid === undefined || nsid < 0 ? undefined : nsid)
  }

  /**
   * All ids given here.
   *
   * @errors netlink.interrupted · netlink.malformed · sys.failed
   */
  async list(options?: CallOptions): Promise<Result<number[], NetlinkError>> {
    return this.session.list<NsidMessage, number>(listNsids(), (message) => message.attributes.nsid, options)
  }
}

export interface NetlinkOptions {
  /** absent: the namespace of this process */
  readonly netns?: Netns | undefined
  /** absent: this host's kernel */
  readonly sys?: Sys | undefined
}

/**
 * A client of rtnetlink in one network namespace: one socket, opened there, used from anywhere. Calls are carried out in
 * the order in which they are made.
 *
 * @lifetime until `close()`; what it made in the kernel stays
 * @source rtnetlink(7), linux/rtnetlink.h
 */
export class Netlink {
  readonly links: Links
  readonly addresses: Addresses
  readonly routes: Routes
  readonly rules: Table<RuleSpec, RuleSpec, Rule, { readonly family?: 4 | 6 | undefined }, RuleMessage>
  readonly neighbours: Table<NeighbourSpec, Pick<NeighbourSpec, 'link' | 'address' | 'proxy'>, Neighbour, NeighbourFilter, NeighbourMessage>
  readonly fdb: Fdb
  readonly qdiscs: Table<
    QdiscSpec,
    { readonly link: number; readonly parent?: TcHandle | undefined; readonly handle?: TcHandle | undefined },
    Qdisc,
    { readonly link?: number | undefined },
    TcMessage
  >
  readonly classes: Table<TcClassSpec, { readonly link: number; readonly handle: TcHandle }, Qdisc, { readonly link: number }, TcMessage>
  readonly filters: Table<
    FilterSpec,
    {
      readonly link: number
      readonly at: FilterPlace
      readonly priority?: number | undefined
      readonly handle?: number | undefined
      readonly protocol?: number | undefined
    },
    Filter,
    { readonly link: number; readonly at: FilterPlace },
    TcMessage
  >
  readonly netnsIds: NetnsIds

  private constructor(private readonly session: Session) {
    this.links = new Links(session)
    this.addresses = new Addresses(session, {
      add: addAddress,
      remove: deleteAddress,
      list: listAddresses,
      view: addressView,
    })
    this.routes = new Routes(session, {
      add: addRoute,
      remove: deleteRoute,
      list: listRoutes,
      view: routeView,
    })
    this.rules = new Table(session, { add: addRule, remove: deleteRule, list: listRules, view: ruleView })
    this.neighbours = new Table(session, {
      add: addNeighbour,
      remove: deleteNeighbour,
      list: listNeighbours,
      view: neighbourView,
      // a kernel may answer proxy entries with all others
      keeps: (neighbour, { proxy = false }: NeighbourFilter) => neighbour.proxy === proxy,
    })
    this.fdb = new Fdb(session, { add: addFdbEntry, remove: deleteFdbEntry, list: listFdb, view: fdbView })
    this.qdiscs = new Table(session, {
      add: addQdisc,
      remove: deleteQdisc,
      list: ({ link }) => listQdiscs(link),
      view: qdiscView,
      keeps: (qdisc, { link }) => link === undefined || qdisc.link === link,
    })
    this.classes = new Table(session, { add: addClass, remove: deleteClass, list: ({ link }) => listClasses(link), view: classView })
    this.filters = new Table(session, { add: addFilter, remove: deleteFilter, list: listFilters, view: filterView })
    this.netnsIds = new NetnsIds(session)
  }

  /**
   * Opens a client in a namespace.
   *
   * @errors sys.unavailable · netns.missing · permission.denied (CAP_SYS_ADMIN, to enter another namespace) · sys.failed · sys.closed
   */
  static open(options: NetlinkOptions = {}): Result<Netlink, ConnectionError | Unavailable> {
    const sys = options.sys === undefined ? linux() : Ok(options.sys)
    if (sys.isErr()) return Err(sys.error)
    const connection = openConnection(sys.value, options.netns)
    return connection.isErr() ? Err(connection.error) : Ok(new Netlink(new Session(connection.value)))
  }

  /**
   * The index of a link by its name.
   *
   * @errors input.invalid · netlink.missing · sys.failed
   */
  indexOf(link: string, options?: CallOptions): Promise<Result<number, NetlinkError>> {
    return indexOf(this.session, link, options)
  }

  /** Closes the socket; calls under way and later ones answer sys.closed. */
  close(): void {
    this.session.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}
