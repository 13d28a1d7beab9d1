import { Err, Errno, MSG_DONTWAIT, MSG_TRUNC, type Netns, Ok, type Result, type Sys, sysFailed } from '@axoneme/sys'
import { linux, type Unavailable } from '@axoneme/sys/linux'
import { Netlink } from '../client/netlink.js'
import type { NetlinkError } from '../errors.js'
import { type Address, type AddressMessage, addressView } from '../route/address.js'
import { type Link, type LinkMessage, linkView } from '../route/link.js'
import { messageKindOf } from '../route/message-kinds.js'
import { type FdbEntry, fdbView, type Neighbour, type NeighbourMessage, neighbourView } from '../route/neighbour.js'
import { type Route, type RouteMessage, routeView } from '../route/route.js'
import { type Rule, type RuleMessage, ruleView } from '../route/rule.js'
import { type ConnectionError, openConnection } from '../transport/index.js'
import { frames, NLMSG_HDRLEN, NLMSG_OVERRUN, readMessage, WireFault } from '../wire/index.js'

/** What can be watched, and the kernel's multicast groups for it. Source: linux/rtnetlink.h enum rtnetlink_groups. */
const groups = {
  link: [1],
  neighbour: [3],
  address: [5, 9],
  route: [7, 11],
  rule: [8, 19],
} as const

export type Watched = keyof typeof groups

/** An object was there, was made, changed, or went. */
export type WatchEvent =
  | { readonly type: 'present'; readonly change: WatchChange }
  | { readonly type: 'changed'; readonly change: WatchChange }
  | { readonly type: 'deleted'; readonly change: WatchChange }
  /** events were lost: what follows as `present`, up to the next `synced`, is the whole state anew */
  | { readonly type: 'overrun' }
  /** everything that was there when the list began has been told */
  | { readonly type: 'synced' }

export type WatchChange =
  | { readonly of: 'link'; readonly link: Link }
  | { readonly of: 'address'; readonly address: Address }
  | { readonly of: 'route'; readonly route: Route }
  | { readonly of: 'rule'; readonly rule: Rule }
  | { readonly of: 'neighbour'; readonly neighbour: Neighbour }
  | { readonly of: 'fdb'; readonly entry: FdbEntry }

export interface WatchOptions {
  readonly netns?: Netns | undefined
  readonly sys?: Sys | undefined
  /** ends the iteration; what has arrived before is still told */
  readonly signal?: AbortSignal | undefined
  /** tell what is there first, and `synced` (absent: yes) */
  readonly initial?: boolean | undefined
}

/** An ongoing watch: iterate it once. Ends by its signal, by `break`, or after an error, which is the last thing told. */
export interface Watch extends AsyncIterable<Result<WatchEvent, NetlinkError>> {
  close(): void
}

/**
 * Watches a namespace. The socket is joined to the groups before the list is taken, so that no change falls between.
 *
 * @param what absent: everything
 * @errors sys.unavailable · netns.missing · permission.denied · sys.failed
 * @source rtnetlink(7); ENOBUFS says that events were lost
 */
export function watch(
  what: readonly Watched[] = Object.keys(groups) as Watched[],
  options: WatchOptions = {},
): Result<Watch, ConnectionError | Unavailable> {
  const sys = options.sys === undefined ? linux() : Ok(options.sys)
  if (sys.isErr()) return Err(sys.error)
  const joined = openConnection(
    sys.value,
    options.netns,
    what.flatMap((name) => groups[name]),
  )
  if (joined.isErr()) return Err(joined.error)
  const listing = Netlink.open({ sys: sys.value, netns: options.netns })
  if (listing.isErr()) {
    joined.value.close()
    return Err(listing.error)
  }
  return Ok(start(sys.value, joined.value, listing.value, what, options))
}

type Queued = Result<WatchEvent, NetlinkError>

