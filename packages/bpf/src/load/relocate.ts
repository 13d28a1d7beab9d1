import { BPF_PSEUDO_BTF_ID, BPF_PSEUDO_KFUNC_CALL, BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE, Instructions } from '../asm/instruction.js'
import { relocateCore } from '../co-re/relocation.js'
import type { ProgramSpec } from '../spec/program-spec.js'
import { type KernelTypes, kernelAddresses } from './kernel-types.js'

/** A call of this number, and those above it, stands for a weak kfunc that is not there (libbpf's choice). */
const MISSING_KFUNC = 2_002_000_000

/** What a program's instructions need at load. */
export interface Surroundings {
  readonly spec: { readonly btf: ProgramSpecBtf }
  readonly kernel: KernelTypes
  /** the descriptor of a map by its name */
  map(name: string): number
  /** the descriptor of a module's BTF; kept open until the program is loaded */
  module(name: string): number | undefined
}
type ProgramSpecBtf = Parameters<typeof relocateCore>[2] | undefined

/** The instructions as the kernel takes them, and what their kfunc calls count in. */
export interface Relocated {
  readonly instructions: Uint8Array
  readonly fdArray: readonly number[]
}

/** A symbol that the running kernel lacks, and that the program cannot do without. */
export class MissingSymbol extends Error {
  constructor(
    readonly symbol: string,
    readonly program: string,
  ) {
    super(`program ${program} needs ${symbol}, which the running kernel does not have`)
  }
}

/**
 * A copy of a program's instructions with everything in place: the kernel's types, maps, data, functions of the kernel.
 *
 * @throws ObjectFault · MissingSymbol
 */
export function relocate(program: ProgramSpec, around: Surroundings): Relocated {
  const code = new Instructions(program.instructions.slice())
  const { btf } = around.spec
  if (program.coreRelocations.length > 0 && btf !== undefined)
    relocateCore(code, program.coreRelocations, btf, around.kernel.core(), `program ${program.name}`)
  // 0 is the kernel itself; modules count from 1
  const fdArray = [0]
  const addresses = kernelAddresses(
    new Set(program.relocations.flatMap((each) => (each.kind === 'ksym' && !each.typed ? [each.name] : []))),
  )
  const moduleFd = (module: string): number | undefined => (module === '' ? 0 : around.module(module))
  for (const [index, relocation] of program.relocations.entries()) {
    const { slot } = relocation
    switch (relocation.kind) {
      case 'map':
        code.setSource(slot, BPF_PSEUDO_MAP_FD)
        code.setImmediate(slot, around.map(relocation.map))
        code.setImmediate(slot + 1, 0)
        break
      case 'data':
        code.setSource(slot, BPF_PSEUDO_MAP_VALUE)
        code.setImmediate(slot, around.map(relocation.map))
        code.setImmediate(slot + 1, relocation.offset)
        break
      case 'function':
        break
      case 'kfunc': {
        const found = around.kernel.find(relocation.name, 'func')
        const fd = found === undefined ? undefined : moduleFd(found.module)
        if (found === undefined || fd === undefined) {
          if (!relocation.weak) throw new MissingSymbol(relocation.name, program.name)
          // never reached: the program asks first
          code.setSource(slot, 0)
          code.setOffset(slot, 0)
          code.setImmediate(slot, MISSING_KFUNC + index)
          break
        }
        code.setSource(slot, BPF_PSEUDO_KFUNC_CALL)
        code.setImmediate(slot, found.id)
        code.setOffset(slot, fd === 0 ? 0 : placeIn(fdArray, fd))
        break
      }
      case 'ksym': {
        const found = relocation.typed ? around.kernel.find(relocation.name, 'var', 'func') : undefined
        const address = relocation.typed ? undefined : addresses.get(relocation.name)
        if (found === undefined && address === undefined) {
          if (!relocation.weak) throw new MissingSymbol(relocation.name, program.name)
          code.setSource(slot, 0)
          code.setImmediate64(slot, 0n)
        } else if (found !== undefined) {
          code.setSource(slot, BPF_PSEUDO_BTF_ID)
          code.setImmediate(slot, found.id)
          code.setImmediate(slot + 1, moduleFd(found.module) ?? 0)
        } else {
          code.setSource(slot, 0)
          code.setImmediate64(slot, address ?? 0n)
        }
        break
      }
    }
  }
  return { instructions: code.bytes, fdArray: fdArray.length > 1 ? fdArray : [] }
}

function placeIn(fdArray: number[], fd: number): number {
  const at = fdArray.indexOf(fd)
  return at < 0 ? fdArray.push(fd) - 1 : at
}
