import type { Feature } from '@axoneme/sys'
import { btfBlob, btfLoad, btfType, INT, KIND, NAME } from './btf-blob.js'
import { outcome } from './outcome.js'

const PROTO = btfType(0, KIND.funcProto, 0, 0)
const GLOBAL = 1

function kind(name: string, since: string, summary: string, insteadOf: string, types: readonly (readonly number[])[]): Feature {
  return {
    name,
    since,
    summary,
    insteadOf,
    probe: (sys) => outcome(sys, btfLoad(sys, btfBlob(types)), 'bpf(BPF_BTF_LOAD)'),
  }
}

/** What a kernel understands of an object's types: the loader takes out what it does not. */
export const btfFeatures: readonly Feature[] = [
  kind('btf-load', '4.18', "an object's types in the kernel", 'programs without types: no lines of C in logs, no typed maps', [INT]),
  kind('btf-functions', '5.0', 'types of functions', 'types without functions', [PROTO, btfType(NAME, KIND.func, 0, 1)]),
  kind('btf-variables', '5.2', 'types of global variables and their sections', 'types without variables', [
    INT,
    btfType(NAME, KIND.var, 0, 1, 0),
    btfType(NAME, KIND.datasec, 1, 4, 2, 0, 4),
  ]),
  kind('btf-global-functions', '5.6', 'global functions, verified one by one', 'every function as a static one', [
    PROTO,
    btfType(NAME, KIND.func, GLOBAL, 1),
  ]),
  kind('btf-float', '5.13', 'floating-point types', 'a struct of the same size', [btfType(NAME, KIND.float, 0, 4)]),
  kind('btf-decl-tag', '5.16', 'tags on declarations', 'types without tags', [
    INT,
    btfType(NAME, KIND.var, 0, 1, 0),
    btfType(NAME, KIND.declTag, 0, 2, -1),
  ]),
  kind('btf-type-tag', '5.17', 'tags on types', 'types without tags', [INT, btfType(NAME, KIND.typeTag, 0, 1)]),
  kind('btf-enum64', '6.0', 'enums of 64 bits', 'a union of the same size', [btfType(NAME, KIND.enum64, 1, 8, NAME, 0, 0)]),
]