function start(
  sys: Sys,
  connection: { fd: number; into: Uint8Array; close(): void },
  client: Netlink,
  what: readonly Watched[],
  options: WatchOptions,
): Watch {
  let queue: Queued[] = []
  let wake: (() => void) | undefined
  let over = false
  let stale = options.initial ?? true

  const push = (event: Queued): void => {
    queue.push(event)
    wake?.()
  }
  const drain = (): void => {
    // the loop must breathe: the watch is level-triggered, the rest comes with the next turn
    for (let datagrams = 0; datagrams < 256 && !over; datagrams++) {
      const got = sys.recv(connection.fd, connection.into, MSG_DONTWAIT | MSG_TRUNC)
      if (got === -Errno.EAGAIN) return
      if (got === -Errno.EINTR) continue
      if (got === -Errno.ENOBUFS || got > connection.into.length) {
        stale = true
        push(Ok({ type: 'overrun' }))
        continue
      }
      if (got < 0) {
        fail(sysFailed('receive events', -got))
        return
      }
      for (const event of eventsOf(connection.into, got)) {
        if (event.type === 'overrun') stale = true
        push(Ok(event))
      }
    }
  }
  const fail = (error: NetlinkError): void => {
    push(Err(error))
    close()
  }
  const poll = sys.poll(connection.fd, { readable: true }, (events) =>
    events < 0 ? fail(sysFailed('watch the socket', -events)) : drain(),
  )
  const close = (): void => {
    if (over) return
    over = true
    options.signal?.removeEventListener('abort', close)
    if (typeof poll !== 'number') poll.close()
    connection.close()
    client.close()
    wake?.()
  }
  if (typeof poll === 'number') push(Err(sysFailed('watch the socket', -poll)))
  if (options.signal?.aborted) close()
  else options.signal?.addEventListener('abort', close)

  async function* iterate(): AsyncGenerator<Queued> {
    try {
      for (;;) {
        if (stale && !over) {
          let listed: Result<WatchChange[], NetlinkError>
          do {
            stale = false
            listed = await present(client, what)
          } while (stale && !over && listed.isOk())
          if (listed.isErr()) {
            if (!over) yield Err(listed.error)
            return
          }
          // the list stands for everything up to the last loss; what arrived since changes it
          const lost = queue.findLastIndex((event) => event.isOk() && event.value.type === 'overrun')
          const before = queue.splice(0, lost + 1)
          queue = [
            ...before,
            ...listed.value.map((change) => Ok({ type: 'present', change } as const)),
            Ok({ type: 'synced' } as const),
            ...queue,
          ]
        }
        const ready = queue
        queue = []
        for (const event of ready) {
          yield event
          if (event.isErr()) return
        }
        if (over && queue.length === 0) return
        if (queue.length === 0 && !stale)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        wake = undefined
      }
    } finally {
      close()
    }
  }
  return { close, [Symbol.asyncIterator]: iterate }
}

/** What a datagram tells; of what cannot be read as much is known as of what was lost, and the list is taken anew. */
function* eventsOf(bytes: Uint8Array, length: number): Generator<WatchEvent> {
  try {
    for (const frame of frames(bytes, length)) {
      const event = frame.type === NLMSG_OVERRUN ? ({ type: 'overrun' } as const) : eventOf(bytes, frame)
      if (event !== undefined) yield event
    }
  } catch (reason) {
    if (!(reason instanceof WireFault)) throw reason
    yield { type: 'overrun' }
  }
}

/** RTM_NEW… is 16 and every fourth after it, RTM_DEL… the next. */
function eventOf(bytes: Uint8Array, frame: { type: number; start: number; end: number }): WatchEvent | undefined {
  const kind = messageKindOf(frame.type)
  if (kind === undefined || frame.type % 4 > 1) return undefined
  const change = changeOf(kind.name, readMessage(kind, bytes, frame.start + NLMSG_HDRLEN, frame.end))
  if (change === undefined) return undefined
  return { type: frame.type % 4 === 0 ? 'changed' : 'deleted', change }
}

function changeOf(kind: string, message: unknown): WatchChange | undefined {
  switch (kind) {
    case 'link':
      return { of: 'link', link: linkView(message as LinkMessage) }
    case 'address': {
      const address = addressView(message as AddressMessage)
      return address === undefined ? undefined : { of: 'address', address }
    }
    case 'route': {
      const route = routeView(message as RouteMessage)
      return route === undefined ? undefined : { of: 'route', route }
    }
    case 'rule': {
      const rule = ruleView(message as RuleMessage)
      return rule === undefined ? undefined : { of: 'rule', rule }
    }
    case 'neighbour': {
      const entry = fdbView(message as NeighbourMessage)
      if (entry !== undefined) return { of: 'fdb', entry }
      const neighbour = neighbourView(message as NeighbourMessage)
      return neighbour === undefined ? undefined : { of: 'neighbour', neighbour }
    }
  }
  return undefined
}

/** Everything watched that is there now. */
async function present(client: Netlink, what: readonly Watched[]): Promise<Result<WatchChange[], NetlinkError>> {
  const all: WatchChange[] = []
  for (const name of what) {
    const listed = await listOf(client, name)
    if (listed.isErr()) return Err(listed.error)
    all.push(...listed.value)
  }
  return Ok(all)
}

async function listOf(client: Netlink, name: Watched): Promise<Result<WatchChange[], NetlinkError>> {
  switch (name) {
    case 'link':
      return (await client.links.list()).map((links) => links.map((link) => ({ of: 'link', link })))
    case 'address':
      return (await client.addresses.list()).map((addresses) => addresses.map((address) => ({ of: 'address', address })))
    case 'route':
      return (await client.routes.list()).map((routes) => routes.map((route) => ({ of: 'route', route })))
    case 'rule':
      return (await client.rules.list()).map((rules) => rules.map((rule) => ({ of: 'rule', rule })))
    case 'neighbour': {
      const neighbours = await client.neighbours.list()
      if (neighbours.isErr()) return Err(neighbours.error)
      const entries = await client.fdb.list()
      if (entries.isErr()) return Err(entries.error)
      return Ok([
        ...neighbours.value.map((neighbour) => ({ of: 'neighbour', neighbour }) as const),
        ...entries.value.map((entry) => ({ of: 'fdb', entry }) as const),
      ])
    }
  }
}
