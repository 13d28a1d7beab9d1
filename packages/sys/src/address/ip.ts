import { type InputInvalid, inputInvalid } from '../error.js'
import { Err, Ok, type Result } from '../result.js'
import { Ipv4 } from './ipv4.js'
import { Ipv6 } from './ipv6.js'

/** An address of either family, told apart by `family`. */
export type Ip = Ipv4 | Ipv6

/**
 * An address of either family.
 *
 * @errors input.invalid
 */
export function parseIp(text: string): Result<Ip, InputInvalid> {
  if (typeof text !== 'string') return Err(inputInvalid('', `${String(text)} is not an IP address`, 'Give text or an address value.'))
  return text.includes(':') ? Ipv6.parse(text) : Ipv4.parse(text)
}

/** What was given: an address as it is, text parsed. */
export function isIp(value: unknown): value is Ip {
  return value instanceof Ipv4 || value instanceof Ipv6
}

/** The same error, about the field that the text stood in. */
export function at<T>(path: string, result: Result<T, InputInvalid>): Result<T, InputInvalid> {
  return result.isOk() || path === '' ? result : Err(inputInvalid(path, result.error.message, result.error.hint))
}

/**
 * An address from an address or its text.
 *
 * @param path the field that errors name
 * @errors input.invalid
 */
export function toIp(value: Ip | string, path: string): Result<Ip, InputInvalid> {
  return isIp(value) ? Ok(value) : at(path, parseIp(value))
}
