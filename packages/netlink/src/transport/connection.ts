import {
  AF_NETLINK,
  type Closed,
  closed,
  Err,
  type Netns,
  type NetnsError,
  Ok,
  OwnedFd,
  type Result,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOL_NETLINK,
  SOL_SOCKET,
  type Sys,
  type SysFailed,
  sysFailed,
  withNetns,
} from '@axoneme/sys'
import { putU32 } from '../wire/index.js'

/** Source: linux/netlink.h. */
const NETLINK_ROUTE = 0
const NETLINK_ADD_MEMBERSHIP = 1
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12

/** Room for the answers to a batch, and for bursts of events: bytes. */
const BUFFER_BYTES = 4 << 20
/** More than any one datagram of a dump (32 KiB) or a link with all its virtual functions. */
export const DATAGRAM_BYTES = 256 << 10

/** An rtnetlink socket in one namespace: it stays there, whoever uses it from where. */
export interface Connection {
  readonly sys: Sys
  readonly fd: number
  /** shared by all who receive here: use what is in it before the next receive */
  readonly into: Uint8Array
  nextSequence(): number
  isOpen(): boolean
  /** calls back once, before the socket is closed; answers how to take that back */
  onClose(callback: () => void): () => void
  close(): void
}

export type ConnectionError = NetnsError | SysFailed | Closed

/**
 * Opens a socket in a namespace.
 *
 * @param groups multicast groups to join (RTNLGRP_*)
 */
export function openConnection(sys: Sys, netns: Netns | undefined, groups: readonly number[] = []): Result<Connection, ConnectionError> {
  const opened =
    netns === undefined
      ? Ok(sys.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
      : withNetns(sys, netns, () => sys.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
  if (opened.isErr()) return Err(opened.error as ConnectionError)
  if (opened.value < 0) return Err(sysFailed('socket(AF_NETLINK)', -opened.value, 'The kernel must have rtnetlink.'))
  const owned = new OwnedFd(sys, opened.value, 'netlink socket')
  const configured = configure(sys, opened.value, groups)
  if (configured !== undefined) {
    owned.close()
    return Err(configured)
  }
  let sequence = 0
  let open = true
  const closing = new Set<() => void>()
  return Ok({
    sys,
    fd: opened.value,
    into: new Uint8Array(DATAGRAM_BYTES),
    nextSequence() {
      sequence = sequence === 0xffff_ffff ? 1 : sequence + 1
      return sequence
    },
    isOpen: () => open,
    onClose(callback) {
      closing.add(callback)
      return () => closing.delete(callback)
    },
    close() {
      open = false
      for (const callback of [...closing]) callback()
      owned.close()
    },
  })
}

function configure(sys: Sys, fd: number, groups: readonly number[]): SysFailed | undefined {
  const option = (level: number, name: number, value: number): number => {
    const bytes = new Uint8Array(4)
    putU32(bytes, 0, value)
    return sys.setsockopt(fd, level, name, bytes)
  }
  // without CAP_NET_ADMIN the buffers stay within the system's limit
  if (option(SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES) < 0) option(SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
  if (option(SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES) < 0) option(SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES)
  // refused by kernels older than 4.12, 4.3 and 4.20: errors then come without words, dumps without filters
  option(SOL_NETLINK, NETLINK_EXT_ACK, 1)
  option(SOL_NETLINK, NETLINK_CAP_ACK, 1)
  option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
  const address = new Uint8Array(12)
  address[0] = AF_NETLINK
  const bound = sys.bind(fd, address)
  if (bound < 0) return sysFailed('bind(AF_NETLINK)', -bound)
  for (const group of groups) {
    const joined = option(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
    if (joined < 0) return sysFailed(`join rtnetlink group ${group}`, -joined)
  }
  return undefined
}

/** The error for a call on a connection that was closed. */
export function closedConnection(): Closed {
  return closed('this netlink connection')
}

/** Waits until the socket has something, or is closed; 'gone' when that is not within the time, or the socket breaks. */
export function readable(connection: Connection, timeoutMs: number): Promise<'ready' | 'gone'> {
  return new Promise((resolve) => {
    let poll: { close(): void } | undefined
    const finish = (outcome: 'ready' | 'gone'): void => {
      clearTimeout(timer)
      forget()
      poll?.close()
      resolve(outcome)
    }
    // a watch must end before its descriptor does
    const forget = connection.onClose(() => finish('ready'))
    const timer = setTimeout(() => finish('gone'), timeoutMs)
    const watched = connection.sys.poll(connection.fd, { readable: true }, (events) => finish(events < 0 ? 'gone' : 'ready'))
    if (typeof watched === 'number') finish('gone')
    else poll = watched
  })
}
