import { Err, Ok, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import { expectKind } from '../descriptor-kind.js'
import type { BpfCallError } from '../errors.js'
import { listObjects, openById } from '../object-id.js'
import { openPinned } from '../pin.js'
import { MapHandle } from './handle.js'
import { type MapInfo, readMapInfo } from './info.js'

function adopt(sys: Sys, fd: number): Result<MapHandle, BpfCallError> {
  const info = readMapInfo(sys, fd)
  if (info.isOk()) {
    const { name, type, keySize, valueSize, maxEntries, flags } = info.value
    return Ok(new MapHandle(sys, new OwnedFd(sys, fd, `map ${name}`), { name, type, keySize, valueSize, maxEntries, flags }))
  }
  sys.close(fd)
  return Err(info.error)
}

/**
 * Opens the map behind a pin.
 *
 * @param access 'read': nothing can be changed through this handle
 * @errors input.invalid (also for the pin of a program or a link) · bpf.missing · bpf.refused · permission.denied
 */
export function openPinnedMap(sys: Sys, path: string, access: 'read' | 'write' | 'both' = 'both'): Result<MapHandle, BpfCallError> {
  const opened = openPinned(sys, path, access)
  if (opened.isErr()) return Err(opened.error)
  const map = expectKind(sys, opened.value, 'map', path)
  return map.isErr() ? Err(map.error) : adopt(sys, map.value)
}

/**
 * Opens the map that has this id now.
 *
 * @errors bpf.missing · permission.denied · bpf.refused
 * @source linux/bpf.h BPF_MAP_GET_FD_BY_ID
 */
export function openMapById(sys: Sys, id: number): Result<MapHandle, BpfCallError> {
  const opened = openById(sys, 'map', id)
  return opened.isErr() ? Err(opened.error) : adopt(sys, opened.value)
}

/**
 * Every map of this host, in the order of ids; those that go away meanwhile are left out.
 *
 * @errors permission.denied · bpf.refused
 * @source linux/bpf.h BPF_MAP_GET_NEXT_ID
 */
export function listMaps(sys: Sys): Result<readonly MapInfo[], BpfCallError> {
  return listObjects(sys, 'map', (fd) => readMapInfo(sys, fd))
}
