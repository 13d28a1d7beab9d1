import type { Aborted, AxonemeError, Closed, FeatureUnsupported, InputInvalid, PermissionDenied, SysFailed } from '@axoneme/sys'
import type { Malformed } from './wire/index.js'

/** What the kernel said when it refused: its errno, its words, and the attribute it points at, by name. */
export interface KernelWords {
  readonly errno: number
  readonly errnoName: string
  /** the extended ACK's text */
  readonly kernelMessage?: string
  /** the attribute that the kernel points at: `linkinfo.data.vni` */
  readonly attribute?: string
  /** the attribute that the kernel misses, when it says so */
  readonly missingAttribute?: string
}

/** The kernel refused a request. */
export interface Refused extends AxonemeError<'netlink.refused'>, KernelWords {}

/** The object was there already. */
export interface Exists extends AxonemeError<'netlink.exists'>, KernelWords {}

/** What the request names is not there. */
export interface Missing extends AxonemeError<'netlink.missing'>, KernelWords {}

/** The kernel has no driver for the kind. */
export interface DriverMissing extends AxonemeError<'netlink.driver-missing'>, KernelWords {
  readonly driver: string
}

/** A dump kept being interrupted. */
export interface Interrupted extends AxonemeError<'netlink.interrupted'> {
  readonly restarts: number
}

/** Messages were lost. */
export type Overrun = AxonemeError<'netlink.overrun'>

/** Some requests of a batch were refused; all others were done. */
export interface BatchFailed extends AxonemeError<'netlink.batch-failed'> {
  /** by index into the batch, ascending; at most 1000 are kept */
  readonly failures: readonly { readonly index: number; readonly error: RequestError }[]
  readonly failed: number
  readonly done: number
}

/** What may go wrong with one request. */
export type RequestError = Refused | Exists | Missing | DriverMissing | PermissionDenied | FeatureUnsupported

/** What may go wrong with any call of this package. */
export type NetlinkError = RequestError | BatchFailed | InputInvalid | Interrupted | Overrun | Malformed | SysFailed | Aborted | Closed
