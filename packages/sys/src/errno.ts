import { errnoTable } from './errno.generated.js'

const names = new Map<number, string>()
const meanings = new Map<number, string>()
const numbers = new Map<string, number>()
for (const [number, name, meaning] of errnoTable) {
  if (!names.has(number)) {
    names.set(number, name)
    meanings.set(number, meaning)
  }
  numbers.set(name, number)
}
// the C library's name for it, which the kernel's headers lack: errno(3)
numbers.set('ENOTSUP', 95)

/** `EPERM` for 1; `errno 4242` for a number that the kernel's headers do not name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`
}

/** The header's own words for an errno, or undefined. */
export function errnoMeaning(errno: number): string | undefined {
  return meanings.get(errno)
}

/** 1 for `EPERM`, undefined for a name that neither the headers nor the C library have. */
export function errnoNumber(name: string): number | undefined {
  return numbers.get(name)
}

/** The errnos that axoneme's own code compares with. Source: asm-generic/errno.h. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EINVAL: 22,
  ENOSPC: 28,
  EROFS: 30,
  ERANGE: 34,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ENOTSUPP: 524,
} as const
