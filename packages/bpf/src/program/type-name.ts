import { type AttachType, BPF_ATTACH_TYPE, BPF_PROG_TYPE, type ProgramType } from '../spec/program-section.js'

const programTypes = new Map<number, ProgramType>(Object.entries(BPF_PROG_TYPE).map(([name, number]) => [number, name as ProgramType]))
const attachTypes = new Map<number, AttachType>(Object.entries(BPF_ATTACH_TYPE).map(([name, number]) => [number, name as AttachType]))

/** The name of a program type; undefined for a number that is newer than our list. */
export function programTypeName(number: number): ProgramType | undefined {
  return programTypes.get(number)
}

/** The name of an attach type; undefined for a number that is newer than our list. */
export function attachTypeName(number: number): AttachType | undefined {
  return attachTypes.get(number)
}
