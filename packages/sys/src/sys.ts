/**
 * The port to the kernel: one method a system call, synchronous, answering what the kernel answers with the error
 * folded in as `-errno` (never a Result: an Err costs more than the call it would describe). `@axoneme/sys/linux`
 * implements it over FFI, `@axoneme/sys/testing` without a kernel.
 *
 * Buffers are read and written in place, for the length of the call only.
 */
export interface Sys {
  /** socket(2) */
  socket(domain: number, type: number, protocol: number): number
  /** bind(2); `address` is the raw sockaddr */
  bind(fd: number, address: Uint8Array): number
  /** getsockname(2); fills `address`, answers the length */
  getsockname(fd: number, address: Uint8Array): number
  /** setsockopt(2) */
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  /** getsockopt(2); fills `value`, answers the length */
  getsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  /** send(2): the first `length` bytes of `data`, to the connected peer (netlink: the kernel) */
  send(fd: number, data: Uint8Array, length: number, flags: number): number
  /** recv(2) into `into`; with MSG_TRUNC the answer may exceed its length */
  recv(fd: number, into: Uint8Array, flags: number): number
  /** open(2) */
  open(path: string, flags: number, mode: number): number
  /** close(2) */
  close(fd: number): number
  /** setns(2), of the calling thread */
  setns(fd: number, type: number): number
  /** unshare(2), of the calling thread */
  unshare(flags: number): number
  /** mount(2) */
  mount(source: string, target: string, type: string | undefined, flags: number, data: string | undefined): number
  /** umount2(2) */
  umount(target: string, flags: number): number
  /** ioctl(2) with a buffer argument */
  ioctl(fd: number, request: number, argument: Uint8Array): number
  /** bpf(2); pointers inside `attr` come from {@link address} and must be kept alive by the caller */
  bpf(command: number, attr: Uint8Array): number
  /** the address of a buffer's first byte, valid while the buffer lives */
  address(buffer: Uint8Array): bigint
  /** mmap(2), whole pages; shared unless said otherwise: a mapping, or -errno */
  mmap(fd: number, length: number, protection: number, offset: number, sharing?: 'shared' | 'private'): Mapping | number
  /**
   * Watches a descriptor: `callback(events)` (POLL_READABLE, POLL_WRITABLE) on the event loop while it is ready
   * (level-triggered), or with -errno. An error that waits on a socket makes it readable: the next receive tells it.
   * Answers -EBADF, -EPERM (a regular file) or -EEXIST (watched already) for what cannot be watched. The watch keeps the process alive unless `unref()`.
   */
  poll(fd: number, events: PollEvents, callback: (events: number) => void): Poll | number
}

/** A mapped range. Touching a view after {@link Mapping.unmap} ends the process: keep views inside the package. */
export interface Mapping {
  readonly length: number
  /** the bytes themselves; writing a read-only mapping ends the process */
  readonly bytes: ArrayBuffer
  unmap(): void
}

/** A watch on a descriptor; close it before the descriptor. */
export interface Poll {
  close(): void
  ref(): void
  unref(): void
}

/** Readiness asked for: `{ readable: true }`. */
export interface PollEvents {
  readonly readable?: boolean
  readonly writable?: boolean
}

/** Constants of the calls above, as the kernel spells them. Source: linux/net.h, linux/fs.h, linux/sched.h, linux/mount.h. */
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000
export const SOL_SOCKET = 1
export const SO_RCVBUF = 8
export const SO_SNDBUF = 7
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
export const SOL_NETLINK = 270
export const MSG_PEEK = 0x02
export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const O_RDONLY = 0
export const O_CREAT = 0o100
export const O_EXCL = 0o200
export const O_CLOEXEC = 0o2000000
export const CLONE_NEWNET = 0x40000000
export const MS_BIND = 0x1000
export const MS_REC = 0x4000
export const MS_SHARED = 1 << 20
export const MNT_DETACH = 2
/** What {@link Sys.poll} tells. */
export const POLL_READABLE = 1
export const POLL_WRITABLE = 2
export const PROT_READ = 1
export const PROT_WRITE = 2
