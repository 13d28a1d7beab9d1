/**
 * The port over FFI: THE ONLY FILE THAT LOADS NATIVE CODE. The C library's own functions are called (found in the
 * process itself, which spares the question glibc or musl); errno is read in the statement of the call, in one place.
 */
import { endianness } from 'node:os'
import koffi from 'koffi'
import { Errno } from './errno.js'
import type { AxonemeError } from './error.js'
import { Err, Ok, type Result } from './result.js'
import { type Mapping, POLL_READABLE, POLL_WRITABLE, type Sys } from './sys.js'

/** The native part cannot be used on this machine. */
export type Unavailable = AxonemeError<'sys.unavailable'>

const MAP_SHARED = 1
const MAP_PRIVATE = 2
/** Source: linux/eventpoll.h. */
const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL_ADD = 1

type Native = (...args: unknown[]) => number
let shared: Sys | undefined

/** SYS_bpf, which has no function in the C library. Source: asm/unistd_64.h, asm-generic/unistd.h. */
const SYS_BPF: Readonly<Record<string, number>> = { x64: 321, arm64: 280, riscv64: 280, loong64: 280 }

function unavailable(message: string, hint: string): Result<never, Unavailable> {
  return Err(Object.freeze({ code: 'sys.unavailable', message, hint }))
}

/** The call and its errno, read before anything else can run (an engine may overwrite errno between statements). */
function answer(native: Native, ...args: unknown[]): number {
  const result = native(...args),
    errno = result < 0 ? koffi.errno() : 0
  return errno === 0 ? result : -errno
}

/** Whether C would see the whole of each: it reads up to the first NUL, and would act on another path. */
function texts(...values: readonly (string | undefined)[]): boolean {
  return values.every((value) => !value?.includes('\0'))
}

function bind(): Sys {
  const libc = koffi.load(null)
  const of = (prototype: string): Native => libc.func(prototype) as unknown as Native
  const socket = of('int socket(int domain, int type, int protocol)')
  const bindSocket = of('int bind(int fd, const void *address, uint32_t length)')
  const getsockname = of('int getsockname(int fd, void *address, void *length)')
  const setsockopt = of('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)')
  const getsockopt = of('int getsockopt(int fd, int level, int option, void *value, void *length)')
  const send = of('long send(int fd, const void *data, size_t length, int flags)')
  const recv = of('long recv(int fd, void *into, size_t length, int flags)')
  const open = of('int open(const char *path, int flags, uint32_t mode)')
  const close = of('int close(int fd)')
  const setns = of('int setns(int fd, int type)')
  const unshare = of('int unshare(int flags)')
  const mount = of('int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)')
  const umount2 = of('int umount2(const char *target, int flags)')
  const ioctl = of('int ioctl(int fd, unsigned long request, void *argument)')
  const syscall = of('long syscall(long number, long command, void *attr, unsigned long size)')
  const mmap = of('int64_t mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)')
  const munmap = of('int munmap(uint64_t address, size_t length)')
  const bpfNumber = SYS_BPF[process.arch] ?? -1
  const lengthCell = new Uint32Array(1)

  /** the calls that answer a length through a socklen_t cell */
  const sized = (native: Native, buffer: Uint8Array, ...before: unknown[]): number => {
    lengthCell[0] = buffer.length
    const result = answer(native, ...before, buffer, lengthCell)
    return result < 0 ? result : (lengthCell[0] ?? 0)
  }

  return {
    socket: (domain, type, protocol) => answer(socket, domain, type, protocol),
    bind: (fd, address) => answer(bindSocket, fd, address, address.length),
    getsockname: (fd, address) => sized(getsockname, address, fd),
    setsockopt: (fd, level, option, value) => answer(setsockopt, fd, level, option, value, value.length),
    getsockopt: (fd, level, option, value) => sized(getsockopt, value, fd, level, option),
    send: (fd, data, length, flags) => answer(send, fd, data, length, flags),
    recv: (fd, into, flags) => answer(recv, fd, into, into.length, flags),
    open: (path, flags, mode) => (texts(path) ? answer(open, path, flags, mode) : -Errno.EINVAL),
    close: (fd) => answer(close, fd),
    setns: (fd, type) => answer(setns, fd, type),
    unshare: (flags) => answer(unshare, flags),
    mount: (source, target, type, flags, data) =>
      texts(source, target, type, data) ? answer(mount, source, target, type ?? null, flags, data ?? null) : -Errno.EINVAL,
    umount: (target, flags) => (texts(target) ? answer(umount2, target, flags) : -Errno.EINVAL),
    ioctl: (fd, request, argument) => answer(ioctl, fd, request, argument),
    bpf: (command, attr) => answer(syscall, bpfNumber, command, attr, attr.length),
    address: (buffer) => BigInt(koffi.address(buffer) as bigint),
    mmap: (fd, length, protection, offset, sharing) => {
      const address = answer(mmap, null, length, protection, sharing === 'private' ? MAP_PRIVATE : MAP_SHARED, fd, offset)
      return address < 0 ? address : mapping(BigInt(address), length, () => answer(munmap, address, length))
    },
    poll: poller(libc),
  }
}

