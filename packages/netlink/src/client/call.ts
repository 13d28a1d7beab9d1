import { Err, Ok, type Result } from '@axoneme/sys'
import type { NetlinkError } from '../errors.js'
import { getLink, type LinkMessage, type LinkReference } from '../route/link.js'
import type { ExchangeOptions, Request, Session } from '../transport/index.js'
import { caughtInput } from '../wire/index.js'

/** What a call may be given besides its arguments. */
export type CallOptions = ExchangeOptions

/** `T` whose `link` may be given by name as well. */
export type ByName<T> = T extends { readonly link: number }
  ? Omit<T, 'link'> & { readonly link: LinkReference }
  : T extends { readonly link?: number | undefined }
    ? Omit<T, 'link'> & { readonly link?: LinkReference | undefined }
    : T

/** A request from values: what is wrong with them is an error value. */
export function built<T>(build: () => T): Result<T, NetlinkError> {
  const outcome = caughtInput(build)
  return 'error' in outcome ? Err(outcome.error) : Ok(outcome.value)
}

/** The same for many; the error's path begins with the index. */
export function builtAll<S>(specs: readonly S[], build: (spec: S) => Request): Result<Request[], NetlinkError> {
  let at = 0
  const outcome = caughtInput(() =>
    specs.map((spec, index) => {
      at = index
      return build(spec)
    }),
  )
  if (!('error' in outcome)) return Ok(outcome.value)
  const { error } = outcome
  return Err(Object.freeze({ ...error, path: error.path === '' ? String(at) : `${at}.${error.path}`, message: `${at}: ${error.message}` }))
}

/** Builds and carries out one request. */
export async function call(session: Session, build: () => Request, options?: CallOptions): Promise<Result<void, NetlinkError>> {
  const request = built(build)
  return request.isErr() ? Err(request.error) : session.execute(request.value, options)
}

/** Builds and carries out many: one Result, the number of those carried out. */
export async function callAll<S>(
  session: Session,
  specs: readonly S[],
  build: (spec: S) => Request,
  options?: CallOptions,
): Promise<Result<number, NetlinkError>> {
  const requests = builtAll(specs, build)
  return requests.isErr() ? Err(requests.error) : session.executeAll(requests.value, options)
}

/** The index of a link named; an index is itself. */
export async function indexOf(session: Session, link: LinkReference, options?: CallOptions): Promise<Result<number, NetlinkError>> {
  if (typeof link === 'number') return Ok(link)
  const request = built(() => getLink(link))
  if (request.isErr()) return Err(request.error)
  const asked = await session.ask<LinkMessage>(request.value, options)
  if (asked.isErr()) return Err(asked.error)
  if (asked.value !== undefined) return Ok(asked.value.index)
  return Err(Object.freeze({ code: 'netlink.malformed', offset: 0, message: `get link ${link}: the kernel gave no link` }))
}

/** A spec with its link's name turned into the index. */
export async function resolved<T extends object>(
  session: Session,
  spec: ByName<T>,
  options?: CallOptions,
): Promise<Result<T, NetlinkError>> {
  const { link } = spec as { link?: LinkReference }
  if (typeof link !== 'string') return Ok(spec as unknown as T)
  const index = await indexOf(session, link, options)
  return index.isErr() ? Err(index.error) : Ok({ ...spec, link: index.value } as unknown as T)
}

/** The same for many, each name asked for once. */
export async function resolvedAll<T extends object>(
  session: Session,
  specs: readonly ByName<T>[],
  options?: CallOptions,
): Promise<Result<readonly T[], NetlinkError>> {
  const indexes = new Map<string, number>()
  for (const spec of specs) {
    const { link } = spec as { link?: LinkReference }
    if (typeof link !== 'string' || indexes.has(link)) continue
    const index = await indexOf(session, link, options)
    if (index.isErr()) return Err(index.error)
    indexes.set(link, index.value)
  }
  if (indexes.size === 0) return Ok(specs as unknown as readonly T[])
  return Ok(
    specs.map((spec) => {
      const { link } = spec as { link?: LinkReference }
      return (typeof link === 'string' ? { ...spec, link: indexes.get(link) } : spec) as unknown as T
    }),
  )
}
