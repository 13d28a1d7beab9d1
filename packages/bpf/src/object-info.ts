import { Err, Ok, type Result, type Sys } from '@axoneme/sys'
import { type BpfCallError, refused } from './errors.js'
import { Attr } from './syscall/attr.js'

/**
 * Reads one of the kernel's info structs (bpf_map_info, bpf_prog_info, bpf_link_info, bpf_btf_info) into `info`, whose
 * pointers may be filled in already; answers how many bytes the kernel wrote.
 *
 * @source linux/bpf.h BPF_OBJ_GET_INFO_BY_FD
 */
export function readInfo(sys: Sys, fd: number, info: Uint8Array, what: string): Result<number, BpfCallError> {
  const attr = new Attr(sys, 16).u32(0, fd).u32(4, info.length).pointer(8, info)
  const answer = attr.call('OBJ_GET_INFO_BY_FD')
  return answer < 0 ? Err(refused(`read the info of ${what}`, 'BPF_OBJ_GET_INFO_BY_FD', -answer)) : Ok(attr.readU32(4))
}

/** Text that ends at a NUL or with its room. */
export function fixedText(bytes: Uint8Array, at: number, room: number): string {
  let end = at
  while (end < at + room && bytes[end] !== 0) end++
  return Buffer.from(bytes.subarray(at, end)).toString('latin1')
}
