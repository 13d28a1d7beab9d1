import type { BpfError } from '@axoneme/bpf'
import type { AxonemeError } from '@axoneme/sys'

/** A pinned map has another layout than the programs read and write: neither can understand the other. */
export interface LayoutChanged extends AxonemeError<'datapath.layout-changed'> {
  readonly map: string
  /** the layout of the pinned map, and of the programs */
  readonly pinned: string
  readonly ours: string
}

/** Whatever keeps the datapath from being opened. */
export type OpenError = BpfError | LayoutChanged
