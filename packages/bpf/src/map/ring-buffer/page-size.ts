import { readFileSync } from 'node:fs'

/** Source: linux/auxvec.h. */
const AT_PAGESZ = 6
let known: number | undefined

/** Bytes of a page of memory, as the kernel told this process when it began. */
export function pageSize(): number {
  known ??= fromAuxiliaryVector() ?? 4096
  return known
}

function fromAuxiliaryVector(): number | undefined {
  try {
    const bytes = readFileSync('/proc/self/auxv')
    for (let at = 0; at + 16 <= bytes.length; at += 16)
      if (bytes.readBigUInt64LE(at) === BigInt(AT_PAGESZ)) return Number(bytes.readBigUInt64LE(at + 8))
  } catch {
    // no procfs: what nearly every machine has
  }
  return undefined
}
