import { Err, Ok, type Result, type Sys } from '@axoneme/sys'
import { expectKind } from '../descriptor-kind.js'
import type { BpfCallError } from '../errors.js'
import { listObjects, openById } from '../object-id.js'
import { openPinned } from '../pin.js'
import { type ProgramInfo, programInfo } from './info.js'
import { BpfProgram } from './program.js'

/** A descriptor as a handle that knows the program's name and type, which the kernel tells. */
function adopt(sys: Sys, fd: number, what: string): Result<BpfProgram, BpfCallError> {
  const info = programInfo(sys, fd, what)
  if (info.isErr()) {
    sys.close(fd)
    return Err(info.error)
  }
  // a type that is newer than our list can be held, pinned and looked at all the same
  return Ok(BpfProgram.of(sys, fd, info.value.name, info.value.type ?? 'unspec'))
}

/**
 * Opens the program behind a pin.
 *
 * @errors input.invalid · bpf.missing · bpf.refused · permission.denied
 * @lifetime until `close()`
 */
export function openPinnedProgram(sys: Sys, path: string): Result<BpfProgram, BpfCallError> {
  return openPinned(sys, path)
    .andThen((fd) => expectKind(sys, fd, 'program', path))
    .andThen((fd) => adopt(sys, fd, `the program at ${path}`))
}

/**
 * Opens the program that has an id now.
 *
 * @errors bpf.missing · bpf.refused · permission.denied
 * @lifetime until `close()`
 */
export function openProgramById(sys: Sys, id: number): Result<BpfProgram, BpfCallError> {
  return openById(sys, 'program', id).andThen((fd) => adopt(sys, fd, `program ${id}`))
}

/**
 * Every program of the machine, by ascending id.
 *
 * @errors bpf.refused · permission.denied
 */
export function listPrograms(sys: Sys): Result<readonly ProgramInfo[], BpfCallError> {
  return listObjects(sys, 'program', (fd, id) => programInfo(sys, fd, `program ${id}`))
}
