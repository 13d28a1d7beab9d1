import { kernelBtfTypes } from '@axoneme/bpf'
import { sys } from './fixture.js'

/** The id of a function in the kernel's own types. */
export function kernelTypeId(name: string): number {
  const [id] = kernelBtfTypes(sys).unwrap().named(name, 'func')
  if (id === undefined) throw new Error(`no function ${name} in the kernel's types`)
  return id
}
