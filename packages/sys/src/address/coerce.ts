import type { InputInvalid } from '../error.js'
import { Ok, type Result } from '../result.js'
import { at } from './ip.js'
import { Mac } from './mac.js'
import { Prefix } from './prefix.js'

/**
 * A prefix from a prefix or its text.
 *
 * @param path the field that errors name
 * @errors input.invalid
 */
export function toPrefix(value: Prefix | string, path: string): Result<Prefix, InputInvalid> {
  return value instanceof Prefix ? Ok(value) : at(path, Prefix.parse(value))
}

/**
 * A hardware address from one or its text.
 *
 * @param path the field that errors name
 * @errors input.invalid
 */
export function toMac(value: Mac | string, path: string): Result<Mac, InputInvalid> {
  return value instanceof Mac ? Ok(value) : at(path, Mac.parse(value))
}
