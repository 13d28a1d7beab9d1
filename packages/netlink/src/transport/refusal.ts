import { Errno, errnoMeaning, errnoName, permissionDenied } from '@axoneme/sys'
import type { KernelWords, RequestError } from '../errors.js'
import { attributePath, missingPath } from '../wire/index.js'
import type { Acknowledgement } from './extended-ack.js'
import type { Request } from './request.js'

/** What to do about an errno, whatever the request was. */
const generalHints: Readonly<Record<number, string>> = {
  [Errno.EBUSY]: 'Something else uses it; take that away first, or set the link down.',
  [Errno.EADDRNOTAVAIL]: 'The address is on no link of this namespace; add it first, or use another.',
  [Errno.ENETUNREACH]: 'No route leads to the gateway: add an address or route that covers it, or say onlink.',
  [Errno.ENOBUFS]: 'The kernel is short of memory or table space; remove something or raise the limit.',
  [Errno.ENOSPC]: 'A table of the kernel is full; remove something or raise its limit.',
  [Errno.EINVAL]: 'The kernel takes the request for malformed; `attribute` and `kernelMessage` say what it points at, if anything.',
  [Errno.ERANGE]: 'A value is outside what the kernel or the device takes.',
  [Errno.EOPNOTSUPP]: 'The device or this kernel does not do that.',
}

/** The error value for an answer that is no acknowledgement: the kernel's words kept as fields. */
export function refusal(request: Request, bytes: Uint8Array, answer: Acknowledgement): RequestError {
  const { errno } = answer
  const name = errnoName(errno)
  const attribute = answer.offset === undefined ? '' : attributePath(request.kind, bytes, answer.offset)
  const missingAttribute = answer.missingType === undefined ? '' : missingPath(request.kind, bytes, answer.missingType, answer.missingNest)
  const words: KernelWords = {
    errno,
    errnoName: name,
    ...(answer.message === undefined ? {} : { kernelMessage: answer.message }),
    ...(attribute === '' ? {} : { attribute }),
    ...(missingAttribute === '' ? {} : { missingAttribute }),
  }
  const said = [
    answer.message ?? errnoMeaning(errno) ?? 'refused',
    attribute === '' ? undefined : `at ${attribute}`,
    missingAttribute === '' ? undefined : `missing ${missingAttribute}`,
    `(${name})`,
  ]
  const message = `${request.what}: ${said.filter((part) => part !== undefined).join(' ')}`
  const hint = request.hints?.[errno]

  if (errno === Errno.EPERM || errno === Errno.EACCES) return permissionDenied(request.what, 'CAP_NET_ADMIN', errno, name)
  if (request.driver !== undefined && saysNoDriver(errno, answer.message))
    return Object.freeze({
      code: 'netlink.driver-missing',
      ...words,
      driver: request.driver.name,
      message,
      hint:
        hint ??
        `The kernel has no driver "${request.driver.name}": load its module, or use a kernel built with ${request.driver.config} (Linux ${request.driver.since} or newer).`,
    })
  if (errno === Errno.EEXIST)
    return Object.freeze({
      code: 'netlink.exists',
      ...words,
      message,
      hint: hint ?? 'It is there already: use another name or key, replace it, or delete it first.',
    })
  if (errno === Errno.ENODEV || errno === Errno.ENOENT || errno === Errno.ESRCH || errno === Errno.ENXIO)
    return Object.freeze({
      code: 'netlink.missing',
      ...words,
      message,
      hint: hint ?? 'What the request names is not in this network namespace; list what is there, or create it first.',
    })
  const advice = hint ?? generalHints[errno]
  return Object.freeze({ code: 'netlink.refused', ...words, message, ...(advice === undefined ? {} : { hint: advice }) })
}

/**
 * EOPNOTSUPP means no driver only with these words: a driver that lacks an option answers the same number. Sources:
 * net/core/rtnetlink.c, net/sched/sch_api.c, net/sched/cls_api.c.
 */
function saysNoDriver(errno: number, message: string | undefined): boolean {
  if (errno === Errno.EOPNOTSUPP && message === 'Unknown device type') return true
  return (
    errno === Errno.ENOENT &&
    /^(Specified qdisc (kind is unknown|not found)|TC classifier not found|Failed to load TC)/i.test(message ?? '')
  )
}