function mapping(address: bigint, length: number, unmap: () => void): Mapping {
  let mapped = true
  return {
    length,
    bytes: koffi.view(address, length) as ArrayBuffer,
    unmap() {
      if (mapped) unmap()
      mapped = false
    },
  }
}

type PollHandle = ReturnType<typeof koffi.node.poll>

/**
 * What koffi's poll needs around it: a descriptor that libuv cannot watch ends the process, so each is tried on an epoll
 * of our own first; libuv tells an error that waits on a socket as EBADF and stops, though the next receive would say
 * what it is and the socket goes on; and ref, unref or a second close after close end the process.
 */
function poller(libc: ReturnType<typeof koffi.load>): Sys['poll'] {
  const epollCreate = libc.func('int epoll_create1(int flags)') as unknown as Native
  const epollControl = libc.func('int epoll_ctl(int epoll, int operation, int fd, void *event)') as unknown as Native
  const close = libc.func('int close(int fd)') as unknown as Native
  const watched = new Set<number>()

  const unfit = (fd: number): number => {
    if (watched.has(fd)) return -Errno.EEXIST
    const epoll = answer(epollCreate, EPOLL_CLOEXEC)
    if (epoll < 0) return epoll
    const added = answer(epollControl, epoll, EPOLL_CTL_ADD, fd, new Uint8Array(16))
    answer(close, epoll)
    return added
  }

  return (fd, { readable = false, writable = false }, callback) => {
    if (!readable && !writable) return -Errno.EINVAL
    const refused = unfit(fd)
    if (refused < 0) return refused
    let open = true
    // koffi calls back with (status, events), whatever its types say
    const onReady = (status: number, ready: { readable: boolean; writable: boolean }): void => {
      if (!open) return
      if (status >= 0) callback((ready.readable ? POLL_READABLE : 0) | (ready.writable ? POLL_WRITABLE : 0))
      else if (status === -Errno.EBADF) {
        handle.start({ readable, writable }, onReady as never)
        callback(POLL_READABLE)
      } else callback(status)
    }
    const handle: PollHandle = koffi.node.poll(fd, { readable, writable }, onReady as never)
    watched.add(fd)
    return {
      close() {
        if (!open) return
        open = false
        watched.delete(fd)
        handle.close()
      },
      ref() {
        if (open) handle.ref()
      },
      unref() {
        if (open) handle.unref()
      },
    }
  }
}

/**
 * The kernel of this host. One instance serves the whole process.
 *
 * @errors sys.unavailable (not Linux, not a little-endian CPU, or the FFI library has no build for this machine)
 */
export function linux(): Result<Sys, Unavailable> {
  if (shared !== undefined) return Ok(shared)
  if (process.platform !== 'linux')
    return unavailable(`axoneme talks to the Linux kernel, and this is ${process.platform}`, 'Use the memory backend here.')
  if (endianness() !== 'LE')
    return unavailable(`the CPU ${process.arch} is big-endian`, 'Only little-endian machines are supported: x64, arm64, riscv64.')
  try {
    shared = bind()
    return Ok(shared)
  } catch (reason) {
    return unavailable(
      `the FFI library does not load on ${process.arch}: ${reason instanceof Error ? reason.message : String(reason)}`,
      'Install the optional packages of koffi for this machine (npm install --include=optional).',
    )
  }
}
