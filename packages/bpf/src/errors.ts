import {
  type AxonemeError,
  type Closed,
  Errno,
  errnoMeaning,
  errnoName,
  type FeatureUnsupported,
  type InputInvalid,
  type PermissionDenied,
  permissionDenied,
  type SysFailed,
} from '@axoneme/sys'
import type { ObjectError } from './spec/collection.js'

/** The kernel's own words of a refusal. */
export interface Refusal {
  readonly errno: number
  readonly errnoName: string
}

/** bpf(2) refused. */
export interface Refused extends AxonemeError<'bpf.refused'>, Refusal {
  readonly command: string
}

/** What was asked for is not there: a pin, an id, a program of that name. */
export interface Missing extends AxonemeError<'bpf.missing'> {
  readonly what: string
}

/** It is there already. */
export interface Exists extends AxonemeError<'bpf.exists'>, Refusal {}

/** A map holds as many entries as it can. */
export interface Full extends AxonemeError<'bpf.map-full'>, Refusal {
  readonly map: string
}

/** A walk over a map kept being interrupted by deletions. */
export interface Interrupted extends AxonemeError<'bpf.interrupted'> {
  readonly map: string
}

/** What a program wrote into a ring buffer is not what a ring buffer holds, or not what its reader was told. */
export interface MalformedRecord extends AxonemeError<'bpf.malformed'> {
  /** the ring buffer */
  readonly where: string
  /** of the record, in bytes since the ring buffer was made */
  readonly position: number
}

/** A map that is there (pinned) is not what the object declares. */
export interface MapIncompatible extends AxonemeError<'bpf.map-incompatible'> {
  readonly map: string
  readonly differences: readonly { readonly attribute: string; readonly declared: string; readonly found: string }[]
}

/** The verifier refused a program. */
export interface ProgramRejected extends AxonemeError<'bpf.program-rejected'>, Refusal {
  readonly program: string
  readonly section: string
  /** the whole log, line by line */
  readonly log: readonly string[]
  /** its last telling lines */
  readonly summary: readonly string[]
  /** the line of C that the refused instruction is of */
  readonly source?: { readonly file: string; readonly line: number; readonly column: number; readonly text: string }
}

/** The running kernel has no such function or variable. */
export interface SymbolMissing extends AxonemeError<'bpf.symbol-missing'> {
  readonly symbol: string
  readonly program: string
}

/** Something attached changed meanwhile, or an anchor is not where it was said to be. */
export interface AttachRefused extends AxonemeError<'bpf.attach-refused'>, Refusal {
  readonly attach: string
}

/** What may go wrong with a call of bpf(2) that makes, finds or changes something. */
export type BpfCallError = Refused | Missing | Exists | Full | PermissionDenied | FeatureUnsupported | InputInvalid | Closed | SysFailed

/** What may go wrong with any call of this package. */
export type BpfError = BpfCallError | Interrupted | MapIncompatible | ProgramRejected | SymbolMissing | AttachRefused | ObjectError

/** What to do about an errno, whatever the command was. */
const hints: Readonly<Record<number, string>> = {
  [Errno.EINVAL]:
    'An attribute is not what this kernel takes; compare sizes, flags and type with bpf(2), and see whether the kernel has the feature.',
  [Errno.ENOMEM]: 'The kernel has no memory for it: make it smaller, or raise the limit of the cgroup (before Linux 5.11: RLIMIT_MEMLOCK).',
  [Errno.EBUSY]: 'Something holds it: detach or unpin that first.',
  [Errno.EFAULT]: 'The kernel could not read what it was given; this is a bug in axoneme.',
  [Errno.EOPNOTSUPP]: 'This sort of map or program does not do that.',
  [Errno.ENOTSUPP]: 'This sort of map or program does not do that.',
}

/**
 * The error for a command that answered `-errno`.
 *
 * @param what what was attempted, on what: `create map flows`
 * @param command BPF_MAP_CREATE
 * @param errno positive
 */
export function refused(what: string, command: string, errno: number, hint?: string): Refused | Missing | Exists | PermissionDenied {
  const name = errnoName(errno)
  const message = `${what}: ${errnoMeaning(errno) ?? 'refused'} (${name})`
  if (errno === Errno.EPERM || errno === Errno.EACCES)
    return permissionDenied(what, 'CAP_BPF (and CAP_NET_ADMIN for programs of the network)', errno, name)
  if (errno === Errno.ENOENT) return missing(what, message, hint)
  if (errno === Errno.EEXIST)
    return Object.freeze({
      code: 'bpf.exists',
      errno,
      errnoName: name,
      message,
      hint: hint ?? 'It is there already: open it, or remove it first.',
    })
  const advice = hint ?? hints[errno]
  return Object.freeze({ code: 'bpf.refused', command, errno, errnoName: name, message, ...(advice === undefined ? {} : { hint: advice }) })
}

export function missing(what: string, message: string, hint = 'List what is there, or create it first.'): Missing {
  return Object.freeze({ code: 'bpf.missing', what, message, hint })
}
