import { type Netns, Ok, type Result, type Sys, withNetns } from '@axoneme/sys'
import type { BpfCallError } from './errors.js'

/** Runs a call in a namespace, or where the caller is when none is given: the kernel looks up link numbers there. */
export function inNetns<T>(sys: Sys, netns: Netns | undefined, run: () => T): Result<T, BpfCallError> {
  if (netns === undefined) return Ok(run())
  // the codes about names of namespaces are of calls that take one
  return withNetns(sys, netns, run).mapErr((error) => error as BpfCallError)
}
