import { Instructions } from '../asm/instruction.js'
import type { Btf } from '../btf/btf.js'
import type { CoreRelocation, FuncInfo, LineInfo, SectionInfo } from '../btf/ext.js'
import { ObjectFault } from '../fault.js'
import { type FunctionPart, infoOf, pointAt } from './function.js'
import type { ProgramSpec, Relocation } from './program-spec.js'

type Joined = Pick<ProgramSpec, 'instructions' | 'relocations' | 'coreRelocations' | 'functions' | 'lines' | 'subprograms'>

/**
 * Joins an entry function with all that it calls, directly and not: the entry first, then each in the order in which
 * calls are met, depth first. That is libbpf's order, so that both give the kernel the same program.
 *
 * @throws ObjectFault
 */
export function join(
  entry: FunctionPart,
  functions: ReadonlyMap<string, FunctionPart>,
  info: ReadonlyMap<string, SectionInfo>,
  btf: Btf | undefined,
): Joined {
  const order: FunctionPart[] = []
  const begins = new Map<string, number>()
  let length = 0
  const place = (part: FunctionPart): void => {
    order.push(part)
    begins.set(part.name, length)
    length += part.length
  }
  place(entry)
  // not by recursion: calls may go deeper than our own stack
  const path = [{ part: entry, next: 0 }]
  for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
    const reference = here.part.references[here.next++]
    if (reference === undefined) {
      path.pop()
      continue
    }
    const { target } = reference
    if (begins.has(target)) continue
    const callee = functions.get(target)
    if (callee === undefined) throw new ObjectFault(`calls ${target}, which is not there`, `function ${here.part.name}`)
    place(callee)
    path.push({ part: callee, next: 0 })
  }

  const bytes = new Uint8Array(length * 8)
  const code = new Instructions(bytes)
  const relocations: Relocation[] = []
  const coreRelocations: CoreRelocation[] = []
  const funcInfo: FuncInfo[] = []
  const lines: LineInfo[] = []
  const subprograms: { name: string; slot: number }[] = []
  for (const part of order) {
    const begin = begins.get(part.name) as number
    bytes.set(part.instructions, begin * 8)
    subprograms.push({ name: part.name, slot: begin })
    for (const { slot, target, call } of part.references) {
      const to = begins.get(target) as number
      pointAt(code, begin + slot, to, call)
      if (!call) relocations.push({ kind: 'function', slot: begin + slot, target: to })
    }
    for (const each of part.relocations) relocations.push({ ...each, slot: each.slot + begin })
    const own = infoOf(part, info.get(part.section.name), begin, btf)
    for (const each of own.relocations) coreRelocations.push(each)
    for (const each of own.functions) funcInfo.push(each)
    for (const each of own.lines) lines.push(each)
  }
  return { instructions: bytes, relocations, coreRelocations, functions: funcInfo, lines, subprograms }
}
