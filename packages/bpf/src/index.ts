export { disassemble, renderDisassembly } from './asm/disassemble.js'
export { Instructions } from './asm/instruction.js'
export { type GenerateOptions, generate } from './bpf2ts/emit.js'
export type { Btf } from './btf/btf.js'
export type * from './btf/type.js'
export * from './codec/index.js'
export type * from './errors.js'
export * from './features/index.js'
export * from './link/index.js'
export * from './load/index.js'
export * from './map/index.js'
export * from './program/index.js'
export {
  type CollectionSpec,
  type Malformed,
  type ObjectError,
  parseObject,
  type SectionLayout,
  type UnsupportedObject,
} from './spec/collection.js'
export type { MapSpec } from './spec/map-spec.js'
export type { MapType } from './spec/map-type.js'
export type { AttachType, ProgramType } from './spec/program-section.js'
export type { ProgramSpec, Relocation } from './spec/program-spec.js'
export type { VariableSpec } from './spec/variable-spec.js'
