import type { CoreRelocation, FuncInfo, LineInfo } from '../btf/ext.js'
import type { AttachType, ProgramType } from './program-section.js'

/** A place in a program's instructions that depends on something which exists only once it is loaded. */
export type Relocation =
  /** the address of a map */
  | { readonly kind: 'map'; readonly slot: number; readonly map: string }
  /** an address inside a map of global data */
  | { readonly kind: 'data'; readonly slot: number; readonly map: string; readonly offset: number }
  /** the address of a function of the same program, for callbacks: the slot where it begins */
  | { readonly kind: 'function'; readonly slot: number; readonly target: number }
  /** a function of the kernel (kfunc) */
  | { readonly kind: 'kfunc'; readonly slot: number; readonly name: string; readonly weak: boolean }
  /** a variable of the kernel: `typed` by its BTF, or its bare address */
  | { readonly kind: 'ksym'; readonly slot: number; readonly name: string; readonly weak: boolean; readonly typed: boolean }

/** A program with all its functions joined, the entry first: inert data, the same on every machine. */
export interface ProgramSpec {
  readonly name: string
  readonly section: string
  readonly type: ProgramType
  readonly attachType: AttachType | undefined
  /** BPF_F_* of BPF_PROG_LOAD */
  readonly flags: number
  /** the function, tracepoint or hook that its section names */
  readonly target: string | undefined
  /** false for a section that begins with `?` */
  readonly autoload: boolean
  /** 8 bytes each; not to be changed */
  readonly instructions: Uint8Array
  readonly relocations: readonly Relocation[]
  readonly coreRelocations: readonly CoreRelocation[]
  readonly functions: readonly FuncInfo[]
  readonly lines: readonly LineInfo[]
  /** the names of its functions and where each begins */
  readonly subprograms: readonly { readonly name: string; readonly slot: number }[]
  /** the texts that decl tags give its entry function */
  readonly tags: readonly string[]
}
