import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { errnoName } from './errno.js'
import { type AxonemeError, type InputInvalid, inputInvalid, type PermissionDenied } from './error.js'
import type { SysFailed } from './failure.js'
import { fileFailure, type Netns, type NetnsError, withNetns } from './netns.js'
import { Err, Ok, type Result } from './result.js'
import type { Sys } from './sys.js'

/** The kernel has no such sysctl. */
export interface SysctlMissing extends AxonemeError<'sysctl.missing'> {
  readonly name: string
}

export type SysctlError = SysctlMissing | NetnsError | InputInvalid | PermissionDenied | SysFailed

/**
 * A sysctl's name: `net.ipv4.ip_forward`; with slashes or as parts where a link's name has dots
 * (`['net', 'ipv4', 'conf', 'eth0.100', 'forwarding']`). Source: sysctl(8).
 */
export type SysctlName = string | readonly string[]

function pathOf(name: SysctlName): Result<string, InputInvalid> {
  const parts = typeof name === 'string' ? name.split(name.includes('/') ? '/' : '.') : name
  const bad =
    !Array.isArray(parts) ||
    parts.length < 2 ||
    parts.some((part) => typeof part !== 'string' || part === '' || part === '.' || part === '..' || /[/\0]/.test(part))
  if (bad)
    return Err(
      inputInvalid(
        'name',
        `"${String(name)}" is not the name of a sysctl`,
        'Write it as net.ipv4.ip_forward, or as an array of its parts.',
      ),
    )
  return Ok(`/proc/sys/${parts.join('/')}`)
}

function inside<T>(sys: Sys, netns: Netns | undefined, run: () => Result<T, SysctlError>): Result<T, SysctlError> {
  // what is below /proc/sys/net belongs to the namespace of the thread that opens it
  if (netns === undefined) return run()
  const ran = withNetns(sys, netns, run)
  return ran.isErr() ? Err(ran.error) : ran.value
}

function failure(name: SysctlName, path: string, call: string, reason: unknown): SysctlError {
  const { code, syscall } = reason as { code?: string; syscall?: string }
  // of the open only: the kernel answers ENOENT to a written name that it does not know, too (tcp_congestion_control)
  if (syscall === 'open' && (code === 'ENOENT' || code === 'ENOTDIR'))
    return Object.freeze({
      code: 'sysctl.missing',
      name: typeof name === 'string' ? name : name.join('/'),
      message: `${call} ${path}: the kernel has no such sysctl here`,
      hint: 'Look for it under /proc/sys: it may belong to a module that is not loaded, or to a link that is not in this namespace.',
    })
  return fileFailure(`${call} ${path}`, reason)
}

/**
 * A sysctl's value, without the white space around it.
 *
 * @param netns absent: the thread's own
 * @errors input.invalid · sysctl.missing · permission.denied · sys.failed
 * @source proc_sys(5)
 */
export function readSysctl(sys: Sys, netns: Netns | undefined, name: SysctlName): Result<string, SysctlError> {
  const path = pathOf(name)
  if (path.isErr()) return path
  return inside(sys, netns, () => {
    try {
      return Ok(readFileSync(path.value, 'utf8').trim())
    } catch (reason) {
      return Err(failure(name, path.value, 'read', reason))
    }
  })
}

/**
 * Sets a sysctl.
 *
 * @param netns absent: the thread's own
 * @errors input.invalid · sysctl.missing · permission.denied · sys.failed (EINVAL: a value that the kernel does not take)
 * @source proc_sys(5)
 */
export function writeSysctl(sys: Sys, netns: Netns | undefined, name: SysctlName, value: string | number): Result<void, SysctlError> {
  const path = pathOf(name)
  if (path.isErr()) return Err(path.error)
  return inside(sys, netns, () => {
    try {
      // not for reading too: some can only be written (net.ipv4.route.flush)
      const fd = openSync(path.value, constants.O_WRONLY)
      try {
        // one write(2), whose newline makes an empty value one that the kernel sees; sysctl(8) does the same
        writeSync(fd, `${value}\n`)
      } finally {
        closeSync(fd)
      }
      return Ok(undefined)
    } catch (reason) {
      const error = failure(name, path.value, `write "${value}" to`, reason)
      if (error.code !== 'sys.failed') return Err(error)
      return Err(
        Object.freeze({
          ...error,
          hint: `The kernel does not take "${value}" here (${errnoName(error.errno)}); read the value that is there for its form.`,
        }),
      )
    }
  })
}
