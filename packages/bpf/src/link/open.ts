import { Err, Ok, type Result, type Sys } from '@axoneme/sys'
import { expectKind } from '../descriptor-kind.js'
import type { BpfCallError } from '../errors.js'
import { listObjects, openById } from '../object-id.js'
import { openPinned } from '../pin.js'
import { type LinkInfo, linkInfo } from './info.js'
import { BpfLink } from './link.js'

/** For messages: what a link is on. */
export function placeOf(info: LinkInfo): string {
  const at = 'attachType' in info && info.attachType !== undefined ? info.attachType : info.type
  if ('ifindex' in info) return `${at} of link ${info.ifindex}`
  if ('cgroupId' in info) return `${at} of cgroup ${info.cgroupId}`
  if ('netnsInode' in info) return `${at} of namespace ${info.netnsInode}`
  return 'name' in info ? `${at} ${info.name}` : at
}

function adopt(sys: Sys, fd: number, what: string): Result<BpfLink, BpfCallError> {
  const info = linkInfo(sys, fd, what)
  if (info.isErr()) {
    sys.close(fd)
    return Err(info.error)
  }
  return Ok(BpfLink.of(sys, fd, placeOf(info.value)))
}

/**
 * Opens the link behind a pin.
 *
 * @errors input.invalid · bpf.missing · bpf.refused · permission.denied
 * @lifetime until `close()`; the link stays attached by its pin
 */
export function openPinnedLink(sys: Sys, path: string): Result<BpfLink, BpfCallError> {
  return openPinned(sys, path)
    .andThen((fd) => expectKind(sys, fd, 'link', path))
    .andThen((fd) => adopt(sys, fd, `the link at ${path}`))
}

/**
 * Opens the link that has an id now.
 *
 * @errors bpf.missing · bpf.refused · permission.denied
 * @lifetime until `close()`
 */
export function openLinkById(sys: Sys, id: number): Result<BpfLink, BpfCallError> {
  return openById(sys, 'link', id).andThen((fd) => adopt(sys, fd, `link ${id}`))
}

/**
 * Every link of the machine, by ascending id.
 *
 * @errors bpf.refused · permission.denied
 */
export function listLinks(sys: Sys): Result<readonly LinkInfo[], BpfCallError> {
  return listObjects(sys, 'link', (fd, id) => linkInfo(sys, fd, `link ${id}`))
}
