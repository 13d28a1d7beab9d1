import { closed, Errno, errnoMeaning, errnoName, type InputInvalid, inputInvalid } from '@axoneme/sys'
import { type BpfCallError, refused } from '../errors.js'
import type { MapHandle } from './handle.js'

/** What may go wrong with the entries of a map. */
export type MapError = BpfCallError

/** A bulk call stopped: `done` entries were dealt with before. */
export type BulkError = MapError & { readonly done: number }

/** Types whose keys are the indices below max_entries. */
const INDEXED: ReadonlySet<string> = new Set([
  'array',
  'percpu_array',
  'prog_array',
  'array_of_maps',
  'devmap',
  'cpumap',
  'xskmap',
  'sockmap',
])

export function isIndexed(type: string): boolean {
  return INDEXED.has(type)
}

/**
 * The error for a call on an entry that answered `-errno`.
 *
 * @param errno positive; EBADF of a closed handle becomes sys.closed
 */
export function entryError(handle: MapHandle, operation: string, command: string, errno: number): MapError {
  const { name, type, maxEntries } = handle.shape
  if (!handle.isOpen) return closed(handle.fd.what)
  const what = `${operation} map ${name}`
  const errnoText = errnoName(errno)
  if (command.includes('UPDATE') && (errno === Errno.E2BIG || errno === Errno.ENOSPC)) {
    if (isIndexed(type)) return inputInvalid('key', `${what}: the index is not below ${maxEntries}`)
    return Object.freeze({
      code: 'bpf.map-full',
      map: name,
      errno,
      errnoName: errnoText,
      message: `${what}: it holds as many entries as it can (${maxEntries})`,
      hint: 'Delete entries, make it with a larger maxEntries, or use an LRU type, which makes room by itself.',
    })
  }
  const error = refused(what, command, errno)
  if (error.code === 'permission.denied')
    return Object.freeze({
      ...error,
      message: `${what}: ${errnoMeaning(errno) ?? 'permission denied'} (${errnoText})`,
      hint: 'The map is frozen, was opened or made for reading (or writing) only, or the process lacks CAP_BPF.',
    })
  return error
}

/** The same, with how much of a bulk call was done. */
export function bulkError(error: MapError, done: number): BulkError {
  return Object.freeze({ ...error, done })
}

/** Whether an errno says that a kernel has no such command, or not for this type of map. */
export function lacksCommand(errno: number): boolean {
  return errno === Errno.EINVAL || errno === Errno.ENOTSUPP || errno === Errno.EOPNOTSUPP
}

/** What a codec refused: a value that its form cannot hold. Anything else that was thrown is a bug, and goes on. */
export function codecFault(reason: unknown, path: string): InputInvalid {
  // a value of another type altogether fails in the methods it should have
  if (reason instanceof RangeError || reason instanceof TypeError) return inputInvalid(path, reason.message)
  throw reason
}
