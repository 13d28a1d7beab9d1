import { readFileSync } from 'node:fs'
import { Btf } from '@axoneme/bpf'

/** The id of a function in the kernel's own types. */
export function kernelTypeId(name: string): number {
  const [id] = new Btf(readFileSync('/sys/kernel/btf/vmlinux')).named(name, 'func')
  if (id === undefined) throw new Error(`no function ${name} in the kernel's types`)
  return id
}
