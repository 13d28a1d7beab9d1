import { readFileSync } from 'node:fs'
import { Err, Ok, type Result, type SysFailed, sysFailed } from '@axoneme/sys'

const POSSIBLE = '/sys/devices/system/cpu/possible'
let known: number | undefined

/** How many CPUs a list names: `0-3,5` are five; undefined for what is no list. */
export function countCpus(list: string): number | undefined {
  let count = 0
  for (const range of list.trim().split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? []
    if (first === undefined || Number(last) < Number(first)) return undefined
    count += Number(last) - Number(first) + 1
  }
  return count
}

/**
 * For how many CPUs a per-CPU map has values: all that could ever be there, not those that are. It does not change while
 * the kernel runs.
 *
 * @errors sys.failed (sysfs cannot be read)
 * @source Documentation/ABI/testing/sysfs-devices-system-cpu
 */
export function possibleCpus(): Result<number, SysFailed> {
  if (known !== undefined) return Ok(known)
  let count: number | undefined
  let errno = 5
  try {
    count = countCpus(readFileSync(POSSIBLE, 'latin1'))
  } catch (reason) {
    errno = Math.abs((reason as { errno?: number }).errno ?? errno)
  }
  if (count === undefined) return Err(sysFailed(`read ${POSSIBLE}`, errno, 'Mount sysfs at /sys; per-CPU maps cannot be read without it.'))
  known = count
  return Ok(count)
}
