import { readFileSync } from 'node:fs'

/**
 * The built object, as it is shipped: what `c/` compiles to.
 *
 * @throws when the package's own file is missing: a broken installation
 */
export function readObject(): Uint8Array {
  return readFileSync(new URL('../object/datapath.o', import.meta.url))
}
