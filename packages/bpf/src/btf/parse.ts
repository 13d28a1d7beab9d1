import { ObjectFault } from '../fault.js'
import { Btf } from './btf.js'
import type { BtfType } from './type.js'

/** The types that a type names. */
function references(type: BtfType): readonly number[] {
  switch (type.kind) {
    case 'array':
      return [type.type, type.indexType]
    case 'struct':
    case 'union':
      return type.members.map((member) => member.type)
    case 'func-proto':
      return [type.returns, ...type.parameters.map((parameter) => parameter.type)]
    case 'datasec':
      return type.variables.map((variable) => variable.type)
    default:
      return 'type' in type ? [type.type] : []
  }
}

/**
 * Reads types and looks at every one of them, so that none of those that are asked for later is broken.
 *
 * @param base what split BTF goes on from: the kernel's own types for a module's
 * @throws ObjectFault
 */
export function readWholeBtf(bytes: Uint8Array, base?: Btf): Btf {
  const btf = new Btf(bytes.slice(), base)
  for (const type of btf.types())
    for (const id of references(type))
      if (id >= btf.end) throw new ObjectFault(`type ${type.id} names type ${id}, which is not there`, 'BTF')
  return btf
}
