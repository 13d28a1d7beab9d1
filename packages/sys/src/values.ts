/**
 * The part of the vocabulary that knows no operating system: results, errors, addresses. What runs in a browser imports it from here,
 * `@axoneme/sys/values`; the classes are the very same as those of `@axoneme/sys`.
 */
export { type Ip, Ipv4, Ipv6, isIp, Mac, Prefix, parseIp, toIp, toMac, toPrefix } from './address/index.js'
export { type AxonemeError, describe, type InputInvalid, inputInvalid, isRetryable } from './error.js'
export { type ErrorCode, errorCodes } from './error-codes.js'
export { all, Err, fromPromise, Ok, Result } from './result.js'
