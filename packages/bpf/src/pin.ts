import { mkdirSync, statfsSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { Err, Errno, errnoName, inputInvalid, Ok, permissionDenied, type Result, type Sys, sysFailed } from '@axoneme/sys'
import { type BpfCallError, missing, refused } from './errors.js'
import { Attr, cText } from './syscall/attr.js'

function checkPath(path: string): BpfCallError | undefined {
  if (typeof path !== 'string' || !path.startsWith('/') || path.includes('\0'))
    return inputInvalid('path', `"${String(path)}" is no absolute path`, 'Pins live in a bpf file system: /sys/fs/bpf/….')
  return undefined
}

function fileFailure(what: string, reason: unknown): BpfCallError {
  const errno = Math.abs((reason as { errno?: number }).errno ?? Errno.EIO)
  if (errno === Errno.EPERM || errno === Errno.EACCES) return permissionDenied(what, 'CAP_DAC_OVERRIDE', errno, errnoName(errno))
  return sysFailed(what, errno)
}

/** Source: linux/magic.h BPF_FS_MAGIC. */
const BPF_FS_MAGIC = 0xcafe4a11

function isBpfFileSystem(folder: string): boolean {
  try {
    return statfsSync(folder).type === BPF_FS_MAGIC
  } catch {
    return false
  }
}

/**
 * Gives a map, program or link a name in a bpf file system: it then outlives its descriptors. Folders are made as needed.
 *
 * @errors input.invalid · bpf.exists · bpf.refused · permission.denied · sys.failed
 * @lifetime until {@link unpin}, or the file system is unmounted
 */
export function pin(sys: Sys, fd: number, path: string, what: string): Result<void, BpfCallError> {
  const invalid = checkPath(path)
  if (invalid !== undefined) return Err(invalid)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (reason) {
    return Err(fileFailure(`make ${dirname(path)}`, reason))
  }
  const answer = new Attr(sys, 12).pointer(0, cText(path)).u32(8, fd).call('OBJ_PIN')
  if (answer >= 0) return Ok(undefined)
  if (answer === -Errno.EPERM && !isBpfFileSystem(dirname(path)))
    return Err(inputInvalid('path', `${path} is in no bpf file system`, 'Mount one there: mount -t bpf bpf PATH.'))
  return Err(
    refused(
      `pin ${what} at ${path}`,
      'BPF_OBJ_PIN',
      -answer,
      answer === -Errno.EINVAL ? 'The path must lie in a bpf file system: mount one there, with mount -t bpf bpf PATH.' : undefined,
    ),
  )
}

/**
 * Takes a pin away; what nothing else holds is gone then. One that is not there is no error.
 *
 * @errors input.invalid · permission.denied · sys.failed
 */
export function unpin(path: string): Result<void, BpfCallError> {
  const invalid = checkPath(path)
  if (invalid !== undefined) return Err(invalid)
  try {
    unlinkSync(path)
    return Ok(undefined)
  } catch (reason) {
    return (reason as { code?: string }).code === 'ENOENT' ? Ok(undefined) : Err(fileFailure(`unpin ${path}`, reason))
  }
}

/**
 * The descriptor behind a pin.
 *
 * @param access 'read' opens a map for reading only
 */
export function openPinned(sys: Sys, path: string, access: 'read' | 'write' | 'both' = 'both'): Result<number, BpfCallError> {
  const invalid = checkPath(path)
  if (invalid !== undefined) return Err(invalid)
  const flags = access === 'read' ? 1 << 3 : access === 'write' ? 1 << 4 : 0
  const answer = new Attr(sys, 16).pointer(0, cText(path)).u32(12, flags).call('OBJ_GET')
  if (answer >= 0) return Ok(answer)
  if (answer === -Errno.ENOENT)
    return Err(missing(path, `open the pin ${path}: nothing is there`, 'Pin it first, or look at the folder for its name.'))
  return Err(refused(`open the pin ${path}`, 'BPF_OBJ_GET', -answer))
}
