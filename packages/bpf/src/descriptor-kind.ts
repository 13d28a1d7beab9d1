import { readlinkSync } from 'node:fs'
import { Err, inputInvalid, Ok, type Result, type Sys } from '@axoneme/sys'
import type { BpfCallError } from './errors.js'

/** The kernel's names of the files behind descriptors. Source: kernel/bpf/syscall.c, anon_inode_getfile */
const kinds: Readonly<Record<string, string>> = {
  'anon_inode:bpf-map': 'map',
  'anon_inode:bpf-prog': 'program',
  'anon_inode:bpf_link': 'link',
}

/** What is behind a descriptor; undefined when /proc does not tell. */
function descriptorKind(fd: number): string | undefined {
  try {
    return kinds[readlinkSync(`/proc/self/fd/${fd}`)]
  } catch {
    return undefined
  }
}

/**
 * Passes a descriptor on if nothing speaks against it being what was asked for: a pin does not say by itself what it is
 * of, and the kernel would read the one's info as the other's. One that is something else is closed.
 *
 * @errors input.invalid
 */
export function expectKind(sys: Sys, fd: number, kind: 'map' | 'program' | 'link', path: string): Result<number, BpfCallError> {
  const found = descriptorKind(fd)
  if (found === undefined || found === kind) return Ok(fd)
  sys.close(fd)
  return Err(inputInvalid('path', `${path} is the pin of a ${found}, not of a ${kind}`, `Open it as a ${found}.`))
}
