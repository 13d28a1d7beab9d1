import { Err, Ok, type Result, type Sys } from '@axoneme/sys'
import { Instructions } from '../asm/instruction.js'
import type { Btf } from '../btf/btf.js'
import { readWholeBtf } from '../btf/parse.js'
import { CoreTarget, relocateCore } from '../co-re/relocation.js'
import { ObjectFault } from '../fault.js'
import { type ObjectError, objectError } from '../spec/collection.js'
import type { ProgramSpec } from '../spec/program-spec.js'
import { kernelTypes } from './kernel-types.js'

function caught<T>(read: () => T): Result<T, ObjectError> {
  try {
    return Ok(read())
  } catch (reason) {
    if (reason instanceof ObjectFault) return Err(objectError(reason))
    throw reason
  }
}

/**
 * Reads types: an object's `.BTF`, a file below /sys/kernel/btf.
 *
 * @param base what a module's types go on from: the kernel's
 * @errors bpf.malformed
 */
export function parseBtf(bytes: Uint8Array, base?: Btf): Result<Btf, ObjectError> {
  return caught(() => readWholeBtf(bytes, base))
}

/**
 * The running kernel's own types: indexed at the first call, decoded one by one as they are asked for.
 *
 * @errors bpf.unsupported-object (the kernel shows none) · bpf.malformed
 * @source /sys/kernel/btf/vmlinux; Linux 5.4, CONFIG_DEBUG_INFO_BTF
 */
export function kernelBtfTypes(sys: Sys): Result<Btf, ObjectError> {
  return caught(() => kernelTypes(sys).vmlinux())
}

/**
 * A program's instructions, fitted to other types than it was compiled against: what loading does with the running
 * kernel's. What the types lack becomes an instruction that the verifier refuses, if it can be reached.
 *
 * @param own the object's types
 * @errors bpf.malformed · bpf.unsupported-object
 */
export function fitInstructions(program: ProgramSpec, own: Btf, target: Btf): Result<Uint8Array, ObjectError> {
  return caught(() => {
    const code = new Instructions(program.instructions.slice())
    relocateCore(code, program.coreRelocations, own, new CoreTarget(target), `program ${program.name}`)
    return code.bytes
  })
}
