import { type ErrorCode, errorCodes } from './error-codes.js'

/**
 * The shape of every axoneme error: plain frozen data, one member of a union per package, told apart by `code`.
 * `message` is one line: what was attempted, on what, and what happened.
 */
export interface AxonemeError<Code extends string = string> {
  readonly code: Code
  readonly message: string
  /** What the reader can do about it, when that is known. */
  readonly hint?: string
  readonly cause?: AxonemeError
}

/** The caller's value is malformed or out of range. `path` is the field, dotted; '' is the value itself. */
export interface InputInvalid extends AxonemeError<'input.invalid'> {
  readonly path: string
}

/** The caller's AbortSignal fired. */
export type Aborted = AxonemeError<'sys.aborted'>

/** The handle was closed already. */
export type Closed = AxonemeError<'sys.closed'>

/** The process lacks a capability. */
export interface PermissionDenied extends AxonemeError<'permission.denied'> {
  readonly errno: number
  readonly errnoName: string
}

/** The running kernel lacks a feature. `since` is the first version that has it. */
export interface FeatureUnsupported extends AxonemeError<'feature.unsupported'> {
  readonly feature: string
  readonly since: string
}

export function inputInvalid(path: string, problem: string, hint?: string): InputInvalid {
  const message = path === '' ? problem : `${path}: ${problem}`
  return Object.freeze({ code: 'input.invalid', path, message, ...(hint === undefined ? {} : { hint }) })
}

export function aborted(what: string): Aborted {
  return Object.freeze({ code: 'sys.aborted', message: `${what}: stopped by its AbortSignal` })
}

export function closed(what: string): Closed {
  return Object.freeze({ code: 'sys.closed', message: `${what} is closed`, hint: 'Open a new one; a closed handle stays closed.' })
}

export function permissionDenied(what: string, capability: string, errno: number, errnoName: string): PermissionDenied {
  return Object.freeze({
    code: 'permission.denied',
    errno,
    errnoName,
    message: `${what}: permission denied (${errnoName})`,
    hint: `Run as root, or give the process ${capability} in the user namespace that owns the network namespace.`,
  })
}

export function featureUnsupported(feature: string, since: string, cause?: AxonemeError): FeatureUnsupported {
  return Object.freeze({
    code: 'feature.unsupported',
    feature,
    since,
    message: `${feature} is not supported by the running kernel`,
    hint: `The feature exists from Linux ${since} on; boot a newer kernel, or one configured with it.`,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Whether the same call may succeed when it is made again unchanged, from the code table. */
export function isRetryable(error: AxonemeError): boolean {
  return errorCodes[error.code as ErrorCode]?.retryable ?? false
}

/** The error and its causes, one line each, hints indented: for people. */
export function describe(error: AxonemeError): string {
  const lines: string[] = []
  for (let at: AxonemeError | undefined = error, depth = 0; at !== undefined && depth < 8; at = at.cause, depth++) {
    lines.push(`${depth === 0 ? '' : 'because '}${at.message} [${at.code}]`)
    if (at.hint !== undefined) lines.push(`  ${at.hint}`)
  }
  return lines.join('\n')
}
