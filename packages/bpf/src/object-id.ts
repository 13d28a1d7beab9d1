import { Err, Errno, Ok, type Result, type Sys } from '@axoneme/sys'
import { type BpfCallError, missing, refused } from './errors.js'
import { Attr, type BpfCommand } from './syscall/attr.js'

/** What the kernel counts by ids, and the commands that walk and open them. */
const commands = {
  program: { next: 'PROG_GET_NEXT_ID', open: 'PROG_GET_FD_BY_ID' },
  map: { next: 'MAP_GET_NEXT_ID', open: 'MAP_GET_FD_BY_ID' },
  btf: { next: 'BTF_GET_NEXT_ID', open: 'BTF_GET_FD_BY_ID' },
  link: { next: 'LINK_GET_NEXT_ID', open: 'LINK_GET_FD_BY_ID' },
} as const satisfies Record<string, { next: BpfCommand; open: BpfCommand }>
export type ObjectKind = keyof typeof commands

/**
 * The descriptor of what has an id now: ids are never given twice while the machine runs, and end with their object.
 *
 * @errors bpf.missing · bpf.refused · permission.denied
 * @lifetime the caller's to close
 * @source linux/bpf.h BPF_PROG_GET_FD_BY_ID and its kin
 */
export function openById(sys: Sys, kind: ObjectKind, id: number): Result<number, BpfCallError> {
  const command = commands[kind].open
  const answer = new Attr(sys, 12).u32(0, id).call(command)
  if (answer >= 0) return Ok(answer)
  if (answer === -Errno.ENOENT) return Err(missing(`${kind} ${id}`, `open ${kind} ${id}: there is none`))
  return Err(refused(`open ${kind} ${id}`, `BPF_${command}`, -answer))
}

/**
 * All ids of a kind, ascending, as they are now.
 *
 * @errors bpf.refused · permission.denied
 * @source linux/bpf.h BPF_PROG_GET_NEXT_ID and its kin
 */
export function listIds(sys: Sys, kind: ObjectKind): Result<readonly number[], BpfCallError> {
  const command = commands[kind].next
  const ids: number[] = []
  for (let id = 0; ; ) {
    const attr = new Attr(sys, 12).u32(0, id)
    const answer = attr.call(command)
    if (answer === -Errno.ENOENT) return Ok(ids)
    if (answer < 0) return Err(refused(`list ${kind}s`, `BPF_${command}`, -answer))
    const next = attr.readU32(4)
    // a kernel never goes back; one that did would never end
    if (next <= id) return Ok(ids)
    ids.push(next)
    id = next
  }
}

/**
 * Every object of a kind, read one by one through a descriptor that is open for the time of the reading. What is gone
 * before it is read is left out.
 *
 * @errors bpf.refused · permission.denied · and what `read` answers
 */
export function listObjects<T>(
  sys: Sys,
  kind: ObjectKind,
  read: (fd: number, id: number) => Result<T, BpfCallError>,
): Result<readonly T[], BpfCallError> {
  const ids = listIds(sys, kind)
  if (ids.isErr()) return Err(ids.error)
  const found: T[] = []
  for (const id of ids.value) {
    const fd = openById(sys, kind, id)
    if (fd.isErr()) {
      if (fd.error.code === 'bpf.missing') continue
      return Err(fd.error)
    }
    const value = read(fd.value, id)
    sys.close(fd.value)
    if (value.isErr()) return Err(value.error)
    found.push(value.value)
  }
  return Ok(found)
}
