import { errnoMeaning, errnoName } from './errno.js'
import type { AxonemeError } from './error.js'

/** A system call answered an error: its own words. */
export interface SysFailed extends AxonemeError<'sys.failed'> {
  readonly call: string
  readonly errno: number
  readonly errnoName: string
}

/**
 * The error for a call that answered `-errno`.
 *
 * @param call the system call, with its argument when that helps: `open /run/netns/blue`
 * @param errno positive
 */
export function sysFailed(call: string, errno: number, hint?: string): SysFailed {
  const name = errnoName(errno)
  const meaning = errnoMeaning(errno)
  return Object.freeze({
    code: 'sys.failed',
    call,
    errno,
    errnoName: name,
    message: `${call}: ${name}${meaning === undefined ? '' : ` (${meaning})`}`,
    ...(hint === undefined ? {} : { hint }),
  })
}
